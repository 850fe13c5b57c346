"""Secrets without a shape of their own: only the words beside them tell what they are."""

import base64
from collections.abc import Callable, Mapping

from benchmarks.scans.corpus.kinds.alphabets import (
    ALNUM,
    BASE32,
    LOWER_ALNUM,
    URL_SAFE,
    b64,
    jwt,
)
from benchmarks.scans.corpus.kinds.services import EPOCH
from benchmarks.scans.stream import Stream

_ENGLISH = (
    *("harbour", "Copper", "lantern", "Maple", "falcon", "ridge", "Velvet", "cobalt", "orchard", "Tundra"),
    *("saffron", "Glacier", "marlin", "Juniper", "anvil", "Bramble", "quartz", "Meadow", "thistle", "Osprey"),
)
_SPANISH = (
    *("Invierno", "naranja", "Lobo", "tormenta", "Girasol", "caracol", "Ventana", "murcielago", "Alameda"),
    *("cereza", "Faro", "trigal", "Azahar", "romero", "Barranco", "golondrina", "Castillo", "membrillo"),
)


def _chosen(words: tuple[str, ...]) -> Callable[[Stream], str]:
    """As a person invents one: words, a number, a sign."""

    def password(s: Stream) -> str:
        first, second, sign = s.pick(words), s.pick(words), s.pick("!#.*_-")
        year, number = s.between(11, 99), s.between(100, 9999)
        forms = (
            f"{first}{sign}{second}{year}",
            f"{first}{second}{sign}{number}",
            f"{first.replace('a', '4').replace('e', '3')}{year}{sign}{second}",
            f"{s.text(LOWER_ALNUM, 3)}{first}{year}{sign}{s.pick('!?+')}",
        )
        return s.pick(forms)

    return password


def _generated(s: Stream) -> str:
    """As a password manager makes one, of signs that no language has to escape."""
    return s.text(ALNUM, s.between(8, 13)) + s.pick("!*.-_+") + s.text(ALNUM, s.between(5, 9))


def _either(s: Stream) -> str:
    return s.pick((_generated, _chosen(_ENGLISH)))(s)


def _in_url(s: Stream) -> str:
    """What a URL may carry without escapes."""
    chosen = _chosen(_ENGLISH)(s).replace("#", "_").replace("?", "_")
    return s.pick((s.text(ALNUM, s.between(12, 24)), chosen))


def _jwt(s: Stream) -> str:
    start = EPOCH + s.below(20_000_000)
    claims = {"sub": s.digits(6), "scope": "orders:write refunds:write", "iat": start, "exp": start + 86400}
    return jwt(s.bytes(32), claims)


def _password_hash(s: Stream) -> str:
    """bcrypt as htpasswd -B writes it."""
    letters = "./" + ALNUM
    return f"$2y$10${s.text(letters, 21)}{s.pick('.Oeu')}{s.text(letters, 31)}"


def _age_key(s: Stream) -> str:
    """Bech32 (BIP 173) over 32 bytes."""
    prefix, bits = "age-secret-key-", int.from_bytes(s.bytes(32), "big") << 4
    data = [bits >> 5 * place & 31 for place in reversed(range(52))]
    spread = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    checksum = _bech32(spread + data + [0] * 6) ^ 1
    data += [checksum >> 5 * place & 31 for place in reversed(range(6))]
    return f"{prefix}1{''.join('qpzry9x8gf2tvdw0s3jn54khce6mua7l'[d] for d in data)}".upper()


def _bech32(values: list[int]) -> int:
    total = 1
    for value in values:
        top, total = total >> 25, (total & 0x1FFFFFF) << 5 ^ value
        for bit, constant in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            total ^= constant if top >> bit & 1 else 0
    return total


PASSWORDS: Mapping[str, Callable[[Stream], str]] = {
    "password": _either,
    "chosen_password": _chosen(_ENGLISH),
    "spanish_password": _chosen(_SPANISH),
    "generated_password": _generated,
    "postgres_url": _in_url,
    "mysql_url": _in_url,
    "mongodb_url": _in_url,
    "redis_url": _in_url,
    "amqp_url": _in_url,
    "basic_auth_url": _in_url,
    "smtp_password": _in_url,
    "jdbc_password": _either,
    "sqlserver_password": _either,
    "snowflake_password": _either,
    "ssh_password": _chosen(_ENGLISH),
    "netrc_password": _in_url,
    "pgpass_password": _in_url,
    "sql_user_password": _either,
    "password_hash": _password_hash,
    "basic_auth_header": lambda s: b64(f"svc-{s.pick(('sync', 'export', 'crm'))}:{_in_url(s)}".encode()),
}

OPAQUE: Mapping[str, Callable[[Stream], str]] = {
    "jwt": _jwt,
    "bearer_token": lambda s: s.text(URL_SAFE, s.between(38, 52)),
    "hex_key": lambda s: s.hexadecimal(s.pick((32, 40, 64))),
    "api_key": lambda s: s.text(ALNUM, s.between(28, 44)),
    "client_secret": lambda s: s.text(URL_SAFE, s.between(32, 48)),
    "session_cookie": lambda s: f"s%3A{s.text(URL_SAFE, 32)}.{s.text(ALNUM, 43)}",
    "session_secret": lambda s: s.text(LOWER_ALNUM, s.between(24, 40)),
    "django_secret_key": lambda s: s.text("abcdefghijklmnopqrstuvwxyz0123456789!@#%^&*(-_=+)", 50),
    "flask_secret_key": lambda s: s.hexadecimal(48),
    "rails_secret_key_base": lambda s: s.hexadecimal(128),
    "laravel_app_key": lambda s: "base64:" + b64(s.bytes(32)),
    "jwt_signing_secret": lambda s: b64(s.bytes(48)),
    "encryption_key": lambda s: b64(s.bytes(32)),
    "fernet_key": lambda s: base64.urlsafe_b64encode(s.bytes(32)).decode(),
    "webhook_signing_secret": lambda s: s.hexadecimal(40),
    "totp_seed": lambda s: s.text(BASE32, 32),
    "wireguard_key": lambda s: b64(s.bytes(32)),
    "age_key": _age_key,
}
