"""Where Envoy is found, and what it is started with."""

import json
from pathlib import Path

import pytest

from esclusa.core.errors import OutsideError
from esclusa.deploy.traffic import envoy
from esclusa.deploy.traffic.envoy import Router

ROUTER = Router(address="127.0.0.1", port=8080, directory="/state/router", admin="/tmp/x/admin.sock")


def test_the_wheels_envoy_is_found_and_another_can_be_named(tmp_path: Path) -> None:
    assert envoy.binary({}).name == "envoy"
    own = tmp_path / "my-envoy"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert envoy.binary({"ESCLUSA_ENVOY": str(own)}) == own


@pytest.mark.parametrize("made", [False, True])
def test_an_envoy_that_is_named_and_cannot_be_started_is_an_error(tmp_path: Path, made: bool) -> None:
    path = tmp_path / "my-envoy"
    if made:
        path.write_text("not executable")
    with pytest.raises(OutsideError, match="my-envoy is not an executable Envoy") as raised:
        envoy.binary({"ESCLUSA_ENVOY": str(path)})
    assert raised.value.mend == "point ESCLUSA_ENVOY to an Envoy executable, or unset it"


def test_the_admin_interface_is_a_private_socket_and_the_port_is_shared_with_nobody() -> None:
    told = envoy.bootstrap(ROUTER)

    assert told["admin"]["address"] == {"pipe": {"path": "/tmp/x/admin.sock", "mode": 0o600}}
    listener, copies = told["static_resources"]["listeners"]
    assert copies["internal_listener"] == {}, "copies come in from inside only"
    assert listener["enable_reuse_port"] is False
    assert listener["address"]["socket_address"] == {"address": "127.0.0.1", "port_value": 8080}


def test_the_log_says_nothing_of_what_was_asked() -> None:
    text = json.dumps(envoy.bootstrap(ROUTER))
    for word in ("%PATH", "%REQ(:PATH)", "authorization", "%REQ(USER-AGENT)"):
        assert word.lower() not in text.lower()


def test_the_place_of_the_pins_is_a_word_of_lua_whatever_it_is() -> None:
    odd = Router(address="::1", port=1, directory='/a "quoted" \\ place', admin="/x")
    text = json.dumps(envoy.bootstrap(odd))
    assert r"\\\"quoted\\\"" in text
    assert "@DIRECTORY@" not in text
