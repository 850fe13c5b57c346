"""relevance: how surely an answer belongs to its own question, by rank among the suite's questions.

The relevance of a case is the share of the other cases' questions to which its answer is less similar than to
its own, ties one half: in [0, 1], and 0.5 by chance. The similarity is the cosine of sentence embeddings
(Universal Sentence Encoder, multilingual, v3). The cosine itself is shown and never judged: it says little
across questions, and nothing about whether the answer is true.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from esclusa.evals.embeddings import MEND, NOT_INSTALLED, encoder, installed
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, SuiteScorer
from esclusa.evals.settings import read_settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float64]

LONGEST = 4000
"""Characters of a text that are embedded; sentence embeddings see little beyond."""
REMEMBERED = 4096
"""Questions whose embeddings are kept: live conversations are ranked among the same ones again and again."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """There is nothing to set."""


class Relevance(SuiteScorer):
    """Embeds every question and every answer once, after the last answer came. An empty answer is worth 0."""

    alone = True

    def __init__(
        self,
        settings: Mapping[str, Any],
        directory: Path,  # noqa: ARG002
        embed: "Callable[[Sequence[str]], Vectors] | None" = None,
    ) -> None:
        read_settings(Settings, settings)
        self._embed = embed
        self._known: dict[str, Vectors] = {}

    def unable(self, questions: Sequence[Question]) -> str:
        if self._embed is None and not installed():
            return f"{NOT_INSTALLED}; mend: {MEND}"
        if len(questions) < 2:
            return "relevance ranks an answer among the questions of other cases, and there is only one case"
        return ""

    def score_all(self, questions: Sequence[Question], answers: Mapping[str, str]) -> Mapping[str, Score]:
        if self._embed is None:
            self._embed = encoder()
        embed = self._embed
        numbers = [number for number, one in enumerate(questions) if answers.get(one.id, "").strip()]
        scores = {one: Score(0.0, "the answer is empty") for one in answers}
        if not numbers:
            return scores
        texts = [question.text[:LONGEST] for question in questions]
        # Equal questions get one vector, so that they tie exactly.
        unique = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        asked = self._embedded(list(unique))[[unique[text] for text in texts]]
        given = embed([answers[questions[number].id][:LONGEST] for number in numbers])
        for number, cosines in zip(numbers, cosine(given, asked), strict=True):
            value = rank_share(cosines, number)
            words = (
                f"cosine {cosines[number]:.2f} to its own question, closer than to {value:.0%} of the others"
            )
            scores[questions[number].id] = Score(value, words)
        return scores

    def _embedded(self, texts: Sequence[str]) -> "Vectors":
        import numpy as np

        assert self._embed is not None, "made before anything is embedded"
        if len(self._known) > REMEMBERED:
            self._known.clear()
        fresh = [text for text in texts if text not in self._known]
        if fresh:
            self._known.update(zip(fresh, self._embed(fresh), strict=True))
        return np.stack([self._known[text] for text in texts])


def rank_share(cosines: "Sequence[float] | NDArray[np.float64]", own: int) -> float:
    """The share of the other values that are below the own one, ties one half. At least two values."""
    import numpy as np

    values = np.asarray(cosines, dtype=float)
    below = np.count_nonzero(values < values[own])
    ties = np.count_nonzero(values == values[own]) - 1
    return float((below + ties / 2) / (len(values) - 1))


def cosine(some: "Vectors", others: "Vectors") -> "Vectors":
    """The cosines of all pairs, rounded to what single precision can tell; 0 where a vector has no length."""
    import numpy as np

    lengths = np.linalg.norm(some, axis=1)[:, None] * np.linalg.norm(others, axis=1)[None, :]
    cosines = np.divide(some @ others.T, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return np.asarray(np.round(cosines, 6))
