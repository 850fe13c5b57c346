"""Packed logs of Inspect. Those in `files/` were written by it: by 0.3.120 with Deflate, by 0.3.285 with
Zstandard, and that in chunks by `inspect log convert` of the same.
"""

import contextlib
import io
import json
import sys
import zipfile as plain
from collections.abc import Mapping
from pathlib import Path

import pytest
from backports.zstd import zipfile
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.core.errors import ConfigurationError
from esclusa.evals.imports import packed
from esclusa.evals.imports.files import read_files
from esclusa.evals.imports.outcome import Outcome

HERE = Path(__file__).parent / "files"
SAMPLE = {"id": "a", "epoch": 1, "input": "Hi", "scores": {"includes": {"value": "C"}}}
HEADER = {"status": "success", "eval": {"dataset": {"sample_ids": ["a", "b"]}, "config": {}}}
LOG = {"header.json": HEADER, "samples/a_epoch_1.json": SAMPLE}


def archive(entries: Mapping[str, object], compression: int = zipfile.ZIP_ZSTANDARD) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", compression) as made:
        for name, entry in entries.items():
            made.writestr(name, entry if isinstance(entry, bytes) else json.dumps(entry))
    return written.getvalue()


def read(tmp_path: Path, content: bytes) -> tuple[Outcome, ...]:
    (tmp_path / "log.eval").write_bytes(content)
    return read_files(tmp_path, ("log.eval",))


def refused(tmp_path: Path, content: bytes) -> str:
    with pytest.raises(ConfigurationError) as error:
        read(tmp_path, content)
    return str(error.value)


@pytest.mark.parametrize("name", ["inspect-deflate.eval", "inspect-zstd.eval", "inspect-chunked.eval"])
def test_what_inspect_packs_is_read(name: str) -> None:
    right, wrong = {"includes": 1.0, "tone": 0.5}, {"includes": 0.0, "tone": 0.5}
    crash = "RuntimeError('the tool fell over')"
    found = [(one.id, one.repeat, one.scores, one.error) for one in read_files(HERE, (name,))]
    assert sorted(found, key=str) == [
        (case, epoch, scores, error)
        for case, scores, error in [
            ("7", right, ""),
            ("crash", {}, crash),
            ("hello", right, ""),
            ("two", wrong, ""),
        ]
        for epoch in (1, 2)
    ]


@pytest.mark.parametrize("kind", [plain.ZIP_STORED, plain.ZIP_DEFLATED, zipfile.ZIP_ZSTANDARD])
def test_how_it_is_compressed_changes_nothing(tmp_path: Path, kind: int) -> None:
    found = [(one.id, one.scores, one.not_run) for one in read(tmp_path, archive(LOG, kind))]
    assert found == [
        ("a", {"includes": 1.0, "passed": 1.0}, ""),
        ("b", {}, "the log (success) does not hold it"),
    ]


def test_of_a_run_that_was_broken_off_is_read_what_is_there(tmp_path: Path) -> None:
    start = {"version": 2, "eval": HEADER["eval"]}
    entries = {"_journal/start.json": start, "samples/a_epoch_1.json": SAMPLE}
    assert [(one.id, one.not_run) for one in read(tmp_path, archive(entries))] == [
        ("a", ""),
        ("b", "the log (started) does not hold it"),
    ]


def test_a_sample_that_was_asked_again_counts_as_it_came_last(tmp_path: Path) -> None:
    written = io.BytesIO(archive(LOG))
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(written, "a") as made:
        made.writestr(
            "samples/a_epoch_1.json", json.dumps({**SAMPLE, "scores": {"includes": {"value": "I"}}})
        )
    assert read(tmp_path, written.getvalue())[0].scores == {"includes": 0.0, "passed": 0.0}


def test_other_entries_are_not_looked_at_and_nothing_is_unpacked_to_disk(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("samples/link")
    link.external_attr = 0o120777 << 16
    written = io.BytesIO(
        archive({**LOG, "../../out.json": b"{", "/etc/x": b"no JSON", "summaries.json": b"["})
    )
    with zipfile.ZipFile(written, "a") as made:
        made.writestr(link, "/etc/passwd")
        made.writestr("samples/../../a/b_epoch_1.json", json.dumps({**SAMPLE, "id": "b"}))
    assert [one.id for one in read(tmp_path, written.getvalue())] == ["a", "b"]
    assert list(tmp_path.rglob("*")) == [tmp_path / "log.eval"]


def test_an_archive_that_is_no_log_or_holds_no_json_is_refused(tmp_path: Path) -> None:
    assert (
        "log.eval: it is an archive, and no log of Inspect\n  mend: what is read has a header.json"
        in refused(tmp_path, archive({"cv.docx": b"x"}))
    )
    assert "no log of Inspect" in refused(tmp_path, archive({}))
    assert refused(tmp_path, archive({**LOG, "samples/b_epoch_1.json": b"{\n,"})).startswith(
        "log.eval/samples/b_epoch_1.json:2: this is not JSON"
    )
    assert "log.eval/header.json: expected a mapping" in refused(tmp_path, archive({"header.json": []}))
    assert "samples.0.epoch: expected a value, found nothing" in refused(
        tmp_path, archive({**LOG, "samples/a_epoch_1.json": {"id": 1, "input": ""}})
    )


@pytest.mark.parametrize("kind", [zipfile.ZIP_DEFLATED, zipfile.ZIP_ZSTANDARD])
def test_a_bomb_is_unpacked_no_further_than_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: int
) -> None:
    monkeypatch.setattr(packed, "MOST_ENTRY", 2**20)
    large = {**SAMPLE, "input": "x" * 2**20}
    assert refused(tmp_path, archive({**LOG, "samples/a_epoch_1.json": large}, kind)) == (
        "log.eval/samples/a_epoch_1.json: it is larger than 1 MiB when unpacked"
    )
    monkeypatch.setattr(packed, "MOST_UNPACKED", 2 * 2**20)
    many = {f"samples/{one}_epoch_1.json": {**SAMPLE, "id": one, "input": "x" * 900_000} for one in "abc"}
    assert "the archive's entries are together larger than 2 MiB when unpacked" in refused(
        tmp_path, archive({**LOG, **many}, kind)
    )
    monkeypatch.setattr(packed, "MOST_ENTRIES", 1)
    assert refused(tmp_path, archive(LOG, kind)) == "log.eval: it holds more than 1 entries"


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    monkeypatch.delattr("backports.zstd")
    assert refused(tmp_path, archive(LOG)) == (
        "log.eval/header.json: it is compressed by Zstandard\n"
        "  mend: pip install 'esclusa[inspect]'; or inspect log convert log.eval --to json --output-dir ..."
    )


def test_what_cannot_be_unpacked_is_named(tmp_path: Path) -> None:
    good = archive(LOG)
    assert refused(tmp_path, good[:-30]).startswith(
        "log.eval: the archive is torn: File is not a zip file\n  mend: a run"
    )
    content = archive({"header.json": HEADER}, zipfile.ZIP_STORED)
    assert "the archive is torn: Bad CRC-32" in refused(tmp_path, content.replace(b"success", b"failure", 1))
    encrypted = bytearray(content)
    encrypted[content.index(b"PK\x01\x02") + 8] |= 1
    assert "log.eval/header.json: it is encrypted" in refused(tmp_path, bytes(encrypted))
    unknown = archive(LOG, zipfile.ZIP_BZIP2)
    assert "log.eval/header.json: it is compressed in a way that is not Inspect's" in refused(
        tmp_path, unknown
    )


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["inspect-deflate.eval", "inspect-zstd.eval"]),
    st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=4),
    st.booleans(),
)
def test_whatever_is_damaged_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, name: str, damage: list[tuple[int, int]], end: bool
) -> None:
    content = bytearray((HERE / name).read_bytes())
    directory = content.index(b"PK\x01\x02")
    for place, value in damage:
        content[directory + place % (len(content) - directory) if end else place % len(content)] = value
    with contextlib.suppress(ConfigurationError):
        read(tmp_path_factory.getbasetemp(), bytes(content))
