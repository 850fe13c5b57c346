"""The base of every noun: an immutable value that knows its way to JSON and back.

Nouns are `msgspec.Struct` rather than dataclasses, because every one of them is written to the journal and
read again by another process: decoding checks the types, so a torn or foreign record is an error here and
not a surprise three rooms later. Change means `replace`.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from esclusa.core.errors import StateError

T = TypeVar("T")

Json = None | bool | int | float | str | list[Any] | dict[str, Any]


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An immutable value; compared by content, encoded to JSON without its defaults."""


class Entry(Value, frozen=True, kw_only=True, tag_field="kind"):
    """A value that is one of several kinds; its JSON says which."""


replace = msgspec.structs.replace


def encode(value: object) -> bytes:
    """JSON with sorted keys: equal values have equal bytes."""
    return msgspec.json.encode(value, order="sorted")


def decode(kind: type[T], data: bytes | str) -> T:
    """The value that `encode` wrote; StateError when the bytes are not one."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        name = getattr(kind, "__name__", str(kind))
        raise StateError(f"a stored {name} cannot be read: {error}") from error


def plain(value: object) -> Any:
    """The value as dicts, lists and scalars, for JSON that others read: every key is there, defaults too."""
    if isinstance(value, Value):
        shape = value.__struct_config__
        kind = {shape.tag_field: shape.tag} if shape.tag_field else {}
        return kind | {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(key): plain(leaf) for key, leaf in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(leaf) for leaf in value]
    return msgspec.to_builtins(value)


def digest(value: object) -> str:
    """The SHA-256 of a value's canonical JSON, as 64 hexadecimal digits."""
    return hashlib.sha256(encode(value)).hexdigest()


EMPTY: Mapping[str, Any] = {}
