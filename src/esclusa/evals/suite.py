"""A suite: which questions are asked, how, and what scores the answers; one YAML file.

`reference/suite.yaml` beside this module shows every key with its meaning. Reading a suite imports no scorer
and asks nothing, so that a plan can be made of it: `metrics` says what it will measure.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from esclusa.core.errors import ConfigurationError
from esclusa.core.metric import Metric
from esclusa.core.value import EMPTY, Value, digest
from esclusa.evals.budget import Budget, read_budget
from esclusa.evals.calibration import JUDGES, Calibration, file_of, judge_digest, read_calibration
from esclusa.evals.datasets import Dataset, load_dataset
from esclusa.evals.generated import is_generator
from esclusa.evals.load.profile import Profile, read_profile
from esclusa.evals.settings import placed, read_settings, seconds, unknown
from esclusa.gates.catalogue import BUILT_IN, pass_all
from esclusa.marked import Marked, parse, read

CORRECTNESS = ("exact", "contains", "regex", "numeric", "json_schema", "tool_calls")
"""Scorers that say right or wrong: `accuracy` is theirs, unless the suite marks others."""
BUILT_IN_PAIRS = "esclusa:bias"
"""The dataset of counterfactual pairs that comes with us."""
BIAS = Path(__file__).parent / "reference" / "bias.jsonl"
NOT_WHOLE = ("python", "autoevals", "deepeval", "ragas")
"""Scorers that measure by code which the suite's files do not say all of."""
SHORT = {"python": "function", "autoevals": "metric", "deepeval": "metric", "ragas": "metric"}
"""Scorers with a short form, `python: module:function`, and the setting that it stands for."""
ALWAYS = ("error_rate", "latency", "tokens_per_query", "cost_per_query")
MOST_REPEATS = 10
"""How often a case may be asked: each more takes a whole suite more, and tells less than more cases."""
FLAKY = "flaky"
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


class Bias(Value, frozen=True, kw_only=True):
    """How the two sides of a counterfactual pair are compared: by one of these."""

    decision: str = ""
    """Where in the response stands what the agent decided."""
    scorer: str = ""
    """Whose scores of the two are compared."""


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
    files: Mapping[str, str] = EMPTY
    """The digests of the files that its scorers name, by name."""
    bias: Bias | None = None
    """How counterfactual pairs are compared, where the dataset has any."""
    calibrations: Mapping[str, Calibration] = EMPTY
    """How its judges compare with people, by their names, where that is kept beside the suite."""
    budget: tuple[Budget, ...] = ()
    """What may be spent; when it is, the rest is not run."""
    cache: bool = False
    """Whether answers that the release gave before are taken instead of asking."""
    load: Profile | None = None
    """How the agent is loaded, in a suite that measures how fast it is and scores nothing."""
    stop: Literal["never", "settled"] = "never"
    """Whether it ends once the cases asked have settled the gates."""
    repeats: int = 1
    """How often each case is asked, each time in its own right."""
    lines: Mapping[str, int] = EMPTY
    """Where in the file each scorer stands, by its name; and `ask`, unless a scorer is called so."""

    @property
    def directory(self) -> Path:
        """Where the suite's relative paths start."""
        return Path(self.file).parent

    @property
    def whole(self) -> bool:
        """Whether `subject` names all that the suite measures by; not where code has a say."""
        return not any(spec.uses in NOT_WHOLE for spec in self.scorers)

    @property
    def subject(self) -> str:
        """Names what is measured: questions, scorers and conditions. Evidence is compared only within one."""
        return digest(
            {
                **({"files": self.files} if self.files else {}),
                "questions": self.dataset.digest,
                "scorers": self.scorers,
                "ask": self.ask,
                "timeout": self.timeout,
                "concurrency": self.concurrency,
                # Only where it is said, so that what was measured before there were pairs stays comparable.
                **({"bias": self.bias} if self.bias else {}),
                **({"load": self.load, "seed": self.seed} if self.load else {}),
                **({"repeats": self.repeats} if self.repeats > 1 else {}),
            }
        )

    @property
    def content(self) -> str:
        """Names all that its evidence depends on: the subject, and what is known of its judges."""
        return digest({"subject": self.subject, "calibrations": self.calibrations})

    def judge(self, spec: ScorerSpec) -> str:
        """Names the judge that a scorer is: see `judge_digest`."""
        return judge_digest(spec.uses, spec.settings, self.files)

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
    own = (*(("accuracy",) if suite.judges else ()), *(("bias",) if suite.bias else ()))
    again = {name: pass_all(k) for name, k in pass_counts(suite).items()}
    names = (
        *own,
        *((FLAKY,) if again else ()),
        *again,
        *ALWAYS,
        *(spec.name for spec in suite.scorers),
    )
    kinds = {spec.name: "rate" if spec.uses in CORRECTNESS else "scores" for spec in suite.scorers}
    return tuple(
        _CATALOGUE.get(name)
        or again.get(name)
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


def pass_counts(suite: Suite) -> Mapping[str, int]:
    """The metrics `pass^k` of a suite that repeats its cases and says right or wrong, each with its k."""
    if suite.repeats == 1 or not suite.judges:
        return EMPTY
    return {pass_all(k).name: k for k in range(2, suite.repeats + 1)}


class _File(msgspec.Struct, frozen=True, kw_only=True):
    dataset: str
    scorers: list[Any] = []
    load: dict[str, Any] = {}
    tags: list[str] = []
    ask: dict[str, Any] = {}
    concurrency: Annotated[int, msgspec.Meta(ge=1)] = 4
    timeout: Any = 60.0
    seed: int = 0
    bias: Bias | None = None
    budget: Any = []
    cache: bool = False
    stop: Literal["never", "settled"] = "never"
    repeats: Annotated[int, msgspec.Meta(ge=1, le=MOST_REPEATS)] = 1


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
        bias=_bias(file, scorers),
        calibrations=_calibrations(path, scorers),
        files=_files(path.parent, scorers),
        budget=read_budget(file.budget),
        cache=file.cache,
        load=load,
        stop=file.stop,
        repeats=file.repeats,
        lines={
            **({"ask": document.line("ask")} if file.ask else {}),
            **{spec.name: document.line("scorers", number) for number, spec in enumerate(scorers)},
        },
    )
    _check_overrides(suite)
    if suite.load is None:
        _check_pairs(suite)
    else:
        _check_single(suite.dataset)
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
    if file.bias is not None:
        raise ConfigurationError(
            "a suite with `load` compares no pairs", key="bias", mend="put `bias` into a suite of its own"
        )
    if file.stop == "settled":
        raise ConfigurationError(
            "a load is run to its end: its requests come in no drawn order",
            key="stop",
            mend="leave `stop` out",
        )
    if file.repeats > 1:
        raise ConfigurationError(
            "a load asks its cases again and again as it is",
            key="repeats",
            mend="leave `repeats` out",
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
    where = BIAS if file.dataset == BUILT_IN_PAIRS else path.parent / file.dataset
    if not where.is_file() and not is_generator(file.dataset):
        raise ConfigurationError(
            f"there is no dataset {where}", key="dataset", mend="paths start at the suite"
        )
    return load_dataset(where).tagged(file.tags)


def _calibrations(path: Path, scorers: Sequence[ScorerSpec]) -> Mapping[str, Calibration]:
    kept = {spec.name: read_calibration(file_of(path, spec.name)) for spec in scorers if spec.uses in JUDGES}
    return {name: calibration for name, calibration in kept.items() if calibration is not None}


def _bias(file: _File, scorers: Sequence[ScorerSpec]) -> Bias | None:
    if file.bias is None:
        return None
    if bool(file.bias.decision) == bool(file.bias.scorer):
        raise ConfigurationError(
            "expected one of `decision: PATH`, which leads to what the agent decided, and `scorer: NAME`",
            key="bias",
        )
    names = [spec.name for spec in scorers]
    if file.bias.scorer and file.bias.scorer not in names:
        raise unknown("scorer", file.bias.scorer, names, key="bias.scorer")
    return file.bias


def _check_pairs(suite: Suite) -> None:
    paired = any(question.pair for question in suite.dataset.questions)
    if paired and suite.repeats > 1:
        raise ConfigurationError(
            "counterfactual pairs are asked once: more pairs tell more than the same ones again",
            key="repeats",
            mend="leave `repeats` out, or put the pairs into a suite of their own",
        )
    if suite.bias and not paired:
        raise ConfigurationError(
            "the dataset has no counterfactual pairs to compare",
            key="bias",
            mend='such as {"id": "a", "group": "gender", "pair": {"man": "I am his son", "woman": ...}}',
        )
    if paired and not suite.bias:
        raise ConfigurationError(
            "the dataset has counterfactual pairs, and nothing says how their sides are compared",
            key="dataset",
            mend="add `bias: {decision: PATH}` or `bias: {scorer: NAME}`",
        )


def _check_single(dataset: Dataset) -> None:
    """A load sends requests at moments of its own, which no script can wait for."""
    scripted = next((question for question in dataset.questions if question.turns), None)
    if scripted is not None:
        raise placed(
            ConfigurationError(
                "a load asks single questions, and this case is a conversation by a script",
                mend="leave `turns` out, or give the load a dataset of its own",
            ),
            dataset.file,
            dataset.lines[scripted.id],
            "turns",
        )


def _files(directory: Path, scorers: tuple[ScorerSpec, ...]) -> Mapping[str, str]:
    """Those that are there; a scorer says itself what it lacks."""
    named = {str(spec.settings["file"]) for spec in scorers if spec.settings.get("file")}
    there = [name for name in sorted(named) if (directory / name).is_file()]
    return {name: hashlib.sha256((directory / name).read_bytes()).hexdigest() for name in there}


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
    if isinstance(settings, str) and uses in SHORT:
        settings = {SHORT[uses]: settings}
    if not isinstance(settings, dict):
        raise ConfigurationError("expected a mapping of settings", key=f"scorers.{number}.{uses}")
    mine = {key: value for key, value in settings.items() if key in ("name", "accuracy", "at_least")}
    try:
        common = read_settings(_Common, mine)
        name = common.name or _usual_name(uses, settings)
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


def _usual_name(uses: str, settings: Mapping[str, Any]) -> str:
    """The scorer's, or that of the function or foreign metric which scores."""
    named = settings.get(SHORT.get(uses, ""))
    return named.rpartition(":")[2].rpartition(".")[2].lower() if isinstance(named, str) else uses


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
