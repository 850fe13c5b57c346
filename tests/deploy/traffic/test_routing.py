"""How weights and replicas read to Envoy."""

from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.fleet import Match, Shadow
from esclusa.core.value import replace
from esclusa.deploy.traffic.routing import (
    LUA,
    MIRROR,
    SHARES,
    Arm,
    Cluster,
    Routing,
    clusters,
    release_of,
    routes,
    shares,
)


def cluster(release: str, *ports: int) -> Cluster:
    return Cluster(release=release, ports=ports, health_path="/health", health_timeout=1.0)


def arms(*weights: float) -> tuple[Arm, ...]:
    return tuple(
        Arm(cluster=cluster(f"r{number}", 10_000 + number), weight=weight, entered=number)
        for number, weight in enumerate(weights)
    )


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6).filter(any))
def test_shares_sum_to_the_whole_and_nobody_gets_traffic_out_of_nothing(parts: list[int]) -> None:
    whole = shares([part / sum(parts) for part in parts])

    assert sum(whole) == SHARES
    assert all(abs(got / SHARES - part / sum(parts)) < 1e-5 for got, part in zip(whole, parts, strict=True))
    assert [got == 0 for got in whole] == [part == 0 for part in parts]


def test_a_cluster_is_another_when_its_replicas_are_and_tells_its_release() -> None:
    one, other = cluster("a~b", 1), cluster("a~b", 1, 2)

    assert one.name != other.name
    assert cluster("a~b", 1).name == one.name
    assert release_of(one.name) == release_of(other.name) == "a~b"


def test_routes_are_stamped_name_the_newest_first_and_pin_conversations() -> None:
    new, old = arms(0.25, 0.75)
    told = routes(Routing(version="7.1", generation=7, arms=(new, old), sticky="x-talk"))

    (virtual_host,) = told["resources"][0]["virtual_hosts"]
    *pinned, fresh = virtual_host["routes"]
    split = fresh["route"]["weighted_clusters"]
    assert told["version_info"] == "7.1"
    assert told["resources"][0]["validate_clusters"] is True
    assert [(one["name"], one["weight"]) for one in split["clusters"]] == [
        (new.cluster.name, 250_000),
        (old.cluster.name, 750_000),
    ]
    assert split["use_hash_policy"] is True
    assert fresh["route"]["hash_policy"] == [{"header": {"header_name": "x-talk"}}]
    assert [
        (route["match"]["headers"][0]["string_match"]["exact"], route["route"]["cluster"]) for route in pinned
    ] == [("r0~0", new.cluster.name), ("r1~1", old.cluster.name)]
    stamps = {str(route["metadata"]["filter_metadata"]["esclusa"]) for route in virtual_host["routes"]}
    assert stamps == {str({"generation": 7, "version": "7.1"})}
    assert {route["route"]["timeout"] for route in virtual_host["routes"]} == {"0s"}
    retries = {route["route"]["retry_policy"]["retry_on"] for route in virtual_host["routes"]}
    assert retries == {"connect-failure,refused-stream,reset-before-request"}


def test_a_share_of_every_other_arm_is_copied_by_routes_of_its_own() -> None:
    new, old = arms(0.0, 1.0)
    shadow = Shadow(release="r0", share=0.25)
    told = routes(Routing(version="7.1", generation=7, arms=(new, old), shadow=shadow))

    (virtual_host,) = told["resources"][0]["virtual_hosts"]
    copied, fresh = virtual_host["routes"]
    split = fresh["route"]["weighted_clusters"]["clusters"]
    assert [(one["name"], one["weight"]) for one in split] == [
        (new.cluster.name, 0),
        (old.cluster.name, 250_000),
        (old.cluster.name, 750_000),
    ]
    contexts = [one["typed_per_filter_config"][LUA]["filter_context"] for one in split]
    assert [context.get("copied") for context in contexts] == [None, new.pin, None]
    assert [one["string_match"]["exact"] for one in copied["match"]["headers"]] == [old.pin, new.pin]
    assert copied["route"]["cluster"] == old.cluster.name
    (policy,) = copied["route"]["request_mirror_policies"]
    assert policy["cluster"] == MIRROR
    assert policy["request_headers_mutations"][0]["append"]["header"]["value"] == new.cluster.name
    assert "request_mirror_policies" not in fresh["route"]


def test_who_says_which_release_he_wants_comes_before_those_who_have_a_pin() -> None:
    new, old = arms(0.0, 1.0)
    says = (
        Match(release="r0", header="X-Cohort", value="b"),
        Match(release="r0", cookie="plan", value="b.1"),
    )
    told = routes(Routing(version="1", generation=1, arms=(new, old), sticky="x-talk", matches=says))

    (virtual_host,) = told["resources"][0]["virtual_hosts"]
    header, cookie, *rest = virtual_host["routes"]
    assert header["match"]["headers"] == [{"name": "x-cohort", "string_match": {"exact": "b"}}]
    regex = cookie["match"]["headers"][0]["string_match"]["safe_regex"]["regex"]
    assert regex == r"(?:.*;\s*)?plan=b\x{2e}1(?:\s*;.*)?"
    assert {one["route"]["cluster"] for one in (header, cookie)} == {new.cluster.name}
    assert len(rest) == 3


def test_without_a_sticky_header_nobody_is_pinned() -> None:
    told = routes(Routing(version="1", generation=1, arms=arms(1.0)))

    (virtual_host,) = told["resources"][0]["virtual_hosts"]
    (fresh,) = virtual_host["routes"]
    assert "hash_policy" not in fresh["route"]
    assert fresh["route"]["weighted_clusters"]["use_hash_policy"] is False


def test_a_release_that_came_back_does_not_call_in_those_of_its_first_time() -> None:
    (arm,) = arms(1.0)
    assert arm.pin == "r0~0"
    assert replace(arm, entered=9).pin == "r0~9"


def test_every_cluster_is_told_once_and_in_an_order_of_its_own() -> None:
    one, other = cluster("a", 1), cluster("b", 2)

    told = clusters("3", [other, one, other])

    assert [resource["name"] for resource in told["resources"]] == sorted([one.name, other.name])
    assert clusters("3", [one, other]) == told
