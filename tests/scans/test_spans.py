"""Spans: what overlaps is told as by looking at every one of them."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from esclusa.scans.spans import Apart, Span, in_bytes, merged

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)).map(lambda one: (one[0], sum(one))))


@given(SPANS, st.integers(0, 70), st.integers(0, 70))
def test_what_is_taken_overlaps_nothing_taken_before(spans: list[Span], first: int, last: int) -> None:
    apart = Apart()
    taken: list[Span] = []
    for start, end in spans:
        is_free = not any(start < other_end and other < end for other, other_end in taken)
        assert apart.add(start, end) == is_free
        taken += [(start, end)] if is_free else []
    assert apart.within(first, last) == [one for one in sorted(taken) if one[1] > first and one[0] < last]


@given(SPANS)
def test_what_is_merged_covers_the_same_and_is_apart(spans: list[Span]) -> None:
    covered = {at for start, end in spans for at in range(start, end)}
    one = list(merged(spans))
    assert {at for start, end in one for at in range(start, end)} == covered
    assert all(end < start for (_, end), (start, _) in pairwise(one))


@given(st.binary(max_size=30), SPANS)
def test_spans_of_characters_are_told_in_bytes(data: bytes, spans: list[Span]) -> None:
    text = data.decode("utf-8", "surrogateescape")
    ordered = sorted((start, end) for start, end in spans if end <= len(text))
    read = [data[start:end].decode("utf-8", "surrogateescape") for start, end in in_bytes(text, ordered)]
    assert read == [text[start:end] for start, end in ordered]
