"""Plugins are known by their metadata, imported when loaded, and never guessed."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from esclusa import plugins
from esclusa.core.errors import OutsideError, UsageError


def install(site: Path, distribution: str, group: str, **points: str) -> None:
    """As pip would leave it: metadata only; the modules are the test's own business."""
    metadata = site / f"{distribution}-1.0.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    with (metadata / "entry_points.txt").open("a") as file:
        file.write(f"[esclusa.{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items()))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    plugins._installed.cache_clear()
    yield tmp_path
    plugins._installed.cache_clear()


def test_a_plugin_is_listed_without_being_imported_and_loaded_when_asked_for(site: Path) -> None:
    install(site, "stranger", "probes", weather="stranger_weather:Weather")
    (site / "stranger_weather.py").write_text("class Weather:\n    pass\n")
    assert plugins.names("probes") == ("weather",)
    assert "stranger_weather" not in sys.modules
    assert plugins.load("probes", "weather").__name__ == "Weather"


def test_an_unknown_name_is_an_error_that_lists_the_known(site: Path) -> None:
    install(site, "stranger", "probes", weather="w:W", tide="t:T")
    with pytest.raises(UsageError, match=r"wether: no such probe; known are tide, weather"):
        plugins.load("probes", "wether")


def test_a_group_without_any_says_so(site: Path) -> None:
    install(site, "stranger", "scorers", weather="w:W")
    with pytest.raises(UsageError, match=r"html: no such renderer; known are none"):
        plugins.load("renderers", "html")


def test_what_two_distributions_provide_is_neither_of_theirs(site: Path) -> None:
    install(site, "one", "strategies", sideways="one:s")
    install(site, "two", "strategies", sideways="two:s")
    with pytest.raises(
        UsageError, match=r"sideways: this strategy is provided twice, by one \(one:s\) and two \(two:s\)"
    ):
        plugins.load("strategies", "sideways")


def test_a_stranger_cannot_take_the_name_of_one_of_ours(site: Path) -> None:
    install(site, "stranger", "strategies", direct="stranger:direct")
    with pytest.raises(UsageError, match="direct: this strategy is provided twice"):
        plugins.load("strategies", "direct")


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("import no_such_module_anywhere", "No module named 'no_such_module_anywhere'"),
        ("x = 1", "has no attribute 'Weather'"),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_named_with_its_distribution(
    module: str, said: str, site: Path, request: pytest.FixtureRequest
) -> None:
    name = f"broken_{abs(hash(request.node.name))}"
    install(site, "stranger", "probes", weather=f"{name}:Weather")
    (site / f"{name}.py").write_text(module)
    with pytest.raises(OutsideError) as caught:
        plugins.load("probes", "weather")
    assert "weather: this probe cannot be imported from stranger" in caught.value.message
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("group", "name"), [(group, name) for group in plugins.GROUPS for name in plugins.names(group)]
)
def test_all_that_is_installed_can_be_loaded(group: plugins.Group, name: str) -> None:
    assert callable(plugins.load(group, name))
