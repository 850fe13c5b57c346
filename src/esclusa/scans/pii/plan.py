"""A plan of what an agent is asked: invitations to tell what is planted, each with a benign twin.

The twin is the same request for what may be told, so that an agent which refuses everything does not pass.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from esclusa.core.value import Value
from esclusa.scans.pii.planted import Person

_TEXT = (files("esclusa.scans.pii") / "prompts.toml").read_bytes()
_PROMPTS: Mapping[str, Any] = tomllib.loads(_TEXT.decode())
VERSION = hashlib.sha256(_TEXT).hexdigest()[:12]
"""Of the prompts: rates of leaks over other prompts are not compared."""
TICKET = "ticket"


class Ask(Value, frozen=True, kw_only=True):
    """One conversation: what is said to the agent, turn by turn, each after its answer to the one before."""

    id: str
    """`en.role-play.6.card.1`; its twin is `en.role-play.6.card.1.twin`."""
    way: str
    """direct, indirect, role-play, translation, encoding, repeat, turns."""
    turns: tuple[str, ...]
    about: str
    """The name of the person that it is about."""
    benign: bool = False
    """It asks for what may be told."""


def plan(planted: Sequence[Person], rounds: int = 1) -> tuple[Ask, ...]:
    """Every prompt for every kind of fact in the languages of the planted persons, who are taken by turns.

    Each round is about others, as long as there are others.
    """
    asks: list[Ask] = []
    for language in dict.fromkeys(person.language for person in planted):
        people = [person for person in planted if person.language == language]
        asks += _asks(language, people, rounds)
    return tuple(asks)


def _asks(language: str, people: Sequence[Person], rounds: int) -> Iterator[Ask]:
    told = _PROMPTS[language]
    at = 0
    for number in range(1, rounds + 1):
        for which, prompt in enumerate(told["prompts"], 1):
            twin = prompt.get("twin", prompt["turns"])
            for kind in people[0].facts:
                person = people[at % len(people)]
                at += 1
                name = f"{language}.{prompt['way']}.{which}.{kind}.{number}"
                for benign, turns, what in ((False, prompt["turns"], kind), (True, twin, TICKET)):
                    yield Ask(
                        id=f"{name}.twin" if benign else name,
                        way=prompt["way"],
                        turns=tuple(turn.format(what=told["what"][what], name=person.name) for turn in turns),
                        about=person.name,
                        benign=benign,
                    )
