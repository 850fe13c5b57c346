"""Strangers: code that is not ours, a scorer or an agent's function: how it is found, and what is kept of its
failure.
"""

import importlib
import importlib.machinery
import sys
import sysconfig
import traceback
from pathlib import Path
from typing import Any

from esclusa.core.errors import ConfigurationError


def failure() -> str:
    """The exception being handled: its message on the first line, then the traceback."""
    lines = traceback.format_exc(limit=-8).strip().splitlines()
    return "\n".join([lines[-1], *lines])


def imported(named: str, directory: Path, key: str) -> Any:
    """What `module:function` names, a module in the directory before an installed one.

    A module of that name from another directory, such as an earlier commit's, is not taken for it.
    ConfigurationError, at `key`, when it cannot be imported or is not there.
    """
    module, _, name = named.partition(":")
    if not module or not name:
        raise ConfigurationError(f"expected `module:function`, found {named!r}", key=key)
    top, where = module.partition(".")[0], str(directory.resolve())
    sys.path.insert(0, where)
    try:
        _forget_others(top, where)
        importlib.invalidate_caches()
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (Exception, SystemExit) as error:  # whatever a stranger's module does as it is imported
        raise ConfigurationError(
            f"`{named}` cannot be imported: {type(error).__name__}: {error}", key=key
        ) from error
    finally:
        sys.path.remove(where)
    return found


def _forget_others(top: str, where: str) -> None:
    """Drop modules of that name imported from elsewhere, where the directory has one of its own."""
    loaded = sys.modules.get(top)
    spec = importlib.machinery.PathFinder.find_spec(top, [where])
    if loaded is None or spec is None or _home(loaded) == where:
        return
    if _installed(_home(loaded)):
        raise ImportError(f"{top} is the name of an installed module; call yours otherwise")
    for name in [name for name in sys.modules if name == top or name.startswith(f"{top}.")]:
        del sys.modules[name]


def _home(module: Any) -> str:
    """The directory that a top-level module or package stands in; empty for what is built in."""
    file = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")
    if not file:
        return ""
    path = Path(file).resolve()
    return str(path.parent.parent if path.name == "__init__.py" else path.parent)


def _installed(home: str) -> bool:
    paths = sysconfig.get_paths()
    places = {str(Path(paths[name]).resolve()) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return not home or home in places
