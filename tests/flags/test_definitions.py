"""Definition files: what is right, and what is wrong with the others."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from esclusa.core.errors import ConfigurationError
from esclusa.flags.definitions import Flag, read_definitions
from esclusa.flags.report import Report
from esclusa.flags.targeting import OPERATIONS, check_rule
from esclusa.marked import Marked
from tests.flags.files import ON_OFF, read, share, written

PUBLISHED = Path(__file__).with_name("published")

YAML = """\
# Switches of the agent.
flags:
  brief:
    state: ENABLED
    variants:
      on: true
      off: false
    defaultVariant: off
    targeting:
      fractional:
        - [on, 10]
        - [off, 90]
"""


def problems(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_definitions(path)
    return str(caught.value).replace(f"{path.parent}/", "")


def test_json_and_yaml_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "flags.yaml").write_text(YAML)
    one = read_definitions(tmp_path / "flags.yaml")
    other = read(tmp_path / "flags.json", {"brief": share(10)})
    assert one.flags == other.flags == {"brief": Flag(kind="boolean", by_conversation=True)}
    assert one.configuration == other.configuration
    assert one.digest != other.digest


def test_every_kind_of_flag_is_known(tmp_path: Path) -> None:
    variants = {
        "boolean": {"a": True},
        "string": {"a": "x"},
        "integer": {"a": 1, "b": 2},
        "float": {"a": 1, "b": 2.5},
        "object": {"a": {}},
    }
    flags = {name: {"state": "ENABLED", "variants": found} for name, found in variants.items()}
    assert {n: f.kind for n, f in read(tmp_path / "f.json", flags).flags.items()} == {n: n for n in variants}


@pytest.mark.parametrize(
    ("targeting", "by_conversation"),
    [
        ({}, False),
        ({"fractional": [["on", 1]]}, True),
        ({"fractional": [{"var": "user"}, ["on", 1]]}, False),
        ({"fractional": [{"cat": [{"var": "$flagd.flagKey"}, {"var": "targetingKey"}]}, ["on", 1]]}, True),
        ({"if": [{"==": [{"var": ["targetingKey", ""]}, "x"]}, "on"]}, False),
        ({"if": [{"var": "vip"}, {"$ref": "tenth"}, "off"]}, True),
    ],
)
def test_it_is_known_which_flags_are_decided_by_the_conversation(
    tmp_path: Path, targeting: Any, by_conversation: bool
) -> None:
    evaluators = {"tenth": {"fractional": [["on", 10], ["off", 90]]}}
    flags = {"f": {**ON_OFF, "targeting": targeting}}
    assert read(tmp_path / "f.json", flags, **{"$evaluators": evaluators}).flags == {
        "f": Flag(kind="boolean", by_conversation=by_conversation)
    }


def test_references_are_filled_in_whatever_their_order_and_their_characters(tmp_path: Path) -> None:
    evaluators = {"inner": {"==": [{"var": "name"}, "né\\1"]}, "outer": {"!": [{"$ref": "inner"}]}}
    flags = {"f": {**ON_OFF, "targeting": {"if": [{"$ref": "outer"}, "on", "off"]}}}
    found = read(tmp_path / "f.json", flags, **{"$evaluators": evaluators})
    assert found.configuration["flags"]["f"]["targeting"] == {
        "if": [{"!": [{"==": [{"var": "name"}, "né\\1"]}]}, "on", "off"]
    }


def test_everything_that_is_wrong_is_told_at_once_with_line_key_and_mend(tmp_path: Path) -> None:
    path = tmp_path / "flags.yaml"
    path.write_text(
        "flags:\n"
        "  a: {state: enabled, variants: {on: true, off: no}, defaultVariant: of}\n"
        "  b:\n"
        "    state: ENABLED\n"
        "    variant: {on: true}\n"
        "    targeting:\n"
        "      fractional:\n"
        "        - [on, 2.5]\n"
        "        - off\n"
        "  c: {state: ENABLED, variants: {on: true}, targeting: {fractional: [[new, 10], [on, 90]]}}\n"
        "  d: on\n"
    )
    assert problems(path) == (
        'flags.yaml:2: flags.a.state: expected `state: ENABLED` or `state: DISABLED`, found `"enabled"`\n'
        "flags.yaml:2: flags.a.variants: all variants of a flag are of one kind:"
        " `on` is true or false, `off` is a text\n"
        "flags.yaml:2: flags.a.defaultVariant: unknown variant `of`; did you mean `off`?\n"
        "  mend: known here: `on`, `off`\n"
        "flags.yaml:3: flags.b.variants: expected at least one variant\n"
        "  mend: such as `on: true` and `off: false`\n"
        "flags.yaml:5: flags.b.variant: unknown key `variant`; did you mean `variants`?\n"
        "  mend: known here: `state`, `variants`, `defaultVariant`, `targeting`, `metadata`\n"
        "flags.yaml:8: flags.b.targeting.fractional.0.1:"
        " expected a weight, a whole number from 0, found `2.5`\n"
        "  mend: scale all weights up: 2.5 and 97.5 are 25 and 975\n"
        'flags.yaml:9: flags.b.targeting.fractional.1: expected a variant and its weight, found `"off"`\n'
        '  mend: such as `["on", 10]`\n'
        "flags.yaml:10: flags.c.targeting: unknown variant `new`\n"
        "  mend: known here: `on`\n"
        'flags.yaml:11: flags.d: expected a flag with `state` and `variants`, found `"on"`'
    )


COMPARED = {"==": [{"var": "tier"}, "gold"]}


@pytest.mark.parametrize(
    ("targeting", "said"),
    [
        (COMPARED, "it can come to false or true, and there is no such variant"),
        ({"and": [COMPARED, "on"]}, "it can come to false, and there is no such variant"),
        ({"or": [COMPARED, "on"]}, "it can come to true, and there is no such variant"),
        ({"if": [COMPARED, "on", "of"]}, "unknown variant `of`; did you mean `off`?"),
        ({"if": [COMPARED, 1]}, "it can come to `1`, which is no variant"),
        ({"if": [COMPARED]}, "it can come to false or true, and there is no such variant"),
        ({"var": ["tier", "silver"]}, "unknown variant `silver`"),
        ({"fractional": [["on", 0], ["off", 0]]}, "the weights sum to 0"),
        ({"fractional": [["on", 2**31], ["off", 1]]}, "the weights sum to 2147483649"),
        ({"fractional": [["on", True]]}, "expected a weight, a whole number from 0, found `true`"),
        ({"fractional": [["on", 1, 2]]}, "expected a variant and its weight, found a list"),
        ({"fractional": [{"var": "user"}]}, "expected variants with weights, found none"),
        ({"fractional": {"var": "user"}}, "expected a list of arguments, found a mapping"),
        ({"fractional": []}, "expected at least 1 argument, found 0"),
        ({"fractoinal": [["on", 1]]}, "unknown operation `fractoinal`; did you mean `fractional`?"),
        ({"==": [1]}, "expected 2 arguments, found 1"),
        ({"if": [{"a": 1, "b": 2}, "on"]}, "expected one operation, found 2 of them"),
        ({"if": [{}, "on"]}, "expected one operation, found none"),
        ({"if": [{"$ref": "nobody"}, "on"]}, "unknown evaluator `nobody`"),
        ({"var": "$flagd.time"}, "unknown value `$flagd.time`"),
        ({"sem_ver": [{"var": "v"}, ">", "2"]}, 'expected a version such as `1.2.0`, found `"2"`'),
        (["on"], "expected a rule, found a list"),
        ("on", 'expected a rule, found `"on"`'),
        ({"$ref": "nobody"}, "flagd takes a reference only within a rule"),
    ],
)
def test_a_rule_that_is_none_or_comes_to_no_variant_is_refused(
    tmp_path: Path, targeting: Any, said: str
) -> None:
    assert said in problems(written(tmp_path / "f.json", {"f": {**ON_OFF, "targeting": targeting}}))


@pytest.mark.parametrize(
    "targeting",
    [
        {"if": [COMPARED, "on"]},
        {"if": [COMPARED, "on", None]},
        {"and": [{"var": "vip"}, "on"]},
        {"fractional": [["on", 10], ["gone", 0], ["off", 90]]},
        {"fractional": [[{"if": [COMPARED, "on", "off"]}, 1], [None, 1]]},
        {"fractional": [["on", {"-": [100, {"var": "share"}]}], ["off", {"var": "share"}]]},
    ],
)
def test_a_rule_that_comes_to_its_variants_or_to_nothing_is_good(tmp_path: Path, targeting: Any) -> None:
    assert read(tmp_path / "f.json", {"f": {**ON_OFF, "targeting": targeting}}).warnings == ()


def test_a_comparison_alone_is_good_where_the_variants_are_called_true_and_false(tmp_path: Path) -> None:
    flag = {"state": "ENABLED", "variants": {"true": "a", "false": "b"}, "targeting": COMPARED}
    assert read(tmp_path / "f.json", {"f": flag}).flags["f"].kind == "string"


def test_a_flag_that_changes_with_the_clock_is_odd_because_no_gate_sees_it(tmp_path: Path) -> None:
    rule = {"if": [{">": [{"var": "$flagd.timestamp"}, 1767225600]}, "on", "off"]}
    found = read(tmp_path / "f.json", {"f": {**ON_OFF, "targeting": rule}})
    assert [str(warning).replace(f"{tmp_path}/", "") for warning in found.warnings] == [
        "f.json:10: flags.f.targeting: it changes with the clock, without any release\n"
        "  mend: a change that no gate sees is not rolled back either: let a release carry it"
    ]


@pytest.mark.parametrize(
    ("evaluators", "said"),
    [
        ({"a": {"!": [{"$ref": "b"}]}, "b": {"!": [{"$ref": "a"}]}}, "it refers to itself: a -> b -> a"),
        (
            {f"e{n}": {"!": [{"$ref": f"e{n + 1}"}]} for n in range(6)} | {"e6": {"var": "x"}},
            "more than 5 references in a row: e0 -> e1 -> e2 -> e3 -> e4 -> e5",
        ),
        (
            {f"e{n}": {"or": [{"$ref": f"e{n + 1}"}] * 20} for n in range(4)} | {"e4": {"var": "x"}},
            "it leads to more than 1000 references",
        ),
        ({"a": "x"}, 'expected a rule, found `"x"`'),
    ],
)
def test_references_without_end_are_refused(tmp_path: Path, evaluators: Any, said: str) -> None:
    assert said in problems(written(tmp_path / "f.json", {}, **{"$evaluators": evaluators}))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("f.json", b'{"flags": {"a": {"sta', "f.json:1: not valid JSON: Unterminated string starting at"),
        ("f.json", b'{"flags": {},\n"flags": {}}', "f.json:2: flags: the key stands twice (first on line 1)"),
        ("f.json", b"[]", "f.json:1: expected a mapping with `flags`, found a list"),
        (
            "f.json",
            b"{}",
            "f.json:1: `flags` is missing\n  mend: add `flags: {}`, a mapping of flags by name",
        ),
        ("f.yaml", b"", "f.yaml:1: expected a mapping with `flags`, found nothing"),
        ("f.yaml", b"flags: {a: [}", "f.yaml:1: not valid YAML: did not find expected node content"),
        ("f.yaml", b"flags:\n  \xff: 1\n", "f.yaml:2: expected UTF-8, found the byte 0xff"),
        ("f.yaml", b"flags: &a {x: *a}\n", "f.yaml:1: flags.x: an alias that contains itself"),
        ("f.toml", b"", "f.toml: expected flags in .json, .yaml or .yml\n  mend: rename it"),
        ("f.json", b" " * 1_000_001, "f.json: larger than 1 MB"),
        ("f.json", b'{"flags": {"": 1}}', "f.json:1: flags.: a flag without a name"),
        ("f.json", b'{"flag": {}, "flags": {}}', "f.json:1: flag: unknown key `flag`; did you mean `flags`?"),
    ],
)
def test_a_file_that_is_torn_or_something_else_is_told_of(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert problems(tmp_path / name).startswith(said)


def test_a_file_that_is_not_there_a_link_or_not_the_one_that_was_sealed_is_never_read(tmp_path: Path) -> None:
    path = written(tmp_path / "f.json", {})
    sealed = read_definitions(path).digest
    (tmp_path / "link.json").symlink_to(path)
    assert problems(tmp_path / "link.json").startswith("link.json: it is a symbolic link")
    assert problems(tmp_path / "none.json") == "none.json: there is no such flag file"
    assert read_definitions(path, sealed=sealed).flags == {}
    written(path, {"f": ON_OFF})
    with pytest.raises(ConfigurationError, match="this is not the file that was sealed with the release"):
        read_definitions(path, sealed=sealed)


# Beside what flagd itself says


EXAMPLES = json.loads((PUBLISHED / "examples.json").read_text())
SCHEMAS = {name: json.loads((PUBLISHED / name).read_text()) for name in ("flags.json", "targeting.json")}
REGISTRY: Registry[Any] = Registry().with_resources(
    (schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()
)
FLAGD = Draft7Validator(
    {"$ref": "https://flagd.dev/schema/v0/flags.json#/definitions/providerConfig"}, registry=REGISTRY
)


@pytest.mark.parametrize("name", EXAMPLES["flags"]["positive"])
def test_what_flagds_tests_accept_is_accepted(tmp_path: Path, name: str) -> None:
    (tmp_path / "f.json").write_text(json.dumps(EXAMPLES["flags"]["positive"][name]))
    read_definitions(tmp_path / "f.json")


@pytest.mark.parametrize("name", EXAMPLES["flags"]["negative"])
def test_what_flagds_tests_refuse_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "f.json").write_text(json.dumps(EXAMPLES["flags"]["negative"][name]))
    assert problems(tmp_path / "f.json")


@pytest.mark.parametrize(
    ("sign", "name"), [(sign, name) for sign, found in EXAMPLES["targeting"].items() for name in found]
)
def test_rules_are_judged_as_flagds_tests_judge_them(sign: str, name: str) -> None:
    report = Report("f.json", Marked(None, {}))
    check_rule(EXAMPLES["targeting"][sign][name], (), report, {"some-ref": {}})
    assert (report.count == 0) == (sign == "positive")


Scalars = st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(["on", "off", "1.0.0", "=", "x"])
Rules = st.recursive(
    Scalars | st.sampled_from([{"var": "x"}, {"var": ["x", "on"]}, {"$ref": "e"}, {}]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(lambda name, given: {name: given}, st.sampled_from([*OPERATIONS, "what", "$ref"]), inner)
        | st.builds(lambda *given: {"fractional": [list(entry) for entry in given]},
                    st.tuples(inner, st.integers(-1, 9)), st.tuples(inner, inner))
        | st.builds(lambda *given: {"if": list(given)}, inner, inner, inner)
        | st.builds(lambda *given: {"==": list(given)}, inner, inner)
    ),
    max_leaves=8,
)  # fmt: skip
Good = {"state": "ENABLED", "variants": {"on": True, "off": False, "true": True, "false": False}}
Odd = st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from(["DISABLED", "on"]),
        "variants": st.dictionaries(st.sampled_from(["on", "off", ""]), Scalars | st.just({}), max_size=2),
        "defaultVariant": st.sampled_from(["on", None, "", 1]),
        "targeting": Rules,
        "metadata": st.dictionaries(st.just("owner"), Scalars | st.just({})),
        "what": st.just(1),
    },
)
FlagsOfAnyKind = Odd.map(lambda odd: {**Good, **odd}) | Rules.map(lambda rule: {**Good, "targeting": rule})


@given(flag=FlagsOfAnyKind, evaluator=Rules)
def test_what_is_accepted_flagds_schema_accepts(flag: Any, evaluator: Any, tmp_path_factory: Any) -> None:
    text: dict[str, Any] = {"flags": {"f": flag}, "$evaluators": {"e": evaluator}}
    if not isinstance(evaluator, dict):
        del text["$evaluators"]
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(text))
    try:
        read_definitions(path)
    except ConfigurationError:
        return
    FLAGD.validate(text)


@given(rule=Rules)
def test_a_rule_that_flagds_schema_refuses_is_refused(rule: Any) -> None:
    report = Report("f.json", Marked(None, {}))
    check_rule(rule, (), report, {"e": {}})
    flag = {**ON_OFF, "targeting": rule}
    whole = isinstance(rule, dict) and rule and "$ref" not in rule
    if whole and not FLAGD.is_valid({"flags": {"f": flag}}):
        assert report.count
