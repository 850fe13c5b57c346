"""Texts that are nearly the same, found without comparing all with all.

Two texts are compared when one has any of the other's rarest words; how near they are is the share of letters
they have in common (rapidfuzz's ratio). A pair that shares none of these words is not found.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

RAREST = 4
"""Words by which a text is looked up."""
FULLEST = 1000
"""Texts that are compared for one word at most: a word that so many have says nothing."""
LEAST = 0.9
"""From how near on two texts are nearly the same."""


def near(
    texts: Sequence[str], others: Sequence[str], least: float = LEAST
) -> Iterator[tuple[int, int, float]]:
    """For each text the others that are so near, as both places and the nearness in [0, 1]."""
    from rapidfuzz import fuzz

    index = _index(others)
    for place, text in enumerate(texts):
        candidates = {other for word in set(text.split()) for other in index.get(word, ())}
        for other in sorted(candidates):
            nearness = fuzz.ratio(text, others[other], score_cutoff=least * 100)
            if nearness:
                yield place, other, nearness / 100


def _index(texts: Sequence[str]) -> dict[str, list[int]]:
    frequency = Counter(word for text in texts for word in set(text.split()))
    index: defaultdict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        words = sorted(set(text.split()), key=lambda word: (frequency[word], word))
        for word in words[:RAREST]:
            if len(index[word]) < FULLEST:
                index[word].append(place)
    return index
