"""A suite: which questions are asked, how, and what scores the answers; one YAML file.

`reference/suite.yaml` beside this module shows every key with its meaning. Reading a suite imports no scorer
and asks nothing, so that a plan can be made of it: `metrics` says what it will measure.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from esclusa.core.errors import ConfigurationError
from esclusa.core.metric import Metric
from esclusa.core.value import EMPTY, Value, digest
from esclusa.evals.budget import Budget, read_budget
from esclusa.evals.datasets import Dataset, load_dataset
from esclusa.evals.load.profile import Profile, read_profile
from esclusa.evals.settings import placed, read_settings, seconds, unknown
from esclusa.gates.catalogue import BUILT_IN
from esclusa.marked import Marked, parse, read

CORRECTNESS = ("exact", "contains", "regex", "json_schema")
"""Scorers that say right or wrong: `accuracy` is theirs, unless the suite marks others."""
ALWAYS = ("error_rate", "latency", "tokens_per_query", "cost_per_query")
LOADED = tuple(dict.fromkeys((*ALWAYS, "time_to_first_token", "tokens_per_second", "throughput")))
"""What a suite with `load` measures."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CATALOGUE = {metric.name: metric for metric in BUILT_IN}


class ScorerSpec(Value, frozen=True, kw_only=True):
    """One scorer of a suite. `name` is the metric it measures."""

    uses: str
    name: str
    settings: Mapping[str, Any] = EMPTY
    accuracy: bool | None = None
    """Whether it decides if a case is right; None: if no scorer is marked and it is one of CORRECTNESS."""
    at_least: float = 1.0
    """The score from which a case counts as right, where this scorer has a say in `accuracy`."""


class Suite(Value, frozen=True, kw_only=True):
    """A suite with its questions."""

    file: str
    dataset: Dataset
    scorers: tuple[ScorerSpec, ...]
    tags: tuple[str, ...] = ()
    ask: Mapping[str, Any] = EMPTY
    """How the agent is asked, instead of what the project says."""
    concurrency: int = 4
    timeout: float = 60.0
    """Seconds that one call may take."""
    seed: int = 0
    """Of the random order in which the questions are asked."""
    budget: tuple[Budget, ...] = ()
    """What may be spent; when it is, the rest is not run."""
    cache: bool = False
    """Whether answers that the release gave before are taken instead of asking."""
    load: Profile | None = None
    """How the agent is loaded, in a suite that measures how fast it is and scores nothing."""
    stop: Literal["never", "settled"] = "never"
    """Whether it ends once the cases asked have settled the gates."""
    lines: Mapping[str, int] = EMPTY
    """Where in the file each scorer stands, by its name; and `ask`, unless a scorer is called so."""

    @property
    def directory(self) -> Path:
        """Where the suite's relative paths start."""
        return Path(self.file).parent

    @property
    def subject(self) -> str:
        """Names what is measured: questions, scorers and conditions. Evidence is compared only within one."""
        return digest(
            {
                "questions": self.dataset.digest,
                "scorers": self.scorers,
                "ask": self.ask,
                "timeout": self.timeout,
                "concurrency": self.concurrency,
                **({"load": self.load, "seed": self.seed} if self.load else {}),
            }
        )

    @property
    def judges(self) -> tuple[ScorerSpec, ...]:
        """The scorers that decide together whether a case is right."""
        marked = tuple(spec for spec in self.scorers if spec.accuracy)
        if marked:
            return marked
        return tuple(spec for spec in self.scorers if spec.uses in CORRECTNESS and spec.accuracy is None)


def metrics(suite: Suite) -> tuple[Metric, ...]:
    """What the suite will measure if all goes well, scorers the catalogue has never heard of included."""
    if suite.load is not None:
        found = ("saturation",) if suite.load.saturation else ()
        return tuple(_CATALOGUE[name] for name in (*LOADED, *found))
    names = (*(("accuracy",) if suite.judges else ()), *ALWAYS, *(spec.name for spec in suite.scorers))
    kinds = {spec.name: "rate" if spec.uses in CORRECTNESS else "scores" for spec in suite.scorers}
    return tuple(
        _CATALOGUE.get(name)
        or Metric(
            name=name,
            kind="rate" if kinds[name] == "rate" else "scores",
            unit="share",
            better="higher",
            estimators=("mean",),
            comparisons=("threshold", "baseline", "live"),
            measured_by=f"eval suites with the scorer `{name}`",
        )
        for name in names
    )


class _File(msgspec.Struct, frozen=True, kw_only=True):
    dataset: str
    scorers: list[Any] = []
    load: dict[str, Any] = {}
    tags: list[str] = []
    ask: dict[str, Any] = {}
    concurrency: Annotated[int, msgspec.Meta(ge=1)] = 4
    timeout: Any = 60.0
    seed: int = 0
    budget: Any = []
    cache: bool = False
    stop: Literal["never", "settled"] = "never"


class _Common(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""
    accuracy: bool | None = None
    at_least: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0


def load_suite(path: Path) -> Suite:
    """Read a suite and its dataset; ConfigurationError names file, line and key, and what was expected."""
    document = parse(read(path, "suite"), str(path))
    if not isinstance(document.value, dict):
        raise ConfigurationError("expected a mapping with `dataset` and `scorers`", file=str(path), line=1)
    try:
        return _suite(document, path)
    except ConfigurationError as error:
        if error.file:
            raise
        keys = tuple(int(part) if part.isdigit() else part for part in error.key.split("."))
        raise placed(error, str(path), document.line(*keys)) from None


def _suite(document: Marked, path: Path) -> Suite:
    file = read_settings(_File, document.value)
    if len(file.ask) > 1:
        raise ConfigurationError("expected one way to ask, such as `openai: /v1/chat/completions`", key="ask")
    load = _load(file, document)
    scorers = tuple(_scorer(entry, number) for number, entry in enumerate(file.scorers))
    _check_names(scorers)
    suite = Suite(
        file=str(path),
        dataset=_dataset(path, file),
        scorers=scorers,
        tags=tuple(file.tags),
        ask=file.ask,
        concurrency=file.concurrency,
        timeout=seconds(file.timeout, "timeout"),
        seed=file.seed,
        budget=read_budget(file.budget),
        cache=file.cache,
        load=load,
        stop=file.stop,
        lines={
            **({"ask": document.line("ask")} if file.ask else {}),
            **{spec.name: document.line("scorers", number) for number, spec in enumerate(scorers)},
        },
    )
    _check_overrides(suite)
    return suite


def _load(file: _File, document: Marked) -> Profile | None:
    """The profile of a suite that has one; it scores nothing, and one without it does."""
    given = document.value
    if "load" not in given:
        if "scorers" not in given:
            raise ConfigurationError(
                "expected a value, found nothing",
                key="scorers",
                mend="what scores the answers; or `load`, to measure how fast they come",
            )
        return None
    if "scorers" in given:
        raise ConfigurationError(
            "a suite with `load` scores nothing",
            key="scorers",
            mend="put the scorers into a suite of their own",
        )
    if file.stop == "settled":
        raise ConfigurationError(
            "a load is run to its end: its requests come in no drawn order",
            key="stop",
            mend="leave `stop` out",
        )
    if "concurrency" in given:
        raise ConfigurationError(
            "with `load` it is the load that says how many calls are under way", key="concurrency"
        )
    try:
        return read_profile(file.load)
    except ConfigurationError as error:
        raise placed(error, "", 0, "load") from None


def _dataset(path: Path, file: _File) -> Dataset:
    where = path.parent / file.dataset
    if not where.is_file():
        raise ConfigurationError(
            f"there is no dataset {where}", key="dataset", mend="paths start at the suite"
        )
    return load_dataset(where).tagged(file.tags)


def _scorer(entry: Any, number: int) -> ScorerSpec:
    """`exact`, or `exact: {path: metadata.intent, name: intent}`."""
    if isinstance(entry, str):
        entry = {entry: None}
    if not isinstance(entry, dict) or len(entry) != 1:
        raise ConfigurationError(
            "expected a scorer's name, alone or with its settings: `exact: {path: metadata.intent}`",
            key=f"scorers.{number}",
        )
    ((uses, settings),) = entry.items()
    settings = {} if settings is None else settings
    if not isinstance(settings, dict):
        raise ConfigurationError("expected a mapping of settings", key=f"scorers.{number}.{uses}")
    mine = {key: value for key, value in settings.items() if key in ("name", "accuracy", "at_least")}
    try:
        common = read_settings(_Common, mine)
        name = common.name or uses
        if not _NAME.fullmatch(name):
            raise ConfigurationError(
                f"expected small letters, digits and `_`, found {name!r}", key="name" if common.name else ""
            )
        if name in _CATALOGUE and name != uses:
            raise ConfigurationError(f"the metric {name!r} is measured otherwise; choose another", key="name")
    except ConfigurationError as error:
        raise placed(error, "", 0, "scorers", number, uses) from None
    return ScorerSpec(
        uses=uses,
        name=name,
        settings={key: value for key, value in settings.items() if key not in mine},
        accuracy=common.accuracy,
        at_least=common.at_least,
    )


def _check_names(scorers: tuple[ScorerSpec, ...]) -> None:
    seen: set[str] = set()
    for number, spec in enumerate(scorers):
        if spec.name in seen:
            raise ConfigurationError(
                f"two scorers are called {spec.name!r}",
                key=f"scorers.{number}",
                mend="give one of them a `name`",
            )
        seen.add(spec.name)


def _check_overrides(suite: Suite) -> None:
    names = [spec.name for spec in suite.scorers]
    for question in suite.dataset.questions:
        for name in question.scorers:
            if name not in names:
                raise placed(
                    unknown("scorer", name, names),
                    suite.dataset.file,
                    suite.dataset.lines[question.id],
                    "scorers",
                )
