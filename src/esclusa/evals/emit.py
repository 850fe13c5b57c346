"""A program: calls the function that generates a dataset's cases and writes them, a line of JSON each.

`python emit.py MODULE FUNCTION` in the suite's directory. It imports nothing of ours, and what the function
prints goes to its standard error.
"""

import importlib
import json
import os
import sys


def main(module: str, function: str) -> None:
    """Write the cases of `module:function` to what was the standard output."""
    sys.path[0] = os.getcwd()  # instead of this file's directory, whose names are ours
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        generate = importlib.import_module(module)
        for part in function.split("."):
            generate = getattr(generate, part)
        for row in generate():  # type: ignore[operator]
            out.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
