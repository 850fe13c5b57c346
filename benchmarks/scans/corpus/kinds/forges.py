"""Forges, continuous integration and package registries."""

import json
import zlib
from collections.abc import Callable, Mapping

from benchmarks.scans.corpus.kinds.alphabets import (
    ALNUM,
    BASE32,
    LOWER_ALNUM,
    URL_SAFE,
    b64,
    b64url,
    with_crc,
)
from benchmarks.scans.stream import Stream


def _pypi_token(s: Stream) -> str:
    """A macaroon of version 2 for pypi.org, unrestricted: location, identifier, one caveat, signature."""
    user = json.dumps([3, s.uuid()], separators=(",", ": ")).encode()
    body = b"\x02\x01\x08pypi.org\x02\x24" + s.uuid().encode() + b"\x00"
    body += b"\x02" + bytes((len(user),)) + user + b"\x00\x00\x06\x20" + s.bytes(32)
    return "pypi-" + b64url(body)


def _atlassian_token(s: Stream) -> str:
    body = "ATATT3xFfGF0" + s.text(URL_SAFE, 171)
    return f"{body}={zlib.crc32(body.encode()):08X}"


def _circleci_token(s: Stream) -> str:
    return f"CCIPAT_{s.text(ALNUM, 22)}_{s.hexadecimal(40)}"


FORGES: Mapping[str, Callable[[Stream], str]] = {
    "github_pat": lambda s: with_crc("ghp_", s.text(ALNUM, 30)),
    "github_fine_grained_pat": lambda s: f"github_pat_11A{s.text(BASE32, 19)}_{s.text(ALNUM, 59)}",
    "github_oauth_token": lambda s: with_crc("gho_", s.text(ALNUM, 30)),
    "github_app_token": lambda s: with_crc("ghs_", s.text(ALNUM, 30)),
    "gitlab_pat": lambda s: "glpat-" + s.text(URL_SAFE, 20),
    "gitlab_deploy_token": lambda s: "gldt-" + s.text(URL_SAFE, 20),
    "gitlab_runner_token": lambda s: "glrt-" + s.text(URL_SAFE, 20),
    "gitlab_trigger_token": lambda s: "glptt-" + s.hexadecimal(40),
    "npm_token": lambda s: with_crc("npm_", s.text(ALNUM, 30)),
    "pypi_token": _pypi_token,
    "dockerhub_token": lambda s: "dckr_pat_" + s.text(URL_SAFE, 27),
    "nuget_key": lambda s: "oy2" + s.text(LOWER_ALNUM, 43),
    "rubygems_key": lambda s: "rubygems_" + s.hexadecimal(48),
    "crates_io_token": lambda s: "cio" + s.text(ALNUM, 32),
    "bitbucket_app_password": lambda s: f"ATBB{s.text(ALNUM, 24)}{zlib.crc32(s.bytes(8)):08X}",
    "atlassian_token": _atlassian_token,
    "circleci_token": _circleci_token,
    "buildkite_token": lambda s: "bkua_" + s.hexadecimal(40),
    "artifactory_key": lambda s: "AKCp8" + s.text(ALNUM, 68),
    "sonarqube_token": lambda s: "sqp_" + s.hexadecimal(40),
    "postman_key": lambda s: f"PMAK-{s.hexadecimal(24)}-{s.hexadecimal(34)}",
    "docker_config_auth": lambda s: b64(f"ci-robot:{s.text(ALNUM + '!#%', s.between(14, 22))}".encode()),
    "npmrc_auth": lambda s: b64(f"publisher:{s.text(ALNUM, s.between(12, 20))}".encode()),
}
