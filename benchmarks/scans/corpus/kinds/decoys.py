"""What looks like a secret and is none: an alarm on one of these is false.

Placeholders stand in the templates themselves, as they hold nothing to hide; those that must not stand in a
repository (examples of vendors' manuals, hashes, certificates) are made here.
"""

import hashlib
from collections.abc import Callable, Mapping

from benchmarks.scans.corpus import blocks
from benchmarks.scans.corpus.kinds.alphabets import (
    ALNUM,
    BASE64,
    LOWER,
    UPPER_ALNUM,
    URL_SAFE,
    b64,
    b64url,
    jwt,
)
from benchmarks.scans.stream import Stream


def _minified(s: Stream) -> str:
    """A line of a bundler's output: short names, many signs."""
    calls = (
        f"{s.between(1, 999)}:function({s.pick(LOWER)}){{return {s.text(LOWER, 2)}.a}}" for _ in range(24)
    )
    return f"!function(e,t){{var n={{{','.join(calls)}}}}}(window);"


def _png(s: Stream) -> str:
    return "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAYAAAAf8/9hAAAA" + b64(s.bytes(210))


_JOHN_DOE = {"sub": "1234567890", "name": "John Doe", "iat": 1516239022}

DECOYS: Mapping[str, Callable[[Stream], str]] = {
    "aws_docs_key_id": lambda _: "AKIA" + "IOSFODNN7" + "EXAMPLE",
    "aws_docs_secret": lambda _: "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCY" + "EXAMPLEKEY",
    "stripe_docs_key": lambda _: "sk_test_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "stripe_publishable_key": lambda s: f"pk_live_51{s.text(ALNUM, 97)}",
    "jwt_io_example": lambda _: jwt(b"your-256-bit-secret", _JOHN_DOE),
    "obvious_token": lambda _: "ghp_" + "x" * 36,
    "obvious_openai": lambda _: "sk-" + "1234567890abcdef" * 3,
    "masked_key": lambda s: "sk-..." + s.text(ALNUM, 4),
    "masked_token": lambda s: f"xoxb-{'*' * 24}{s.text(ALNUM, 4)}",
    "git_sha": lambda s: s.hexadecimal(40),
    "short_sha": lambda s: s.hexadecimal(8),
    "md5": lambda s: s.hexadecimal(32),
    "sha256": lambda s: hashlib.sha256(s.bytes(8)).hexdigest(),
    "integrity": lambda s: "sha512-" + b64(s.bytes(64)),
    "go_sum": lambda s: f"h1:{b64(s.bytes(32))}",
    "image_digest": lambda s: "sha256:" + s.hexadecimal(64),
    "uuid": lambda s: s.uuid(),
    "trace_id": lambda s: s.hexadecimal(32),
    "public_key": blocks.public_key,
    "ssh_public_key": blocks.ssh_public,
    "ssh_fingerprint": blocks.fingerprint,
    "certificate": lambda s: blocks.certificate(s, "api.lumbre.example"),
    "png": _png,
    "minified": _minified,
    "object_id": lambda s: s.hexadecimal(24),
    "etag": lambda s: s.hexadecimal(32),
    "arn_id": lambda s: "AROA" + s.text(UPPER_ALNUM, 17),
    "kms_key_id": lambda s: s.uuid(),
    "page_cursor": lambda s: b64(f'{{"after":"{s.uuid()}","n":50}}'.encode()),
    "video_id": lambda s: s.text(URL_SAFE, 11),
    "embedding": lambda s: b64(s.bytes(96)),
    "request_id": lambda s: "req_" + s.text(ALNUM, 24),
    "sealed_secret": lambda s: "AgB" + s.text(BASE64, 180),
    "sops_value": lambda s: (
        f"ENC[AES256_GCM,data:{b64(s.bytes(24))},iv:{b64(s.bytes(32))},tag:{b64(s.bytes(16))},type:str]"
    ),
    "ansible_vault": lambda s: "\n".join(
        ["$ANSIBLE_VAULT;1.1;AES256", *(s.hexadecimal(80) for _ in range(5))]
    ),
    "recaptcha_site_key": lambda s: "6Lc" + s.text(URL_SAFE, 37),
    "crc32": lambda s: s.hexadecimal(8),
    "sha1": lambda s: hashlib.sha1(s.bytes(8)).hexdigest(),
    "certificate_digest": lambda s: ":".join(f"{byte:02X}" for byte in s.bytes(32)),
    "turnstile_site_key": lambda s: "0x4AAAAAAA" + s.text(URL_SAFE, 14),
    "vapid_public_key": lambda s: "B" + s.text(URL_SAFE, 86),
    "age_recipient": lambda s: "age1" + s.text("qpzry9x8gf2tvdw0s3jn54khce6mua7l", 58),
    "wallet_address": lambda s: "0x" + s.hexadecimal(40),
    "ulid": lambda s: "01" + s.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24),
    "nanoid": lambda s: s.text(URL_SAFE, 21),
    "chat_completion_id": lambda s: "chatcmpl-" + s.text(ALNUM, 29),
    "tool_call_id": lambda s: "call_" + s.text(ALNUM, 24),
    "tool_use_id": lambda s: "toolu_01" + s.text(ALNUM, 22),
    "thought_signature": lambda s: b64(s.bytes(180)),
    "jwk_public": lambda s: b64url(s.bytes(32)),
    "csp_nonce": lambda s: b64(s.bytes(16)),
    "websocket_accept": lambda s: b64(s.bytes(20)),
    "secret_arn": lambda s: (
        f"arn:aws:secretsmanager:eu-west-1:{s.digits(12)}:secret:prod/agent/db-{s.text(ALNUM, 6)}"
    ),
    "slack_channel_id": lambda s: "C0" + s.text(UPPER_ALNUM, 9),
    "stripe_price_id": lambda s: "price_1" + s.text(ALNUM, 23),
    "harmless_base64": lambda s: b64(f"Greetings from run {s.digits(6)}; nothing to see here.\n".encode()),
    "google_analytics": lambda s: "G-" + s.text(UPPER_ALNUM, 10),
}
