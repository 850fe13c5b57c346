"""Ways in which a value stands behind its name: in programs, settings, documents and sentences."""

import re
from typing import Literal, NamedTuple

_SCHEME = rb"(?:(?:Bearer|Basic|Token|token|ApiKey|apikey|Key|SSWS|GenieKey|Discogs)[ =]{1,2}|\{noop\})?"
_QUOTED = (
    rb"""[rbufN@$]{0,2}(?P<q>\\?["']|(?<![:\w])`)(?:\\["'])?"""
    + _SCHEME
    + rb"""(?P<value>[^\n"'`]{6,2000}?)(?:\\["'])?(?P=q)"""
)
_BARE = rb"""(?P<value>[^\s"'`<>,;&|\\(){}\[\]]{6,2000})(?=[\s"'`<,;&|\\)}\]]|\Z)"""
_END = rb"""\\?["'`]?[\])]{0,2}"""
_BY = rb"""[ \t]{0,40}(?:=>|:=|\?{1,2}=|\|\|=|=(?![=~])|:(?![:/=]))[ \t]{0,20}"""
_SAID = (
    rb"(?:[`'\"]|\xc2\xab|\xe2\x80\x9c){0,2}(?P<value>[^\s`'\"<>\\]{6,200}?)"
    rb"(?=[`'\"\\]|\xc2\xbb|\xe2\x80\x9d|[.,;:]?(?:\s|\Z))"
)
_IS = (
    rb"(?:[ \t](?:is|es|was|era|now|ahora|ser\xc3\xa1|to|a|por|->|=>|\xe2\x86\x92)|\s?:"
    rb"|\?(?:[ \t](?:it's|it is|es|is))?)[ \t]{1,2}"
)
ALONE = re.compile(rb"[ \t]{1,4}(?P<value>[^\s\"'`]{6,200})[ \t]{0,20}(?=\r?\n|\Z)")
"""A value that is all that follows its name in a line."""
WHOLE = re.compile(
    rb"""["']?[ \t]{0,20}(?:=|:[ \t])[ \t]{0,20}(?:\{noop\})?(?P<value>[^\s"'`]{6,200})"""
    rb"""[ \t]{0,20}(?:[#;][^\n]*)?(?=\r?\n|\Z)"""
)
"""A value to the end of its line, whatever signs it has."""
DEFAULT = re.compile(rb"(?::[-=]?|,\s?)[\"']?(?P<value>[^\s\"'{}$]{6,100})[\"']?\}")
"""What stands for a variable that is not set: `${NAME:-value}`."""
LINKED = re.compile(rb"\s?=\s?(?P<value>[^\s;\"'`<>{}()\\]{4,100})(?=[;\"'<\s\\]|\Z)")
"""A value in a text that says how to connect."""
KNOWN_KEY = re.compile(rb"(?i:public|host|ssh|gpg|foreign|primary|cache|row|partition)[ -]\Z")
"""What stands before a key that is none of a secret."""
ASKED = re.compile(rb"=(?P<value>[^\s;&#\"'`<>{}()\\]{4,100})(?=[&#\"'`\s\\]|\Z)")
"""A value in the query of an address."""
ENDED = re.compile(rb"=(?P<value>[^\s;\"'`<>{}()\\]{4,100})(?=;)")
"""A value that a semicolon ends."""
TO = re.compile(rb"(?:;\s?|\b(?:user|host|dbname|username|uid)=[^\s,;\"']{1,60} (?:[^\n\"',;]{0,80} )?)\Z")
"""What stands before the password in a text that says how to connect."""
OPTION = re.compile(rb"(?<![^\s\"'\[])--?[A-Za-z]")
"""How a name begins that is an option of a command."""
FIRST = re.compile(rb"""(?:^|\n)[ \t]{0,40}(?:(?:export|set|setx|ENV|ARG|-|SET|\+) )?["']?\Z""")
"""What stands before a name that begins its line."""
REVERSED = re.compile(
    rb"""["']?(?:value|Value)["']?\s?[:=]\s?(?P<q>["'])(?P<value>[^"'\n]{6,300})(?P=q),?\s{1,20}["']?(?:key|name|Key|Name)["']?\s?[:=]\s?["']\Z"""
)

Where = Literal[
    "anywhere",
    "in programs",
    "outside programs",
    "in a list",
    "in sentences",
    "by a verb",
    "in a connection",
    "as an option",
]


class Way(NamedTuple):
    """A way in which a value can stand behind its name."""

    pattern: re.Pattern[bytes]
    where: Where
    needs: bytes = b""
    """What has to be near: to look for that costs less."""


def _way(pattern: bytes, where: Where = "anywhere") -> Way:
    fixed = pattern.replace(b"<value>", b"").replace(b"|initialValue|defaultValue", b"|initialValue")
    needs = next((word for word in (b"efault", b"</", b"alue") if word in fixed), b"")
    return Way(re.compile(pattern), where, needs)


WAYS = (
    # name = "value", "name": "value", name: str = "value", environ["name"] = "value", name = f("value")
    _way(
        _END
        + rb"(?:\s?:\s?[&A-Za-z_][\w.\[\] |?&']{0,30})?"
        + _BY
        + rb"(?:[\w.:\[\]]{0,30}[\[(]\s?)?"
        + _QUOTED
    ),
    # env["name"] or "value", fetch("name") { "value" }
    _way(rb"""\\?["']?[\])]{0,2}[ \t]{1,2}(?:\|\||\?\?|or|\{)[ \t]{1,2}""" + _QUOTED),
    # name string = "value"
    _way(rb"[ \t][\w*]{1,20}(?:\(\d{1,4}\))?[ \t]?=[ \t]?" + _QUOTED),
    # "name": {"value": "value"}, "name": ["user", "value"], '#name').type("value")
    _way(rb"""["']\s?:\s?\{\s{0,20}["']value["']\s?:\s?""" + _QUOTED),
    _way(rb"""["']\s?:\s?\[\s?["'][^"'\n]{1,60}["'],\s?""" + _QUOTED),
    _way(_END + rb"\.(?:type|fill|val|input|send_?[kK]eys|set_?[vV]al\w{2}|pressSequentially)\(" + _QUOTED),
    # --name NAME --value value
    _way(rb"""["']? --value[ =]""" + _QUOTED),
    _way(rb"""["']? --value[ =]""" + _BARE, "outside programs"),
    # name = ask() or "value"
    _way(_BY + rb"[\w.()\[\]\"']{1,60} (?:\|\||\?\?|\?:|or) " + _QUOTED),
    # name == "value"
    _way(rb"[ \t]?[!=]==?[ \t]?" + _QUOTED, "in sentences"),
    # variable "name" { default = "value" }, "--name", default="value"
    _way(rb"""["']\s{0,2}\{[^{}]{0,200}?default\s{0,20}=\s{0,3}""" + _QUOTED, "outside programs"),
    _way(rb"""[^\n]{0,60}?\b(?:\w{1,12}D|d)efault(?:Value|_value)?\s?[:=]\s?""" + _QUOTED),
    # ("name", "value"), header("name", "value")
    _way(rb"""\\?["'],\s{0,5}""" + _QUOTED, "in a list"),
    # {"name": "NAME", "value": "value"}
    _way(rb"""["'],\s{0,20}["'](?:value|Value|initialValue|defaultValue)["']\s?:\s?""" + _QUOTED),
    # set_name("value")
    _way(rb"\(\s{0,3}" + _QUOTED + rb"\s?[,)]"),
    # set_basic_auth("user", "value"), auth=("user", "value")
    _way(rb"""\s?=?\s?\(\s{0,3}["'][^"'\n]{1,80}["'],\s{0,5}""" + _QUOTED),
    # name="..." value="value", <name value="value"
    _way(rb"""["']?\s{1,3}value\s?=\s?""" + _QUOTED),
    # a, b = "value", "another"
    _way(rb"(?:, ?\w{1,30}){1,3} = " + _QUOTED),
    # <name>value</name>, <name><value>value</value>, <entry key="name">value<, <key>name</key><string>value<
    _way(rb">\s{0,20}(?:<!\[CDATA\[)?(?P<value>[^\s<\]]{6,300})(?:\]\]>)?\s{0,20}</"),
    _way(rb"""["']?>\s{0,20}<[Vv]alue>\s{0,20}(?P<value>[^\s<]{6,300})\s{0,20}</"""),
    _way(rb"""["']>(?P<value>[^\s<]{6,300})</"""),
    _way(
        rb"</[\w-]{1,30}>\s{0,20}<(?:[\w-]{0,20}(?:string|value|Value)|td|dd|code)>(?P<value>[^\s<]{6,300})</"
    ),
    _way(rb"""["'][^<>]{0,80}>\s{0,20}<[Vv]alue>(?P<value>[^\s<]{6,300})</"""),
    # {name: NAME, value: value}
    _way(rb"""["']?,[ \t]{0,5}value:[ \t]{0,3}""" + _QUOTED, "outside programs"),
    _way(rb"""["']?,[ \t]{0,5}value:[ \t]{0,3}""" + _BARE, "outside programs"),
    # name=value within the text of a program: of a connection, a query, a command
    _way(rb"=(?P<value>[^\s\"'`<>,;&|\\(){}\[\]=]{6,300})(?=[\s\"'`<;&|\\]|\Z)", "in programs"),
    # - name: NAME, and below it value: value
    _way(rb"""["']?\s{0,3}\n\s{1,30}value:\s{0,3}""" + _QUOTED, "outside programs"),
    _way(rb"""["']?\s{0,3}\n\s{1,30}value:\s{0,3}""" + _BARE, "outside programs"),
    # name: |, and the value on a line of its own
    _way(_END + rb":[ \t]{1,3}[|>][+-]?\s{0,3}\n\s{1,30}" + _BARE, "outside programs"),
    # name: and the value as the only one of a list
    _way(_END + rb":\s{0,3}\n\s{1,30}- " + _QUOTED, "outside programs"),
    _way(_END + rb":\s{0,3}\n\s{1,30}- " + _SCHEME + _BARE, "outside programs"),
    # name=value, name: value, | name | value |, **name:** `value`
    _way(_END + _BY + _SCHEME + _BARE, "outside programs"),
    _way(rb"""[`*]{0,3}[ \t]{0,20}\|[ \t]{0,20}`?""" + _BARE, "outside programs"),
    _way(rb"[*_]{0,2}\s?:\s?[*_]{0,2}\s{0,3}`(?P<value>[^`\s]{6,200})`"),
    _way(rb"[*_]{0,2}\s?:\s?[*_]{1,2}\s{1,3}(?P<value>[^`\s]{6,200})(?=\s|\Z)", "outside programs"),
    # --name value, PASSWORD 'value', password value, contraseña de la base: value
    _way(rb"[ \t]{1,3}(?:-p ?|-w ?)?" + _QUOTED, "in sentences"),
    _way(
        rb"(?:'s)?[ \t](?:(?:is|es|to|was|por|by|-|\xe2\x80\x93|\xe2\x86\x92)[ \t]){0,2}" + _SAID,
        "in sentences",
    ),
    _way(rb"(?P<between>(?:[ \t][\w.()/\xc3\xa1-\xbf-]{1,20}){0,6}?)" + _IS + _SAID, "in sentences"),
)
"""Tried in this order; the first whose value could be a secret says where it is."""
