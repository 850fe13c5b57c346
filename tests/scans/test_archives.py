"""Archives by their content: what comes out, what is said of what does not, and that nothing breaks."""

import bz2
import gzip
import io
import lzma
import random
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.scans import archives
from esclusa.scans.archives import kind_of, members, surely
from esclusa.scans.budget import Budget, Limits
from esclusa.scans.encoded import BEGINNINGS
from esclusa.scans.member import MEND, Member
from tests.scans.choices import Choices, choices

FILES = {"a.txt": b"first", "deep/b.bin": bytes(range(256)) * 9, "empty": b""}
SMALL = Limits(largest=10_000, total=30_000, entries=20, ratio=100, spared=1_000)


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def tarred(files: Mapping[str, bytes], mode: str = "w", form: int = tarfile.PAX_FORMAT) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return target.getvalue()


def database(*statements: str) -> bytes:
    with sqlite3.connect(":memory:") as made:
        for statement in statements:
            made.execute(statement)
        made.commit()
        return made.serialize()


def opened(data: bytes, name: str = "x.bin", limits: Limits = SMALL) -> list[Member]:
    return list(members(kind_of(data), data, name, Budget(limits)))


def contents(found: list[Member]) -> dict[str, bytes]:
    assert [member for member in found if member.why] == []
    return {member.name: member.data for member in found if member.name and member.data is not None}


def troubles(found: list[Member]) -> list[tuple[str, str]]:
    return [(member.name, member.why) for member in found if member.why]


WRITERS = {
    "stored": lambda files: zipped(files, zipfile.ZIP_STORED),
    "deflated": zipped,
    "bzip2 in zip": lambda files: zipped(files, zipfile.ZIP_BZIP2),
    "behind a program": lambda files: b"#!/usr/bin/env python3\n" + zipped(files),
    "pax": tarred,
    "gnu": lambda files: tarred(files, form=tarfile.GNU_FORMAT),
    "ustar": lambda files: tarred(files, form=tarfile.USTAR_FORMAT),
    "tar.gz": lambda files: tarred(files, "w:gz"),
    "tar.bz2": lambda files: tarred(files, "w:bz2"),
    "tar.xz": lambda files: tarred(files, "w:xz"),
    "tar.zst": lambda files: zstd.compress(tarred(files)),
}
STREAMS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd.compress}


@pytest.mark.parametrize("how", WRITERS)
def test_what_was_packed_comes_out(how: str) -> None:
    assert contents(opened(WRITERS[how](FILES))) == FILES


@pytest.mark.parametrize("suffix", STREAMS)
def test_a_stream_is_one_entry_named_by_what_it_is_of(suffix: str) -> None:
    assert contents(opened(STREAMS[suffix](b"text" * 99), f"dir/log.txt.{suffix}")) == {
        "log.txt": b"text" * 99
    }


@pytest.mark.parametrize("suffix", STREAMS)
def test_streams_one_behind_the_other_are_read_all_and_what_is_behind_them_is_no_trouble(suffix: str) -> None:
    pack = STREAMS[suffix]
    assert contents(opened(pack(b"one ") + pack(b"two") + b"\0" * 9, f"x.{suffix}")) == {"x": b"one two"}


@pytest.mark.parametrize("suffix", STREAMS)
def test_of_a_stream_that_is_cut_what_could_be_read_is_given(suffix: str) -> None:
    chance = random.Random(1)
    data = b"".join(b"%d\n" % chance.randrange(10**9) for _ in range(600))
    [member] = opened(STREAMS[suffix](data)[:-30], f"x.{suffix}")
    assert member.why == "it ends too early"
    assert data.startswith(member.data or b"")


def test_a_gzip_with_a_broken_head_is_unseen() -> None:
    assert opened(b"\x1f\x8b\xff\xff" + b"\0" * 30) == [
        Member(name="x.bin", data=b"", why="it is broken (error)")
    ]


def test_long_names_of_each_form_of_tar_are_whole() -> None:
    files = {"directory/" * 20 + "name" * 40 + ".txt": b"x", "corto/ñandú.txt": b"y"}
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        assert contents(opened(tarred(files, form=form))) == files


def test_names_that_lead_out_are_only_shown() -> None:
    files = {"../../etc/passwd": b"1", "/etc/shadow": b"2", "a\x1b[31m": b"3"}
    shown = {"../../etc/passwd": b"1", "/etc/shadow": b"2", r"a\x1b[31m": b"3"}
    assert contents(opened(zipped(files))) == shown
    assert contents(opened(tarred(files, form=tarfile.GNU_FORMAT))) == shown


def test_names_that_are_not_utf_8_are_shown_harmlessly() -> None:
    assert contents(opened(zipped({"a?b": b"1"}).replace(b"a?b", b"a\xe9b"))) == {"aΘb": b"1"}
    assert contents(opened(tarred({"a\udce9b": b"1"}, form=tarfile.GNU_FORMAT))) == {r"a\xe9b": b"1"}


def test_entries_that_the_directory_does_not_name_are_found() -> None:
    assert contents(opened(zipped({"hidden": b"1"}) + zipped({"seen": b"2"}))) == {
        "seen": b"2",
        "hidden": b"1",
    }


def test_of_a_zip_that_is_cut_all_whole_entries_are_given() -> None:
    whole = zipped({"a": b"first", "b": b"second", "c": b"third" * 99})
    cut = whole[: whole.index(b"PK\x01\x02") - 3]
    found = opened(cut)
    assert [(member.name, member.data, member.why) for member in found] == [
        ("", None, "its directory is missing: it is broken, or only a part of it is there"),
        ("a", b"first", ""),
        ("b", b"second", ""),
        ("c", found[3].data, "it ends too early"),
    ]


def test_a_zip_that_was_written_as_a_stream_and_cut_is_read_too() -> None:
    class Stream(io.RawIOBase):
        written = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.written += bytes(data)
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        archive.writestr("a", b"first")
        archive.writestr("b", b"second")
    cut = stream.written[: stream.written.index(b"PK\x01\x02")]
    found = opened(cut)
    assert [(member.name, member.data) for member in found[1:]] == [("a", b"first"), ("b", b"second")]


def test_an_entry_of_which_not_even_the_head_is_whole_is_said() -> None:
    found = opened(zipped({"long name": b"1"})[:33])
    assert troubles(found)[1:] == [("lon", "it ends too early")]


def test_an_entry_of_a_tar_that_claims_more_than_there_is_is_given_as_far_as_it_goes() -> None:
    data = bytearray(tarred({"a": b"1", "b": b"2"}, form=tarfile.USTAR_FORMAT))
    data[124:136] = b"\x80" + (1 << 40).to_bytes(11, "big")
    data[148:156] = b"%06o\0 " % (sum(data[:148]) + sum(data[156:512]) + 8 * 32)
    [found] = opened(bytes(data), limits=Limits())
    assert (found.name, found.data, found.why) == ("a", bytes(data[512:]), "it ends too early")


def test_an_entry_that_is_damaged_is_said_and_the_others_are_given() -> None:
    data = bytearray(zipped({"a": b"first" * 9, "b": b"second"}, zipfile.ZIP_STORED))
    data[data.index(b"first") + 2] ^= 0xFF
    found = opened(bytes(data))
    assert troubles(found) == [("a", "its checksum is wrong: it is not what was packed")]
    assert [member.data for member in found if not member.why] == [b"second"]


def test_an_entry_that_is_not_where_the_directory_says_is_said() -> None:
    data = zipped({"a": b"first", "b": b"second"})
    at = data.rindex(b"PK\x01\x02")
    moved = data[: at + 42] + struct.pack("<L", 7) + data[at + 46 :]
    found = opened(moved)
    assert troubles(found) == [("b", "it is not where the directory says")]
    assert {member.name: member.data for member in found if not member.why} == {"a": b"first", "b": b"second"}


def test_encrypted_entries_are_unseen() -> None:
    data = bytearray(zipped({"secret": b"1" * 30}))
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + flags] |= 1
    assert opened(bytes(data)) == [Member(name="secret", why="it is encrypted", mend=MEND)]


def test_entries_that_are_compressed_in_an_unknown_way_are_unseen() -> None:
    data = bytearray(zipped({"odd": b"1" * 30}))
    for sign, method in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(sign) + method] = 9
    why = "it is compressed in a way that is not known here: deflate64"
    assert troubles(opened(bytes(data))) == [("odd", why)]


def test_of_a_tar_that_is_broken_in_the_middle_the_rest_is_read() -> None:
    data = bytearray(tarred({"a": b"1", "b": b"2", "c": b"3"}, form=tarfile.USTAR_FORMAT))
    data[1024] ^= 0xFF
    found = opened(bytes(data))
    assert troubles(found) == [("", "it is broken at byte 1,024")]
    assert [(member.name, member.data) for member in found if not member.why] == [("a", b"1"), ("c", b"3")]


def test_a_tar_behind_a_tar_is_read_and_one_that_is_cut_is_said() -> None:
    first, second = tarred({"a": b"1"}), tarred({"b": b"2" * 2000})
    assert contents(opened(first + second)) == {"a": b"1", "b": b"2" * 2000}
    assert opened(second[:1024]) == [Member(name="b", data=b"2" * 512, why="it ends too early")]


@pytest.mark.parametrize(
    ("magic", "kind"),
    [
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07\x01\0", "RAR"),
        (b"MSCF\0\0\0\0", "CAB"),
        (b"\x04\x22\x4d\x18", "LZ4"),
        (b"\x1f\x9d\x90", "compress"),
    ],
)
def test_archives_that_cannot_be_opened_are_known_by_their_magic(magic: bytes, kind: str) -> None:
    assert opened(magic + b"\0" * 60) == [Member(name="", why=f"{kind} archives cannot be opened here")]


def test_texts_that_begin_like_an_archive_are_none() -> None:
    for text in (
        b"BZh is how it begins",
        b"LZIP is a format",
        b"MSCF too",
        b"PK is a short name",
        b"7z",
        b"",
    ):
        assert kind_of(text) == ""


def test_of_many_bytes_that_are_tried_two_of_magic_make_no_archive() -> None:
    whole = gzip.compress(b"text")
    assert surely(whole)
    assert surely(zipped({"a": b"1"}))
    assert not surely(whole[:2] + b"\7" + whole[3:])
    assert not surely(whole[:3] + b"\x20" + whole[4:])
    assert not surely(whole[:8] + b"\1" + whole[9:])
    assert not surely(b"\x1f\x9d\x90" + b"\0" * 40)


def test_what_begins_like_an_archive_is_not_passed_over_as_noise() -> None:
    magics = (*archives.STREAMS.values(), *archives.CLOSED.values(), b"PK\3\4")
    assert [magic for magic in magics if not magic.startswith(BEGINNINGS)] == []


# Databases


def test_a_database_is_read_table_by_table() -> None:
    data = database(
        "CREATE TABLE users (name TEXT, phone INTEGER, small INTEGER, picture BLOB)",
        "INSERT INTO users VALUES ('ana', 600123456, 7, x'00ff'), (NULL, NULL, NULL, NULL)",
        'CREATE TABLE "odd "" name" (k TEXT)',
        'INSERT INTO "odd "" name" VALUES (\'v\')',
        "CREATE VIEW all_users AS SELECT * FROM users",
    )
    assert contents(opened(data)) == {
        "users": b"name: ana\nphone: 600123456\npicture: \0\xff",
        'odd " name': b"k: v",
    }


def test_what_a_database_would_only_compute_is_not_looked_at() -> None:
    data = database(
        "CREATE TABLE t (a TEXT, b AS (hex(zeroblob(40000000))), c TEXT)",
        "INSERT INTO t (a, c) VALUES ('x', 'y')",
    )
    assert contents(opened(data)) == {"t": b"a: x\nc: y"}


def test_what_is_packed_in_a_cell_is_an_entry_of_its_own() -> None:
    packed = gzip.compress(b"hidden")
    data = database("CREATE TABLE t (b BLOB)", f"INSERT INTO t VALUES (x'{packed.hex()}')")
    assert contents(opened(data)) == {"t!b": packed, "t": b""}


def test_a_database_that_keeps_a_log_beside_it_is_read() -> None:
    data = database("CREATE TABLE t (a TEXT)", "INSERT INTO t VALUES ('x')")
    assert contents(opened(data[:18] + b"\2\2" + data[20:])) == {"t": b"a: x"}


def test_a_broken_database_is_unseen() -> None:
    mend = "mend it with `sqlite3 FILE .recover`, or exclude it"
    assert opened(b"SQLite format 3\0" + b"\xff" * 4000) == [
        Member(name="", why="the database is broken (DatabaseError)", mend=mend)
    ]


def test_a_table_that_is_broken_is_said_and_the_others_are_read() -> None:
    data = database(
        "CREATE TABLE a (k TEXT)",
        "INSERT INTO a VALUES ('one')",
        "CREATE TABLE b (k TEXT)",
        "INSERT INTO b VALUES ('two')",
    )
    broken = data[:4096] + b"\xff" * 4096 + data[8192:]
    found = opened(broken)
    assert troubles(found) == [("a", "the table cannot be read to its end (DatabaseError)")]
    assert [(member.name, member.data) for member in found if not member.why] == [("b", b"k: two")]


# Limits


def test_an_entry_that_is_too_large_is_unseen_and_the_others_are_read() -> None:
    chance = random.Random(1)
    files = {"large": chance.randbytes(10_001), "just": chance.randbytes(10_000), "bomb": b"\0" * 9_000}
    why = "it unpacks to more than the 9.77 KiB that are looked at"
    bomb = "it unpacks to more than 100 times its size, like a bomb"
    for pack in (zipped, lambda some: zipped(some, zipfile.ZIP_STORED)):
        found = opened(pack(files), limits=SMALL)
        assert troubles(found)[0] == ("large", why)
    assert troubles(opened(zipped(files))) == [("large", why), ("bomb", bomb)]
    assert troubles(opened(tarred(files))) == [("large", why)]
    assert troubles(opened(gzip.compress(files["large"]))) == [("x.bin", why)]


def test_a_lie_about_the_size_does_not_help() -> None:
    data = bytearray(zipped({"bomb": b"\0" * 50_000}))
    for sign, size in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", data, data.index(sign) + size, 10)
    why = "it unpacks to more than the 9.77 KiB that are looked at"
    assert troubles(opened(bytes(data))) == [("bomb", why)]


def test_all_that_one_file_unpacks_to_is_limited() -> None:
    chance = random.Random(1)
    files = {f"{number}": chance.randbytes(9_000) for number in range(9)}
    why = "it unpacks to more than 29.3 KiB, and the rest was not looked at"
    for data in (zipped(files), tarred(files), tarred(files, "w:gz")):
        found = opened(data)
        assert troubles(found) == [("", why)]
        assert len([member for member in found if member.data]) == 3 or data[:2] == b"\x1f\x8b"


def test_the_number_of_entries_is_limited() -> None:
    files = {f"{number}": b"1" for number in range(21)}
    why = "it has more than 20 entries, and the rest was not looked at"
    for data in (zipped(files), tarred(files, form=tarfile.USTAR_FORMAT)):
        found = opened(data)
        assert troubles(found) == [("", why)]
        assert len(found) == 21


def overlapping(count: int) -> bytes:
    """A zip of which all entries are the same bytes."""
    packed = zlib.compress(b"\0" * 9_000, wbits=-15)
    head = struct.pack(
        "<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, zlib.crc32(b"\0" * 9_000), len(packed), 900, 1, 0
    )
    one = struct.pack(
        "<4s6H3L5H2L",
        b"PK\1\2",
        20,
        20,
        0,
        8,
        0,
        0,
        zlib.crc32(b"\0" * 9_000),
        len(packed),
        900,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
    )
    start = head + b"x" + packed
    directory = (one + b"x") * count
    return (
        start
        + directory
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(start), 0)
    )


def test_entries_that_share_their_bytes_count_each() -> None:
    limits = Limits(largest=10_000, total=30_000, entries=20, ratio=10_000)
    found = opened(overlapping(15), limits=limits)
    assert troubles(found) == [("", "it unpacks to more than 29.3 KiB, and the rest was not looked at")]
    assert len(found) == 4


# Any bytes

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\\\0"), min_size=1, max_size=30).filter(
    lambda name: name not in (".", "..") and name.isprintable()
)


@settings(max_examples=500)
@given(
    st.dictionaries(NAMES, st.binary(max_size=2_000), min_size=1, max_size=6),
    st.sampled_from(sorted(WRITERS)),
)
def test_whatever_was_packed_comes_out(files: dict[str, bytes], how: str) -> None:
    assert contents(opened(WRITERS[how](files), limits=Limits())) == files


@pytest.mark.parametrize("how", [one for one in WRITERS if one != "behind a program"])
def test_wherever_an_archive_is_cut_it_is_whole_or_that_is_said(how: str) -> None:
    whole = WRITERS[how](FILES)
    for end in range(20, len(whole)):
        found = opened(whole[:end])
        assert troubles(found) or contents(found) == FILES, end


SEEDS = [
    *(write(FILES) for write in WRITERS.values()),
    *(pack(b"text" * 99) for pack in STREAMS.values()),
    database("CREATE TABLE t (a TEXT, b BLOB)", "INSERT INTO t VALUES ('x', x'1f8b08')"),
    overlapping(3),
]


@settings(max_examples=20_000)
@given(choices)
def test_no_archive_however_damaged_breaks_it_or_its_limits(chosen: Choices) -> None:
    within_limits(chosen.damaged(chosen.one(SEEDS)))


@given(
    st.sampled_from([b"", b"\x1f\x8b\x08", b"PK\3\4", b"BZh91AY&SY", b"\xfd7zXZ\0"]), st.binary(max_size=600)
)
def test_no_bytes_break_it(magic: bytes, data: bytes) -> None:
    within_limits(magic + data)


def within_limits(data: bytes) -> None:
    kind = kind_of(data)
    if not kind:
        return
    found = opened(data)
    assert len([member for member in found if member.data is not None and member.name]) <= SMALL.entries
    assert sum(len(member.data or b"") for member in found) <= SMALL.total + len(data) + SMALL.largest
    for member in found:
        assert member.name.isprintable()
        assert member.data is not None or member.why
        assert member.span is None or 0 <= member.span[0] <= member.span[1] <= len(data)
