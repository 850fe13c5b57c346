"""The pool of labelled customer messages, and which of them are nearest to a new one.

Two views of similarity are mixed: sentence embeddings see meaning, character n-grams see spelling.
Order numbers say nothing about what a customer wants, so both ignore them.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Example:
    """A message as a customer wrote it, and what it was about."""

    text: str
    intent: str


@dataclass(frozen=True)
class Candidate:
    """An intent a message may have: its score and its nearest examples, nearest first."""

    intent: str
    score: float
    examples: tuple[Example, ...]


class Encoder(Protocol):
    """Turns texts into unit vectors, one row each."""

    def encode(self, texts: list[str]) -> np.ndarray: ...


class ExamplePool:
    """Labelled examples that can be ranked against a message."""

    def __init__(self, examples: list[Example], encoder: Encoder, semantic_share: float) -> None:
        self._examples = examples
        self._encoder = encoder
        self._share = semantic_share
        texts = [_without_numbers(example.text) for example in examples]
        self._vectors = encoder.encode(texts)
        self._spelling = SpellingIndex(texts)

    def rank(self, message: str, nearest: int) -> list[Candidate]:
        """The intents, best first; each scores the mean similarity of its `nearest` examples."""
        by_intent: dict[str, list[int]] = defaultdict(list)
        similarity = self._similarity(_without_numbers(message))
        for index in np.argsort(-similarity):
            by_intent[self._examples[index].intent].append(index)
        candidates = [
            Candidate(
                intent,
                float(similarity[indices[:nearest]].mean()),
                tuple(self._examples[index] for index in indices[:nearest]),
            )
            for intent, indices in by_intent.items()
        ]
        return sorted(candidates, key=lambda candidate: -candidate.score)

    def _similarity(self, text: str) -> np.ndarray:
        meaning = self._vectors @ self._encoder.encode([text])[0]
        return self._share * meaning + (1 - self._share) * self._spelling.similarity(text)


class SpellingIndex:
    """Cosine similarity of texts by their character n-grams, weighted by TF-IDF."""

    def __init__(self, texts: list[str]) -> None:
        counts = [_ngrams(text) for text in texts]
        seen = Counter(gram for count in counts for gram in count)
        shared = [gram for gram, times in seen.items() if times > 1]
        self._columns = {gram: column for column, gram in enumerate(shared)}
        self._rarity = np.log((1 + len(texts)) / (1 + np.array([seen[gram] for gram in shared]))) + 1
        self._rows = np.stack([self._row(count) for count in counts])

    def similarity(self, text: str) -> np.ndarray:
        """One number in [0, 1] per indexed text."""
        return self._rows @ self._row(_ngrams(text))

    def _row(self, count: Counter[str]) -> np.ndarray:
        row = np.zeros(len(self._columns), dtype=np.float32)
        for gram, times in count.items():
            if gram in self._columns:
                row[self._columns[gram]] = 1 + np.log(times)
        row *= self._rarity
        return row / (np.linalg.norm(row) or 1.0)


def load_examples(path: Path) -> list[Example]:
    """The examples of a JSONL file with `text` and `intent` on each line."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [Example(row["text"], row["intent"]) for row in rows]


def _without_numbers(text: str) -> str:
    bare = re.sub(r"\b(?:[a-z]{2}-)?\d{5}\b", " ", text.lower())
    return re.sub(r"\s+", " ", bare).strip()


def _ngrams(text: str) -> Counter[str]:
    padded = (f" {word} " for word in re.findall(r"\w+", text))
    return Counter(
        word[start : start + size]
        for word in padded
        for size in (2, 3, 4, 5)
        for start in range(len(word) - size + 1)
    )
