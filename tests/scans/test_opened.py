"""Pieces opened, whatever lies in what."""

import base64
import gzip
import io
import random
import zipfile

import pytest

from esclusa.core.scan import Unseen
from esclusa.scans.archives import misnamed
from esclusa.scans.budget import Limits
from esclusa.scans.member import MEND, Member
from esclusa.scans.opened import opened
from esclusa.scans.piece import Excluded, Piece, Read
from tests.scans.repositories import told
from tests.scans.test_archives import database, tarred, zipped

SECRET = b"password = correct horse battery staple\n"


def read(data: bytes, name: str = "x", limits: Limits | None = None) -> list[Read]:
    return list(opened([Piece(name=name, data=data)], limits or Limits()))


def inside(reads: list[Read], name: str) -> bytes:
    [found] = [one for one in reads if isinstance(one, Piece) and one.name == name]
    return found.data


def unseen(reads: list[Read]) -> list[Unseen]:
    return [one for one in reads if isinstance(one, Unseen)]


def test_a_text_is_given_as_it_is_and_what_is_not_looked_at_goes_through() -> None:
    reads: list[Read] = [
        Piece(name="a.py", data=b"a = 1", commit="c"),
        Unseen(place="b", why="large"),
        Excluded(place="c", pattern="c"),
    ]
    assert list(opened(reads)) == reads


def test_a_text_in_utf_16_is_given_as_utf_8() -> None:
    assert told(read("\ufeffuna\ncontraseña".encode("utf-16-le"))) == [("x", "una\ncontraseña".encode())]


def test_entries_are_named_by_their_archives_and_keep_the_commit() -> None:
    data = zipped({"in.zip": zipped({"keys/id": SECRET})})
    found = list(opened([Piece(name="out.jar", data=data, commit="c")]))
    assert Piece(name="out.jar!in.zip!keys/id", data=SECRET, commit="c") in found
    assert unseen(found) == []


def test_an_archive_is_given_without_what_its_entries_say() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.comment = b"the comment"
        archive.writestr("the name", SECRET)
    for data in (target.getvalue(), tarred({"the name": SECRET})):
        found = read(data)
        assert inside(found, "x!the name") == SECRET
        assert b"the name" in inside(found, "x")
        assert SECRET not in inside(found, "x")
    assert b"the comment" in inside(read(target.getvalue()), "x")


def test_an_archive_of_which_an_entry_is_damaged_is_given_with_it() -> None:
    data = zipped({"a": SECRET}, zipfile.ZIP_STORED).replace(b"horse", b"mouse")
    found = read(data)
    assert b"correct mouse" in inside(found, "x")
    assert unseen(found) == [
        Unseen(place="x!a", why="its checksum is wrong: it is not what was packed", mend=MEND)
    ]


def test_a_packed_tar_shows_its_entries_and_its_heads() -> None:
    found = read(tarred({"a": SECRET}, "w:gz"), "x.tar.gz")
    assert inside(found, "x.tar.gz!a") == SECRET
    heads = [one.data for one in found if isinstance(one, Piece) and one.name == "x.tar.gz"]
    assert any(b"ustar" in data for data in heads)
    assert not any(SECRET in data for data in heads)


def test_archives_in_one_another_are_opened_four_deep() -> None:
    data = SECRET
    for _ in range(4):
        data = zipped({"i": data})
    assert inside(read(data), "x!i!i!i!i") == SECRET
    found = read(zipped({"i": data}))
    why = "more than 4 archives lie in one another"
    assert unseen(found) == [Unseen(place="x!i!i!i!i", why=why, mend=MEND)]


def test_a_bomb_of_archives_in_archives_ends_at_what_one_file_may_unpack_to() -> None:
    limits = Limits(total=2_000_000, entries=100)
    data = b"\0" * 400_000
    for _ in range(3):
        data = zipped({f"{number}": data for number in range(16)})
    found = read(data, limits=limits)
    assert Unseen(
        place="x", why="it unpacks to more than 1.91 MiB, and the rest was not looked at", mend=MEND
    ) in unseen(found)
    assert sum(len(one.data) for one in found if isinstance(one, Piece)) < 2 * limits.total
    assert len(found) < 2 * limits.entries


def test_a_bomb_of_packed_tars_ends_there_too() -> None:
    limits = Limits(total=2_000_000)
    one = tarred({"a": b"1"}, "w:gz")
    grown = gzip.compress(gzip.decompress(one) + b"\0" * 900_000)
    found = read(zipped({f"{number}": grown for number in range(50)}), limits=limits)
    assert len([piece for piece in found if isinstance(piece, Piece)]) < 12
    assert unseen(found)[-1].place == "x"


def test_what_is_refused_for_its_size_is_no_text_that_only_begins_like_an_archive() -> None:
    letters = b"U" * 300  # how 300 MiB of zeros look when they are packed, for the most part
    assert misnamed(letters, Member(name="x", data=b"", why="it is broken"))
    assert not misnamed(letters, Member(name="x", why="it unpacks to more than is looked at"))
    assert not misnamed(letters, Member(name="x", data=b"something", why="it ends too early"))
    assert not misnamed(b"\xff\0" * 99, Member(name="x", data=b"", why="it is broken"))


def test_each_file_of_a_source_may_unpack_to_as_much() -> None:
    limits = Limits(total=5_000)
    one = zipped({"a": random.Random(1).randbytes(4_000)})
    found = list(opened([Piece(name="1", data=one), Piece(name="2", data=one)], limits))
    assert unseen(found) == []


@pytest.mark.parametrize(
    "text", [b"BZh91AY&SY is how bzip2 begins", b"\x1f\x8b in a file that people read" * 3]
)
def test_a_text_that_only_begins_like_an_archive_is_a_text(text: bytes) -> None:
    assert told(read(text)) == [("x", text)]


def test_what_stands_as_base64_is_given_with_its_line() -> None:
    text = b"a = 1\nkey = '%s'\n" % base64.b64encode(SECRET)
    assert read(text) == [Piece(name="x", data=text), Piece(name="x", data=SECRET, line=2)]


def test_base64_is_decoded_twice_and_not_three_times() -> None:
    once = base64.b64encode(SECRET)
    twice = b"\nkey: " + base64.b64encode(b"inner: " + once)
    thrice = b"\n\nkey: " + base64.b64encode(twice)
    assert read(twice)[-1] == Piece(name="x", data=SECRET, line=2)
    assert read(thrice)[-1] == Piece(name="x", data=b"inner: " + once, line=3)


def test_archives_in_base64_are_opened_and_a_broken_one_is_said() -> None:
    packed = base64.b64encode(gzip.compress(SECRET, mtime=0))
    assert Piece(name="c.yaml!c.yaml", data=SECRET, line=2) in read(b"\ndata: " + packed, "c.yaml")
    broken = base64.b64encode(gzip.compress(random.Random(1).randbytes(900), mtime=0)[:-9])
    found = read(b"\ndata: " + broken, "c.yaml")
    assert unseen(found) == [Unseen(place="c.yaml!c.yaml", why="it ends too early", mend=MEND)]


def test_base64_in_an_entry_of_an_archive_is_decoded() -> None:
    found = read(zipped({"a": b"\n\n" + base64.b64encode(SECRET)}))
    assert Piece(name="x!a", data=SECRET, line=3) in found


def test_digests_are_no_broken_archives() -> None:
    chance = random.Random(1)
    text = b"\n".join(b'"sha512-%s",' % base64.b64encode(chance.randbytes(64)) for _ in range(20_000))
    assert [len(read(text)), unseen(read(text))] == [1, []]


def test_a_database_is_given_as_it_is_and_by_its_tables() -> None:
    data = database("CREATE TABLE t (a TEXT)", "INSERT INTO t VALUES ('x')")
    assert told(read(data, "d.sqlite")) == [("d.sqlite!t", b"a: x"), ("d.sqlite", data)]


def test_what_cannot_be_opened_is_given_as_it_is_and_said() -> None:
    data = b"7z\xbc\xaf\x27\x1c" + b"\0" * 30
    assert told(read(data, "x.7z")) == [
        Unseen(place="x.7z", why="7z archives cannot be opened here", mend=MEND),
        ("x.7z", data),
    ]
