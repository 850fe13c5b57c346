"""What an environment needs to become as a fleet says."""

import pytest

from esclusa.core.errors import UsageError
from esclusa.core.fleet import Fleet, Match, Program, Route, Service, Shadow, Workload
from esclusa.core.value import replace
from esclusa.deploy.targets.local import plan
from esclusa.deploy.targets.local.state import Replica, State

PROGRAM = Program(argv=("agent", "{port}"), directory="/release")


def service(key: str) -> Service:
    return Service(name="model", program=PROGRAM, variable="MODEL_URL", key=key)


def fleet(*weights: tuple[str, float], replicas: int = 2, services: tuple[Service, ...] = ()) -> Fleet:
    return Fleet(
        environment="production",
        port=8080,
        workloads=tuple(Workload(release=name, program=PROGRAM, replicas=replicas) for name, _ in weights),
        route=Route(weights=weights, sticky="X-Talk"),
        services=services,
    )


def replica(
    of: str, port: int, services: dict[str, str] | None = None, program: Program = PROGRAM
) -> Replica:
    bound = services or {}
    return Replica(
        program=f"production@{of}-{port}",
        of=of,
        identity=plan.identity(program, bound),
        port=port,
        health=program.health,
        services=bound,
    )


def state(*replicas: Replica) -> State:
    return State(environment="production", replicas=replicas)


def test_replicas_that_run_are_kept_up_to_the_number_wanted() -> None:
    running = [replica("old", port) for port in (1, 2, 3)]
    assert plan.wanted_replicas(state(*running), fleet(("old", 1.0))) == {"old": running[:2]}


def test_a_replica_of_another_program_is_not_wanted() -> None:
    changed = replica("old", 1, program=replace(PROGRAM, variables={"FLAG": "on"}))
    assert plan.wanted_replicas(state(changed), fleet(("old", 1.0))) == {"old": []}


def test_new_replicas_get_the_service_named_last_and_running_ones_keep_theirs() -> None:
    both = fleet(("new", 0.5), ("old", 0.5), services=(service("k1"), service("k2")))
    known = state(replica("old", 1, {"MODEL_URL": "k1"}))
    new, old = both.workloads

    assert plan.bindings(known, both, new) == {"MODEL_URL": "k2"}
    assert plan.bindings(known, both, old) == {"MODEL_URL": "k1"}
    assert plan.bindings(known, fleet(("old", 1.0), services=(service("k2"),)), old) == {"MODEL_URL": "k2"}


def test_a_service_of_its_own_is_found_by_its_release_alone_whichever_replicas_run() -> None:
    own = [replace(service(key), name=key, variable="OFREP_ENDPOINT", shared=False) for key in ("f1", "f2")]
    both = fleet(("new", 0.5), ("old", 0.5), services=(own[0], service("m"), own[1]))
    new = replace(both.workloads[0], services={"OFREP_ENDPOINT": "f2"})
    old = replace(both.workloads[1], services={"OFREP_ENDPOINT": "f1"})
    mine = {"MODEL_URL": "m", "OFREP_ENDPOINT": "f1"}
    nobody, running = state(), state(replica("old", 1, mine))
    strange = state(replica("old", 1, {**mine, "OFREP_ENDPOINT": "f2"}))

    assert [plan.bindings(known, both, old) for known in (nobody, running, strange)] == [mine] * 3
    assert plan.bindings(running, both, new) == {"MODEL_URL": "m", "OFREP_ENDPOINT": "f2"}


def test_replicas_of_a_release_without_flags_stay_when_one_with_flags_comes_beside_them() -> None:
    own = replace(service("f"), name="flags", variable="OFREP_ENDPOINT", shared=False)
    both = fleet(("new", 0.5), ("old", 0.5), replicas=1, services=(service("m"), own))
    both = replace(
        both,
        workloads=(replace(both.workloads[0], services={"OFREP_ENDPOINT": "f"}), both.workloads[1]),
    )
    running = replica("old", 1, {"MODEL_URL": "m"})
    assert plan.wanted_replicas(state(running), both) == {"new": [], "old": [running]}


def test_a_release_keeps_the_entry_it_came_in_with_as_long_as_it_stays() -> None:
    known = state(replica("new", 1), replica("old", 2))
    first = plan.routing(known, fleet(("old", 1.0)), 3, "3.1", "127.0.0.1")
    later = replace(known, routing=first)
    second = plan.routing(later, fleet(("new", 0.1), ("old", 0.9)), 4, "4.2", "127.0.0.1")
    back = plan.routing(
        replace(later, routing=plan.routing(later, fleet(("new", 1.0)), 5, "5.3", "127.0.0.1")),
        fleet(("new", 0.5), ("old", 0.5)),
        6,
        "6.4",
        "127.0.0.1",
    )

    assert [(arm.pin, arm.weight) for arm in second.arms] == [("new~4", 0.1), ("old~3", 0.9)]
    assert [arm.pin for arm in back.arms] == ["new~5", "old~6"]
    assert second.sticky == "x-talk"


def asking(**changes: object) -> Fleet:
    """The old release alone, with a route that asks for something more."""
    whole = fleet(("old", 1.0))
    assert whole.route is not None
    return replace(whole, route=replace(whole.route, **changes))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(fleet(("old", 1.0)), environment="../up"), "cannot be an environment's name"),
        (replace(fleet(("old", 1.0)), environment="a@b"), "cannot be an environment's name"),
        (replace(fleet(("old", 1.0)), port=70000), "70000 is no port"),
        (fleet(("old", 0.5)), "sum to 0.5 instead of 1"),
        (fleet(("new", 1.5), ("old", -0.5)), "a weight of 1.5 in production is no share"),
        (fleet(("old", 1.0), replicas=0), "which has no replicas"),
        (replace(fleet(("old", 1.0)), workloads=()), "which has no replicas"),
        (fleet(("old", 0.5), ("old", 0.5)), "stands twice"),
        (replace(fleet(("old", 1.0)), route=Route(weights=())), "sum to 0 instead of 1"),
        (replace(fleet(("old", 1.0)), route=Route(weights=(("old", 1.0),), sticky="a b")), "of a header"),
        (
            replace(
                fleet(("old", 1.0)),
                workloads=(Workload(release="old", program=PROGRAM, replicas=1, services={"FLAGS": "k"}),),
            ),
            "old in production has no service of its own for FLAGS",
        ),
        (asking(shadow=Shadow(release="new", share=0.1)), "copies of production would go to new"),
        (asking(shadow=Shadow(release="old", share=0.0)), "0 is no share of the conversations"),
        (
            asking(matches=(Match(release="new", header="a", value="b"),)),
            "requests of production would go to new",
        ),
        (asking(matches=(Match(release="old", value="b"),)), "names no header and no cookie, or both"),
    ],
)
def test_a_fleet_that_makes_no_sense_is_refused(wrong: Fleet, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        plan.check(wrong)


def in_force(of: Fleet, *replicas: Replica) -> State:
    """Confirmed as generation 4, with these replicas, all of which were well once."""
    known = State(
        environment="production",
        fence=4,
        serial=9,
        port=8080,
        replicas=tuple(replace(one, proven=True) for one in replicas),
        router="production@router-1",
        fleet=of,
        generation=4,
    )
    told = plan.routing(known, of, 4, "4.8", "127.0.0.1")
    return replace(known, routing=told, clusters=tuple(arm.cluster for arm in told.arms))


def test_routes_alone_change_when_all_that_is_named_is_there() -> None:
    known = in_force(fleet(("new", 0.0), ("old", 1.0), replicas=1), replica("new", 2), replica("old", 1))
    switched = fleet(("new", 1.0), ("old", 0.0), replicas=1)
    alone = fleet(("old", 1.0), replicas=1)

    told = plan.rerouted(known, switched, 5, "127.0.0.1")

    assert told == plan.routing(known, switched, 5, "5.9", "127.0.0.1")
    assert plan.rerouted(known, alone, 5, "127.0.0.1") == plan.routing(known, alone, 5, "5.9", "127.0.0.1")
    assert plan.rerouted(known, replace(switched, port=0), 5, "127.0.0.1") == told


def test_more_than_routes_changes_when_anything_is_missing_or_half_done() -> None:
    now, switched = (fleet(("new", w), ("old", 1 - w), replicas=1) for w in (0.0, 1.0))
    known = in_force(now, replica("new", 2), replica("old", 1))
    unproven = (replace(known.replicas[0], proven=False), known.replicas[1])

    doubts = [
        (known, now, 4),  # it is in force already
        (known, fleet(("new", 1.0), ("old", 0.0), replicas=2), 5),
        (known, fleet(("other", 1.0), ("old", 0.0), replicas=1), 5),
        (known, fleet(("new", 1.0), ("old", 0.0), replicas=1, services=(service("k1"),)), 5),
        (known, replace(switched, port=9090), 5),
        (known, replace(switched, route=None), 5),
        (replace(known, replicas=unproven), switched, 5),
        (replace(known, clusters=known.clusters[:1]), switched, 5),
        (replace(known, router=""), switched, 5),
        (replace(known, routing=None), switched, 5),
        (replace(known, generation=3), switched, 5),
    ]

    assert [plan.rerouted(*doubt, "127.0.0.1") for doubt in doubts] == [None] * len(doubts)
