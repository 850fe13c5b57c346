"""Locks, resolved by the real pip."""

from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.errors import ConfigurationError, OutsideError
from esclusa.sources.lock import Lock, Package, parse, question, resolve

names = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,5})?", fullmatch=True)
digests = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
packages = st.builds(
    Package,
    name=names,
    version=st.just("1.2.3"),
    digests=st.lists(digests, min_size=1, max_size=3).map(tuple),
)


@given(st.lists(packages, unique_by=lambda package: package.name, max_size=5))
def test_a_lock_is_read_back_as_it_was_written(found: list[Package]) -> None:
    lock = Lock(packages=tuple(found))
    assert parse(lock.text) == lock


def test_requirements_are_locked_by_version_and_hash_with_what_they_need(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("anyio==4.4.0\n")
    lock = anyio.run(resolve, tmp_path, ["requirements.txt"], [], print)
    assert [package.name for package in lock.packages] == ["anyio", "idna", "sniffio"]
    assert lock.packages[0].version == "4.4.0"
    assert all(len(digest) == 64 for package in lock.packages for digest in package.digests)


def test_requirements_without_dependencies_are_locked_alone(tmp_path: Path) -> None:
    (tmp_path / "alone.txt").write_text("anyio==4.4.0\n")
    lock = anyio.run(resolve, tmp_path, [], ["alone.txt"], print)
    assert [package.name for package in lock.packages] == ["anyio"]


def test_a_package_that_does_not_exist_is_named_in_the_log_and_the_error_says_where_to_look(
    tmp_path: Path,
) -> None:
    (tmp_path / "requirements.txt").write_text("esclusa-no-such-package==9\n")
    said: list[str] = []
    with pytest.raises(OutsideError, match=r"the dependencies of requirements\.txt could not be resolved"):
        anyio.run(resolve, tmp_path, ["requirements.txt"], [], said.append)
    assert "esclusa-no-such-package" in "\n".join(said)


def test_a_missing_requirements_file_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"'gone\.txt' is not in the commit"):
        anyio.run(resolve, tmp_path, ["gone.txt"], [], print)


@pytest.mark.parametrize(
    "line", ["six", "six==1.0", "six==1.0 --hash=sha256:abc", "six>=1 --hash=sha256:" + "a" * 64]
)
def test_a_line_that_is_not_pinned_and_hashed_is_refused_by_number(line: str) -> None:
    with pytest.raises(ConfigurationError, match="is not pinned") as caught:
        parse(f"# python 3.11\n{line}\n")
    assert caught.value.line == 2


def test_the_question_is_another_when_a_file_that_is_included_is_another(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    files = {
        "requirements/base.txt": "-r ../more.txt\n--constraint=limits.txt\nanyio\n",
        "more.txt": "-rrequirements/base.txt\nclick\n",
        "requirements/limits.txt": "click<9\n",
        "unrelated.txt": "rich\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    asked = question(tmp_path, ["requirements/base.txt"], [])
    changed = set()
    for name, text in files.items():
        (tmp_path / name).write_text(text + "# changed\n")
        if question(tmp_path, ["requirements/base.txt"], []) != asked:
            changed.add(name)
        (tmp_path / name).write_text(text)
    assert changed == {"requirements/base.txt", "more.txt", "requirements/limits.txt"}
    assert question(tmp_path, [], ["requirements/base.txt"]) != asked
