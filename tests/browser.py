"""A real browser without a window, that has no network."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PROGRAM = shutil.which("chromium-headless-shell")


@contextmanager
def browser_page(program: str, *, width: int = 1440, dark: bool = False) -> Iterator[Page]:
    """A page of a browser that can open files alone."""
    # Chromium's sandbox refuses to be root.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        try:
            context = browser.new_context(
                offline=True,
                viewport={"width": width, "height": 900},
                color_scheme="dark" if dark else "light",
            )
            yield context.new_page()
        finally:
            browser.close()


def address(path: Path) -> str:
    """How a browser names the file."""
    return path.resolve().as_uri()
