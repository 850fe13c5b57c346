"""Text in another dress."""

import base64
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.scans.encoded import as_utf8, decoded, looks_like_text
from tests.scans.choices import Choices, choices

SECRET = b"password = correct horse battery staple\n"
LONG = b"".join(b"line %d of what is hidden here\n" % number for number in range(9))
B64 = base64.b64encode
URL = base64.urlsafe_b64encode


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_text_with_a_byte_order_mark_becomes_utf_8_with_its_lines(name: str) -> None:
    assert as_utf8("\ufeffuna\ncontraseña\n".encode(name)) == "una\ncontraseña\n".encode()


def test_a_text_without_a_mark_and_a_torn_one_are_not_refused() -> None:
    assert as_utf8(b"a\xff") == b"a\xff"
    assert as_utf8(b"\xff\xfea\0b") == "a\ufffd".encode()
    assert as_utf8(b"\xff\xfe\x00\xd8a\0") == "\ufffda".encode()


@pytest.mark.parametrize(
    "text",
    [
        b"a = 1\nkey: %s\n" % B64(SECRET),
        b"a = 1\nkey: '%s' # why\n" % URL(SECRET),
        b"a = 1\nTOKEN=%s" % B64(SECRET).rstrip(b"="),
        b"a = 1\n<img src=data:text/plain;base64,%s>" % B64(SECRET),
        b'a = 1\n{"text": "one\\n%s"}' % B64(SECRET),
        b"a = 1\nhttps://example.org/some/path/%s" % URL(SECRET),
        b"a = 1\nname_of_it-%s" % B64(SECRET),
        b"a = 1\nx" + B64(SECRET),
    ],
    ids=["plain", "url-safe", "unpadded", "data-url", "escape", "path", "words", "a-letter-before"],
)
def test_base64_in_a_text_is_decoded_with_the_line_where_it_begins(text: bytes) -> None:
    [(line, found)] = decoded(text)
    assert line == 2
    assert SECRET.strip() in found


@pytest.mark.parametrize("width", [64, 76])
@pytest.mark.parametrize(
    ("first", "between", "last"),
    [
        (b"", b"\n", b"\n"),
        (b"", b"\r\n", b"\r\n"),
        (b"key: |\n    ", b"\n    ", b"\nnext: 1\n"),
        (b'x = ("', b'"\n     "', b'")\n'),
        (b'x = "', b'" +\n  "', b'";\n'),
        (b"# ", b"\n# ", b"\n"),
        (b'{"a": "', b"\\n", b'\\n"}'),
        (b"-----BEGIN-----\\n", b"\\n", b"\\n-----END-----"),
        (b"a = ", b"\n", b"\nthe text goes on here\n"),
        (b"a = ", b"\n", b"\nb = 1\n"),
    ],
)
def test_base64_that_is_wrapped_is_one(width: int, first: bytes, between: bytes, last: bytes) -> None:
    text = B64(LONG)
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    found = list(decoded(b"top\n" + first + between.join(lines) + last))
    assert found == [(2 + first.count(b"\n"), LONG)]


def test_what_follows_on_the_next_line_does_not_spoil_it() -> None:
    found = list(decoded(b"%s\nsomething\n" % B64(SECRET[:-1] + b"12")))
    assert [SECRET[:-1] in text for _, text in found] == [True]


def test_lines_of_one_length_may_each_say_something_of_their_own() -> None:
    said = [b"the password number %d is horse battery" % number for number in (1, 2, 3)]
    text = b"\n".join(B64(one).rstrip(b"=") for one in said)
    assert list(decoded(text)) == [(1, said[0]), (2, said[1]), (3, said[2])]


def test_a_command_in_utf_16_without_a_mark_is_read() -> None:
    command = "Invoke-WebRequest https://example.org/x"
    assert list(decoded(b"powershell -e " + B64(command.encode("utf-16-le")))) == [(1, command.encode())]


def test_noise_digests_long_words_and_short_runs_are_passed_over() -> None:
    chance = random.Random(1)
    lines = [b"sha512-" + B64(chance.randbytes(64)) for _ in range(500)]
    lines += [B64(chance.randbytes(90)), chance.randbytes(32).hex().encode(), b"-" * 80, b"/" * 80, b"A" * 80]
    lines += [b"a_very_long_name_that_goes_on_and_on_and_on_and_on = 1", b"src/esclusa/scans/" * 5]
    lines += [B64(b"too short to hide much")]
    assert list(decoded(b"\n".join(lines))) == []


def test_what_is_wanted_is_given_though_it_is_no_text() -> None:
    packed = zlib.compress(SECRET * 3, wbits=31)
    assert list(decoded(b"x: " + B64(packed))) == []
    assert list(decoded(b"x: " + B64(packed), lambda data: data.startswith(b"\x1f\x8b"))) == [(1, packed)]


def test_text_is_what_people_can_read() -> None:
    assert looks_like_text("contraseña de la base de datos: ñandú".encode())
    assert looks_like_text("ключ от базы данных".encode())
    assert looks_like_text(b"mostly readable in latin 1: contrase\xf1a")
    assert not looks_like_text(b"")
    assert not looks_like_text(bytes(range(256)))
    assert not looks_like_text("ключ\0".encode() * 4)


BETWEEN = (b"\n", b"\r\n", b"\\n", b'"', b" ", b"=", b"A" * 40, b"-_" * 20, b"\n# ")
POOL = (
    random.Random(1).randbytes(900)
    + SECRET * 3
    + LONG
    + zlib.compress(LONG, wbits=31)
    + "añ".encode("utf-16")
)


@settings(max_examples=20_000)
@given(choices)
def test_no_bytes_break_it_and_lines_are_in_the_text(chosen: Choices) -> None:
    text = b"".join(_part(chosen) for _ in range(chosen.below(7)))
    found = list(decoded(text))
    assert sum(len(data) for _, data in found) <= 2 * len(text)
    assert all(1 <= line <= text.count(b"\n") + 1 for line, _ in found)
    assert [line for line, _ in found] == sorted(line for line, _ in found)


def _part(chosen: Choices) -> bytes:
    kind = chosen.below(3)
    if kind == 0:
        return chosen.one(BETWEEN)
    return chosen.part(POOL, 90) if kind == 1 else B64(chosen.part(POOL, 90))


@settings(max_examples=2_000)
@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=0x24F), min_size=40, max_size=300),
    st.sampled_from([0, 40, 64, 76]),
    st.booleans(),
)
def test_whatever_text_was_put_in_comes_out(text: str, width: int, url: bool) -> None:
    data = text.encode()
    run = (URL if url else B64)(data)
    lines = [run[at : at + (width or len(run))] for at in range(0, len(run), width or len(run))]
    found = list(decoded(b"first line\nkey: '%s'\n" % b"\n".join(lines)))
    if looks_like_text(data):
        assert found == [(2, data)]
