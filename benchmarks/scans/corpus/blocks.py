"""Keys as people find them in files: PEM, OpenSSH, OpenPGP armour and certificates, as the tools write
them. Headings are put together here, so that none stands in this repository.
"""

import base64
import hashlib
from textwrap import wrap

from benchmarks.scans.corpus.asymmetric import EXPONENT, Rsa, ed25519, p256, p256_signature, rsa
from benchmarks.scans.stream import Stream

_RSA_OID = "06092a864886f70d0101010500"
_EC_OID = "06072a8648ce3d020106082a8648ce3d030107"


def armour(label: str, body: bytes, width: int = 64, tail: str = "") -> str:
    """Base64 between a heading and a footing (RFC 7468)."""
    lines = wrap(base64.b64encode(body).decode(), width)
    return "\n".join(
        (f"-----BEGIN {label}-----", *lines, *([tail] if tail else []), f"-----END {label}-----")
    )


def _tlv(tag: int, *parts: bytes) -> bytes:
    """One DER value (X.690, 8.1)."""
    body = b"".join(parts)
    if len(body) < 128:
        return bytes((tag, len(body))) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 128 | len(size))) + size + body


def _number(value: int) -> bytes:
    return _tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _pkcs1(key: Rsa) -> bytes:
    private = key.private_exponent
    fields = (key.modulus, EXPONENT, private, key.p, key.q, private % (key.p - 1), private % (key.q - 1))
    return _tlv(0x30, _number(0), *map(_number, fields), _number(pow(key.q, -1, key.p)))


def _public(point: bytes) -> bytes:
    return _tlv(0x30, _tlv(0x30, bytes.fromhex(_EC_OID)), _tlv(3, b"\x00", point))


def rsa_private(stream: Stream) -> str:
    """What `openssl genrsa -traditional` writes."""
    return armour("RSA " + "PRIVATE KEY", _pkcs1(rsa(stream)))


def pkcs8_private(stream: Stream) -> str:
    """What `openssl genpkey -algorithm RSA` writes, and Google's service accounts carry."""
    inner = _pkcs1(rsa(stream))
    body = _tlv(0x30, _number(0), _tlv(0x30, bytes.fromhex(_RSA_OID)), _tlv(4, inner))
    return armour("PRIVATE " + "KEY", body)


def _sec1(private: bytes, public: bytes, named: bool) -> bytes:
    curve = _tlv(0xA0, bytes.fromhex(_EC_OID[18:])) if named else b""
    return _tlv(0x30, _number(1), _tlv(4, private), curve, _tlv(0xA1, _tlv(3, b"\x00", public)))


def ec_private(stream: Stream) -> str:
    """What `openssl ecparam -genkey -name prime256v1` writes."""
    return armour("EC " + "PRIVATE KEY", _sec1(*p256(stream), named=True))


def ec_pkcs8_private(stream: Stream) -> str:
    """An EC key in PKCS #8, as Apple's .p8 files are."""
    inner = _sec1(*p256(stream), named=False)
    body = _tlv(0x30, _number(0), _tlv(0x30, bytes.fromhex(_EC_OID)), _tlv(4, inner))
    return armour("PRIVATE " + "KEY", body)


def public_key(stream: Stream) -> str:
    """No secret: the public half."""
    return armour("PUBLIC " + "KEY", _public(p256(stream)[1]))


def certificate(stream: Stream, name: str) -> str:
    """No secret: a self-signed certificate of ten years (RFC 5280)."""
    private, point = p256(stream)
    algorithm = _tlv(0x30, bytes.fromhex("06082a8648ce3d040302"))
    common = _tlv(0x30, _tlv(0x31, _tlv(0x30, bytes.fromhex("0603550403"), _tlv(0x0C, name.encode()))))
    life = _tlv(0x30, _tlv(0x17, b"240301000000Z"), _tlv(0x17, b"340301000000Z"))
    serial = _number(int.from_bytes(stream.bytes(16), "big"))
    version = _tlv(0xA0, _number(2))
    body = _tlv(0x30, version, serial, algorithm, common, life, common, _public(point))
    signature = _tlv(0x30, *map(_number, p256_signature(private, body, stream)))
    return armour("CERTIFICATE", _tlv(0x30, body, algorithm, _tlv(3, b"\x00", signature)))


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _ssh_public(public: bytes) -> bytes:
    return _string(b"ssh-ed25519") + _string(public)


def openssh_private(stream: Stream) -> str:
    """What `ssh-keygen -t ed25519 -N ''` writes (PROTOCOL.key)."""
    seed, public = ed25519(stream)
    check = stream.bytes(4)
    inner = check * 2 + _ssh_public(public) + _string(seed + public) + _string(b"deploy@build-02")
    inner += bytes(range(1, 9 - len(inner) % 8)) if len(inner) % 8 else b""
    head = b"openssh-key-v1\x00" + _string(b"none") * 2 + _string(b"") + (1).to_bytes(4, "big")
    body = head + _string(_ssh_public(public)) + _string(inner)
    return armour("OPENSSH " + "PRIVATE KEY", body, width=70)


def ssh_public(stream: Stream) -> str:
    """No secret: one line of authorized_keys."""
    return f"ssh-ed25519 {base64.b64encode(_ssh_public(ed25519(stream)[1])).decode()} deploy@build-02"


def pgp_private(stream: Stream) -> str:
    """An unprotected secret-key packet and its user id (RFC 4880, 5.5.3), armoured with its CRC-24."""
    key = rsa(stream)
    public = b"\x04" + (1704067200 + stream.below(50_000_000)).to_bytes(4, "big") + b"\x01"
    public += _mpi(key.modulus) + _mpi(EXPONENT)
    # OpenPGP's u is the inverse of p modulo q, with p the smaller prime.
    secret = b"".join(map(_mpi, (key.private_exponent, key.q, key.p, pow(key.q, -1, key.p))))
    packet = public + b"\x00" + secret + (sum(secret) & 0xFFFF).to_bytes(2, "big")
    user = b"Release Signing <releases@lumbre.example>"
    body = b"\x95" + len(packet).to_bytes(2, "big") + packet + b"\xb4" + bytes((len(user),)) + user
    tail = "=" + base64.b64encode(_crc24(body).to_bytes(3, "big")).decode()
    first, rest = armour("PGP " + "PRIVATE KEY BLOCK", body, tail=tail).split("\n", 1)
    return f"{first}\n\n{rest}"


def _mpi(value: int) -> bytes:
    return value.bit_length().to_bytes(2, "big") + value.to_bytes((value.bit_length() + 7) // 8, "big")


def _crc24(data: bytes) -> int:
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc


def fingerprint(stream: Stream) -> str:
    """No secret: how ssh-keygen -l names a key."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(stream.bytes(32)).digest()).decode().rstrip("=")
