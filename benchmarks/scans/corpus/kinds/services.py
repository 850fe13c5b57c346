"""Services that a product is made of: messages, payments, monitoring, identity, work."""

import json
import zlib
from collections.abc import Callable, Mapping

from benchmarks.scans.corpus.kinds.alphabets import (
    ALNUM,
    LOWER_ALNUM,
    UPPER_ALNUM,
    URL_SAFE,
    b64,
    b64url,
    jwt,
)
from benchmarks.scans.stream import Stream

EPOCH = 1_767_225_600
"""The first second of 2026."""


def _slack_app_token(s: Stream) -> str:
    return f"xapp-1-A0{s.text(UPPER_ALNUM, 9)}-{s.digits(13)}-{s.hexadecimal(64)}"


def _slack_webhook(s: Stream) -> str:
    place = f"T0{s.text(UPPER_ALNUM, 9)}/B0{s.text(UPPER_ALNUM, 9)}"
    return f"https://hooks.slack.com/services/{place}/{s.text(ALNUM, 24)}"


def _discord_bot_token(s: Stream) -> str:
    return f"{b64url(s.digits(19).encode())}.G{s.text(URL_SAFE, 5)}.{s.text(URL_SAFE, 38)}"


def _discord_webhook(s: Stream) -> str:
    host = s.pick(("discord.com", "discord.com", "discordapp.com", "canary.discord.com"))
    return f"https://{host}/api/webhooks/1{s.digits(18)}/{s.text(URL_SAFE, 68)}"


def _teams_webhook(s: Stream) -> str:
    place = f"webhookb2/{s.uuid()}@{s.uuid()}/IncomingWebhook/{s.hexadecimal(32)}/{s.uuid()}"
    return f"https://lumbre.webhook.office.com/{place}"


def _sentry_token(s: Stream) -> str:
    claims = {"iat": EPOCH + s.below(20_000_000), "url": "https://sentry.io", "org": "lumbre"}
    return f"sntrys_{b64(json.dumps(claims).encode()).rstrip('=')}_{b64(s.bytes(32)).rstrip('=')}"


def _grafana_service_token(s: Stream) -> str:
    body = s.text(ALNUM, 32)
    return f"glsa_{body}_{zlib.crc32(body.encode()):08x}"


def _grafana_cloud_token(s: Stream) -> str:
    claims = {"o": s.digits(6), "n": "stack-ci-write", "k": b64(s.bytes(18)), "m": {"r": "eu"}}
    return "glc_" + b64(json.dumps(claims, separators=(",", ":")).encode())


def _supabase_service_key(s: Stream) -> str:
    start = EPOCH + s.below(9_000_000)
    claims = {"iss": "supabase", "ref": s.text(LOWER_ALNUM[:26], 20), "role": "service_role"}
    return jwt(s.bytes(32), {**claims, "iat": start, "exp": start + 315_360_000})


def _mapbox_token(s: Stream) -> str:
    claims = {"u": "lumbre", "a": "cl" + s.text(LOWER_ALNUM, 23)}
    return f"sk.{b64url(json.dumps(claims, separators=(',', ':')).encode())}.{s.text(URL_SAFE, 22)}"


def _intercom_token(s: Stream) -> str:
    return b64(
        f"tok:{s.hexadecimal(8)}_{s.hexadecimal(4)}_{s.hexadecimal(4)}_{s.hexadecimal(20)}:1:0".encode()
    )


def _mailgun_key(s: Stream) -> str:
    return f"{s.hexadecimal(32)}-{s.hexadecimal(8)}-{s.hexadecimal(8)}"


def _braintree_token(s: Stream) -> str:
    return f"access_token$production${s.text(LOWER_ALNUM, 16)}${s.hexadecimal(32)}"


def _zapier_hook(s: Stream) -> str:
    return f"https://hooks.zapier.com/hooks/catch/{s.digits(8)}/{s.text(LOWER_ALNUM, 7)}/"


MESSAGES: Mapping[str, Callable[[Stream], str]] = {
    "slack_bot_token": lambda s: f"xoxb-{s.digits(13)}-{s.digits(13)}-{s.text(ALNUM, 24)}",
    "slack_user_token": lambda s: f"xoxp-{s.digits(12)}-{s.digits(12)}-{s.digits(13)}-{s.hexadecimal(32)}",
    "slack_app_token": _slack_app_token,
    "slack_webhook": _slack_webhook,
    "slack_signing_secret": lambda s: s.hexadecimal(32),
    "discord_bot_token": _discord_bot_token,
    "discord_webhook": _discord_webhook,
    "telegram_bot_token": lambda s: f"{s.digits(10)}:AA{s.text(URL_SAFE, 33)}",
    "teams_webhook": _teams_webhook,
    "zapier_hook": _zapier_hook,
    "twilio_auth_token": lambda s: s.hexadecimal(32),
    "twilio_api_secret": lambda s: s.text(ALNUM, 32),
    "sendgrid_key": lambda s: f"SG.{s.text(URL_SAFE, 22)}.{s.text(URL_SAFE, 43)}",
    "mailgun_key": _mailgun_key,
    "mailgun_old_key": lambda s: "key-" + s.hexadecimal(32),
    "mailchimp_key": lambda s: f"{s.hexadecimal(32)}-us{s.between(1, 21)}",
    "postmark_token": lambda s: s.uuid(),
    "resend_key": lambda s: f"re_{s.text(ALNUM, 8)}_{s.text(ALNUM, 24)}",
    "brevo_key": lambda s: f"xkeysib-{s.hexadecimal(64)}-{s.text(ALNUM, 16)}",
    "intercom_token": _intercom_token,
}

PAYMENTS: Mapping[str, Callable[[Stream], str]] = {
    "stripe_live_key": lambda s: f"sk_live_51{s.text(ALNUM, 97)}",
    "stripe_live_short_key": lambda s: f"sk_live_{s.text(ALNUM, 24)}",
    "stripe_test_key": lambda s: f"sk_test_51{s.text(ALNUM, 97)}",
    "stripe_restricted_key": lambda s: f"rk_live_51{s.text(ALNUM, 97)}",
    "stripe_webhook_secret": lambda s: "whsec_" + s.text(ALNUM, 32),
    "square_token": lambda s: "EAAAl" + s.text(URL_SAFE, 59),
    "square_oauth_secret": lambda s: "sq0csp-" + s.text(URL_SAFE, 43),
    "paypal_client_secret": lambda s: "E" + s.text(URL_SAFE, 79),
    "braintree_token": _braintree_token,
    "shopify_token": lambda s: "shpat_" + s.hexadecimal(32),
    "shopify_shared_secret": lambda s: "shpss_" + s.hexadecimal(32),
    "plaid_secret": lambda s: s.hexadecimal(30),
    "redsys_key": lambda s: b64(s.bytes(24)),
}

WORK: Mapping[str, Callable[[Stream], str]] = {
    "datadog_api_key": lambda s: s.hexadecimal(32),
    "datadog_app_key": lambda s: s.hexadecimal(40),
    "newrelic_key": lambda s: "NRAK-" + s.text(UPPER_ALNUM, 27),
    "sentry_token": _sentry_token,
    "sentry_user_token": lambda s: "sntryu_" + s.hexadecimal(64),
    "grafana_service_token": _grafana_service_token,
    "grafana_cloud_token": _grafana_cloud_token,
    "posthog_key": lambda s: "phx_" + s.text(ALNUM, 43),
    "launchdarkly_sdk_key": lambda s: "sdk-" + s.uuid(),
    "pagerduty_key": lambda s: "u+" + s.text(URL_SAFE, 18),
    "linear_key": lambda s: "lin_api_" + s.text(ALNUM, 40),
    "notion_token": lambda s: f"ntn_{s.digits(11)}{s.text(ALNUM, 35)}",
    "notion_old_token": lambda s: "secret_" + s.text(ALNUM, 43),
    "airtable_token": lambda s: f"pat{s.text(ALNUM, 14)}.{s.hexadecimal(64)}",
    "asana_token": lambda s: f"2/{s.digits(16)}/{s.digits(16)}:{s.hexadecimal(32)}",
    "dropbox_token": lambda s: "sl.u." + s.text(URL_SAFE, 140),
    "figma_token": lambda s: "figd_" + s.text(URL_SAFE, 40),
    "hubspot_token": lambda s: f"pat-{s.pick(('na1', 'eu1'))}-{s.uuid()}",
    "zendesk_token": lambda s: s.text(ALNUM, 40),
    "okta_token": lambda s: "00" + s.text(URL_SAFE, 40),
    "auth0_client_secret": lambda s: s.text(URL_SAFE, 64),
    "firebase_server_key": lambda s: f"AAAA{s.text(URL_SAFE, 7)}:APA91b{s.text(URL_SAFE, 134)}",
    "supabase_service_key": _supabase_service_key,
    "supabase_secret_key": lambda s: f"sb_secret_{s.text(URL_SAFE, 22)}_{s.text(URL_SAFE, 8)}",
    "algolia_admin_key": lambda s: s.hexadecimal(32),
    "mapbox_secret_token": _mapbox_token,
    "contentful_token": lambda s: "CFPAT-" + s.text(URL_SAFE, 43),
}

SERVICES: Mapping[str, Callable[[Stream], str]] = {**MESSAGES, **PAYMENTS, **WORK}
