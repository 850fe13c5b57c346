"""What flags come to: the same for the same conversation, and growing shares that take nothing back."""

import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.errors import OutsideError
from esclusa.flags import evaluation
from esclusa.flags.definitions import read_definitions
from esclusa.flags.evaluation import Evaluated, Flags, Refused
from tests.flags.files import ON_OFF, read, ready, share

CONVERSATIONS = [f"c{number}" for number in range(2000)]


def on(flags: Flags, key: str = "brief") -> set[str]:
    """The conversations that have a flag on."""
    found = {one: flags.evaluate(key, {"targetingKey": one}) for one in CONVERSATIONS}
    return {one for one, result in found.items() if isinstance(result, Evaluated) and result.value}


def test_a_conversation_gets_the_variant_that_it_always_had(tmp_path: Path) -> None:
    """Fixed, so that another evaluator that would deal all conversations anew does not come in unseen."""
    flags = ready(tmp_path / "f.json", {"brief": share(10), "other": share(10)})
    assert {one for one in on(flags) if int(one[1:]) < 40} == {"c9", "c13", "c18", "c37"}
    assert {one for one in on(flags, "other") if int(one[1:]) < 40} == {"c3", "c8", "c11", "c15", "c33"}


def test_another_process_gives_the_same(tmp_path: Path) -> None:
    ready(tmp_path / "f.json", {"brief": share(10)})
    code = (
        "import sys, pathlib; from tests.flags.test_evaluation import on, read_again;"
        "print(*sorted(on(read_again(pathlib.Path(sys.argv[1])))))"
    )
    done = subprocess.run(
        (sys.executable, "-c", code, str(tmp_path / "f.json")), capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) == on(ready(tmp_path / "f.json", {"brief": share(10)}))


def read_again(path: Path) -> Flags:
    return Flags(read_definitions(path))


def test_as_a_share_grows_nobody_who_had_the_variant_loses_it(tmp_path: Path) -> None:
    ramp = [on(ready(tmp_path / "f.json", {"brief": share(percent)})) for percent in (0, 1, 5, 25, 50, 100)]
    assert all(fewer <= more for fewer, more in pairwise(ramp))
    assert [len(ramp[0]), len(ramp[-1])] == [0, 2000]
    for percent, had in zip((5, 25, 50), ramp[2:5], strict=True):
        assert abs(len(had) / 2000 - percent / 100) < 0.04


Weights = st.tuples(st.integers(0, 1000), st.integers(1, 1000))


@given(conversation=st.text(min_size=1), ramp=st.lists(Weights, min_size=2, max_size=4))
def test_nor_does_any_other_conversation_by_any_other_weights(
    conversation: str, ramp: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    ramp.sort(key=lambda weights: Fraction(weights[0], sum(weights)))
    rules = [{"fractional": [{"var": "targetingKey"}, ["on", more], ["off", rest]]} for more, rest in ramp]
    flags = {str(step): {**ON_OFF, "targeting": rule} for step, rule in enumerate(rules)}
    results = ready(tmp_path_factory.getbasetemp() / "f.json", flags).evaluate_all(
        {"targetingKey": conversation}
    )
    values = [one.value for one in results if isinstance(one, Evaluated)]
    assert len(values) == len(ramp)
    assert values == sorted(values)


def test_two_flags_are_dealt_apart(tmp_path: Path) -> None:
    flags = ready(tmp_path / "f.json", {"brief": share(50), "other": share(50)})
    assert abs(len(on(flags) & on(flags, "other")) / 2000 - 0.25) < 0.04


def test_every_way_to_a_value_is_named(tmp_path: Path) -> None:
    gold = {"if": [{"==": [{"var": "tier"}, "gold"]}, "on"]}
    text = {"state": "ENABLED", "variants": {"short": "Be brief."}, "metadata": {"owner": "support"}}
    flags = ready(
        tmp_path / "f.json",
        {
            "static": {**text, "defaultVariant": "short"},
            "gold": {**ON_OFF, "targeting": gold},
            "disabled": {**ON_OFF, "state": "DISABLED"},
            "the asker's own": text,
            "number": {"state": "ENABLED", "variants": {"a": 1, "b": 2.5}, "defaultVariant": "a"},
        },
        metadata={"version": "7"},
    )
    set_, owned = {"version": "7"}, {"version": "7", "owner": "support"}
    off = Evaluated(key="gold", value=False, variant="off", reason="DEFAULT", metadata=set_)
    rest = (
        Evaluated(key="disabled", reason="DISABLED", metadata=set_),
        Evaluated(key="the asker's own", reason="DEFAULT", metadata=owned),
        Evaluated(key="number", value=1.0, variant="a", reason="STATIC", metadata=set_),
    )
    static = Evaluated(key="static", value="Be brief.", variant="short", reason="STATIC", metadata=owned)
    assert flags.evaluate_all({}) == (static, off, *rest)
    assert flags.evaluate("gold", {"tier": "gold"}) == Evaluated(
        key="gold", value=True, variant="on", reason="TARGETING_MATCH", metadata=set_
    )
    assert isinstance(rest[2].value, float)


@pytest.mark.parametrize(
    ("context", "refused"),
    [
        ({}, "TARGETING_KEY_MISSING: `f` is decided by the conversation: send its id as `context.targetingKey`"),
        ({"targetingKey": ""}, "TARGETING_KEY_MISSING: `f` is decided by the conversation: send its id as `context.targetingKey`"),
    ],
)  # fmt: skip
def test_what_the_conversation_decides_is_not_said_without_one(
    tmp_path: Path, context: dict[str, Any], refused: str
) -> None:
    result = ready(tmp_path / "f.json", {"f": share(10)}).evaluate("f", context)
    assert isinstance(result, Refused)
    assert f"{result.code}: {result.details}" == refused


def test_a_flag_that_is_not_there_and_a_rule_that_comes_to_no_variant_are_refused(tmp_path: Path) -> None:
    flags = ready(tmp_path / "f.json", {"f": {**ON_OFF, "targeting": {"var": "wanted"}}})
    assert flags.evaluate("g", {}) == Refused(
        key="g", code="FLAG_NOT_FOUND", details="there is no flag `g` in this release"
    )
    assert flags.evaluate("f", {"wanted": "half"}) == Refused(
        key="f",
        code="GENERAL",
        details="`f` cannot be evaluated in this context: Resolved variant half not in variants config.",
    )


Anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
CURIOUS = {
    "and": [{"<": [{"var": "a"}, {"var": "b.c"}]}, {"in": [{"var": "a"}, {"var": "b"}]}, {"%": [{"var": "a"}, 2]}, "on"]
}  # fmt: skip


@given(context=st.dictionaries(st.sampled_from(["a", "b", "targetingKey", "$flagd", ""]), Anything))
def test_no_context_makes_it_raise(context: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    rule = {"if": [CURIOUS, {"var": "a"}, {"fractional": [{"var": "b"}, ["on", {"var": "a"}], ["off", 1]]}]}
    flags = ready(tmp_path_factory.getbasetemp() / "g.json", {"f": {**ON_OFF, "targeting": rule}})
    assert isinstance(flags.evaluate("f", context), Evaluated | Refused)


def test_without_the_evaluator_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definitions = read(tmp_path / "f.json", {})
    monkeypatch.setattr(evaluation, "EVALUATOR", "openfeature.nowhere.at.all")
    with pytest.raises(OutsideError) as caught:
        Flags(definitions)
    assert str(caught.value) == ("flagd's evaluator is not installed\n  mend: pip install 'esclusa[flags]'")
