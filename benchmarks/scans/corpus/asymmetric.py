"""Key pairs drawn from a stream: RSA, P-256 and Ed25519. They are real and guard nothing."""

import hashlib
from dataclasses import dataclass

from benchmarks.scans.stream import Stream

EXPONENT = 65537
_SMALL = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]


@dataclass(frozen=True)
class Rsa:
    """An RSA key by its two primes (RFC 8017, 3.2)."""

    p: int
    q: int

    @property
    def modulus(self) -> int:
        return self.p * self.q

    @property
    def private_exponent(self) -> int:
        return pow(EXPONENT, -1, (self.p - 1) * (self.q - 1))


def rsa(stream: Stream, bits: int = 2048) -> Rsa:
    """A key of this size, p greater than q."""
    first, second = _prime(stream, bits // 2), _prime(stream, bits // 2)
    return Rsa(max(first, second), min(first, second))


def _prime(stream: Stream, bits: int) -> int:
    """The first probable prime from a random odd start with its two highest bits set."""
    candidate = int.from_bytes(stream.bytes(bits // 8), "big") | 3 << bits - 2 | 1
    while not _probably_prime(candidate):
        candidate += 2
    return candidate


def _probably_prime(number: int) -> bool:
    """Small divisors, then Fermat to four bases: enough for keys that guard nothing."""
    if any(number % small == 0 for small in _SMALL) or number % EXPONENT == 1:
        return False
    return all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7))


P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_P256_BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Point = tuple[int, int]


def p256(stream: Stream) -> tuple[bytes, bytes]:
    """A private number and its public point, uncompressed (SEC 1, 2.3.3)."""
    private = stream.below(P256_ORDER - 1) + 1
    x, y = _times(private, _P256_BASE)
    return private.to_bytes(32, "big"), b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def p256_signature(private: bytes, message: bytes, stream: Stream) -> tuple[int, int]:
    """ECDSA over SHA-256 (SEC 1, 4.1.3)."""
    once = stream.below(P256_ORDER - 1) + 1
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    first = _times(once, _P256_BASE)[0] % P256_ORDER
    second = pow(once, -1, P256_ORDER) * (digest + first * int.from_bytes(private, "big")) % P256_ORDER
    return first, second


def _times(scalar: int, point: Point) -> Point:
    total: Point | None = None
    while scalar:
        if scalar & 1:
            total = point if total is None else _sum(total, point)
        point, scalar = _sum(point, point), scalar >> 1
    assert total is not None
    return total


def _sum(a: Point, b: Point) -> Point:
    """Addition on y² = x³ - 3x + b; the sums met here never reach the point at infinity."""
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P256) % P256
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P256) % P256
    x = (slope * slope - a[0] - b[0]) % P256
    return x, (slope * (a[0] - x) - a[1]) % P256


_P25519 = 2**255 - 19
_D = -121665 * pow(121666, -1, _P25519) % _P25519
_Y = 4 * pow(5, -1, _P25519) % _P25519


def ed25519(stream: Stream) -> tuple[bytes, bytes]:
    """A seed and its public key (RFC 8032, 5.1.5)."""
    seed = stream.bytes(32)
    scalar = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little") & (1 << 254) - 8 | 1 << 254
    point, total = (_even_x(_Y), _Y), (0, 1)
    while scalar:
        if scalar & 1:
            total = _edwards_sum(total, point)
        point, scalar = _edwards_sum(point, point), scalar >> 1
    return seed, (total[1] | (total[0] & 1) << 255).to_bytes(32, "little")


def _even_x(y: int) -> int:
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P25519) % _P25519
    x = pow(square, (_P25519 + 3) // 8, _P25519)
    if (x * x - square) % _P25519:
        x = x * pow(2, (_P25519 - 1) // 4, _P25519) % _P25519
    return _P25519 - x if x & 1 else x


def _edwards_sum(a: Point, b: Point) -> Point:
    bent = _D * a[0] * b[0] * a[1] * b[1]
    x = (a[0] * b[1] + a[1] * b[0]) * pow(1 + bent, -1, _P25519)
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - bent, -1, _P25519)
    return x % _P25519, y % _P25519
