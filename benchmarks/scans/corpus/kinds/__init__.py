"""Every kind of secret that is planted, by name: how one is made, from the letters and checksums of the real.

A maker takes a stream and gives the value as it stands in a file. Nothing here is a secret: no value exists
before the corpus is written, and none was ever issued by anybody.
"""

from collections.abc import Callable, Mapping

from benchmarks.scans.corpus.kinds.cloud import CLOUD
from benchmarks.scans.corpus.kinds.context import CONTEXT
from benchmarks.scans.corpus.kinds.decoys import DECOYS as _DECOYS
from benchmarks.scans.corpus.kinds.forges import FORGES
from benchmarks.scans.corpus.kinds.keys import KEYS
from benchmarks.scans.corpus.kinds.later import LATER
from benchmarks.scans.corpus.kinds.latest import LATEST, LATEST_DECOYS
from benchmarks.scans.corpus.kinds.models import MODELS
from benchmarks.scans.corpus.kinds.passwords import OPAQUE, PASSWORDS
from benchmarks.scans.corpus.kinds.services import SERVICES
from benchmarks.scans.stream import Stream

SECRETS: Mapping[str, Callable[[Stream], str]] = {
    **CLOUD,
    **FORGES,
    **MODELS,
    **SERVICES,
    **PASSWORDS,
    **OPAQUE,
    **KEYS,
    **LATER,
    **LATEST,
}
DECOYS: Mapping[str, Callable[[Stream], str]] = {**_DECOYS, **LATEST_DECOYS}

__all__ = ["CONTEXT", "DECOYS", "SECRETS"]
