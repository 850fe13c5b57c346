"""Commands: where a secret stands in a line that somebody typed, or in a list of its words.

Options are looked for, not programs: few lines have one, and then the program is somewhere before it.
"""

import re

from esclusa.scans.secrets.place import Place
from esclusa.scans.secrets.values import is_chosen, is_drawn, is_given

_WORD = rb"[\"']?(?P<value>[^\s\"']{6,100})"
_P = (
    rb"(?:sql|mariadb|\baz [a-z]|docker login|podman login|az login|mongo|sshpass|twine upload"
    rb"|helm registry login|oc login|cf login|7z|rar a"
    rb"|nerdctl login|buildah login|skopeo login|crane auth|flyway|liquibase|influx)"
)
_OPTIONS = (
    (b" -p", _P, rb" -p[ =]?"),
    (b'"-p', _P, rb"\"-p(?:\",\s?\")?"),
    (b"'-p", _P, rb"'-p(?:',\s?')?"),
    (b" -P", rb"(?:zip|sqlcmd|bcp|ipmitool|mosquitto|ncftp)", rb" -P ?"),
    (b" -k ", rb"openssl", rb" -k "),
    (b" -w ", rb"ldap", rb" -w "),
    (b" -U", rb"(?:smbclient|net rpc|rpcclient|wmic|smbmap|crackmapexec)", rb" -U ?[^\s%]{1,60}%"),
    (b" -a ", rb"redis-cli", rb" -a "),
    (b" -u", rb"(?:curl|lftp|wget)", rb" -u ?[^\s,:]{1,60}[,:]"),
    (b"pass:", rb"(?:openssl|cmdkey)", rb"pass:"),
    (b"-SecureString", rb"ConvertTo", rb"-SecureString\s(?:-String\s)?"),
    (b"net user ", rb"", rb"\bnet user \S{1,30}\s"),
    (b" /p:", rb"(?:freerdp|rdesktop)", rb" /p:"),
    (b"<<<", rb"(?:sudo -S|-stdin|--with-token|passwd|login|cryptsetup)", rb"<<<\s?"),
    (b" -N ", rb"ssh-keygen", rb" -N "),
    (b"add_user ", rb"", rb"add_user \S{1,30} "),
    (b"sqlplus ", rb"", rb"sqlplus [\w.]{1,30}/"),
    (b"openssl passwd", rb"", rb"openssl passwd\s-\w{1,8}\s(?!-)"),
    (b"htpasswd", rb"", rb"htpasswd\s-\w*b\w*\s+\S+\s+\S+\s+"),
    (b" alias set ", rb"mc", rb" alias set \S{1,60} \S{5,200} \S{3,128} "),
)
"""An option, the programs that take their password so, and how it stands before the value."""


def _drawn_or_chosen(value: str) -> bool:
    return is_drawn(value) or is_chosen(value)


COMMANDS = (
    *(
        Place(
            "password-of-command",
            "a password of a command",
            option,
            re.compile((program + rb"[^\n|;]{0,160}?" if program else b"") + how + _WORD),
            is_given,
            180,
            120,
        )
        for option, program, how in _OPTIONS
    ),
    Place(
        "password-of-curl",
        "a password of a command",
        b"curl ",
        re.compile(
            rb"curl [^\n]{0,200}?(?<=[\s\"'])(?:-\w{0,4}u|--user|--proxy-user)[ =]?[\"']?"
            rb"[^\s:\"']{1,80}:" + _WORD
        ),
        _drawn_or_chosen,
    ),
    Place(
        "token-of-curl",
        "a token that a command sends as a user's name",
        b"curl ",
        re.compile(
            rb"curl [^\n]{0,200}?(?<=[\s\"'])(?:-\w{0,4}u|--user)[ =]?[\"']?(?P<value>[\w.-]{20,200}):?"
            rb"[\"']?(?=\s|\Z)"
        ),
        is_drawn,
    ),
    *(
        Place(
            "password-of-command",
            "a password that is piped into a command",
            command,
            re.compile(
                rb"(?:echo|printf)\s(?:-\w+\s)?(?:'%s'\s)?[\"']?(?P<value>[^\s\"'|]{6,200})[\"']?\s?\|[^|\n]{0,120}?"
                + re.escape(command)
            ),
            is_given,
            300,
        )
        for command in (b"sudo -S", b"-stdin", b" --with-token")
    ),
    Place(
        "password-of-command",
        "a password that is piped into a command",
        b"ConvertTo-Sec",
        re.compile(rb"[\"'](?P<value>[^\"'\n]{6,100})[\"']\s?\|\s?ConvertTo-Sec"),
        is_given,
        120,
    ),
    Place(
        "password-of-command",
        "a password that a script types",
        b"xpect",
        re.compile(
            rb"xpect[^\n]{0,60}(?:assw|assphrase|lave|ontrase)[^\n]{0,30}(?:\n\s{0,20}|;\s?)"
            rb"send\s(?:--\s)?[\"'](?P<value>[^\"'\n\\]{6,60})\\[rn][\"']"
        ),
        is_given,
    ),
    Place(
        "password-of-user",
        "a password of a user",
        b"chpasswd",
        re.compile(rb"\b\w{1,30}:(?P<value>[^\s\"'|]{6,100})[\"']?\s?\|\s?(?:sudo )?chpasswd"),
        is_given,
        150,
    ),
)
