"""Environments as pip leaves them, made for tests."""

from collections.abc import Mapping
from pathlib import Path


def environment(directory: Path, packages: Mapping[str, str]) -> Path:
    """One in which packages are installed, each with what it says of itself, by the name of its directory."""
    site = directory / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    (directory / "pyvenv.cfg").write_text("home = /usr/bin\n")
    for name, said in packages.items():
        place = site / name
        place.mkdir()
        (place / ("PKG-INFO" if name.endswith(".egg-info") else "METADATA")).write_text(said)
    return directory
