"""Services that know of vulnerabilities, on the network: by name, as pip-audit has them, or by address."""

from urllib.parse import urlsplit

from esclusa.core.errors import ConfigurationError

SERVICES = ("osv", "pypi")
"""What is asked by name; `osv` may also be another address of the same interface."""


def refuse_unknown(service: str) -> None:
    """ConfigurationError for what is neither a name nor an address."""
    if service not in SERVICES and not _is_address(service):
        raise ConfigurationError(f"`{service}` is no service", key="service", mend="osv, pypi, or an address")


def _is_address(service: str) -> bool:
    try:
        address = urlsplit(service)
    except ValueError:
        return False
    return address.scheme in ("http", "https") and bool(address.hostname)
