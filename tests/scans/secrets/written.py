"""Files with secrets as people write them (`written/*.txt`), with slots instead of values: none stands in a file.

`=== name` begins a file, `«{w40}»` is a secret and `‹{h40}›` none. In both, `{w40}` stands for forty drawn
letters and digits, `{p}` for a password that a person chose, and so on, as `_SLOTS` has them.
"""

import base64
import random
import re
import string
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "written"
_WORDS = (
    *("harbour", "copper", "lantern", "maple", "falcon", "ridge", "velvet", "cobalt", "orchard", "tundra"),
    *("walnut", "pepper", "summer", "dragon", "guitar", "winter", "purple", "monkey", "silver", "rocket"),
)
_PALABRAS = (
    *("invierno", "naranja", "lobo", "tormenta", "girasol", "caracol", "ventana", "verano", "alameda"),
    *("madrid", "sevilla", "futbol", "cereza", "abuela", "perro", "tortuga", "castillo", "lechuga"),
)
_SEEDS = (
    *("abandon", "ability", "orbit", "wagon", "velvet", "pupil", "mosquito", "exotic", "cradle", "fossil"),
    *("tragic", "habit", "legal", "winner", "rude", "sadness", "whisper", "unfold", "galaxy", "drift"),
)
_WALKS = ("Qwe", "Asd", "Zxc", "Qaz", "Wsx", "1qaz", "Poi", "Lkj")
_ALNUM = string.ascii_letters + string.digits
_ALPHABETS = {
    "w": _ALNUM,
    "a": string.ascii_letters,
    "h": "0123456789abcdef",
    "H": "0123456789ABCDEF",
    "l": string.ascii_lowercase + string.digits,
    "U": string.ascii_uppercase + string.digits,
    "A": string.ascii_uppercase + "234567",
    "d": string.digits,
    "b": _ALNUM + "+/",
    "r": _ALNUM + "-_",
    "G": _ALNUM + "!@#%^&*()-_ []{}<>~+=,.;:/?|",
}


class Written(NamedTuple):
    """A file, and where its secrets and what is none are in its bytes."""

    name: str
    data: bytes
    secrets: tuple[tuple[int, int], ...]
    others: tuple[tuple[int, int], ...]


def written(of: str, seed: int = 0) -> Iterator[Written]:
    """The files of one of the texts."""
    for section in re.split(r"^=== ", (FOLDER / f"{of}.txt").read_text(encoding="utf-8"), flags=re.M)[1:]:
        name, _, text = section.partition("\n")
        yield _filled(name.strip(), text, random.Random(f"{of} {name} {seed}"))


def _filled(name: str, text: str, source: random.Random) -> Written:
    data = b""
    places: dict[str, list[tuple[int, int]]] = {"«": [], "‹": []}
    for part in re.split(r"(«[^»]*»|‹[^›]*›)", text):
        if part[:1] in places:
            value = _SLOT.sub(lambda slot: _drawn(slot, source), part[1:-1]).encode()
            places[part[0]].append((len(data), len(data) + len(value)))
            data += value
        else:
            data += part.encode()
    return Written(name, data, tuple(places["«"]), tuple(places["‹"]))


_SLOT = re.compile(r"\{([a-zA-Z])([0-9]*)\}")


def _drawn(slot: re.Match[str], source: random.Random) -> str:
    sort, length = slot[1], int(slot[2] or 0)
    if sort in _ALPHABETS:
        return "".join(source.choice(_ALPHABETS[sort]) for _ in range(length))
    if sort == "m":
        return " ".join(source.choice(_SEEDS) for _ in range(length))
    return _SLOTS[sort](source)


def _chosen(words: tuple[str, ...]) -> Callable[[random.Random], str]:
    """As a person invents one: words, a number, a sign, some letters turned."""

    def password(s: random.Random) -> str:
        first, second = s.choice(words), s.choice(words)
        year, number, sign = s.randint(1960, 2026), s.randint(1, 999), s.choice("!@.*_-#$%&?+")
        return s.choice(
            (
                f"{first.title()}{year}{sign}",
                f"{first}{sign}{second}{number}",
                f"{first.title()}{second.title()}{number}",
                f"{first.replace('a', '4').replace('e', '3').replace('o', '0').title()}{number}{sign}",
                f"{first[:5]}{sign}{number}{second.title()}",
                f"{first}{year}",
                f"{sign}{first.title()}{number}{sign}",
            )
        )

    return password


def _joined(s: random.Random) -> str:
    """A passphrase."""
    sign = s.choice("-._")
    words = [s.choice(_WORDS + _PALABRAS) for _ in range(s.randint(3, 5))]
    return sign.join(s.choice((words, [word.title() for word in words])))


def _short(s: random.Random) -> str:
    """Eight or nine characters of all kinds."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!@#%*-_.+")
    letters = [s.choice(kinds[at % 4] if at < 6 else _ALNUM) for at in range(s.randint(8, 9))]
    head = letters[:1]
    rest = letters[1:]
    s.shuffle(rest)
    return "".join(head + rest)


def _walk(s: random.Random) -> str:
    """Neighbours on the keyboard, a number and a sign."""
    first, second = s.sample(_WALKS, 2)
    return s.choice((f"{first}{second}{s.randint(1, 99)}{s.choice('!.*')}", f"{first}{s.randint(100, 999)}$"))


def _generated(s: random.Random) -> str:
    """As a manager of passwords makes one."""
    letters = [s.choice(_ALNUM + "!@%^*-_+=.~") for _ in range(s.randint(12, 20))]
    return "".join([s.choice(string.ascii_letters), *letters, s.choice(string.digits)])


def _pair(s: random.Random) -> str:
    return base64.b64encode(f"ana:{_chosen(_WORDS)(s)}".encode()).decode()


def _token(s: random.Random) -> str:
    """A JSON Web Token."""
    parts = (b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"%d","role":"service"}' % s.randrange(10**9))
    encoded = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, s.randbytes(32))]
    return ".".join(encoded)


_SLOTS: Mapping[str, Callable[[random.Random], str]] = {
    "p": _chosen(_WORDS),
    "e": _chosen(_PALABRAS),
    "f": _joined,
    "s": _short,
    "k": _walk,
    "g": _generated,
    "j": _token,
    "u": lambda s: str(uuid.UUID(int=s.getrandbits(128), version=4)),
    "B": _pair,
}
