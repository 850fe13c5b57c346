"""Whether ranges of versions are read as a database's own lists of versions say, and what reading one costs.

    python -m benchmarks.scans.matcher [--database PATH] [--advisories N]

For each advisory that has both, each version that the database knows of the package is held against the
ranges alone, and against the list. Without a database one is made: orders of versions are put together by
construction (releases, candidates, posts, epochs), ranges by places in them, and lists from the places; no
version is compared for it. Beside it, what `packaging`'s specifiers say of the same ranges. Ends
with 1 when the matcher agrees in less than 99.99 % of cases.
"""

import argparse
import json
import random
import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet

from esclusa.scans.dependencies.advisory import Affected
from esclusa.scans.dependencies.database import Database, read_database
from esclusa.scans.dependencies.versions import UnknownVersion, is_affected

LEAST = 0.9999
ADVISORIES = 20_000


def main() -> int:
    """Read, compare, print; 1 if they agree too seldom."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scans.matcher")
    parser.add_argument("--database", type=Path)
    parser.add_argument("--advisories", type=int, default=ADVISORIES)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = asked.database or made(Path(scratch) / "all.zip", asked.advisories)
        began = time.process_time()
        database = read_database(path)
        took = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{database.told}: read in {took:.1f} s CPU, {peak:.0f} MB at its peak")
    began = time.process_time()
    cases = agree = theirs = unknown = 0
    for ours, listed, specified in compared(database):
        cases += 1
        agree += ours is listed
        unknown += ours is None
        theirs += specified is listed
    rate = cases / (time.process_time() - began)
    print(
        f"{cases:,} versions held against ranges, {rate:,.0f} a second; {unknown} have no place in the order"
    )
    print(f"  esclusa agrees with the lists in {agree / cases:.4%} (at least {LEAST:.2%})")
    print(f"  packaging's specifiers in {theirs / cases:.4%}")
    return 0 if agree / cases >= LEAST else 1


def compared(database: Database) -> Iterator[tuple[bool | None, bool, bool]]:
    """For each known version of each package of PyPI: by the ranges, by the list, by specifiers."""
    for (ecosystem, _), pairs in database.by_package.items():
        known = {version for _, affected in pairs for version in affected.versions}
        for _, affected in pairs if ecosystem == "PyPI" else ():
            ranges = Affected(ranges=affected.ranges)
            if not affected.versions or not any(one.type == "ECOSYSTEM" for one in affected.ranges):
                continue
            for version in known:
                try:
                    ours: bool | None = is_affected(ecosystem, version, ranges)
                except UnknownVersion:
                    ours = None
                yield ours, version in affected.versions, _specified(version, ranges)


def _specified(version: str, affected: Affected) -> bool:
    """What somebody would write first: a specifier for each pair of events."""
    for one in affected.ranges:
        start = ""
        for event in one.events:
            if event.introduced is not None:
                start = event.introduced
                continue
            end = f"<{event.fixed}" if event.fixed else f"<={event.last_affected}"
            try:
                if SpecifierSet(end if start == "0" else f">={start},{end}").contains(version):
                    return True
            except ValueError:
                continue
    return False


def made(path: Path, many: int) -> Path:
    """A database with so many advisories, from one seed."""
    source = random.Random(20261126)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(many):
            archive.writestr(f"MADE-{number}.json", json.dumps(_advisory(number, source)))
    return path


def _advisory(number: int, source: random.Random) -> dict[str, Any]:
    order = _order(source)
    versions: list[str] = []
    events: list[dict[str, str]] = []
    at = source.randrange(len(order) // 2)
    while at < len(order) - 1:
        end = source.randrange(at + 1, len(order))
        closed = source.random() < 0.3
        events += [
            {"introduced": "0" if at == 0 else order[at]},
            {"last_affected": order[end]} if closed else {"fixed": order[end]},
        ]
        versions += order[at : end + closed]
        at = end + source.randrange(2, 12)
    return {
        "id": f"MADE-{number}",
        "modified": "2026-11-20T00:00:00Z",
        "summary": "made for a measurement",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": f"package-{number}"},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
                "versions": versions,
            },
            {"package": {"ecosystem": "PyPI", "name": f"package-{number}"}, "versions": order},
        ],
    }


def _order(source: random.Random) -> list[str]:
    """Versions of a package, the oldest first, in the spellings that are found."""
    order = []
    epoch = ""
    for major in range(source.randrange(1, 4)):
        if major and source.random() < 0.05:
            epoch = "1!"
        for minor in range(source.randrange(1, 5)):
            release = f"{epoch}{major}.{minor}"
            before = [f"{release}.dev1", f"{release}a1", f"{release}b2.dev3", f"{release}b2", f"{release}rc1"]
            order += [one for one in before if source.random() < 0.3]
            order.append(release + (".0" if source.random() < 0.3 else ""))
            after = [
                f"{release}.post1",
                f"{release}.1rc1",
                f"{release}.1",
                f"{release}.10",
                f"{release}.10.post2",
            ]
            order += [one for one in after if source.random() < 0.4]
    return [*order, f"{epoch}99.0"]


if __name__ == "__main__":
    sys.exit(main())
