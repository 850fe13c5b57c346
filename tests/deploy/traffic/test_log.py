"""The access log, read on: whole lines only, through parts, past what cannot be read."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.traffic import Opinion, Request
from esclusa.deploy.traffic import log as reading
from esclusa.deploy.traffic.log import AccessLog, failure, restarts


def start(id: str, at: float = 100.0, **words: Any) -> bytes:
    return line(kind="start", id=id, started=f"{at:.6f}", cluster="old~1234", conversation="c", **words)


def end(id: str, at: float = 100.0, **words: Any) -> bytes:
    told = {"code": 200, "flags": "-", "ms": 250, "conversation": "c", "cluster": "old~1234", **words}
    return line(kind="end", id=id, started=f"{at:.6f}", **told)


def line(**words: Any) -> bytes:
    return json.dumps(words).encode() + b"\n"


def write(directory: Path, part: int, *lines: bytes) -> None:
    with open(directory / f"access.{part}.log", "ab") as file:
        file.writelines(lines)


def test_a_request_is_told_when_it_starts_and_when_it_has_ended(tmp_path: Path) -> None:
    write(tmp_path, 1, start("a"), end("a"), end("b", 101.5, code=502, flags="UF", conversation=None))

    assert AccessLog(tmp_path).read({}).requests == [
        Request("a", "c", "old", 100.0),
        Request("a", "c", "old", 100.0, 100.25, False),
        Request("b", None, "old", 101.5, 101.75, True),
    ]


def test_a_copy_of_a_request_is_told_apart(tmp_path: Path) -> None:
    write(tmp_path, 1, end("a~", cluster="new~1234", mirrored="true", code=500))
    assert AccessLog(tmp_path).read({}).requests == [
        Request("a~", "c", "new", 100.0, 100.25, True, mirrored=True)
    ]


def test_when_an_answer_began_is_told_with_its_end(tmp_path: Path) -> None:
    write(tmp_path, 1, end("a", first_ms=40), end("b", first_ms=None))
    assert [request.first for request in AccessLog(tmp_path).read({}).requests] == [100.04, None]


def test_what_a_customer_thought_is_no_request_to_an_agent(tmp_path: Path) -> None:
    log = AccessLog(tmp_path)
    write(tmp_path, 1, end("a", opinion="0.25", pin="new~3", code=204), end("b", opinion=None, pin=None))
    reading = log.read({})
    assert reading.opinions == [Opinion("c", "new", 100.0, 0.25)]
    assert [request.id for request in reading.requests] == ["b"]
    assert (log.bad, log.unrouted) == (0, 0)


def test_a_line_without_its_end_waits_for_it(tmp_path: Path) -> None:
    log = AccessLog(tmp_path)
    write(tmp_path, 1, start("a"), end("a")[:40])
    first = log.read({})
    assert [request.id for request in first.requests] == ["a"]
    assert log.read(first.offset) == ([], first.offset, "", [], [])

    write(tmp_path, 1, end("a")[40:])

    assert [request.ended for request in log.read(first.offset).requests] == [100.25]
    assert log.bad == 0


def test_reading_goes_on_through_parts_and_an_offset_stays_good(tmp_path: Path) -> None:
    log = AccessLog(tmp_path)
    write(tmp_path, 3, start("a"))
    first = log.read({})
    assert first.offset == {"part": 3, "byte": len(start("a"))}

    write(tmp_path, 3, end("a"))
    write(tmp_path, 4, start("b"))
    write(tmp_path, 5, end("b"))

    second = log.read(first.offset)
    assert [request.id for request in second.requests] == ["a", "b", "b"]
    assert second.offset == {"part": 5, "byte": len(end("b"))}


def test_a_bad_line_is_counted_and_passed_over_and_so_is_a_torn_end_of_a_part(tmp_path: Path) -> None:
    log = AccessLog(tmp_path)
    write(tmp_path, 1, b"{torn\n", start("a"), b'{"kind": "end", "id"')
    write(tmp_path, 2, start("b"))

    assert [request.id for request in log.read({}).requests] == ["a", "b"]
    assert log.bad == 2


def test_a_request_that_no_release_took_is_counted_apart(tmp_path: Path) -> None:
    log = AccessLog(tmp_path)
    write(tmp_path, 1, end("a", cluster=None, code=400, flags="DPE"))
    assert log.read({}).requests == []
    assert log.unrouted == 1


def test_when_the_router_was_away_is_told_with_what_it_may_not_have_written(tmp_path: Path) -> None:
    write(tmp_path, 1, start("a"), line(kind="router", down=110.0, up=110.5), start("b", 111.0))

    assert AccessLog(tmp_path).read({}).restarts == [(109.0, 110.5)]
    assert restarts(tmp_path) == [(109.0, 110.5)]


def test_a_part_that_was_removed_before_it_was_read_is_said(tmp_path: Path) -> None:
    write(tmp_path, 4, start("a"))

    for gone in (2, 9):
        told = AccessLog(tmp_path).read({"part": gone, "byte": 10})
        assert told.requests == ()
        assert told.offset == {"part": gone, "byte": 10}
        assert f"part {gone} of the access log" in told.health


def test_a_part_that_was_cut_is_said_even_when_it_has_grown_again(tmp_path: Path) -> None:
    log = AccessLog(tmp_path)
    write(tmp_path, 1, start("a"), end("a"), start("b"))
    before = log.read({}).offset
    part = tmp_path / "access.1.log"

    for left in (b"", start("c"), start("a longer name than before") + end("c") + end("d")):
        part.write_bytes(left)
        told = log.read(before)
        assert (told.requests, told.offset) == ((), before)
        assert "part 1 of the access log" in told.health
        assert "was cut or written anew" in told.health


def test_a_log_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert AccessLog(tmp_path / "nowhere").read({}) == ([], {}, "", [], [])


@given(cuts=st.lists(st.integers(0, 2000), max_size=8), most=st.integers(300, 5000))
def test_however_it_comes_and_is_cut_every_line_is_read_once(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], most: int
) -> None:
    directory = tmp_path_factory.mktemp("log")
    lines = [start(str(number)) for number in range(12)]
    whole = b"".join(lines)
    log, offset, seen = AccessLog(directory), {}, []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "MOST", most)
        for begin, stop in zip([0, *sorted(cuts)], [*sorted(cuts), len(whole)], strict=True):
            write(directory, 1, whole[begin:stop])
            told = log.read(offset)
            seen, offset = [*seen, *told.requests], told.offset
        for _ in lines:
            told = log.read(offset)
            seen, offset = [*seen, *told.requests], told.offset

    assert [request.id for request in seen] == [str(number) for number in range(12)]
    assert log.bad == 0


@pytest.mark.parametrize(
    ("code", "flags", "failed"),
    [
        (200, "-", False),
        (404, "-", False),
        (429, "-", False),
        (500, "-", True),
        (503, "UH", True),
        (504, "UT", True),
        (200, "UC", True),
        (200, "UPE", True),
        (0, "DC", None),
        (200, "DC", None),
        (500, "DC", True),
        (200, "UR,DC", True),
        (0, "-", None),
    ],
)
def test_what_counts_as_failed(code: int, flags: str, failed: bool | None) -> None:
    assert failure(code, flags) is failed
