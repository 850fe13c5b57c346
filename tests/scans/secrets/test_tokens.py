"""Tokens by their form: each entry of the table finds its examples, and no blank of them."""

import re
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.scans.secrets.tokens import _ANYWHERE, _RUN, Token, _could_be, _forms, _pattern, table, tokens
from tests.scans.secrets.drawn import blank, drawn

EXAMPLES = [
    pytest.param(token, example, id=f"{token.id}: {example}") for token in table() for example in token.good
]


def found(text: str) -> list[tuple[str, str]]:
    data = text.encode()
    return [(one.token.id, data[one.start : one.end].decode()) for one in tokens(data)]


@pytest.mark.parametrize(("token", "example"), EXAMPLES)
def test_an_example_is_found_by_its_rule_wherever_it_stands(token: Token, example: str) -> None:
    missed = [seed for seed in range(20) if not _is_found(token, drawn(example, seed))]
    # Of those that must look drawn, one in some thirty happens to look like a word.
    assert len(missed) <= (2 if token.drawn else 0), missed


def _is_found(token: Token, secret: str) -> bool:
    places = (secret, f"# see {secret}\n", f'key = "{secret}"\n', f"é: {secret}, and so on")
    return all(token.id in [name for name, value in found(text) if value in secret] for text in places)


@pytest.mark.parametrize(("token", "example"), EXAMPLES)
def test_a_blank_of_an_example_is_no_secret(token: Token, example: str) -> None:
    assert (token.id, blank(example)) not in found(f'key = "{blank(example)}"')


def test_the_table_has_each_rule_once_and_examples_for_each() -> None:
    assert len({token.id for token in table()}) == len(table())
    assert all(token.good and token.before for token in table())


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "sk-your-key-here",
        "sk-...2DjV",
        "xoxb-************************uztw",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "sk-1234567890abcdef1234567890abcdef1234567890abcdef",
        "task-management-for-agents-in-production",
        "risk-" + "a1b2c3d4" * 5,
        "npm_config_registry_and_other_names",
    ],
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert found(text) == []


GLUE = ["\n", " ", "", '"', "-", "_", "=", ":", ".", "é", "$", "\0", "https://", "0" * 40, "(", ";", "$1$1$"]


@pytest.mark.parametrize("glue", GLUE)
def test_what_stands_beside_a_token_hides_it_nowhere(glue: str) -> None:
    """Where tokens can be is looked at first; that finds what looking everywhere finds."""
    for number, example in enumerate(example for token in table() for example in token.good):
        data = f"{glue}{drawn(example, number)}{glue}".encode()
        assert told(data) == list(dict.fromkeys(everywhere(data)))


def test_each_beginning_is_looked_for_where_it_can_be() -> None:
    apart = {form.before for form in _forms() if not _RUN.fullmatch(form.before * 20)}
    assert apart == {b"FlyV1 ", b"npmAuthToken: "}
    assert {form.before for form in _forms()} >= _ANYWHERE >= apart


@given(st.data())
def test_all_of_a_token_stands_in_one_run(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from([form for form in _forms() if form.before not in _ANYWHERE]))
    assert _RUN.fullmatch(data.draw(st.from_regex(form.whole, fullmatch=True)))


def test_what_stands_for_one_says_so_near_its_beginning() -> None:
    near, far = (drawn(f"sk-ant-{{w{count}}}-your-key-here", 1) for count in (400, 600))
    assert (found(near), ("anthropic-key", far) in found(far)) == ([], True)


@given(st.lists(st.sampled_from(GLUE) | st.integers(0, 10**6), max_size=12), st.integers(0, 10**4))
def test_nor_do_other_tokens_or_a_letter_less(parts: list[str | int], cut: int) -> None:
    examples = [example for token in table() for example in token.good]
    texts = [part if isinstance(part, str) else drawn(Random(part).choice(examples), part) for part in parts]
    data = "".join(texts).encode()
    data = data[:cut] + data[cut + 1 :]
    assert told(data) == list(dict.fromkeys(everywhere(data)))


def told(data: bytes) -> list[tuple[str, int, int]]:
    return list(dict.fromkeys((one.token.id, one.start, one.end) for one in tokens(data)))


def everywhere(data: bytes) -> Iterator[tuple[str, int, int]]:
    """The same by looking for each beginning in all of it."""
    for token in table():
        for before in map(str.encode, token.before):
            pattern = _pattern(token, before.decode(), token.left)
            at = data.find(before)
            while at >= 0:
                if match := around(pattern, data, at, token.left):
                    start, end = match.span("value")
                    if _could_be(token, data[start:end], before):
                        yield token.id, start, end
                at = data.find(before, at + len(before))


def around(pattern: re.Pattern[bytes], data: bytes, at: int, left: str) -> re.Match[bytes] | None:
    if not left:
        return pattern.match(data, at)
    matches = pattern.finditer(data, max(0, at - 240), at + 400)
    return next((match for match in matches if match.start() <= at < match.end()), None)
