"""Private keys of several kinds, each real."""

from collections.abc import Callable, Mapping

from benchmarks.scans.corpus import blocks
from benchmarks.scans.stream import Stream

KEYS: Mapping[str, Callable[[Stream], str]] = {
    "rsa_private_key": blocks.rsa_private,
    "pkcs8_private_key": blocks.pkcs8_private,
    "ec_private_key": blocks.ec_private,
    "apple_p8_key": blocks.ec_pkcs8_private,
    "openssh_private_key": blocks.openssh_private,
    "pgp_private_key": blocks.pgp_private,
}
