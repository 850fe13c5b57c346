"""The nearest examples rank the intents."""

import numpy as np

from support_agent.examples import Example, ExamplePool, SpellingIndex

EXAMPLES = [
    Example("where is my parcel", "order_status"),
    Example("where is my parcel now", "order_status"),
    Example("cancel my order", "cancel_order"),
    Example("please cancel my order", "cancel_order"),
]


class LetterCounts:
    """An encoder that sees which letters a text has."""

    def encode(self, texts: list[str]) -> np.ndarray:
        rows = np.array([[text.count(chr(97 + i)) for i in range(26)] for text in texts], float)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_the_intent_with_the_nearest_examples_comes_first():
    pool = ExamplePool(EXAMPLES, LetterCounts(), semantic_share=0.5)
    best, second = pool.rank("could you cancel that order", nearest=2)
    assert (best.intent, second.intent) == ("cancel_order", "order_status")
    assert best.score > second.score
    assert best.examples[0].intent == "cancel_order"


def test_order_numbers_do_not_change_the_ranking():
    pool = ExamplePool(EXAMPLES, LetterCounts(), semantic_share=0.5)
    assert pool.rank("cancel my order 10482", nearest=2) == pool.rank("cancel my order", nearest=2)


def test_spelling_is_nearest_to_the_same_words():
    index = SpellingIndex([example.text for example in EXAMPLES])
    parcel, _, cancel, _ = index.similarity("wher is my parcell")
    assert parcel > 2 * cancel
