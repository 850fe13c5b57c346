"""How a command ends: an error in words on standard error, and the exit code that the contract gives it."""

import sys
import traceback
from collections.abc import Iterator

from esclusa.cli.output import safe
from esclusa.core.errors import EsclusaError, in_words


def exit_code_of(error: BaseException) -> int:
    """Say the error and give the exit code: the highest of a group's; 130 interrupted, 70 our bug."""
    known = [in_words(one) for one in _flat(error)]
    if all(isinstance(one, KeyboardInterrupt) for one in known):
        print("interrupted", file=sys.stderr)
        return 130
    bugs = [one for one in known if not isinstance(one, EsclusaError | KeyboardInterrupt)]
    if bugs:
        traceback.print_exception(bugs[0])
        print("this is a bug in esclusa; please report it with the lines above", file=sys.stderr)
        return 70
    for one in known:
        print(f"error: {safe(str(one))}", file=sys.stderr)
    return max(one.exit_code for one in known if isinstance(one, EsclusaError))


def _flat(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _flat(inner)
    else:
        yield error
