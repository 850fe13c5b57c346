"""A database of advisories: whatever is in it is read, or refused in words."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from esclusa.core.errors import OutsideError
from esclusa.scans.dependencies.database import read_database
from esclusa.scans.dependencies.severity import severity
from esclusa.scans.dependencies.versions import UnknownVersion, fixes, is_affected
from tests.scans.choices import Choices, choices
from tests.scans.dependencies.databases import advisory

SEEDS = (
    json.dumps(advisory()).encode(),
    json.dumps(
        advisory(ecosystem="npm", severity=[{"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:P/I:P/A:P"}])
    ).encode(),
    json.dumps([advisory(database_specific={"severity": "LOW"})]).encode(),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("database") / "all.json"


@settings(max_examples=20_000)
@given(choices)
def test_an_advisory_however_damaged_is_read_or_refused(path: Path, chosen: Choices) -> None:
    seed, yaml = chosen.one(SEEDS), chosen.below(2) == 0
    file = path.with_suffix(".yaml") if yaml and not seed.startswith(b"[") else path
    file.write_bytes(chosen.damaged(seed))
    try:
        database = read_database(file)
    except OutsideError:
        return
    for (ecosystem, _), pairs in database.by_package.items():
        for known, affected in pairs:
            assert severity(known, affected) in ("note", "low", "medium", "high", "critical", None)
            assert all(fixes(affected))
            try:
                assert is_affected(ecosystem, "1.0", affected) in (True, False)
            except UnknownVersion:
                pass


@pytest.mark.parametrize(
    ("kind", "vector", "level"),
    [
        ("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "critical"),
        ("CVSS_V3", "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N", "medium"),
        ("CVSS_V3", "CVSS:3.0/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", "low"),
        ("CVSS_V2", "AV:N/AC:L/Au:N/C:P/I:P/A:P", "high"),
        ("CVSS_V4", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "critical"),
        ("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "note"),
        ("CVSS_V3", "nonsense", None),
        ("OTHER", "10", None),
    ],
)
def test_how_bad_it_is_comes_from_its_vector(path: Path, kind: str, vector: str, level: str | None) -> None:
    path.write_text(json.dumps(advisory(severity=[{"type": kind, "score": vector}])))
    [[(known, affected)]] = read_database(path).by_package.values()
    assert severity(known, affected) == level


def test_what_is_not_quoted_in_yaml_is_a_text_all_the_same(path: Path) -> None:
    file = path.with_suffix(".yaml")
    file.write_text(
        "id: PYSEC-1\nmodified: 2026-11-20T10:00:00Z\nwithdrawn: null\naliases: [1]\n"
        "affected:\n- package: {name: acme, ecosystem: PyPI}\n  versions: [2.10, 3]\n"
        "  ranges:\n  - type: ECOSYSTEM\n    events:\n    - introduced: 2.10\n    - fixed: 4\n"
    )
    database = read_database(file)
    [[(known, affected)]] = database.by_package.values()
    assert (database.newest, known.aliases) == ("2026-11-20T10:00:00+00:00", ("1",))
    assert (affected.versions, fixes(affected)) == (("2.10", "3"), ("4",))
    assert is_affected("PyPI", "2.10", affected)
    assert not is_affected("PyPI", "2.1", affected)


def test_yaml_whose_aliases_stand_for_far_more_than_its_text_is_refused(path: Path) -> None:
    file = path.with_suffix(".yaml")
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 12)]
    file.write_text("\n".join((*lines, "id: X")))
    with pytest.raises(OutsideError, match="its aliases stand for more than"):
        read_database(file)
