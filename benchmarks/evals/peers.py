"""What else runs evals, in a Python of its own, so that none of it is installed for tests."""

import shutil
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).parents[2] / ".benchmarks" / "evals"
WANTED = ("aiohttp", "llmock==0.2.2", "pydantic-evals==2.62.0")


def peers() -> Path:
    """The directory of their programs; made when it is not there, from the package index."""
    ready = HOME / "bin" / "ready"
    if not ready.exists():
        print(f"installing {', '.join(WANTED)} into {HOME}", flush=True)
        shutil.rmtree(HOME, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", HOME], check=True)
        subprocess.run([HOME / "bin" / "pip", "install", "--quiet", *WANTED], check=True)
        ready.touch()
    return HOME / "bin"
