"""`esclusa doctor`."""

import sys
from pathlib import Path

import anyio
from rich.text import Text

from esclusa.cli.output import console, print_json, safe
from esclusa.workspace.doctor import doctor


def command(here: Path, as_json: bool) -> None:
    """Show every look; ends with 3 when something is amiss."""
    looks = anyio.run(doctor, here)
    if as_json:
        print_json(looks)
    else:
        for look in looks:
            mark = Text("✓ ok   ", style="pass") if look.ok else Text("✗ amiss", style="harm")
            text = Text.assemble(mark, f"  {look.name}: {safe(look.found)}")
            console().print(text if look.ok else text.append(f"\n         mend: {safe(look.mend)}"))
    if not all(look.ok for look in looks):
        sys.exit(3)
