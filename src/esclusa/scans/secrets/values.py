"""Values: whether a text could be a secret at all, or stands for one, or is drawn at random.

A secret that a person chose has letters and something else in it; one that a machine drew has no words in
it. What says of itself that it is none (`changeme`, `<token>`, `${VAR}`, `xxxx`, a vendor's example) is none.
"""

import base64
import re
from collections import Counter
from math import log2, sqrt
from unicodedata import category

from esclusa.scans.secrets.made_up import is_published
from esclusa.scans.secrets.names import PAIRS, PLAIN

_STANDS_FOR_ONE = re.compile(
    r"""
      change.?(?:me|it|this) | cambi(?:ar|a|e) | replace | reempl | your[-_ ]? | (?<![a-z])my[-_] | \Atu[-_]
    | example | ejemplo | sample | dummy | fake | mock | placeholder | redacted | masked | hidden | removed
    | (?<![a-z])(?:todo|fixme|tbd|none|null|nil|undefined|empty|unset|unused|default|secret|token|password
        |passwd|contrase(?:ñ|n)a|clave|test|testing|foo|bar|baz|qux|key|string|value|xyz|here|insert|enter
        |not[-_]?(?:needed|set|used|real|a)|no[-_]?(?:key|token|secret)|hunter2|x-oauth-basic|qwerty|letmein|sandbox
        |dev|demo|local)(?![a-z0-9])(?=[-_. ]|\Z)
    | 123456 | abcdef | 01234 | abc123 | deadbeef | cafebabe | \*{3,} | \.\.\. | …
    | MTIzNDU2 | IxMjM0NTY                              # 123456 and "12345 in base64
    | 258EAFA5-E914-47DA                                # of a standard
    | abcd[-_]?efgh
    | \A(?:true|false|yes|no|on|off)\Z | :\s*\Z | (?-i:\A--?[a-z][a-z0-9_-]*\Z)
    | \A(?:n?varchar|char|text|u?int|bytes?|binary|float|sha|md|aes|rsa|ecdsa|ed|hmac|bcrypt|argon|base|utf
        |[herp]s)[-_(]?\d{1,4}(?:\)|[-_]?(?:gcm|cbc|ctr|bits?|r1|k1))?\Z
    | (?-i:\AAg[A-D][A-Za-z0-9+/]{120})       # sealed
    | (?-i:\A[a-z_]+(?:\.[a-z_]\w*)+\.[A-Z]\w+\Z)                       # a class
    | (?-i:\A(?:aws|com|smithy)(?:\.[a-z]+)+\#[A-Za-z]\w*\Z)             # of a model: `aws.auth#sigv4`
    | (?-i:\AAAAA(?:[BC]3NzaC1|E2VjZHNh))               # a public key of SSH
    | (?-i:\AeyJ[\w-]+\.[\w-]*\.\Z)                    # a token that nobody signed
    | \A(?:ENC|NACL)[\[(] | \Avault:v\d | \A\$ANSIBLE
    | \A\#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8});?\Z      # a colour
    | \A[\w.+-]+@[a-z-]+(?:\.[a-z-]+)*\.[a-z]{2,6}\Z      # somebody's address
    | \A(?:os\.environ|process\.env|self\.|this\.|config\.|settings\.)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_REFERS = re.compile(
    r"""
      \A[\[(<]{0,2}[a-z][a-z0-9+.-]{1,20}://(?![^\s/@]*:[^\s/@]+@)         # an address without a password
    | \]\(https?:                                                         # a link
    | \A(?:[\[(<]|%5B)[A-Za-z][A-Za-z _-]*(?:[\])>]|%5D)\Z | \A\*[A-Z]+\*\Z # `[Filtered]`, `(optional)`
    | \A<[a-z]+\Z | \A\([A-Z]\w+-[A-Z]\w+\Z
    | \A[A-Za-z_]+(?:\.[A-Za-z_]\w*)*\(\Z | \A\)\.                      # code
    | \A[A-Za-z_$][\w.$]*===[A-Za-z_$!(]
    | \A[a-z]+(?:\d\d?[a-z]+)?(?:[A-Z][a-z]+)*\.[a-z]+[A-Z][a-z]+\Z
    | \A[a-z]+(?:/[a-z]+)+/?\Z | \A[a-z]+(?::[a-z]+)+\Z | \A[a-z_-]+/\Z       # `text/html`, `app:login`
    | \A\d+/[a-z]{1,3}/[a-z]+\Z                                         # a rate
    | \A[a-z]+(?:[.-][a-z]+)*[.-]\$[A-Z]?\d\Z                           # what a pattern found
    | \A[A-Z]+\\{1,2}[a-z]+\Z                                          # a user of Windows
    | \A\w+=\w*&\w+= | \A[A-Za-z_/.-]+\{[a-z_]+\}/?\Z
    | \(\?[:!=<P] | [a-z]{3}_\?[a-z]{3} | \[\w-\w | \]\{\d
    | \$\{ | \$\( | \{\{ | \}\} | <[\w -]*> | %\(\w+\) | %\w% | \#\{ | \A[@%&*!]?\{
    | \A\$[A-Za-z_](?!\w*[$!*#?%@&+.-]{1,2}\Z)             # and not a password that ends in a sign
    | \A(?:ref\+|aws-ssm|ssm|sops|keyvault|secretref|doppler|infisical|bws?:)
    | \A(?:env|file|vault|ref|secret|arn|urn|https?|s3|gs|kms|op|projects):
    """,
    re.VERBOSE,
)
_IN_BRACES = re.compile(r"\{(?=[A-Za-z]*[0-9+/=])[A-Za-z0-9+/]{20,}={0,2}\}")
"""How Jenkins and Maven write down what they encrypted with a key that lies beside it."""
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_PATH = re.compile(
    r"\A(?:[.~]{0,2}/(?:[\w./-]|(?<=/)@|%[a-z]|\{\w+\})*|[A-Za-z]:\\.*|[\w-]+(?:/[\w.-]+)+\.[a-z]{2,5}"
    r"|[A-Za-z]\w*(?:[.-]\w+)*\.(?:ya?ml|json|toml|ini|cfg|conf|txt|md|rst|pem|crt|cer|key|pub|pyi?|[cm]?[jt]sx?|sh|xml|html))\Z"
)
_LETTERS = re.compile("[a-z]{2,}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_HEX = re.compile(r"(?:[0-9a-f]+|[0-9A-F]+)")
_LEAST_HEX = 32
_LEAST_WITHOUT_DIGITS = 32
_DRAWN = re.compile(r"[A-Za-z0-9+/=_.~:!@#$%^&*?(){}\[\]|-]+")


def stands_for_one(value: str) -> bool:
    """Whether it says of itself that the secret is elsewhere, or that there is none."""
    return bool(
        _STANDS_FOR_ONE.search(value)
        or (_REFERS.search(value) and not _IN_BRACES.fullmatch(value))
        or _CONSTANT.fullmatch(value)
        or _PATH.match(value)
        or is_published(value)
        or ((inner := decoded(value)) and stands_for_one(inner))
        or len(set(value)) < min(5, len(value))
        or any(6 * len(run[0]) >= len(value) for run in _RUN.finditer(value))
    )


_RUN = re.compile(r"(.)\1{4,}")
"""`xxxxx`; where the value is long, zeros of what it encodes: Jenkins' begin with them."""


def decoded(value: str) -> str:
    """What it says in base64, or the password of a `user:password` there; empty if it is no such text."""
    if len(value) % 4 or not _BASE64.fullmatch(value):
        return ""
    text = base64.b64decode(value)
    if not text.isascii() or not text.decode().isprintable():
        return ""
    user, colon, password = text.decode().partition(":")
    return password if colon else user


_BASE64 = re.compile(r"[A-Za-z0-9+/]{10,98}={0,2}")


def entropy(value: str) -> float:
    """Bits per character, of the characters as they are distributed in it (Shannon)."""
    n = len(value)
    return -sum(count / n * log2(count / n) for count in Counter(value).values()) if n else 0.0


def is_drawn(value: str, least: int = 16) -> bool:
    """Whether a machine drew it: long, of one piece, and no words."""
    if len(value) < least or not _DRAWN.fullmatch(value) or stands_for_one(value):
        return False
    if _UUID.fullmatch(value):
        return True
    if _HEX.fullmatch(value):
        return len(value) >= _LEAST_HEX and entropy(value) > 3.0 and not value.isdigit()
    if len(value) < _LEAST_WITHOUT_DIGITS and not any(map(str.isdigit, value)):
        return False
    return entropy(value) > 3.3 and _mixed(value) and not worded(value) and not _listed(value)


def is_chosen(value: str) -> bool:
    """Whether a person could have chosen it as a password, or a machine could have drawn it: letters, and
    digits or signs among them."""
    if not 6 <= len(value) <= 128 or stands_for_one(value) or any(map(str.isspace, value)):
        return False
    letters = sum(map(str.isalpha, value))
    digits = sum(map(str.isdigit, value))
    others = sum(not _is_letter(character) and character not in "_-." for character in value)
    return letters >= 2 and (digits > 0 or (others > 0 and len(value) >= 8)) and entropy(value) > 2.3


def _is_letter(character: str) -> bool:
    """A letter or digit, or what is written above or below one."""
    return character.isalnum() or (not character.isascii() and category(character).startswith("M"))


def is_passphrase(value: str, least: int = 4) -> bool:
    """Whether it is words with signs between them, as people join them; `least`: how many of them, if they
    begin with small letters. Words that names of settings have are none of a passphrase."""
    if len(value) > 128 or len(set(_SIGNS.findall(value))) != 1:
        return False
    words = _SIGNS.split(value)
    titled = all(map(str.istitle, words))
    if not titled and not all(map(str.islower, words)):
        return False
    plain = PLAIN.isdisjoint(map(str.lower, words)) and len(set(words)) > 2
    letters = all(word.isalpha() and 3 <= len(word) <= 14 for word in words)
    return plain and letters and len(words) >= (3 if titled else least)


_SIGNS = re.compile(r"[-_.+~#*]")


def is_scrambled(value: str) -> bool:
    """Whether it is letters alone, and no word: as mail providers make passwords for programs."""
    if not 12 <= len(value) <= 40 or not value.isascii() or not value.isalpha() or value.isupper():
        return False
    return entropy(value) > 2.8 and _common(value) < 0.28 and not stands_for_one(value)


def is_password(value: str, least: int = 4) -> bool:
    """Whether somebody could have it as a password where nothing else is expected."""
    return is_chosen(value) or is_passphrase(value, least) or is_scrambled(value)


def is_given(value: str) -> bool:
    """Whether it could be one where nothing but a password can stand: a little is enough."""
    return len(value) >= 6 and (is_drawn(value) or is_password(value, 2))


def is_strong(value: str) -> bool:
    """Whether a person chose it as a secret: with a sign, a digit and letters, not as a name is written."""
    return (
        len(value) >= 8
        and is_chosen(value)
        and any(map(str.isdigit, value))
        and any(letter in "!@#$%^&*+?~" for letter in value)
    )


def is_numbered(value: str) -> bool:
    """Whether it is a word with one digit behind it, as sentences and tables of names have them."""
    return _ONE_DIGIT.fullmatch(value) is not None


_ONE_DIGIT = re.compile(r"[a-záéíóúñ_-]+[0-9]|[0-9]{1,3}-[a-z]+|[0-9]+-bits?|[A-ZÁÉÍÓÚÑ][a-záéíóúñ]+[0-9]?")


def is_typed(value: str) -> bool:
    """Whether it could hardly be a word of a sentence or a name: of letters of both sizes and digits."""
    kinds = any(map(str.isupper, value)) and any(map(str.islower, value)) and len(value) >= 8
    digits = any(map(str.isdigit, value))
    return is_strong(value) or (
        kinds and digits and is_chosen(value) and not _listed(value) and "/" not in value
    )


def is_mixed_key(value: str) -> bool:
    """Whether a machine drew it, of letters of both sizes and digits: neither a digest nor an identifier."""
    kinds = any(map(str.isupper, value)) and any(map(str.islower, value)) and any(map(str.isdigit, value))
    return kinds and len(value) >= 24 and is_drawn(value)


def is_short_key(value: str) -> bool:
    """Whether a machine drew it though it is short for a key: of all kinds of letters, or hexadecimal."""
    if not 12 <= len(value) <= 31 or stands_for_one(value) or not value.isalnum() or value.isdigit():
        return False
    digits = sum(map(str.isdigit, value))
    if _HEX.fullmatch(value):
        return len(value) >= 20 and digits >= 4 and len(value) - digits >= 3 and entropy(value) > 2.8
    cased = any(map(str.islower, value)) and any(map(str.isupper, value))
    if digits == 0:
        return len(value) >= 20 and cased and is_scrambled(value)
    return cased and digits >= 2 and _common(value) < 0.45 and entropy(value) > 3.0


def worded(value: str) -> bool:
    """Whether its letters make words, as far as pairs of them tell."""
    pairs = _pairs(value)
    common = sum(pair in PAIRS for pair in pairs)
    return common > len(pairs) * 0.45 and common > len(pairs) * _CHANCE + 2 * sqrt(len(pairs) * 0.15)


def _pairs(value: str) -> list[str]:
    return [run[at : at + 2] for run in _LETTERS.findall(value.lower()) for at in range(len(run) - 1)]


def _common(value: str) -> float:
    """How many of its pairs of letters are common ones."""
    pairs = _pairs(value)
    return sum(pair in PAIRS for pair in pairs) / len(pairs) if pairs else 0.0


_CHANCE = len(PAIRS) / 26**2


def _listed(value: str) -> bool:
    """Words and numbers one after another: `bsd-2-clause-netbsd`, `2024-10-01T12`."""
    parts = _JOINTS.split(value)
    words = sum(len(part) for part in parts if part.isalpha() and (part.islower() or part.istitle()))
    plain = all(part.isalpha() or part.isdigit() or len(part) < 4 for part in parts)
    return len(parts) > 2 and (plain or (words > 8 and words * 3 > len(value)))


_JOINTS = re.compile(r"[-_.:/ ]")


def _mixed(value: str) -> bool:
    """Letters of two kinds, or letters and digits."""
    kinds = (any(map(str.islower, value)), any(map(str.isupper, value)), any(map(str.isdigit, value)))
    return sum(kinds) >= 2
