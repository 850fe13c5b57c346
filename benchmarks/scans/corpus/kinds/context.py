"""What stands beside secrets and is neither: account numbers and identifiers, never in the truth."""

from collections.abc import Callable, Mapping

from benchmarks.scans.corpus.kinds.alphabets import LOWER, LOWER_ALNUM, UPPER_ALNUM
from benchmarks.scans.stream import Stream

CONTEXT: Mapping[str, Callable[[Stream], str]] = {
    "account": lambda s: s.digits(12),
    "number": lambda s: s.digits(6),
    "key_id": lambda s: s.hexadecimal(40),
    "tenant": lambda s: s.uuid(),
    "twilio_sid": lambda s: "AC" + s.hexadecimal(32),
    "twilio_key_sid": lambda s: "SK" + s.hexadecimal(32),
    "oauth_client": lambda s: f"{s.digits(12)}-{s.text(LOWER_ALNUM, 32)}.apps.googleusercontent.com",
    "paypal_client": lambda s: "A" + s.text(UPPER_ALNUM + LOWER, 79),
    "algolia_app": lambda s: s.text(UPPER_ALNUM, 10),
    "cluster": lambda s: s.text(LOWER_ALNUM, 5),
    "commit": lambda s: s.hexadecimal(7),
}
