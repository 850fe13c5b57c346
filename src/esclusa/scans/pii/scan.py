"""The scan for personal data: in prompts, datasets, answers and logs, or wherever it is asked to look."""

from esclusa.core.scan import Report
from esclusa.scans.acceptance import Acceptances
from esclusa.scans.engines import looked
from esclusa.scans.request import Request

USUAL = ("personal-data",)


def scan(request: Request, acceptances: Acceptances) -> Report:
    """What the engines find."""
    return looked(request, USUAL, acceptances)
