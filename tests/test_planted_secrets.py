"""The corpus of planted secrets: the bytes that were committed, and a truth that is true."""

import base64
import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path, PurePosixPath

import pytest
from benchmarks.scans.corpus.__main__ import SUMS
from benchmarks.scans.corpus.build import PARTS, Entry, Half, build, templates
from benchmarks.scans.corpus.kinds.later import LATER
from benchmarks.scans.corpus.kinds.latest import LATEST
from benchmarks.scans.corpus.slots import kinds
from benchmarks.scans.halves import sha256, write

half_of = cache(build)
each_half = pytest.mark.parametrize("half", PARTS)


def contents(half: Half, entry: Entry) -> bytes:
    """The file an entry speaks of, unpacked by the standard library."""
    file, _, member = str(entry["file"]).partition("!")
    data = half.files[file]
    if file.endswith(".zip"):
        return zipfile.ZipFile(io.BytesIO(data)).read(member)
    if file.endswith(".tar.gz"):
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            found = archive.extractfile(member)
            assert found is not None
            return found.read()
    return gzip.decompress(data) if member else data


def value(half: Half, entry: Entry) -> bytes:
    """What an entry's place holds, decoded."""
    shown = contents(half, entry)[entry["start"] : entry["end"]]  # type: ignore[misc]
    match entry["written"]:
        case "base64":
            return base64.b64decode(shown)
        case "json":
            return json.loads(b'"' + shown + b'"').encode()
        case "indented":
            return b"\n".join(line.strip() for line in shown.split(b"\n"))
    return shown


def lines(half: str) -> set[str]:
    """The wording of a half: its longer lines, as written by hand."""
    return {line.strip() for _, words in templates(half) for line in words.splitlines() if len(line) > 30}


@each_half
def test_a_half_has_the_hash_it_was_committed_with(half):
    committed = dict(reversed(line.split()) for line in SUMS.read_text().splitlines())
    assert sha256(half_of(half)) == committed[half]


@each_half
def test_each_entry_points_at_a_value_with_its_hash_on_its_line(half):
    made = half_of(half)
    for entry in (*made.truth, *made.decoys):
        before = contents(made, entry)[: entry["start"]]
        assert hashlib.sha256(value(made, entry)).hexdigest() == entry["sha256"], entry
        assert before.count(b"\n") + 1 == entry["line"], entry


@each_half
def test_a_half_has_at_least_60_kinds_in_12_formats(half):
    truth = half_of(half).truth
    assert len({entry["kind"] for entry in truth}) >= 60
    assert len({PurePosixPath(str(entry["file"])).suffix for entry in truth}) >= 12


@pytest.mark.parametrize(("one", "other"), list(combinations(PARTS, 2)))
def test_the_parts_share_no_secret_and_no_line(one, other):
    first, second = ({entry["sha256"] for entry in half_of(part).truth} for part in (one, other))
    assert first & second == set()
    assert lines(one) & lines(other) == set()


@each_half
def test_no_secret_is_planted_twice_and_no_decoy_touches_one(half):
    made = half_of(half)
    assert len({entry["sha256"] for entry in made.truth}) == len(made.truth)
    assert {entry["sha256"] for entry in made.truth} & {entry["sha256"] for entry in made.decoys} == set()
    places = sorted((entry["file"], entry["start"], entry["end"]) for entry in (*made.truth, *made.decoys))
    for (file, _, end), (following, start, _) in pairwise(places):
        assert file != following or end <= start, (file, start)


def test_most_secrets_of_the_held_out_half_are_of_kinds_that_stand_in_development_too():
    known = {kind for _, words in templates("development") for kind in kinds(words)}
    truth = half_of("held-out").truth
    assert 0.10 < sum(entry["kind"] not in known for entry in truth) / len(truth) < 0.20


@pytest.mark.parametrize(("part", "own"), [("later", LATER), ("latest", LATEST)])
def test_a_third_of_the_secrets_written_later_are_of_kinds_of_their_own(part, own):
    truth = half_of(part).truth
    assert 0.25 < sum(entry["kind"] in own for entry in truth) / len(truth) < 0.35


def test_what_is_written_is_what_is_hashed(tmp_path: Path):
    write(half_of("development"), tmp_path)
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {name for name, _ in half_of("development").documents()}
    assert json.loads((tmp_path / "truth.json").read_text()) == list(half_of("development").truth)
