"""The linters that there are, and what `engines` calls them."""

from esclusa.scans.workflows.actionlint import ACTIONLINT
from esclusa.scans.workflows.hadolint import HADOLINT
from esclusa.scans.workflows.schemas import ACTIONS, DEPENDABOT, GITLAB
from esclusa.scans.workflows.zizmor import ZIZMOR

LINTERS = (ZIZMOR, ACTIONLINT, HADOLINT, GITLAB, ACTIONS, DEPENDABOT)
NAMES = tuple(dict.fromkeys(one.program for one in LINTERS))
