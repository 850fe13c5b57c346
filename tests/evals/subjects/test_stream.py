"""A stream of server-sent events: however it is cut, it is the same."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from esclusa.evals.subjects.stream import FirstToken, joined
from tests.evals.fakes import FakeClock

TEXT = "Guten Tag, schöne Grüße 👋"


def stream(*contents: str) -> bytes:
    pieces = [{"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}]
    pieces += [{"choices": [{"index": 0, "delta": {"content": content}}]} for content in contents]
    lines = [f"data: {json.dumps(piece, ensure_ascii=False)}\r\n\r\n" for piece in pieces]
    return ("".join([": a comment\n\n", *lines]) + "data: [DONE]\n\n").encode()


@given(st.lists(st.integers(0, len(TEXT)), max_size=5), st.lists(st.integers(0, 400), max_size=6))
def test_however_it_is_cut_the_first_piece_that_says_something_is_found_and_the_text_is_whole(
    places: list[int], cuts: list[int]
) -> None:
    ends = [0, *sorted(places), len(TEXT)]
    contents = [TEXT[begin:end] for begin, end in pairwise(ends)]
    sent = stream(*contents)
    said = sent.index(json.dumps({"content": next(filter(None, contents))}, ensure_ascii=False)[:-1].encode())
    clock = FakeClock()
    watch = FirstToken(clock)
    edges = [0, *sorted(min(cut, len(sent)) for cut in cuts), len(sent)]
    for begin, end in pairwise(edges):
        watch.feed(sent[begin:end])
        line_is_whole = b"\n" in sent[said:end] if end > said else False
        assert (watch.at is not None) == line_is_whole
    data, problem = joined(sent.decode())
    assert problem == ""
    assert data is not None
    assert data["choices"][0]["message"]["content"] == TEXT


def test_pieces_of_other_choices_are_not_heard() -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "no"}}]}
    data, problem = joined(f"data: {json.dumps(other)}\n\ndata: [DONE]\n")
    assert problem == ""
    assert data is not None
    assert data["choices"][0]["message"]["content"] == ""
