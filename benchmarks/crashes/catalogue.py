"""The faults that are injected here, and those that a test injects."""

from benchmarks.crashes import cells
from benchmarks.crashes.cells import CONTROLLER
from benchmarks.crashes.faults import (
    CANARY,
    Fault,
    S,
    asked,
    clock_set,
    full_disk,
    log_away,
    log_cut,
    log_foreign,
    log_future,
    log_stale,
    restoring_again,
    torn,
    torn_state,
)
from esclusa.core.value import replace

FAULTS = (
    Fault("abort", "pending", asked("abort", "before-intent#1"), S.ROLLED_BACK, "aborted by ana"),
    Fault("abort", "preparing", asked("abort", "after-intent#1"), S.ROLLED_BACK, "aborted by ana"),
    Fault("abort", "shifting", asked("abort", "after-intent#2"), S.ROLLED_BACK, "aborted by ana"),
    Fault(
        "abort", "shifting, routes written", asked("abort", "after-routes#2"), S.ROLLED_BACK, "aborted by ana"
    ),
    Fault("abort", "baking", asked("abort"), S.ROLLED_BACK, "aborted by ana"),
    Fault("abort", "paused", asked("abort", first="pause"), S.ROLLED_BACK, "aborted by ana"),
    Fault("abort", "promoting", asked("abort", "after-intent#3"), S.ROLLED_BACK, "aborted by ana"),
    Fault(
        "abort", "watching", asked("abort", spec=replace(CANARY, watch=30.0)), S.ROLLED_BACK, "aborted by ana"
    ),
    Fault("abort", "restoring", restoring_again, S.ROLLED_BACK, "`abort` by ana changes nothing"),
    Fault("supersede", "preparing", asked("supersede", "after-intent#1"), S.SUPERSEDED, "superseded by ana"),
    Fault("supersede", "shifting", asked("supersede", "after-routes#2"), S.SUPERSEDED, "superseded by ana"),
    Fault("supersede", "baking", asked("supersede"), S.SUPERSEDED, "superseded by ana"),
    Fault("supersede", "promoting", asked("supersede", "after-intent#3"), S.SUPERSEDED, "superseded by ana"),
    Fault("access log", "gone for a while", log_away(2.0), S.PROMOTED, "the evidence cannot be read: part"),
    Fault("access log", "gone for good", log_away(600.0), S.ROLLED_BACK, "the evidence cannot be read: part"),
    Fault("access log", "cut under the router's hands", log_cut, S.ROLLED_BACK, "was cut or written anew"),
    Fault(
        "access log",
        "stale: a copy to which nothing comes",
        log_stale,
        S.ROLLED_BACK,
        "was not allowed on within 6 s",
    ),
    Fault("access log", "lines of another router, torn lines", log_foreign, S.PROMOTED),
    Fault("access log", "stable's successes, an hour ahead", log_future(False), S.PROMOTED),
    Fault("access log", "stable's failures, an hour ahead", log_future(True), S.PROMOTED),
    Fault("torn file", "targets/*/state.json", torn_state, S.ROLLED_BACK, "state.json is torn"),
    Fault(
        "torn file",
        "router/routes.json, Envoy killed",
        torn("targets/*/router/routes.json", cells.ENVOY),
        S.PROMOTED,
    ),
    Fault(
        "torn file",
        "router/clusters.json, Envoy killed",
        torn("targets/*/router/clusters.json", cells.ENVOY),
        S.PROMOTED,
    ),
    Fault("torn file", "router/confirmed.json", torn("targets/*/router/confirmed.json"), S.PROMOTED),
    Fault(
        "torn file",
        "router/bootstrap.json, Envoy killed",
        torn("targets/*/router/bootstrap.json", cells.ENVOY),
        S.PROMOTED,
    ),
    Fault("torn file", "router/pins, Envoy killed", torn("targets/*/router/pins/*", cells.ENVOY), S.PROMOTED),
    Fault(
        "torn file",
        "supervisor/record/* of replicas",
        torn("supervisor/record/*@CANDIDATE-*.json"),
        S.PROMOTED,
    ),
    Fault(
        "torn file",
        "supervisor/record/* of the router",
        torn("supervisor/record/*@router-*.json"),
        S.PROMOTED,
    ),
    Fault(
        "torn file",
        "supervisor/record/controller.json, controller killed",
        torn("supervisor/record/controller.json", CONTROLLER),
        S.PROMOTED,
    ),
    Fault(
        "torn file",
        "supervisor/spec/* of the router, Envoy killed",
        torn("supervisor/spec/*@router-*.json", cells.ENVOY),
        S.PROMOTED,
    ),
    Fault(
        "torn file",
        "supervisor/programs/* of replicas",
        torn("supervisor/programs/*@CANDIDATE-*.ini"),
        S.PROMOTED,
    ),
    Fault(
        "torn file",
        "supervisor/supervisord.conf, supervisord killed",
        torn("supervisor/supervisord.conf", cells.SUPERVISOR),
        S.PROMOTED,
    ),
    Fault("full disk", "for 5 s", full_disk(5.0), S.PROMOTED, disk=True),
    Fault("full disk", "for 5 min", full_disk(300.0), S.PROMOTED, disk=True),
    Fault(
        "clock",
        "the controller's is set an hour forward",
        clock_set(3600.0),
        S.ROLLED_BACK,
        "no request has gone to",
    ),
    Fault(
        "clock",
        "the controller's is set an hour back",
        clock_set(-3600.0),
        S.ROLLED_BACK,
        "behind what was judged last",
    ),
)

ELSEWHERE = (
    (
        "a replica that passes health and fails traffic, with its controller killed in the rollback",
        "tests/deploy/test_crashes.py",
        "test_a_controller_that_dies_in_a_rollback_rolls_back_all_the_same",
    ),
    (
        "controller and supervisord killed at once",
        "tests/deploy/test_crashes.py",
        "test_when_controller_and_supervisord_die_at_once_the_next_verb_brings_them_back",
    ),
    (
        "a release that needs a port in use",
        "tests/workspace/test_interruptions.py",
        "test_a_port_taken_while_a_run_is_under_way_ends_its_rollout_and_resume_begins_another",
    ),
    (
        "a port that was lost while nothing ran",
        "tests/deploy/local/test_target_real.py",
        "test_ports_that_were_lost_while_nothing_ran_are_replaced",
    ),
    (
        "Envoy refusing a configuration",
        "tests/deploy/local/test_target_real.py",
        "test_a_refused_configuration_is_an_error_with_the_routers_own_words",
    ),
    (
        "an application killed at any moment",
        "tests/deploy/local/test_target_real.py",
        "test_whatever_moment_an_applier_is_killed_at_the_next_one_converges",
    ),
    (
        "routes and clusters torn, and what was confirmed as well",
        "tests/deploy/local/test_launcher.py",
        "test_nothing_is_started_when_what_was_confirmed_is_torn_as_well",
    ),
    ("a torn store", "tests/store/test_database.py", "test_a_torn_file_is_refused_with_the_mend"),
    (
        "a writer of the journal killed at any moment",
        "tests/store/test_journal.py",
        "test_a_writer_killed_at_any_moment_leaves_whole_transactions",
    ),
    (
        "torn statistics of a rollout",
        "tests/deploy/test_controller.py",
        "test_torn_statistics_hold_the_rollout_and_are_named",
    ),
    (
        "any order of events and faults, and a second model of the engine",
        "tests/deploy/test_engine_model.py",
        "test_the_engine_does_what_the_model_says_and_every_order_of_faults_ends",
    ),
)
"""What is injected by a test: what, the file and the test."""
