"""Code that is not ours: found in its directory, and never taken from another one of the same name."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.evals.strangers import imported


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    before = set(sys.modules)
    path = list(sys.path)
    yield
    assert sys.path == path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def written(directory: Path, name: str, source: str) -> Path:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return directory


def test_what_a_module_in_the_directory_has_is_found(tmp_path: Path) -> None:
    written(
        tmp_path, "strange_one.py", "import strange_two\nclass A:\n    def b(): return strange_two.VALUE\n"
    )
    written(tmp_path, "strange_two.py", "VALUE = 7\n")
    assert imported("strange_one:A.b", tmp_path, "function")() == 7


def test_a_module_of_the_same_name_elsewhere_is_not_taken_for_it(tmp_path: Path) -> None:
    for number in (1, 2):
        written(tmp_path / str(number), "strange/__init__.py", "")
        written(tmp_path / str(number), "strange/part.py", f"VALUE = {number}\n")
    found = [imported("strange.part:VALUE", tmp_path / place, "function") for place in ("1", "2", "2", "1")]
    assert found == [1, 2, 2, 1]


def test_an_installed_module_is_found_and_never_replaced(tmp_path: Path) -> None:
    assert imported("posixpath:join", tmp_path, "function")("a", "b") == "a/b"
    written(tmp_path, "json.py", "VALUE = 7\n")
    with pytest.raises(
        ConfigurationError, match="json is the name of an installed module; call yours otherwise"
    ):
        imported("json:VALUE", tmp_path, "function")


@pytest.mark.parametrize(
    ("named", "error"),
    [
        ("strange", r"function: expected `module:function`, found 'strange'"),
        ("strange_absent:f", r"cannot be imported: ModuleNotFoundError: No module named 'strange_absent'"),
        ("strange_bad:f", r"cannot be imported: ZeroDivisionError: division by zero"),
        ("strange_good:g", r"cannot be imported: AttributeError: module 'strange_good' has no attribute 'g'"),
    ],
)
def test_what_cannot_be_imported_is_named(tmp_path: Path, named: str, error: str) -> None:
    written(tmp_path, "strange_bad.py", "1 / 0\n")
    written(tmp_path, "strange_good.py", "")
    with pytest.raises(ConfigurationError, match=error):
        imported(named, tmp_path, "function")
