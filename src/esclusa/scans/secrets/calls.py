"""Calls: what a function takes is known by its name, so that its password needs none."""

import re

from esclusa.scans.secrets.place import Place
from esclusa.scans.secrets.values import is_drawn, is_given, is_password, is_strong

_TEXT = rb"""[rbufN@$]{0,2}["'`][^"'`\n]{0,200}["'`]"""
_ANY = rb"""[\w.:$>\[\]{}()"'`@/-]{1,120}"""
_SECRET = rb"""(?:[A-Za-z]{1,12}\()?[rbufN@$]{0,2}["'`](?P<value>[^"'`\n]{6,300}?)\\?["'`]\s?[,).]"""
_NEXT = rb"\s{0,3},\s{0,20}"


def _key(value: str) -> bool:
    return is_drawn(value) or is_strong(value) or (len(value) >= 12 and is_password(value))


_PASSWORDS = (
    (b"login(", rb"login\(\s{0,20}" + _TEXT + _NEXT),
    (b"getConnection(", rb"getConnection\(\s{0,20}" + _TEXT + _NEXT + _ANY + _NEXT),
    (b"redential", rb"redentials?\(\s{0,20}" + _ANY + _NEXT),
    (b"uth(", rb"uth\(\s{0,20}(?:" + _ANY + _NEXT + rb"){1,2}?"),
    (b".basic(", rb"\.basic\(\s{0,20}" + _ANY + _NEXT),
    (b"uthentication", rb"uthentication(?:Token)?\(\s{0,20}" + _ANY + _NEXT),
    (b"PDO(", rb"PDO\(\s{0,20}" + _TEXT + _NEXT + _ANY + _NEXT),
    (b"mysqli", rb"mysqli(?:_connect)?\(\s{0,20}" + _ANY + _NEXT + _ANY + _NEXT),
    (b"PlainAuth(", rb"PlainAuth\(\s{0,20}" + _TEXT + _NEXT + _ANY + _NEXT),
    (b"auth=(", rb"auth=\(\s{0,20}" + _ANY + _NEXT),
    (b"simple_bind", rb"simple_bind\w{0,3}\(\s{0,20}" + _ANY + _NEXT),
    (b"create_user(", rb"create_user\(\s{0,20}" + _ANY + _NEXT + _ANY + _NEXT),
    (b"FTP(", rb"FTP\(\s{0,20}" + _ANY + _NEXT + _ANY + _NEXT),
    (b"connect(", rb"connect\(\s{0,20}" + _TEXT + _NEXT + _TEXT + _NEXT),
    (b"KeyStore", rb"KeyStore[^\n]{0,80}\(\s{0,20}" + _TEXT + _NEXT),
)
_KEYS = (
    (b"jwt.", rb"jwt\.(?:encode|sign)\([^\n]{0,200}?[\w}\])\"']" + _NEXT),
    (b"jwt.", rb"jwt\.(?:decode|verify)\(\s{0,20}[^\"'`\n,]{1,80}" + _NEXT),
    (b"Hmac(", rb"Hmac\(\s{0,20}" + _TEXT + _NEXT),
    (b"ipheriv(", rb"ipheriv\(\s{0,20}" + _TEXT + _NEXT),
    (b"hmac", rb"hmac(?:\.new\((?:key\s?=\s?)?|\.New\(\w{1,12}\.New,\s?\[\]byte\(|ShaKeyFor\()\s{0,20}"),
    (b"HMAC", rb"HMAC(?:256|384|512)\(\s{0,20}"),
    (b"Fernet(", rb"Fernet\(\s{0,20}"),
    (b"AESGCM(", rb"AESGCM\(\s{0,20}"),
    (b"AES.new(", rb"AES\.new\(\s{0,20}"),
    (b"KeySpec(", rb"KeySpec\(\s{0,20}"),
    (b"SecurityKey(", rb"SecurityKey\([\w.]{0,40}GetBytes\(\s{0,20}"),
    (b"SigningKey(", rb"SigningKey\(\s{0,20}"),
    (b"signWith(", rb"signWith\(\s{0,20}" + _ANY + _NEXT),
    (b"CookieStore(", rb"CookieStore\((?:\[\]byte\()?\s{0,20}"),
)
"""What is looked for first, and how a call looks up to its password or key."""

_ENCODED = (b"btoa(", b"b64encode(", b"Buffer.from(")

CALLS = (
    *(
        Place(
            "password-of-call",
            "a password that a program encodes",
            name,
            re.compile(
                re.escape(name)
                + rb"""\s{0,9}[rbuf]{0,2}["'`][\w.@+-]{1,60}:(?P<value>[^"'`\n]{6,200})["'`]"""
            ),
            is_given,
        )
        for name in _ENCODED
    ),
    *(
        Place(
            "password-of-call",
            "a password that a function is called with",
            name,
            re.compile(before + _SECRET),
            is_password,
        )
        for name, before in _PASSWORDS
    ),
    *(
        Place(
            "key-of-call",
            "a secret key that a function is called with",
            name,
            re.compile(before + _SECRET),
            _key,
        )
        for name, before in _KEYS
    ),
)
