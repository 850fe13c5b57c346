"""What a customer wants: one of ten intents.

With retrieval, the nearest examples vote, and the model settles the close calls among the two best
candidates. Without it the model chooses among all ten, from the prompt alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Template

from support_agent.examples import Candidate, ExamplePool
from support_agent.model import ModelServer, ModelUnavailable, Usage
from support_agent.settings import IntentSettings

LONGEST_MESSAGE = 400
LONGEST_LABEL = 8


@dataclass(frozen=True)
class Decision:
    """The chosen intent, who chose it (`vote` or `model`), and the tokens it took."""

    intent: str
    decided_by: str
    usage: Usage = Usage()


class IntentChooser:
    """Chooses the intent of a message."""

    def __init__(
        self,
        intents: list[str],
        prompt: Template,
        pool: ExamplePool,
        model: ModelServer,
        settings: IntentSettings,
    ) -> None:
        self._intents = intents
        self._prompt = prompt
        self._pool = pool
        self._model = model
        self._settings = settings

    async def choose(self, message: str, seconds: float, timeout: float) -> Decision:
        """The intent of `message`.

        A close call waits at most `seconds` for the model and then keeps the vote. Without
        retrieval there is no vote to keep: the model is waited for up to `timeout`.
        """
        if not self._settings.retrieval:
            return await self._ask(message, self._intents, (), timeout, queue=True)
        best, second = self._pool.rank(message, self._settings.nearest)[:2]
        if best.score - second.score >= self._settings.sure_margin:
            return Decision(best.intent, "vote")
        try:
            return await self._ask(
                message, [best.intent, second.intent], (best, second), seconds, queue=False
            )
        except ModelUnavailable:
            return Decision(best.intent, "vote")

    async def _ask(
        self,
        message: str,
        labels: list[str],
        candidates: tuple[Candidate, ...],
        seconds: float,
        queue: bool,
    ) -> Decision:
        prompt = self._prompt.substitute(
            examples=_shots(candidates, self._settings.shots), message=one_line(message)
        )
        completion = await self._model.complete(
            prompt, max_tokens=LONGEST_LABEL, seconds=seconds, grammar=_one_of(labels), queue=queue
        )
        return Decision(completion.text, "model", completion.usage)


def one_line(message: str) -> str:
    """The message as a prompt can hold it: on one line, and not longer than the model can read."""
    return " ".join(message.split())[:LONGEST_MESSAGE]


def _shots(candidates: tuple[Candidate, ...], shots: int) -> str:
    """Labelled examples of each candidate, the nearest ones last."""
    rounds = zip(*(candidate.examples[:shots] for candidate in candidates), strict=True)
    examples = [example for nearest in rounds for example in nearest][::-1]
    return "\n\n".join(f"Message: {shot.text}\nLabel: {shot.intent}" for shot in examples)


def _one_of(labels: list[str]) -> str:
    """A grammar of the labels. The space is in the grammar: a prompt ending in one confuses the model."""
    return "root ::= " + " | ".join(f'" {label}"' for label in labels)
