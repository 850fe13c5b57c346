"""Detectors of a stranger, installed as pip would leave them, for scans in a process of their own."""

import os
from pathlib import Path

import pytest

MODULE = """
import os, re, signal, sys, time
from esclusa.core.scan import Engine
from esclusa.scans.detector import Hit, Known, NotInstalled
from esclusa.scans.piece import Piece


class Badges:
    engine = Engine(name="badges", version="1")
    known = (Known(piece=Piece(name="known.txt", data=b"B-0000"), rule="badge"),)

    def __init__(self, settings):
        self.settings = settings

    def find(self, pieces):
        for piece in pieces:
            for match in re.finditer(rb"B-[0-9]{4}", piece.data):
                start, end = match.span()
                yield Hit(piece=piece, rule="badge", message="a badge number", start=start, end=end)


class Chatty(Badges):
    def find(self, pieces):
        print("B-1234 on the standard output")
        os.write(1, b"and B-1234 below it")
        return super().find(pieces)


class Killed(Badges):
    def find(self, pieces):
        os.kill(os.getpid(), signal.SIGKILL)


class Ended(Badges):
    def find(self, pieces):
        os._exit(7)


class Silent(Badges):
    def find(self, pieces):
        os._exit(0)


class Hanging(Badges):
    def find(self, pieces):
        with open(self.settings["cache"] + "/pid", "w") as file:
            file.write(str(os.getpid()))
        time.sleep(600)


class Absent(Badges):
    def __init__(self, settings):
        raise NotInstalled("badges", "pip install badges")


class Fussy(Badges):
    def find(self, pieces):
        if any(b"B-1234" in piece.data for piece in pieces):
            raise ValueError("I saw " + str(len(pieces)))
        return super().find(pieces)
"""
NAMES = ("badges", "chatty", "killed", "ended", "silent", "hanging", "absent", "fussy")


def install(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make them known to processes that are started from now on, and to this one."""
    metadata = site / "stranger-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    points = [f"{name} = stranger_detectors:{name.capitalize()}" for name in NAMES]
    (metadata / "entry_points.txt").write_text("\n".join(("[esclusa.detectors]", *points, "")))
    (site / "stranger_detectors.py").write_text(MODULE)
    before = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", f"{site}{os.pathsep}{before}" if before else str(site))
