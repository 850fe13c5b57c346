"""What the part `latest` needs beside the kinds of the others: mostly names of 2026, and passwords as
careless people choose them.
"""

import json
import zlib
from collections.abc import Callable, Mapping

from benchmarks.scans.corpus.kinds.alphabets import (
    ALNUM,
    BASE32,
    BASE64,
    LOWER,
    LOWER_ALNUM,
    UPPER,
    UPPER_ALNUM,
    URL_SAFE,
    b64,
    b64url,
    base62,
    jwt,
    with_crc,
)
from benchmarks.scans.corpus.kinds.services import EPOCH
from benchmarks.scans.stream import Stream

_LETTERS = UPPER + LOWER
_WEAK = (
    "Summer",
    "Winter",
    "Welcome",
    "Dragon",
    "Chelsea",
    "Buddy",
    "Kitchen",
    "Monday",
    "Passw0rd",
    "Rocky",
)
_WEAK_SPANISH = ("Verano", "Otono", "Bienvenido", "Princesa", "Atletico", "Luna", "Canela", "Lunes", "Clave")
_PLAIN = (
    *("tulip", "wagon", "pepper", "rocket", "button", "island", "kettle", "shadow", "window", "garlic"),
    *("puzzle", "turtle", "hammer", "violin", "carpet", "bishop", "candle", "marble", "pigeon", "tunnel"),
)
_PRODUCTS = ("vlt", "kes", "ordn", "brz", "tml", "qlo")


def _weak(words: tuple[str, ...]) -> Callable[[Stream], str]:
    """A word, a year or a number, and the sign that the form asked for."""

    def password(s: Stream) -> str:
        end = s.pick((f"{s.between(2019, 2026)}", f"@{s.between(10, 999)}", f"{s.between(1000, 9999)}"))
        return s.pick(words) + end + s.pick(("!", "!!", "*", "$", ""))

    return password


def _passphrase(s: Stream) -> str:
    return s.pick("-._").join((*(s.pick(_PLAIN) for _ in range(4)), s.digits(2)))


def _symbol_password(s: Stream) -> str:
    """As a manager makes one with all signs on, but for quotes, backslashes, spaces and angles."""
    return s.pick(ALNUM) + s.text(ALNUM + "!@#$%^&*()-_=+[]{};:,.?~|/", s.between(15, 25)) + s.pick(ALNUM)


def _escaped_password(s: Stream) -> str:
    """With signs that a URL has to escape, escaped."""
    return s.text(ALNUM, 6) + s.pick(("%40", "%23", "%2F", "%21")) + s.text(ALNUM, 5) + s.pick(("%24", "%3F"))


def _house_key(s: Stream) -> str:
    """What a product gives its own customers, after Stripe's example."""
    return f"{s.pick(_PRODUCTS)}_{s.pick(('live', 'prod', 'sk', 'key'))}_{s.text(ALNUM, s.between(24, 40))}"


def _chosen_key(s: Stream) -> str:
    """The master key of a proxy of models, which must begin so and is otherwise invented by a person."""
    return f"sk-{s.pick(_PLAIN)}-{s.pick(_PLAIN)}-{s.digits(4)}"


def _apr1_hash(s: Stream) -> str:
    letters = "./" + ALNUM
    return f"$apr1${s.text(letters, 8)}${s.text(letters, 22)}"


GENERIC: Mapping[str, Callable[[Stream], str]] = {
    "weak_password": _weak(_WEAK),
    "spanish_weak_password": _weak(_WEAK_SPANISH),
    "four_word_password": _passphrase,
    "full_sign_password": _symbol_password,
    "escaped_url_password": _escaped_password,
    "house_api_key": _house_key,
    "uuid_api_key": lambda s: s.uuid(),
    "proxy_master_key": _chosen_key,
    "htpasswd_apr1": _apr1_hash,
    "php_session": lambda s: s.text(LOWER_ALNUM, 26),
    "upper_hex_key": lambda s: s.hexadecimal(32).upper(),
    "short_api_token": lambda s: s.text(ALNUM, 20),
}


def _bedrock_short_key(s: Stream) -> str:
    """A signed URL in base64, without its scheme."""
    scope = f"ASIA{s.text(BASE32, 16)}%2F20260302%2Feu-west-1%2Fbedrock%2Faws4_request"
    query = f"Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}"
    signed = f"{query}&X-Amz-Date=20260302T081500Z&X-Amz-Expires=43200&X-Amz-Signature={s.hexadecimal(64)}"
    return "bedrock-api-key-" + b64(f"bedrock.amazonaws.com/?{signed}&Version=1".encode())


def _cloudflare_tunnel_token(s: Stream) -> str:
    claims = {"a": s.hexadecimal(32), "t": s.uuid(), "s": b64(s.bytes(32))}
    return b64(json.dumps(claims, separators=(",", ":")).encode())


def _onepassword_token(s: Stream) -> str:
    claims = {
        "signInAddress": "my.1password.eu",
        "userAuth": {
            "method": "SRPg-4096",
            "alg": "PBES2g-HS256",
            "iterations": 650000,
            "salt": s.text(URL_SAFE, 22),
        },
        "email": f"{s.text(LOWER_ALNUM, 13)}@1passwordserviceaccounts.eu",
        "srpX": s.hexadecimal(64),
        "muk": {"alg": "A256GCM", "ext": True, "k": s.text(URL_SAFE, 43), "key_ops": ["encrypt", "decrypt"]},
        "secretKey": f"A3-{s.text(UPPER_ALNUM, 6)}-{s.text(UPPER_ALNUM, 6)}-{s.text(UPPER_ALNUM, 5)}",
        "throttleSecret": {"seed": s.hexadecimal(64), "uuid": s.text(UPPER_ALNUM, 26)},
        "deviceUuid": s.text(LOWER_ALNUM, 26),
    }
    return "ops_" + b64url(json.dumps(claims, separators=(",", ":")).encode())


INFRASTRUCTURE: Mapping[str, Callable[[Stream], str]] = {
    "aws_bedrock_short_key": _bedrock_short_key,
    "gcp_hmac_secret": lambda s: s.text(BASE64, 40),
    "google_access_token": lambda s: "ya29.a0" + s.text(URL_SAFE, 160),
    "azure_function_host_key": lambda s: f"{s.text(URL_SAFE, 44)}AzFu{s.text(URL_SAFE, 5)}{s.pick('AQgw')}==",
    "azure_ai_search_key": lambda s: f"{s.text(ALNUM, 42)}AzSe{s.pick('ABCD')}{s.text(ALNUM, 5)}",
    "azure_registry_password": lambda s: f"{s.text(BASE64, 42)}+ACR{s.pick('ABCD')}{s.text(BASE64, 5)}",
    "azure_cosmosdb_key": lambda s: f"{s.text(BASE64, 76)}ACDb{s.text(BASE64, 5)}{s.pick('AQgw')}==",
    "ibm_cloud_key": lambda s: s.text(URL_SAFE, 44),
    "hetzner_cloud_token": lambda s: s.text(ALNUM, 64),
    "scaleway_secret_key": lambda s: s.uuid(),
    "ovh_application_secret": lambda s: s.text(LOWER_ALNUM, 32),
    "r2_s3_secret": lambda s: s.hexadecimal(64),
    "backblaze_key": lambda s: "K005" + s.text(BASE64, 27),
    "tailscale_auth_key": lambda s: f"tskey-auth-k{s.text(ALNUM, 11)}CNTRL-{s.text(ALNUM, 32)}",
    "ngrok_authtoken": lambda s: f"2{s.text(ALNUM, 26)}_{s.text(ALNUM, 21)}",
    "neon_api_key": lambda s: "napi_" + s.text(LOWER_ALNUM, 64),
    "neon_password": lambda s: "npg_" + s.text(ALNUM, 12),
    "supabase_access_token": lambda s: "sbp_" + s.hexadecimal(40),
    "cloudflared_token": _cloudflare_tunnel_token,
    "onepassword_agent_token": _onepassword_token,
    "elasticsearch_api_key": lambda s: b64(f"{s.text(URL_SAFE, 20)}:{s.text(URL_SAFE, 22)}".encode()),
}


def _fal_key(s: Stream) -> str:
    return f"{s.uuid()}:{s.hexadecimal(32)}"


def _n8n_key(s: Stream) -> str:
    claims = {"sub": s.uuid(), "iss": "n8n", "aud": "public-api", "iat": EPOCH + s.below(9_000_000)}
    return jwt(s.bytes(32), claims)


def _openai_admin_key(s: Stream) -> str:
    return f"sk-admin-{s.text(URL_SAFE, 74)}T3BlbkFJ{s.text(URL_SAFE, 74)}"


AGENTS: Mapping[str, Callable[[Stream], str]] = {
    "anthropic_login_token": lambda s: f"sk-ant-oat01-{s.text(URL_SAFE, 93)}AA",
    "openai_organisation_admin_key": _openai_admin_key,
    "gemini_auth_key": lambda s: "AQ.Ab8RN6" + s.text(URL_SAFE, 44),
    "moonshot_secret": lambda s: "sk-" + s.text(ALNUM, 48),
    "zhipu_secret": lambda s: f"{s.hexadecimal(32)}.{s.text(ALNUM, 16)}",
    "litellm_user_key": lambda s: "sk-" + s.text(URL_SAFE, 22),
    "firecrawl_secret": lambda s: "fc-" + s.hexadecimal(32),
    "e2b_secret": lambda s: "e2b_" + s.hexadecimal(40),
    "browserbase_secret": lambda s: "bb_live_" + s.text(URL_SAFE, 27),
    "apify_secret": lambda s: "apify_api_" + s.text(ALNUM, 36),
    "llamacloud_secret": lambda s: "llx-" + s.text(ALNUM, 48),
    "mem0_secret": lambda s: "m0-" + s.text(ALNUM, 40),
    "exa_secret": lambda s: s.uuid(),
    "serper_secret": lambda s: s.hexadecimal(40),
    "fal_secret": _fal_key,
    "modal_secret": lambda s: "as-" + s.text(ALNUM, 22),
    "dify_application_key": lambda s: "app-" + s.text(ALNUM, 24),
    "n8n_public_api_key": _n8n_key,
}


def _gitlab_routable_token(s: Stream) -> str:
    """GitLab 18's form: routing and chance, then the length and the checksum in base 36."""
    payload = b64url(f"o:1\nu:{s.text(LOWER_ALNUM, 5)}\n".encode() + s.bytes(20))
    head = f"glpat-{payload}.01.{_base36(len(payload), 2)}"
    return head + _base36(zlib.crc32(head.encode()), 7)


def _base36(number: int, width: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = ("0123456789" + LOWER)[digit] + text
    return text.rjust(width, "0")


def _jfrog_token(s: Stream) -> str:
    return b64(f"reftkn:01:{s.digits(10)}:{s.text(ALNUM, 27)}".encode())


def _google_chat_webhook(s: Stream) -> str:
    space, key = f"AAQA{s.text(URL_SAFE, 7)}", f"AIzaSy{s.text(URL_SAFE, 33)}"
    return f"https://chat.googleapis.com/v1/spaces/{space}/messages?key={key}&token={s.text(URL_SAFE, 43)}"


def _power_automate_url(s: Stream) -> str:
    place = f"prod-{s.between(10, 99)}.westeurope.logic.azure.com:443/workflows/{s.hexadecimal(32)}"
    query = "api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0"
    return f"https://{place}/triggers/manual/paths/invoke?{query}&sig={s.text(URL_SAFE, 43)}"


def _matrix_token(s: Stream) -> str:
    """Synapse's: its base 62 has small letters first."""
    head = f"syt_{b64(b'relay').rstrip('=')}_{s.text(_LETTERS, 20)}"
    return f"{head}_{base62(zlib.crc32(head.encode()), 6).swapcase()}"


def _mercadopago_token(s: Stream) -> str:
    return f"APP_USR-{s.digits(16)}-0{s.between(1, 9)}{s.between(10, 28)}09-{s.hexadecimal(32)}-{s.digits(9)}"


def _spaced(groups: int, letters: str) -> Callable[[Stream], str]:
    """A password for one application, shown in fours."""
    return lambda s: " ".join(s.text(letters, 4) for _ in range(groups))


SERVICES: Mapping[str, Callable[[Stream], str]] = {
    "github_app_user_token": lambda s: with_crc("ghu_", s.text(ALNUM, 30)),
    "gitlab_routable_token": _gitlab_routable_token,
    "docker_organisation_token": lambda s: "dckr_oat_" + s.text(URL_SAFE, 32),
    "jfrog_reference_token": _jfrog_token,
    "google_chat_url": _google_chat_webhook,
    "power_automate_trigger": _power_automate_url,
    "slack_rotating_token": lambda s: "xoxe.xoxp-1-Mi0yLT" + s.text(ALNUM, 150),
    "meta_graph_token": lambda s: f"EAA{s.text(ALNUM, 190)}ZDZD",
    "matrix_access_token": _matrix_token,
    "mercadopago_access_token": _mercadopago_token,
    "mollie_live_key": lambda s: "live_" + s.text(ALNUM, 30),
    "razorpay_secret": lambda s: s.text(ALNUM, 24),
    "ses_password": lambda s: b64(b"\x04" + s.bytes(32)),
    "gmail_password": _spaced(4, LOWER),
    "mailersend_token": lambda s: "mlsn." + s.hexadecimal(64),
    "newrelic_ingest_key": lambda s: s.hexadecimal(36) + "NRAL",
    "dynatrace_api_token": lambda s: f"dt0c01.{s.text(BASE32, 24)}.{s.text(BASE32, 64)}",
    "logfire_write_token": lambda s: "pylf_v1_eu_" + s.text(ALNUM, 43),
    "splunk_collector_token": lambda s: s.uuid(),
    "clickup_personal_token": lambda s: f"pk_{s.digits(8)}_{s.text(UPPER_ALNUM, 32)}",
    "salesforce_session": lambda s: f"00D{s.text(ALNUM, 12)}!AQ{s.text(ALNUM + '._', 94)}",
    "wordpress_password": _spaced(6, ALNUM),
    "ghost_key": lambda s: f"{s.hexadecimal(24)}:{s.hexadecimal(64)}",
    "ethereum_wallet_key": lambda s: "0x" + s.hexadecimal(64),
}

LATEST: Mapping[str, Callable[[Stream], str]] = {**GENERIC, **INFRASTRUCTURE, **AGENTS, **SERVICES}


def _sentry_dsn(s: Stream) -> str:
    return f"https://{s.hexadecimal(32)}@o{s.digits(6)}.ingest.de.sentry.io/{s.digits(16)}"


def _anonymous_key(s: Stream) -> str:
    """Supabase's key for browsers."""
    claims = {"iss": "supabase", "ref": s.text(LOWER, 20), "role": "anon", "iat": EPOCH, "exp": EPOCH + 10**8}
    return jwt(s.bytes(32), claims)


LATEST_DECOYS: Mapping[str, Callable[[Stream], str]] = {
    "sentry_dsn": _sentry_dsn,
    "supabase_anonymous_key": _anonymous_key,
    "posthog_project_key": lambda s: "phc_" + s.text(ALNUM, 43),
    "langfuse_public_key": lambda s: "pk-lf-" + s.uuid(),
    "traceparent": lambda s: f"00-{s.hexadecimal(32)}-{s.hexadecimal(16)}-01",
    "openai_assistant_id": lambda s: "asst_" + s.text(ALNUM, 24),
    "openai_thread_id": lambda s: "thread_" + s.text(ALNUM, 24),
    "anthropic_message_id": lambda s: "msg_01" + s.text(ALNUM, 22),
    "nix_hash": lambda s: "sha256-" + b64(s.bytes(32)),
    "vault_transit": lambda s: "vault:v1:" + b64(s.bytes(60)),
    "kms_ciphertext": lambda s: "AQICAHh" + s.text(BASE64, 177),
    "dotenvx_value": lambda s: "encrypted:B" + s.text(BASE64, 131),
    "sheet_id": lambda s: "1" + s.text(URL_SAFE, 43),
    "pgp_fingerprint": lambda s: " ".join(s.hexadecimal(4).upper() for _ in range(10)),
    "content_id": lambda s: "Qm" + s.text(ALNUM.translate({ord(c): None for c in "0OIl"}), 44),
    "object_version": lambda s: s.text(ALNUM + "._", 32),
    "pin_sha256": lambda s: b64(s.bytes(32)),
    "model_file_digest": lambda s: s.hexadecimal(64),
    "dkim_public_key": lambda s: "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ" + s.text(BASE64, 172) + "IDAQAB",
}
