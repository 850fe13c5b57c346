"""A process that writes to a store: `python -m tests.store.writer URL DIRECTORY NAME [COUNT]`.

Appends two events at a time, and says each pair's number once it is written; without a count, for ever.
"""

import sys
from itertools import count, islice
from pathlib import Path

from esclusa.core.events import StepStarted
from esclusa.store import open_store
from esclusa.system import SystemClock

url, directory, name = sys.argv[1:4]
numbers = islice(count(1), int(sys.argv[4])) if len(sys.argv) > 4 else count(1)
store = open_store(url, Path(directory), SystemClock())
for number in numbers:
    pair = [StepStarted(run=name, step=f"{number}.{half}") for half in ("first", "second")]
    store.journal.append(*pair)
    print(number, flush=True)
