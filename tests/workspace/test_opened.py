"""An opened project: what works while its file is broken."""

from pathlib import Path

import pytest

from esclusa.core.errors import ConfigurationError, OutsideError, StateError, UsageError
from esclusa.core.rollout import RolloutState
from esclusa.workspace.opened import Opened, open_project
from esclusa.workspace.rollback import known_environment
from tests.fakes import FakeClock
from tests.workspace.projects import opened_project, opened_with_releases, roll_out


def test_a_project_is_found_from_below_and_nothing_is_written(tmp_path: Path) -> None:
    opened_project(tmp_path)
    (tmp_path / "deep" / "down").mkdir(parents=True)
    assert open_project(tmp_path / "deep" / "down").root == tmp_path
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "esclusa.yaml"]


def test_without_a_file_the_mend_is_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"there is no esclusa\.yaml in .* or above it\n  mend: esclusa init"
    ):
        open_project(tmp_path)


def test_while_the_file_is_broken_the_store_tells_the_environments(tmp_path: Path) -> None:
    whole = opened_with_releases(tmp_path)
    roll_out(whole, "a", RolloutState.PROMOTED, "production")
    (tmp_path / "esclusa.yaml").write_text("project: [")
    opened = Opened(root=tmp_path, clock=FakeClock())
    assert opened.environments == ("production",)
    assert opened.target_of("production") == "local"
    assert opened.store.rollouts.serving("production") == "a" * 64
    with pytest.raises(ConfigurationError):
        _ = opened.project


def test_while_the_file_is_broken_the_project_is_as_it_was_last_deployed(tmp_path: Path) -> None:
    whole = opened_with_releases(tmp_path)
    roll_out(whole, "a", RolloutState.PROMOTED, "before")
    whole.keep(whole.project)
    (tmp_path / "esclusa.yaml").write_text("project: [")
    opened = Opened(root=tmp_path, clock=FakeClock())
    assert opened.usable_project.environments == whole.project.environments
    assert opened.environments == ("production",)
    assert opened.environments_ever == ("production", "before")
    assert known_environment(opened, "") == "production"
    with pytest.raises(UsageError, match="there is no environment 'before'"):
        known_environment(opened, "before")


def test_when_that_is_torn_too_the_store_is_still_found_and_the_mend_is_said(tmp_path: Path) -> None:
    whole = opened_with_releases(tmp_path)
    roll_out(whole, "a", RolloutState.PROMOTED, "production")
    (tmp_path / "esclusa.yaml").write_text("project: [")
    (tmp_path / ".esclusa" / "deployed.json").write_bytes(b'{"torn')
    opened = Opened(root=tmp_path, clock=FakeClock())
    assert opened.store.rollouts.serving("production") == "a" * 64
    assert opened.environments == ("production",)
    with pytest.raises(StateError, match=r"\.esclusa/deployed\.json.*cannot be read") as raised:
        _ = opened.usable_project
    assert raised.value.mend == "correct esclusa.yaml, which is broken too"


def test_the_file_has_the_word_about_environments_and_the_store_remembers_the_others(tmp_path: Path) -> None:
    opened = opened_with_releases(tmp_path)
    roll_out(opened, "a", RolloutState.PROMOTED, "before")
    assert opened.environments == ("production",)
    assert opened.environments_ever == ("production", "before")


def test_a_state_directory_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / ".esclusa").write_text("a file")
    with pytest.raises(OutsideError, match=r"\.esclusa cannot be written: File exists"):
        _ = opened_project(tmp_path).store
