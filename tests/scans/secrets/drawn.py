"""Examples of secrets, drawn by a seed from what `tokens.toml` says of them: none stands in a file."""

import random
import re
import string
import uuid

_ALPHABETS = {
    "w": string.ascii_letters + string.digits,
    "a": string.ascii_letters,
    "h": "0123456789abcdef",
    "l": string.ascii_lowercase + string.digits,
    "U": string.ascii_uppercase + string.digits,
    "A": string.ascii_uppercase + "234567",
    "d": string.digits,
    "n": "023456789acdefghjklmnpqrstuvwxyz",
}
_SLOT = re.compile(r"\{([wahlUAdn])([0-9]+)\}|\{u\}")


def drawn(example: str, seed: int) -> str:
    """The example with its slots filled."""
    source = random.Random(seed)

    def fill(slot: re.Match[str]) -> str:
        if slot[1] is None:
            return str(uuid.UUID(int=source.getrandbits(128), version=4))
        return "".join(source.choice(_ALPHABETS[slot[1]]) for _ in range(int(slot[2])))

    return _SLOT.sub(fill, example)


def blank(example: str) -> str:
    """The example as somebody writes who shows what one looks like."""
    return _SLOT.sub(lambda slot: "x" * int(slot[2] or 36), example)
