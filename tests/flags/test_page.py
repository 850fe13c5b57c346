"""What the page on flags shows works as it stands there."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from esclusa.config.load import check
from esclusa.flags.definitions import read_definitions
from tests.flags.test_server import served
from tests.test_docs import ROOT, blocks, names
from tests.toy import COMMAND

PAGE = "docs/flags.md"


def project(root: Path) -> Path:
    """The project that the page shows."""
    for name, text in zip(("esclusa.yaml", "flags.yaml"), blocks(PAGE, "yaml"), strict=True):
        (root / name).write_text(text)
    (root / "support_agent").mkdir()
    (root / "support_agent" / "__main__.py").touch()
    return root


def commands() -> list[list[str]]:
    """The commands that the page shows, without the words about them."""
    found = re.findall(r"^    ((?:esclusa|python) .*?)(?:  +#.*)?$", (ROOT / PAGE).read_text(), re.MULTILINE)
    return [shlex.split(line) for line in found]


def test_the_files_are_good(tmp_path: Path) -> None:
    checked = check(project(tmp_path) / "esclusa.yaml", {}, root=tmp_path)
    assert checked.project.agent.flags == "flags.yaml"
    assert [odd for odd in checked.warnings if "flags" in odd] == []
    assert list(read_definitions(tmp_path / "flags.yaml").flags) == ["brief", "tone"]


@pytest.mark.real
def test_the_commands_do_what_is_said_of_them(tmp_path: Path) -> None:
    project(tmp_path)
    look, of_the_tree, of_production, by_hand = commands()
    assert done(tmp_path, look) == 0
    assert (
        done(tmp_path, of_the_tree, says=["brief  true", 'tone   "Be warm."  warm', "its rule says so"]) == 0
    )
    (tmp_path / "esclusa.yaml").write_text(
        yaml.safe_dump(
            {
                **yaml.safe_load((tmp_path / "esclusa.yaml").read_text()),
                "environments": {"production": {}},
            }
        )
    )
    assert done(tmp_path, of_production, says=["nothing serves in production"]) == 2
    assert by_hand[:3] == ["python", "-m", "esclusa.flags.server"]
    with served(tmp_path / "flags.yaml") as url:
        assert url.startswith("http://127.0.0.1:")


def done(root: Path, words: list[str], says: list[str] | None = None) -> int:
    ran = subprocess.run(
        (*COMMAND, *words[1:]), cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    said = ran.stdout + ran.stderr
    assert [word for word in says or [] if word not in said] == [], said
    return ran.returncode


@pytest.mark.real
def test_the_agent_is_told_what_its_flags_come_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from openfeature import api

    with served(project(tmp_path) / "flags.yaml") as url:
        monkeypatch.setitem(os.environ, "OFREP_ENDPOINT", url)
        try:
            settings = names(blocks(PAGE, "python")[0])["settings"]
            assert [settings("c18", "gold"), settings("c19", "silver")] == [
                (True, "Be warm."),
                (False, "Be plain."),
            ]
        finally:
            api.clear_providers()
