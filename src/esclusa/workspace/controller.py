"""`esclusa controller`: the program that drives the rollouts, and the verb that makes sure it is at work.

It runs under the project's supervisor, so that killing the command line changes nothing and killing the
controller costs seconds.
"""

import os
import sys
from functools import partial

import anyio
import anyio.to_thread

from esclusa.core.project import Project
from esclusa.core.rollout import Rollout
from esclusa.deploy.controller import aloud, drive
from esclusa.deploy.notify.courier import Courier
from esclusa.deploy.notify.senders import Sender, is_reference
from esclusa.deploy.replay import Replayer
from esclusa.deploy.sampling import Sampler
from esclusa.deploy.sources import Sources
from esclusa.deploy.stops import VARIABLE, never, stop_at
from esclusa.deploy.targets.local import Programs, Vault, access_log, hand_over, tap
from esclusa.deploy.targets.local.keeper import Keeper
from esclusa.deploy.totals import Totals
from esclusa.stages.hearing import SuitePreflight, replay_of, scoring_of
from esclusa.system import holder
from esclusa.workspace.opened import Opened

NAME = "controller"
RUNNING = "RUNNING"


async def ensure_controller(opened: Opened) -> None:
    """Have a controller at work, with its supervisor. OutsideError when it cannot be started."""
    await anyio.to_thread.run_sync(_ensure, opened)


async def renew_controller(opened: Opened) -> None:
    """Start the controller anew; it takes up what it was at work on."""
    await anyio.to_thread.run_sync(Programs(opened.state).remove, NAME)
    await ensure_controller(opened)


async def control(opened: Opened) -> None:
    """Drive this project's rollouts until told to end. Fenced when another controller has taken over."""
    stop = os.environ.get(VARIABLE, "")
    await drive(
        holder=holder(),
        log=opened.store.rollouts,
        journal=opened.store.journal,
        lease=opened.store.lease,
        target=lambda environment: opened.target(opened.target_of(environment)),
        traffic=partial(access_log, opened.state),
        sources=partial(_sources, opened),
        clock=opened.clock,
        say=aloud,
        tend=Keeper(opened.state),
        deliver=Courier(opened.store.outbox, _sender(opened), opened.clock, aloud),
        hook=stop_at(stop) if stop else never,
    )


def keep_secrets(opened: Opened, project: Project) -> None:
    """Keep what the replicas' secrets stand for now, for a controller that has not our environment."""
    named = [project.agent.secrets, *(service.secrets for service in project.services)]
    named += [environment.secrets for environment in project.environments]
    references = {reference for secrets in named for reference in secrets.values()}
    references |= told_by(project)
    if references:
        hand_over(opened.state, references, opened.secrets)


def told_by(project: Project) -> set[str]:
    """The references to secrets of those who are told what becomes of rollouts."""
    texts = (
        text
        for channel in project.notify
        for text in (channel.webhook, *channel.headers.values(), *channel.secrets.values())
    )
    return set(filter(is_reference, texts))


def _sender(opened: Opened) -> Sender:
    return Sender(opened.root, os.environ, Vault(opened.state, opened.secrets).get)


def _sources(opened: Opened, rollout: Rollout) -> Sources:
    clock, hearing, prometheus = opened.clock, rollout.hearing, rollout.spec.prometheus
    scoring = scoring_of(hearing, clock) if hearing else None
    replay = replay_of(hearing, clock) if hearing else None
    target = opened.target(opened.target_of(rollout.environment))
    listening = tap(opened.state, rollout.environment)
    return Sources(
        sampler=Sampler(rollout, listening, scoring, clock) if scoring else None,
        replayer=Replayer(rollout, target, replay, clock) if replay else None,
        totals=Totals(rollout, prometheus, clock) if prometheus else None,
        preflight=SuitePreflight(hearing, clock) if hearing and hearing.preflight else None,
    )


def _ensure(opened: Opened) -> None:
    opened.store.journal.append(*Keeper(opened.state).keep())
    programs = Programs(opened.state)
    seen = programs.seen(NAME)
    if seen is not None and seen.pid and seen.state == RUNNING:
        return
    words = (sys.executable, "-m", "esclusa", "-C", str(opened.root), NAME)
    stop = os.environ.get(VARIABLE, "")
    programs.put(NAME, words, cwd=opened.root, variables={VARIABLE: stop} if stop else {})
