"""Examples are made-up passwords in files that show or try something."""

import pytest

from esclusa.scans.secrets.examples import is_example


@pytest.mark.parametrize(
    "file",
    [
        *("tests/a.env", "pkg/testing/x.py", "a.zip!pkg/docs/x.txt", "examples/.env", "web/__tests__/a.js"),
        *("src/test_login.py", "conftest.py", "src/login.test.ts", "src/login_spec.rb", "README", "docs.md"),
        *("CHANGELOG.rst", "pkg/Changes.txt"),
    ],
)
def test_made_up_passwords_are_examples_in_tests_and_documents(file: str) -> None:
    assert is_example("p@ssw0rd1", file)
    assert is_example("dXNlcjpwYXNzd29yZDEyMw==", file)
    assert not is_example("Tundra42-marlin", file)


@pytest.mark.parametrize(
    "file",
    [
        "production.env",
        "src/login.py",
        "contest/x.py",
        "src/latest.ts",
        "protests/a.env",
        "readmes/x.env",
        "newsletter.env",
        "history_db.env",
        "changes-prod.yaml",
        "md",
    ],
)
def test_they_are_none_anywhere_else(file: str) -> None:
    assert not is_example("p@ssw0rd1", file)
