"""Clouds, hosting and infrastructure."""

import json
from collections.abc import Callable, Mapping

from benchmarks.scans.corpus import blocks
from benchmarks.scans.corpus.kinds.alphabets import (
    ALNUM,
    BASE32,
    BASE64,
    LOWER_ALNUM,
    URL_SAFE,
    b64,
    b64url,
)
from benchmarks.scans.stream import Stream


def _aws_session_token(s: Stream) -> str:
    return "IQoJb3JpZ2luX2Vj" + b64(s.bytes(3 * s.between(110, 160)))


def _azure_sas(s: Stream) -> str:
    signature = b64(s.bytes(32)).replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    expiry = f"2027-{s.between(1, 9):02}-{s.between(1, 28):02}T23:59:59Z"
    rights = "sv=2022-11-02&ss=bfqt&srt=sco&sp=rwdlacup"
    return f"{rights}&se={expiry}&st=2026-01-04T08:00:00Z&spr=https&sig={signature}"


def _azure_openai_key(s: Stream) -> str:
    return (
        f"{s.text(ALNUM, 52)}JQQJ99B{s.pick('ABCDEFGHIJKL')}AC{s.text(ALNUM, 10)}AAABACOG{s.text(ALNUM, 4)}"
    )


def _terraform_cloud_token(s: Stream) -> str:
    return f"{s.text(ALNUM, 14)}.atlasv1.{s.text(ALNUM, 67)}"


def _doppler_token(s: Stream) -> str:
    return f"dp.st.{s.pick(('prd', 'stg', 'dev'))}.{s.text(ALNUM, 43)}"


def _cloudflare_origin_ca_key(s: Stream) -> str:
    return f"v1.0-{s.hexadecimal(24)}-{s.hexadecimal(146)}"


def _kubernetes_token(s: Stream) -> str:
    """A service account's token, as clusters signed them: RS256, the signature of 256 bytes."""
    claims = {
        "iss": "kubernetes/serviceaccount",
        "kubernetes.io/serviceaccount/namespace": s.pick(("default", "agents", "prod")),
        "kubernetes.io/serviceaccount/service-account.uid": s.uuid(),
        "sub": "system:serviceaccount:agents:deployer",
    }
    head = {"alg": "RS256", "kid": b64url(s.bytes(32))}
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in (head, claims))
    return ".".join((*map(b64url, parts), b64url(s.bytes(256))))


CLOUD: Mapping[str, Callable[[Stream], str]] = {
    "aws_access_key_id": lambda s: "AKIA" + s.text(BASE32, 16),
    "aws_temporary_key_id": lambda s: "ASIA" + s.text(BASE32, 16),
    "aws_secret_access_key": lambda s: s.text(BASE64, 40),
    "aws_session_token": _aws_session_token,
    "aws_bedrock_key": lambda s: (
        "ABSK" + b64(f"BedrockAPIKey-{s.text(LOWER_ALNUM, 4)}-at-{s.digits(12)}:".encode() + s.bytes(32))
    ),
    "gcp_service_account_key": blocks.pkcs8_private,
    "google_api_key": lambda s: "AIzaSy" + s.text(URL_SAFE, 33),
    "google_oauth_client_secret": lambda s: "GOCSPX-" + s.text(URL_SAFE, 28),
    "google_refresh_token": lambda s: "1//0" + s.text(URL_SAFE, 99),
    "azure_storage_key": lambda s: b64(s.bytes(64)),
    "azure_sas": _azure_sas,
    "azure_ad_client_secret": lambda s: f"{s.text(ALNUM, 3)}8Q~{s.text(ALNUM + '_.~-', 33)}{s.pick(ALNUM)}",
    "azure_openai_key": _azure_openai_key,
    "azure_cognitive_key": lambda s: s.hexadecimal(32),
    "azure_devops_pat": lambda s: f"{s.text(ALNUM, 76)}AZDO{s.text(ALNUM, 4)}",
    "azure_service_bus_key": lambda s: b64(s.bytes(32)),
    "digitalocean_token": lambda s: "dop_v1_" + s.hexadecimal(64),
    "heroku_api_key": lambda s: "HRKU-AA" + s.text(URL_SAFE, 58),
    "cloudflare_api_token": lambda s: s.text(URL_SAFE, 40),
    "cloudflare_global_key": lambda s: s.hexadecimal(37),
    "cloudflare_origin_ca_key": _cloudflare_origin_ca_key,
    "fastly_token": lambda s: s.text(URL_SAFE, 32),
    "vercel_token": lambda s: s.text(ALNUM, 24),
    "netlify_token": lambda s: "nfp_" + s.text(ALNUM, 36),
    "alibaba_access_key_id": lambda s: "LTAI5t" + s.text(ALNUM, 18),
    "alibaba_secret_key": lambda s: s.text(ALNUM, 30),
    "fly_token": lambda s: "FlyV1 fm2_" + b64(s.bytes(3 * s.between(70, 100))),
    "vault_token": lambda s: "hvs.CAESI" + s.text(URL_SAFE, 86),
    "terraform_cloud_token": _terraform_cloud_token,
    "pulumi_token": lambda s: "pul-" + s.hexadecimal(40),
    "databricks_token": lambda s: "dapi" + s.hexadecimal(32),
    "planetscale_token": lambda s: "pscale_tkn_" + s.text(URL_SAFE, 43),
    "doppler_token": _doppler_token,
    "kubernetes_token": _kubernetes_token,
}
