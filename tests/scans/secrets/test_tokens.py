"""Tokens by their form: each entry of the table finds its examples, and no blank of them."""

import pytest

from esclusa.scans.secrets.tokens import Token, table, tokens
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
