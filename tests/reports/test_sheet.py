from datetime import UTC, datetime
from pathlib import Path

import pytest

from esclusa.core.errors import UsageError
from esclusa.core.evidence import Evidence
from esclusa.reports.sheet import Row, Seen, Sheet, read_sheet, sheet_json

SHEET = Sheet(
    run="r1",
    step="eval",
    project="p",
    suite="suite.yaml",
    agent="http://127.0.0.1",
    started=datetime(2026, 1, 2, tzinfo=UTC),
    evidence=Evidence(),
    rows=(Row(id="a", seen=Seen(answer="<&\u0000>", right=1.0)), Row(id="b")),
)


def test_a_sheet_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "sheet.json"
    file.write_bytes(sheet_json(SHEET))
    assert read_sheet(file) == SHEET


@pytest.mark.parametrize(
    "data",
    [
        sheet_json(SHEET).replace(b"esclusa.eval/1", b"esclusa.eval/2"),
        sheet_json(SHEET)[:-40],
        sheet_json(SHEET).replace(b'"right":1.0', b'"right":NaN'),
    ],
    ids=["another schema", "torn", "not a number"],
)
def test_a_file_that_is_no_sheet_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "sheet.json"
    file.write_bytes(data)
    assert data != sheet_json(SHEET)
    with pytest.raises(UsageError) as refused:
        read_sheet(file)
    assert str(file) in str(refused.value)
    assert refused.value.mend == "name a file that `esclusa eval --json FILE` wrote"
