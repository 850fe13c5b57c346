"""What `model.yaml` and `flags.yaml` say, as values. Unknown or missing keys are errors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class IntentSettings:
    """How the intent of a message is decided."""

    retrieval: bool
    nearest: int
    semantic_share: float
    sure_margin: float
    shots: int


@dataclass(frozen=True)
class ReplySettings:
    """How much time and text the model gets for its part of a reply."""

    max_tokens: int
    budget_seconds: float


@dataclass(frozen=True)
class Settings:
    """Everything in `model.yaml`, and the flags."""

    model: str
    temperature: float
    seed: int
    timeout_seconds: float
    intent: IntentSettings
    reply: ReplySettings
    free_text: bool

    @classmethod
    def load(cls, root: Path) -> Settings:
        """Reads both files of the repository at `root`."""
        values = yaml.safe_load((root / "model.yaml").read_text(encoding="utf-8"))
        flags = yaml.safe_load((root / "flags.yaml").read_text(encoding="utf-8"))
        intent = IntentSettings(**values.pop("intent"))
        reply = ReplySettings(**values.pop("reply"))
        return cls(**values, **flags, intent=intent, reply=reply)
