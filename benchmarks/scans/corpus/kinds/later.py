"""Kinds that only the part `later` plants: what agents and the services around them call in 2026."""

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Mapping

from benchmarks.scans.corpus.asymmetric import ed25519, p256
from benchmarks.scans.corpus.kinds.alphabets import (
    ALNUM,
    BASE32,
    BASE64,
    DIGITS,
    LOWER,
    LOWER_ALNUM,
    UPPER_ALNUM,
    URL_SAFE,
    b64,
    b64url,
    with_crc,
)
from benchmarks.scans.corpus.kinds.services import EPOCH
from benchmarks.scans.stream import Stream

_WORDS = (
    *("pepper", "violin", "subway", "blanket", "walnut", "comet", "garden", "pirate", "marble", "ticket"),
    *("window", "rocket", "sunset", "badger", "coffee", "hammer", "island", "puzzle", "ribbon", "turtle"),
)
_TEAM = ("Welcome", "Winter", "Summer", "Agents", "Backoffice", "Lisbon", "Staging", "Monday", "Rosewood")
_EQUIPO = ("Bienvenido", "Verano", "Sevilla", "Agentes", "Almacen", "Otoño", "Pruebas", "Lunes", "Valencia")
_MNEMONIC = {
    **{"admit": 29, "any": 81, "artwork": 105, "bullet": 241, "capital": 272, "cluster": 355, "color": 365},
    **{"comfort": 369, "crumble": 422, "curve": 434, "exercise": 634, "family": 660, "federal": 675},
    **{"flash": 707, "force": 728, "glide": 792, "glue": 799, "horse": 878, "immune": 909, "jazz": 955},
    **{"juice": 966, "leaf": 1013, "legal": 1019, "luxury": 1066, "maid": 1072, "menu": 1113, "misery": 1133},
    **{"monster": 1146, "near": 1180, "neither": 1185, "nephew": 1186, "nice": 1195, "often": 1229},
    **{"opera": 1242, "pact": 1269, "panel": 1276, "proud": 1382, "reveal": 1475, "salt": 1525},
    **{"shoot": 1588, "skull": 1622, "snow": 1644, "stadium": 1695, "suggest": 1735, "syrup": 1765},
    **{"train": 1848, "venue": 1939, "vivid": 1961},
}
"""Some of the words of BIP 39, each with its place in the list."""


def _padded(s: Stream) -> str:
    """The end of what Azure's keys carry: five letters, and a last one whose padding bits are zero."""
    return f"{s.text(ALNUM, 5)}{s.pick('AQgw')}=="


def _turso_token(s: Stream) -> str:
    claims = {"a": "rw", "iat": EPOCH + s.below(20_000_000), "id": s.uuid()}
    parts = ({"alg": "EdDSA", "typ": "JWT"}, claims)
    shown = (b64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return ".".join((*shown, b64url(s.bytes(64))))


def _tunnel_token(s: Stream) -> str:
    inner = {"a": s.hexadecimal(32), "t": s.uuid(), "s": b64(s.bytes(32))}
    return b64(json.dumps(inner, separators=(",", ":")).encode())


def _service_account(s: Stream) -> str:
    """1Password's: a JSON with the keys that unlock, in base64."""
    inner = {
        "signInAddress": "nogal.1password.eu",
        "userAuth": {"method": "SRPg-4096", "alg": "PBES2g-HS256", "iterations": 650000},
        "email": f"{s.text(LOWER_ALNUM, 13)}@1passwordserviceaccounts.eu",
        "srpX": s.hexadecimal(64),
        "muk": {"alg": "A256GCM", "ext": True, "k": b64url(s.bytes(32)), "kty": "oct", "kid": "mp"},
        "secretKey": f"A3-{s.text(UPPER_ALNUM, 6)}-{s.text(UPPER_ALNUM, 6)}-{s.text(UPPER_ALNUM, 5)}",
        "deviceUuid": s.text(LOWER_ALNUM, 26),
    }
    return "ops_" + b64(json.dumps(inner, separators=(",", ":")).encode()).rstrip("=")


def _routable_pat(s: Stream) -> str:
    """GitLab's since 18: where it routes to and chance, their length and a CRC-32, both in base 36."""
    body = b64url(s.bytes(16) + f"\no:1\nu:{s.text(LOWER_ALNUM, 4)}".encode())
    head = f"glpat-{body}.01.{_base36(len(body), 2)}"
    return head + _base36(zlib.crc32(head.encode()), 7)


def _base36(number: int, width: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = (DIGITS + LOWER)[digit] + text
    return text.rjust(width, "0")


def _power_automate_url(s: Stream) -> str:
    host = f"https://prod-{s.between(10, 240)}.westeurope.logic.azure.com:443"
    asked = "api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0"
    return f"{host}/workflows/{s.hexadecimal(32)}/triggers/manual/paths/invoke?{asked}&sig={_signature(s)}"


def _signature(s: Stream) -> str:
    return b64url(s.bytes(32))


def _google_chat_webhook(s: Stream) -> str:
    space = f"https://chat.googleapis.com/v1/spaces/AAQA{s.text(URL_SAFE, 7)}/messages"
    return f"{space}?key=AIzaSy{s.text(URL_SAFE, 33)}&token={_signature(s)}"


def _slack_workflow(s: Stream) -> str:
    place = f"T0{s.text(UPPER_ALNUM, 9)}/A0{s.text(UPPER_ALNUM, 9)}/{s.digits(18)}"
    return f"https://hooks.slack.com/workflows/{place}/{s.text(ALNUM, 24)}"


def _mercadopago_token(s: Stream) -> str:
    return f"APP_USR-{s.digits(16)}-{s.between(1, 12):02}{s.digits(4)}-{s.hexadecimal(32)}-{s.digits(9)}"


def _next_auth_cookie(s: Stream) -> str:
    """A JSON Web Encryption, `dir` with A256GCM (RFC 7516): there is no wrapped key."""
    head = b64url(b'{"alg":"dir","enc":"A256GCM"}')
    return f"{head}..{b64url(s.bytes(12))}.{b64url(s.bytes(240))}.{b64url(s.bytes(16))}"


def _seed_phrase(s: Stream) -> str:
    """Twelve words (BIP 39): 128 bits, and four of their SHA-256."""
    words = tuple(_MNEMONIC)
    while True:
        chosen = [s.pick(words) for _ in range(12)]
        number = 0
        for word in chosen:
            number = number << 11 | _MNEMONIC[word]
        if hashlib.sha256((number >> 4).to_bytes(16, "big")).digest()[0] >> 4 == number & 15:
            return " ".join(chosen)


def _solana_keypair(s: Stream) -> str:
    """As `solana-keygen new` writes it: the seed's and the public key's bytes."""
    seed, public = ed25519(s)
    return json.dumps([*seed, *public], separators=(",", ":"))


def _team_password(words: tuple[str, ...]) -> Callable[[Stream], str]:
    """What everybody in a team is told: a word that is at hand, the year, a sign."""

    def password(s: Stream) -> str:
        word, year = s.pick(words), s.pick(("2024", "2025", "2026", "26"))
        number = s.between(1, 99)
        return s.pick(
            (f"{word}{year}!", f"{word}.{year}", f"{word}@{year}{number}", f"{word}{number}{year}*")
        )

    return password


def _passphrase(s: Stream) -> str:
    sign = s.pick("-._")
    return sign.join(s.pick(_WORDS) for _ in range(4)) + s.pick(("", str(s.between(2, 99))))


def _symbol_password(s: Stream) -> str:
    """A generator's with every sign ticked, but quotes, backslashes and what opens a tag."""
    signs = "!#%()*+,-./:;=?@[]^_{}~$&"
    body = s.text(ALNUM + signs, s.between(13, 22))
    return s.pick(ALNUM) + body + s.pick(signs[:6]) + s.pick(ALNUM)


def _crypt(prefix: str, salt: int, length: int) -> Callable[[Stream], str]:
    letters = "./" + ALNUM
    return lambda s: f"{prefix}{s.text(letters, salt)}${s.text(letters, length)}"


_AGENTS: Mapping[str, Callable[[Stream], str]] = {
    "openai_admin_key": lambda s: f"sk-admin-{s.text(URL_SAFE, 74)}T3BlbkFJ{s.text(URL_SAFE, 73)}A",
    "anthropic_oauth_token": lambda s: f"sk-ant-oat01-{s.text(URL_SAFE, 93)}AA",
    "litellm_key": lambda s: "sk-" + s.text(URL_SAFE, 22),
    "helicone_key": lambda s: "sk-helicone-" + "-".join(s.text(LOWER_ALNUM, 7) for _ in range(4)),
    "llamacloud_key": lambda s: "llx-" + s.text(ALNUM, 48),
    "e2b_key": lambda s: "e2b_" + s.hexadecimal(40),
    "firecrawl_key": lambda s: "fc-" + s.hexadecimal(32),
    "browserbase_key": lambda s: "bb_live_" + s.text(URL_SAFE, 27),
    "exa_key": lambda s: s.uuid(),
    "mem0_key": lambda s: "m0-" + s.text(ALNUM, 40),
    "modal_token_secret": lambda s: "as-" + s.text(ALNUM, 22),
    "runpod_key": lambda s: f"rpa_{s.text(UPPER_ALNUM, 40)}{s.text(LOWER_ALNUM, 6)}",
    "fal_key": lambda s: f"{s.uuid()}:{s.hexadecimal(32)}",
    "zhipu_key": lambda s: f"{s.hexadecimal(32)}.{s.text(ALNUM, 16)}",
    "brave_search_key": lambda s: "BSA" + s.text(URL_SAFE, 28),
    "cursor_key": lambda s: "crsr_" + s.hexadecimal(64),
    "context7_key": lambda s: "ctx7sk-" + s.uuid(),
    "vercel_ai_gateway_key": lambda s: "vck_" + s.text(ALNUM, 56),
    "chroma_key": lambda s: "ck-" + s.text(ALNUM, 44),
    "livekit_secret": lambda s: s.text(ALNUM, 43),
    "apify_token": lambda s: "apify_api_" + s.text(ALNUM, 36),
    "sourcegraph_token": lambda s: f"sgp_{s.hexadecimal(16)}_{s.hexadecimal(40)}",
}

_PLACES: Mapping[str, Callable[[Stream], str]] = {
    "gcp_access_token": lambda s: "ya29.a0" + s.text(URL_SAFE, 210),
    "azure_function_key": lambda s: f"{s.text(URL_SAFE, 44)}AzFu{_padded(s)}",
    "azure_search_key": lambda s: f"{s.text(ALNUM, 42)}AzSe{s.pick('ABCD')}{s.text(ALNUM, 5)}",
    "azure_cosmos_key": lambda s: f"{s.text(ALNUM, 76)}ACDb{_padded(s)}",
    "r2_secret_key": lambda s: s.hexadecimal(64),
    "cloudflare_tunnel_token": _tunnel_token,
    "turnstile_secret": lambda s: "0x4AAAAAAA" + s.text(URL_SAFE, 25),
    "aws_ses_smtp_password": lambda s: "B" + s.text(BASE64, 43),
    "digitalocean_spaces_secret": lambda s: s.text(BASE64, 43),
    "hetzner_token": lambda s: s.text(ALNUM, 64),
    "render_key": lambda s: "rnd_" + s.text(ALNUM, 28),
    "neon_url": lambda s: "npg_" + s.text(ALNUM, 12),
    "neon_key": lambda s: "napi_" + s.text(LOWER_ALNUM, 64),
    "supabase_pat": lambda s: "sbp_" + s.hexadecimal(40),
    "upstash_token": lambda s: b64(b"\x01" + s.bytes(2) + f"\x00\x02#p1{s.hexadecimal(32)}p10".encode()),
    "turso_token": _turso_token,
    "confluent_secret": lambda s: "cflt" + s.text(BASE64, 60),
    "elastic_api_key": lambda s: b64(f"{s.text(URL_SAFE, 20)}:{s.text(URL_SAFE, 22)}".encode()),
    "tailscale_key": lambda s: f"tskey-auth-k{s.text(ALNUM, 11)}CNTRL-{s.text(ALNUM, 32)}",
    "ngrok_token": lambda s: f"3{s.text(ALNUM, 26)}_{s.text(ALNUM, 21)}",
    "k3s_token": lambda s: f"K10{s.hexadecimal(64)}::server:{s.hexadecimal(32)}",
    "kubeadm_token": lambda s: f"{s.text(LOWER_ALNUM, 6)}.{s.text(LOWER_ALNUM, 16)}",
    "onepassword_service_token": _service_account,
    "bitwarden_token": lambda s: f"0.{s.uuid()}.{s.text(ALNUM, 30)}:{b64(s.bytes(16))}",
    "vault_secret_id": lambda s: s.uuid(),
    "dynatrace_token": lambda s: f"dt0c01.{s.text(BASE32, 24)}.{s.text(BASE32, 64)}",
    "honeycomb_key": lambda s: "hcaik_01" + s.text(LOWER_ALNUM, 56),
    "newrelic_license_key": lambda s: s.hexadecimal(36) + "NRAL",
    "prefect_key": lambda s: "pnu_" + s.text(ALNUM, 36),
    "gitlab_routable_pat": _routable_pat,
    "gitlab_agent_token": lambda s: "glagent-" + s.text(URL_SAFE, 50),
    "github_user_token": lambda s: with_crc("ghu_", s.text(ALNUM, 30)),
    "docker_org_token": lambda s: "dckr_oat_" + s.text(URL_SAFE, 32),
    "bundler_key": lambda s: f"{s.hexadecimal(8)}:{s.hexadecimal(8)}",
}

_WORKING: Mapping[str, Callable[[Stream], str]] = {
    "meta_token": lambda s: "EAAG" + s.text(ALNUM, 180),
    "mercadopago_token": _mercadopago_token,
    "clickup_token": lambda s: f"pk_{s.digits(8)}_{s.text(UPPER_ALNUM, 32)}",
    "trello_token": lambda s: f"ATTA{s.hexadecimal(64)}{s.text(DIGITS + 'ABCDEF', 8)}",
    "svix_secret": lambda s: "whsec_" + b64(s.bytes(24)),
    "clerk_key": lambda s: "sk_live_" + s.text(ALNUM, 42),
    "calcom_key": lambda s: "cal_live_" + s.hexadecimal(32),
    "power_automate_url": _power_automate_url,
    "google_chat_webhook": _google_chat_webhook,
    "slack_workflow": _slack_workflow,
    "make_webhook": lambda s: f"https://hook.eu{s.pick('12')}.make.com/{s.text(LOWER_ALNUM, 32)}",
    "linkedin_cookie": lambda s: "AQED" + s.text(URL_SAFE, 148),
    "next_auth_cookie": _next_auth_cookie,
    "django_session": lambda s: s.text(LOWER_ALNUM, 32),
    "jsessionid": lambda s: s.text(DIGITS + "ABCDEF", 32),
}

_PLAIN: Mapping[str, Callable[[Stream], str]] = {
    "jwk_private": lambda s: b64url(p256(s)[0]),
    "wallet_key": lambda s: "0x" + s.hexadecimal(64),
    "seed_phrase": _seed_phrase,
    "solana_keypair": _solana_keypair,
    "apr1_hash": _crypt("$apr1$", 8, 22),
    "shadow_hash": _crypt("$6$", 16, 86),
    "team_password": _team_password(_TEAM),
    "spanish_team_password": _team_password(_EQUIPO),
    "passphrase": _passphrase,
    "symbol_password": _symbol_password,
    "wordpress_key": lambda s: s.text(ALNUM + "!#%()*+,-./:;=?@[]^_{|}~$&<> ", 62) + s.text(ALNUM, 2),
    "basic_auth_login": lambda s: base64.b64encode(f"admin:{_passphrase(s)}".encode()).decode(),
}

LATER: Mapping[str, Callable[[Stream], str]] = {**_AGENTS, **_PLACES, **_WORKING, **_PLAIN}
