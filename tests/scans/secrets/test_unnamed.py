"""Long drawn texts without a name: what is passed over, and what is not."""

import base64

import pytest

from esclusa.scans.secrets.unnamed import unnamed
from tests.scans.secrets.drawn import drawn

VALUE = drawn("{w40}", 3)


def found(text: str, program: bool = False) -> list[str]:
    data = text.encode()
    return [data[start:end].decode() for start, end in unnamed(data, program)]


@pytest.mark.parametrize(
    "text",
    [f"auth = ('bot', '{VALUE}')", f'  "{VALUE}",\n', f"call('{VALUE}')", f"use('bot',\n    '{VALUE}')"],
)
def test_one_in_quotes_is_seen_anywhere(text: str) -> None:
    assert found(text, program=True) == [VALUE]
    assert found(text) == [VALUE]


def test_one_without_quotes_is_seen_at_the_end_of_a_line_outside_programs() -> None:
    assert found(f"systemPat: {VALUE}\n") == [VALUE]
    assert found(f"x = {VALUE}\n", program=True) == []
    assert found(f"see {VALUE} there\n") == []


@pytest.mark.parametrize(
    "text",
    [
        f'sha256 = "{VALUE}"',
        f'"integrity": "{VALUE}"',
        f'PUBLIC_KEY = "{VALUE}"',
        f'site_key = "{VALUE}"',
        f'client_id = "{VALUE}"',
        f'commit: "{drawn("{h40}", 3)}"',
        f'x = "{drawn("{h40}", 3)}"',
        f'x = "{base64.urlsafe_b64encode(b"a text that somebody wrote down").decode().rstrip("=")}"',
        f'x = "{drawn("{w20}", 3)}"',
        f'"x": "{VALUE}",',
        f'"y" : "{VALUE}"}}',
        f'<meta name="a-site-verification" content="{VALUE}">',
        f'let alphabet="{VALUE}"',
        f'code_challenge("{VALUE}")',
        f'"azp":"{VALUE}"',
        f'lvm = "{drawn("{w6}-{w4}-{w4}-{w4}-{w4}-{w4}-{w6}", 3)}"',
        f'x = "{base64.urlsafe_b64encode(b"a text that was cut in the middle").decode().rstrip("=")[:-2]}"',
        f'token = (\n    b"eyJhbGciOiJub25lIn0."\n    b"{VALUE}"\n)',
        f"curl 'https://x' \\\n    -H 'first'\\\n    '{VALUE}'",
        f'call(\n    "MQ."  # one\n    "{VALUE}"\n)',
        f'var a="{VALUE}";{"b();" * 200}',
        'x = "accessTokenOfTheCustomer2OfTheShop3InTheTown4"',
    ],
)
def test_what_is_said_to_be_something_else_or_looks_like_it_is_passed_over(text: str) -> None:
    assert found(text) == []
