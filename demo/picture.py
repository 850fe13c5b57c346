"""Draws the README's picture from a demo that was played: the end of `esclusa run`, and `esclusa why`.

python -m demo.picture [--directory DIR] [--out docs/terminal.svg]
"""

import argparse
import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from esclusa.cli.commands import show as showing
from esclusa.cli.commands import why as telling
from esclusa.cli.output import THEME
from esclusa.core.run import Outcome
from esclusa.workspace.history import history
from esclusa.workspace.opened import open_project
from esclusa.workspace.why import why


def main() -> None:
    """Write the picture of the run that was rolled back."""
    parser = argparse.ArgumentParser(prog="python -m demo.picture")
    parser.add_argument("--directory", type=Path, default=Path(".demo/support-agent"))
    parser.add_argument("--out", type=Path, default=Path("docs/terminal.svg"))
    chosen = parser.parse_args()
    opened = open_project(chosen.directory)
    *_, run = (run for run in history(opened) if run.outcome is Outcome.ROLLED_BACK)  # the oldest
    out = Console(
        theme=THEME, record=True, width=132, file=io.StringIO(), highlight=False, force_terminal=True
    )
    out.print(Text("$ esclusa run --commit order-numbers", style="bold"))
    out.print(showing.page(run))
    out.print(Text(f"\n$ esclusa why {run.rollouts[-1]}", style="bold"))
    out.print(telling.page(why(opened, run.rollouts[-1])))
    # A picture that fetches nothing: the reader's own fixed-width font does.
    chosen.out.write_text(re.sub(r"@font-face \{.*?\}", "", out.export_svg(title="esclusa"), flags=re.DOTALL))


if __name__ == "__main__":
    main()
