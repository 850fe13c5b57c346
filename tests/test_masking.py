"""What is secret is not to be read in a line, nor in any leaf of a value, in any form it takes on its way."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.evidence import Evidence, Failure, Finding, Rate
from esclusa.core.secret import Secret
from esclusa.core.value import encode
from esclusa.masking import MASK, MINIMUM, Masker

KEY = """-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASC
s3cond/line+of=the key
-----END PRIVATE KEY-----
"""
ACCOUNT = json.dumps(
    {"type": "service_account", "private_key": KEY, "nested": [{"token": "t0ken-in-a-list"}]}
)

secrets = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=8, max_size=40
)
surroundings = st.text(max_size=20)


@given(secrets, surroundings, surroundings)
def test_a_secret_is_masked_wherever_it_stands(secret: str, before: str, after: str) -> None:
    assert secret not in Masker([Secret(secret)]).line(before + secret + after)


@given(secrets)
def test_so_are_its_usual_encodings(secret: str) -> None:
    masker = Masker([Secret(secret)])
    forms = (
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        base64.b64encode(secret.encode()).decode(),
        base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
    )
    for form in forms:
        assert masker.line(f"<{form}>") == f"<{MASK}>"


@given(secrets, st.binary(max_size=10), st.binary(max_size=10))
def test_and_base64_of_a_longer_text_around_it(secret: str, before: bytes, after: bytes) -> None:
    """`user:password` in a header: at most the outermost characters of the secret's own part remain."""
    code = base64.b64encode(before + secret.encode() + after).decode()
    masked = Masker([Secret(secret)]).line(code)
    first, last = -(-len(before) * 8 // 6), (len(before) + len(secret.encode())) * 8 // 6
    assert MASK in masked
    assert code[first:last] not in masked


@pytest.mark.parametrize("secret", [KEY, ACCOUNT])
def test_of_a_secret_of_many_lines_each_is_masked(secret: str) -> None:
    masker = Masker([Secret(secret)])
    assert masker.line("it says MIIEvQIBADANBgkqhkiG9w0BAQEFAASC here") == f"it says {MASK} here"
    assert masker.line("  s3cond/line+of=the key") == f"  {MASK}"
    assert masker.line(json.dumps({"key": KEY})) == json.dumps({"key": MASK})


def test_the_texts_inside_a_json_secret_are_masked_one_by_one() -> None:
    assert Masker([Secret(ACCOUNT)]).line("token=t0ken-in-a-list") == f"token={MASK}"


def test_a_longer_secret_goes_first() -> None:
    masker = Masker([Secret("password"), Secret("password-and-more")])
    assert masker.line("password-and-more password") == f"{MASK} {MASK}"


def test_what_is_too_short_to_be_a_secret_does_not_hide_the_log() -> None:
    short = "x" * (MINIMUM - 1)
    assert Masker([Secret(short), Secret(""), Secret("\n \n")]).line(f"{short} = 1") == f"{short} = 1"


def test_a_secret_that_a_cut_has_halved_is_masked_too() -> None:
    masker = Masker([Secret("correct horse battery")], cut="[cut]")
    assert masker.line("it is correct horse ba[cut]") == f"it is {MASK}[cut]"
    assert masker.line("it is correct horse ba") == "it is correct horse ba"
    assert masker.line("nothing here[cut]") == "nothing here[cut]"


def evidence(text: str) -> Evidence:
    return Evidence(
        measurements={"accuracy": Rate(hits=1, n=1, cases={text: 1.0})},
        missing={"relevance": f"because {text}"},
        findings=(Finding(rule="r", message=text),),
        outputs={"url": f"https://user:{text}@host/"},
        failure=Failure(reason="step", message=text, detail=f"one\n{text}\ntwo"),
    )


def test_every_leaf_of_a_value_is_masked_and_keys_are_leaves() -> None:
    secret = "correct horse battery"
    masked = Masker([Secret(secret)]).value(evidence(secret))
    assert masked == evidence(MASK)
    assert secret.encode() not in encode(masked)


def test_a_value_without_a_secret_is_the_same_object() -> None:
    value = evidence("nothing")
    assert Masker([Secret("correct horse battery")]).value(value) is value
    assert Masker([]).value(value) is value


def test_plain_json_is_masked_leaf_by_leaf() -> None:
    masker = Masker([Secret("correct horse")])
    assert masker.plain({"a": ["correct horse", 1, None, {"b": "x correct horse"}]}) == {
        "a": [MASK, 1, None, {"b": f"x {MASK}"}]
    }
