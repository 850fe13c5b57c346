"""The scan for secrets: in files, in what is inside them, and in all that git remembers."""

from esclusa.core.scan import Report
from esclusa.scans.acceptance import Acceptances
from esclusa.scans.engines import looked
from esclusa.scans.request import Request

USUAL = ("kingfisher", "rules")


def scan(request: Request, acceptances: Acceptances) -> Report:
    """What the engines find."""
    return looked(request, USUAL, acceptances)
