"""Environments: what is installed in one, and what of it cannot be told."""

import sys
from importlib.metadata import distributions
from pathlib import Path

from hypothesis import given, settings

from esclusa.core.scan import Unseen
from esclusa.scans.dependencies.installed import installed, is_environment, package_of
from esclusa.scans.dependencies.package import Package, canonical
from esclusa.scans.licences.expressions import parsed
from tests.scans.choices import Choices, choices
from tests.scans.dependencies.environments import environment


def test_each_package_says_its_version_and_its_licence_the_surest_first(tmp_path: Path) -> None:
    told = (
        "Metadata-Version: 2.4\nName: Acme.Tool\nVersion: 1.0\nLicense-Expression: MIT OR ISC\n"
        "License: MIT License\n  Copyright\nClassifier: Topic :: Chat\n"
        "Classifier: License :: OSI Approved :: MIT License\nClassifier: License :: OSI Approved :: ISC (ISCL)\n\nMIT\n"
    )
    place = environment(tmp_path, {"acme_tool-1.0.dist-info": told})
    assert is_environment(place)
    assert list(installed(place)) == [
        Package(
            ecosystem="PyPI",
            name="acme-tool",
            version="1.0",
            file="acme_tool-1.0.dist-info/METADATA",
            licences=(("MIT OR ISC",), ("MIT License",), ("MIT License", "ISC (ISCL)")),
        )
    ]


def test_a_package_that_says_nothing_of_its_licence_has_none(tmp_path: Path) -> None:
    place = environment(tmp_path, {"old.egg-info": "Name: old\nVersion: 2\nLicense: UNKNOWN\n"})
    assert list(installed(place)) == [
        Package(ecosystem="PyPI", name="old", version="2", file="old.egg-info/PKG-INFO", licences=())
    ]


def test_what_cannot_be_told_is_unseen(tmp_path: Path) -> None:
    place = environment(tmp_path, {"torn-1.dist-info": "Name: torn\n"})
    (place / "lib/python3.11/site-packages/gone-1.dist-info").mkdir()
    assert list(installed(place)) == [
        Unseen(
            place="gone-1.dist-info/METADATA",
            why="it cannot be read: No such file or directory",
            mend="install it again",
        ),
        Unseen(place="torn-1.dist-info/METADATA", why="it says no name and version", mend="install it again"),
    ]


def test_an_environment_in_which_nothing_is_installed_was_not_looked_at(tmp_path: Path) -> None:
    place = environment(tmp_path / "empty", {})
    assert list(installed(place)) == [
        Unseen(place="empty", why="nothing is installed in it", mend="install its lock first")
    ]


SEED = (
    b"Metadata-Version: 2.4\nName: acme\nVersion: 1.0\nLicense-Expression: MIT OR (ISC AND GPL-2.0+ WITH x)\n"
    b"License: Apache License\n  Version 2.0\nClassifier: License :: OSI Approved :: BSD License\n\nAll of it\n"
)


@settings(max_examples=20_000)
@given(choices)
def test_what_a_package_says_however_damaged_is_read_or_unseen(chosen: Choices) -> None:
    found = package_of(chosen.damaged(SEED), "METADATA")
    if isinstance(found, Package):
        for words in found.licences or ():
            assert all(parsed(one) is None or str(parsed(one)) for one in words)


def test_the_environment_of_these_tests_has_what_python_says_it_has() -> None:
    found = {one.name: one.version for one in installed(Path(sys.prefix)) if isinstance(one, Package)}
    here = [one for one in distributions() if Path(str(one.locate_file(""))).is_relative_to(sys.prefix)]
    assert found == {canonical("PyPI", one.metadata["Name"]): one.version for one in here}
