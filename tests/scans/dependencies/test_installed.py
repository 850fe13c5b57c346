"""Environments: what is installed in one, and what of it cannot be told."""

import sys
import sysconfig
from importlib.metadata import distributions
from pathlib import Path

import pytest
from hypothesis import given, settings

from esclusa.core.scan import Unseen
from esclusa.scans.dependencies.installed import installed, is_environment, package_of
from esclusa.scans.dependencies.package import Package, canonical
from esclusa.scans.licences.expressions import parsed
from tests.scans.choices import Choices, choices
from tests.scans.dependencies.environments import environment


def test_each_package_says_its_version_and_its_licence_by_an_expression_alone(tmp_path: Path) -> None:
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
            licences=("MIT OR ISC",),
        )
    ]


def test_a_package_that_says_nothing_of_its_licence_has_none(tmp_path: Path) -> None:
    place = environment(tmp_path, {"old.egg-info": "Name: old\nVersion: 2\nLicense: UNKNOWN\n"})
    assert list(installed(place)) == [
        Package(ecosystem="PyPI", name="old", version="2", file="old.egg-info/PKG-INFO", licences=())
    ]


@pytest.mark.parametrize(
    ("headers", "licences"),
    [
        (
            "License: MIT License\nClassifier: License :: OSI Approved :: ISC (ISCL)\n",
            ("MIT License", "ISC (ISCL)"),
        ),
        ("License: MIT\n   AND AGPL-3.0-only\n  Copyright\n", ("MIT AND AGPL-3.0-only",)),
        ("License: Copyright (c) Acme\n  All of it\nClassifier: License :: Zlib\n", ("Zlib",)),
        ("License: Copyright (c) Acme\n", ("Copyright (c) Acme",)),
        ("License-Expression: " + "MIT AND " * 40 + "AGPL-3.0-only\n", ("MIT AND " * 40 + "AGPL-3.0-only",)),
        ("License: Licença MIT\n", ("Licença MIT",)),
        ("Classifier: Topic :: Chat\n", ()),
    ],
)
def test_what_the_author_wrote_and_the_classifiers_both_hold(headers: str, licences: tuple[str, ...]) -> None:
    found = package_of(f"\ufeffName: a\nVersion: 1\n{headers}".encode(), "METADATA")
    assert isinstance(found, Package)
    assert found.licences == licences


@pytest.mark.parametrize("header", ["License: MIT", "License-Expression: MIT", "Name: b", "Version: 2"])
def test_what_is_said_twice_is_not_told(header: str) -> None:
    data = f"Name: a\nVersion: 1\nLicense: AGPL\nLicense-Expression: AGPL\n{header}\n".encode()
    assert package_of(data, "METADATA") == Unseen(
        place="METADATA", why="it says twice what may be said once", mend="install it again"
    )


def test_what_comes_from_elsewhere_is_named(tmp_path: Path) -> None:
    place = environment(tmp_path, {"a.dist-info": "Name: a\nVersion: 1\n"})
    (place / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = true\n")
    site = place / "lib/python3.11/site-packages"
    (site / "b.egg-link").write_text("/elsewhere\n")
    (site / "c.egg").mkdir()
    (site / "d.pth").write_text("import a\n/elsewhere\n")
    (site / "e.pth").write_text("import a\n# nothing\n\n")
    (site / "__editable__f.pth").write_text("/elsewhere\n")
    (site / "flat.egg-info").write_text("Name: flat\nVersion: 1\n")
    (place / "lib64").symlink_to("lib")
    assert [(one.place, one.why) for one in installed(place) if isinstance(one, Unseen)] == [
        ("pyvenv.cfg", "the packages of the system belong to it too"),
        ("b.egg-link", "it is of a kind that is not read"),
        ("c.egg", "it is of a kind that is not read"),
        ("d.pth", "it adds packages from elsewhere"),
    ]
    assert [one.name for one in installed(place) if isinstance(one, Package)] == ["a", "flat"]


def test_packages_are_found_wherever_an_installer_puts_them(tmp_path: Path) -> None:
    for number, where in enumerate(
        (
            "lib64/python3.12/site-packages",
            "lib/pypy3.10/site-packages",
            "Lib/site-packages",
            "lib/python3/dist-packages",
        )
    ):
        inner = tmp_path / where / f"p{number}.dist-info"
        inner.mkdir(parents=True)
        (inner / "METADATA").write_text(f"Name: p{number}\nVersion: 1\n")
    assert [one.name for one in installed(tmp_path) if isinstance(one, Package)] == ["p0", "p1", "p2", "p3"]


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
        assert all(parsed(one) is None or str(parsed(one)) for one in found.licences or ())


def test_the_environment_of_these_tests_has_what_python_says_it_has() -> None:
    found = {one.name: one.version for one in installed(Path(sys.prefix)) if isinstance(one, Package)}
    # Not all of sys.path: a library that another test imports may put there what it carries along.
    here = distributions(path=[sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    assert found == {canonical("PyPI", one.metadata["Name"]): one.version for one in here}
