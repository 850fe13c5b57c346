"""The data inside an eval's page: a small index, texts in pieces, and what happens to those too long."""

import json
from typing import Any

import pytest

from esclusa.core.value import replace
from esclusa.reports.eval_data import LENGTHS, MOST, PER, Pieces, pieces, titles
from esclusa.reports.sheet import Row, Seen, Sheet
from tests.reports.sheets import BEFORE, SHEET

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link",
    "line\u2028separator\u2029",
    "half \ud83d of a character",
    "\u202eright to left",
    "\x00\x07",
)


def of(*rows: Row) -> Sheet:
    return replace(SHEET, rows=rows)


def wholes(data: Pieces) -> list[Any]:
    return [one for chunk in data.chunks for one in json.loads(chunk)]


def test_the_index_tells_every_row_and_the_pieces_their_texts() -> None:
    data = pieces(replace(SHEET, baseline=BEFORE))
    index = json.loads(data.head)
    assert index["ids"] == ["right", "wrong", "broken", "unseen", "not run", "again (asking 2)"]
    assert [index["verdicts"][at][0] for at in index["verdict"]] == [
        "right",
        "wrong",
        "agent error",
        "unseen",
        "not run",
        "answered",
    ]
    assert [index["changes"][at][0] for at in index["change"]] == ["new", "new", "broken", "new", "", "new"]
    assert index["input"][1] == "Capital of Spain?"
    assert index["scores"] == {"exact": [None, 0.0, None, None, None, None]}
    assert wholes(data)[1] == [
        "Capital of\nSpain?",
        "Madrid",
        "a | <b>",
        "",
        {"exact": [0.0, "no"]},
        None,
    ]
    assert wholes(data)[2] == ["", "", "", "500\nbody", {}, ["", "", {}, None, None, None]]


def test_without_a_baseline_no_row_is_called_new() -> None:
    assert set(json.loads(pieces(SHEET).head)["change"]) == {0}


def test_askings_are_told_apart_where_there_are_several() -> None:
    rows = [Row(id="a"), Row(id="a", repeat=1), Row(id="b")]
    assert titles(rows) == ["a (asking 1)", "a (asking 2)", "b"]


@pytest.mark.parametrize("said", HOSTILE)
def test_whatever_is_said_is_harmless_inside_a_script_element(said: str) -> None:
    seen = Seen(answer=said, error=said, scores={said: 0.5}, explanations={said: said})
    data = pieces(of(Row(id=said, tags=(said,), input=said, expected=said, seen=seen, before=seen)))
    for text in (data.head, *data.chunks):
        assert "<" not in text
        assert not {"\x1b", "\x00", "\u202e"}.intersection(json.dumps(json.loads(text), ensure_ascii=False))
        text.encode()


def test_an_answer_that_fits_is_kept_whole_and_a_longer_one_says_what_is_left_out() -> None:
    kept, long = "x" * LENGTHS[0], "y" * (LENGTHS[0] + 7)
    data = pieces(of(Row(id="a", seen=Seen(answer=kept)), Row(id="b", seen=Seen(answer=long))))
    first, second = (one[2] for one in wholes(data))
    assert first == kept
    assert " ...(7 characters left out)... " in second
    assert (data.cut_at, data.cut) == (LENGTHS[0], 1)


def test_many_long_answers_are_shortened_all_alike_until_they_fit() -> None:
    rows = [Row(id=str(at), seen=Seen(answer="é" * 5_000)) for at in range(3 * PER)]
    data = pieces(of(*rows), most=1_000_000)
    assert sum(len(text.encode()) for text in (data.head, *data.chunks)) <= 1_000_000
    assert (len(data.chunks), data.cut_at, data.cut) == (3, 1_000, 300)
    assert {len(one[2]) for one in wholes(data)} == {1_000 + len(" ...(4000 characters left out)... ")}


def test_what_grows_when_it_is_written_stays_within_the_size_too() -> None:
    answer = "<&\"'> " * 400
    seen = Seen(answer=answer, right=1.0, scores={"exact": 1 / 3}, seconds=1 / 3, cost=1 / 7)
    rows = tuple(Row(id=f"case-{at}", input=answer, seen=seen, before=seen) for at in range(1_000))
    data = pieces(of(*rows), most=MOST // 20)
    assert sum(len(text.encode()) for text in (data.head, *data.chunks)) <= MOST // 20
    assert data.cut == 3_000
