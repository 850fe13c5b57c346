"""Statements: which one holds for a vulnerability of a package."""

from datetime import UTC, datetime

import pytest

from esclusa.scans.dependencies.package import Package, Product
from esclusa.scans.dependencies.vex.statement import Part, Statement, Statements
from tests.scans.dependencies.vex.documents import ACME, statement

EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
NAMES = frozenset({"GHSA-1"})
PACKAGE = Package(ecosystem="PyPI", name="acme-tool", version="1.0", file="requirements.txt")


def clearing(*said: Statement, names: frozenset[str] = NAMES, ours: tuple[str, ...] = ()) -> Statement | None:
    return Statements(said, ours).clearing(names, PACKAGE)


def test_the_last_statement_holds_and_of_two_at_once_the_one_that_clears_nothing() -> None:
    clear, affected = statement(time=EARLY), statement(status="affected", time=LATE)
    fixed = statement(status="fixed", time=LATE)
    assert clearing(clear) == clear
    assert clearing(clear, affected) is None
    assert clearing(affected, clear) is None
    assert clearing(clear, fixed) == fixed
    assert clearing(fixed, affected) is None
    assert clearing(statement(status="under investigation", time=LATE), clear) is None


def test_a_statement_is_about_its_own_vulnerability_by_any_of_its_names() -> None:
    one = statement()
    assert clearing(one, names=frozenset({"cve-2026-1"})) == one
    assert clearing(one, names=frozenset({"CVE-2026-9"})) is None
    assert clearing(one, names=frozenset({"PYSEC-1", "GHSA-1"})) == one


def test_what_has_several_cves_is_cleared_only_if_each_of_them_is() -> None:
    both = frozenset({"GHSA-1", "CVE-2026-1", "CVE-2026-2"})
    one, other = statement(), statement(names=frozenset({"CVE-2026-2"}))
    assert clearing(one, names=both) is None
    assert clearing(one, other, names=both) == one


@pytest.mark.parametrize(
    ("product", "holds"),
    [
        (ACME, True),
        (ACME._replace(version=""), True),
        (ACME._replace(version="1"), True),
        (ACME._replace(version="1.0.0"), True),
        (ACME._replace(version="1.1"), False),
        (ACME._replace(version="latest"), False),
        (ACME._replace(name="acme"), False),
        (Product("npm", "acme-tool", "1.0"), False),
    ],
)
def test_it_is_about_its_own_package_and_version_however_that_is_written(
    product: Product, holds: bool
) -> None:
    assert (clearing(statement(parts=(Part(product),))) is not None) is holds


def test_what_is_said_of_a_part_of_something_else_is_not_said_of_ours() -> None:
    theirs = statement(parts=(Part(ACME, ("pkg:oci/app", "app")),))
    assert clearing(theirs) is None
    assert clearing(theirs, ours=("pkg:oci/other",)) is None
    assert clearing(theirs, ours=("pkg:oci/app",)) == theirs
    affected = statement(parts=(Part(ACME, ("pkg:oci/other",)),), status="affected", time=LATE)
    assert clearing(statement(), affected) == statement()
