"""`esclusa flags` and what it rests on: the flags of a release are its own, wherever it stands."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import pytest

from esclusa.core.errors import ConfigurationError, UsageError
from esclusa.core.project import Agent
from esclusa.core.release import Release
from esclusa.flags import evaluation
from esclusa.flags.definitions import read_definitions
from esclusa.flags.evaluation import Evaluated, Flags
from esclusa.releases.build import Served, build
from esclusa.workspace.check import check
from esclusa.workspace.flags import Answered, FlagsSeen, Told, flags
from esclusa.workspace.opened import Opened
from tests.fakes import FakeClock
from tests.flags.files import ON_OFF, share, written
from tests.processes import wait_until
from tests.toy import AGENT, Toy, customers
from tests.workspace.projects import FILE, opened_project

FLAGGED = FILE.replace("ask: {openai: /}", "ask: {openai: /}, flags: flags.json")
NOTHING_KNOWN = Told(
    key="brief",
    reason="ERROR",
    code="TARGETING_KEY_MISSING",
    details="`brief` is decided by the conversation: send its id as `context.targetingKey`",
)


def opened(root: Path) -> Opened:
    """A project with two flags."""
    written(root / "flags.json", {"brief": share(10), "gold": gold()})
    (root / "esclusa.yaml").write_text(FLAGGED)
    return Opened(root=root, clock=FakeClock())


def gold() -> dict[str, Any]:
    return {**ON_OFF, "targeting": {"if": [{"==": [{"var": "tier"}, "gold"]}, "on"]}}


def seen(project: Opened, **asked: Any) -> FlagsSeen:
    async def ask() -> FlagsSeen:
        return await flags(project, **{"attributes": {}, **asked})

    return anyio.run(ask)


def test_the_flags_of_the_work_tree_come_to_what_an_agent_would_be_told(tmp_path: Path) -> None:
    found = seen(opened(tmp_path), conversation="c9", attributes={"tier": "gold"})
    assert found == FlagsSeen(
        environment="",
        context={"tier": "gold", "targetingKey": "c9"},
        answers=(
            Answered(
                where="work tree",
                file="flags.json",
                flags=(
                    Told(key="brief", value=True, variant="on", reason="TARGETING_MATCH"),
                    Told(key="gold", value=True, variant="on", reason="TARGETING_MATCH"),
                ),
            ),
        ),
    )


def test_without_a_conversation_it_says_which_flags_one_decides(tmp_path: Path) -> None:
    [answer] = seen(opened(tmp_path)).answers
    assert answer.flags == (NOTHING_KNOWN, Told(key="gold", value=False, variant="off", reason="DEFAULT"))


def test_a_release_answers_from_what_was_sealed_and_from_nothing_else(tmp_path: Path) -> None:
    source, home = tmp_path / "source", tmp_path / "project"
    source.mkdir()
    home.mkdir()
    project = opened(home)
    written(source / "flags.json", {"brief": share(100)})
    agent = Agent(serve=("a",), ask={}, behaviour={"flags": ("flags.json",)}, flags="flags.json")
    manifest = build(source, "", Served(agent=agent), tmp_path / "built", exclude=[])
    project.store.releases.add(
        Release(id=manifest.id, project="p", commit="c1", artifact=str(tmp_path / "built"))
    )
    [answer] = seen(project, release="c1", conversation="c1").answers
    assert (answer.where, answer.flags) == (
        manifest.id,
        (Told(key="brief", value=True, variant="on", reason="TARGETING_MATCH"),),
    )
    written(tmp_path / "built" / "agent" / "flags.json", {"brief": share(0)})
    with pytest.raises(ConfigurationError, match="this is not the file that was sealed with the release"):
        seen(project, release="c1", conversation="c1")


def test_what_cannot_be_asked_for_is_said_with_the_mend(tmp_path: Path) -> None:
    project = opened_project(tmp_path)
    for asked, message in (
        ({}, "this project has no flags\n  mend: name their file in esclusa.yaml: `agent.flags`"),
        ({"environment": "moon"}, "there is no environment 'moon'\n  mend: known are production"),
        ({"environment": ""}, "nothing serves in production\n  mend: esclusa run"),
        ({"release": "abc"}, "there is no release 'abc'\n  mend: esclusa releases lists them"),
        (
            {"environment": "", "release": "abc"},
            "a release has the same flags everywhere\n  mend: ask for one of the two",
        ),
    ):
        with pytest.raises(UsageError) as caught:
            seen(project, **asked)
        assert str(caught.value) == message


def test_check_tells_what_is_wrong_with_flags_and_what_is_missing_to_evaluate_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(tmp_path)
    assert (
        "flags of flags.json, sealed with each release, which finds them at OFREP_ENDPOINT"
        in check(tmp_path).lines
    )
    monkeypatch.setattr(evaluation, "EVALUATOR", "openfeature.nowhere")
    with pytest.raises(ConfigurationError) as caught:
        check(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/esclusa.yaml:3: agent.flags: flagd's evaluator is not installed, and `agent.flags` needs it\n"
        "  mend: pip install 'esclusa[flags]'"
    )
    monkeypatch.undo()
    written(tmp_path / "flags.json", {"brief": {**ON_OFF, "defaultVariant": "of"}})
    with pytest.raises(ConfigurationError) as caught:
        check(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/flags.json:9: flags.brief.defaultVariant: unknown variant `of`; did you mean `off`?\n"
        "  mend: known here: `on`, `off`"
    )


# End to end: a change of the flags alone, by a canary, and back


ASKING = '''
import urllib.error

FLAGS = os.environ["OFREP_ENDPOINT"] + "/ofrep/v1/evaluate/flags/brief"


def brief(conversation):
    """Whether to be brief, as the release's own flags say; not, if they say nothing."""
    context = {"targetingKey": conversation} if conversation else {}
    asked = urllib.request.Request(FLAGS, json.dumps({"context": context}).encode())
    try:
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError:
        return False
'''
FLAG_AGENT = AGENT.replace("\n\nclass Agent", ASKING + "\n\nclass Agent").replace(
    '{"model": "toy", ', '{"model": "toy", "brief": brief(self.headers["x-conversation-id"]), '
)


@pytest.fixture
def flagged(toy: Toy) -> Toy:
    """The toy, whose agent asks for a flag that nobody has on yet."""
    file = (toy.root / "esclusa.yaml").read_text()
    toy.write("esclusa.yaml", file.replace("  behaviour:", "  flags: flags.json\n  behaviour:"), "Flags")
    toy.write("agent.py", FLAG_AGENT, "Ask for them")
    written(toy.root / "flags.json", {"brief": ON_OFF})
    toy.commit("Nobody is brief")
    return toy


def servers(toy: Toy) -> list[int]:
    """The flag servers that run for the toy, by process."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "esclusa.flags.server" in words and str(toy.root) in words and "launcher.py" not in words:
            found.append(int(place.name))
    return found


async def answers(toy: Toy, conversations: list[str]) -> dict[str, bool]:
    """Whether each conversation is answered briefly."""
    body = {"messages": [{"role": "user", "content": "hello there"}]}
    found = {}
    async with aiohttp.ClientSession() as session:
        for one in conversations:
            async with session.post(toy.url, json=body, headers={"x-conversation-id": one}) as response:
                found[one] = (await response.json(content_type=None))["brief"]
    return found


NEW = [f"new-{number}" for number in range(60)]


@pytest.mark.real
def test_flags_alone_go_through_a_canary_survive_their_server_and_come_back_by_a_rollback(
    flagged: Toy,
) -> None:
    toy = flagged
    assert toy.esclusa("run").returncode == 0
    assert not any(asyncio.run(answers(toy, NEW)).values())
    written(toy.root / "flags.json", {"brief": share(30)})
    commit = toy.commit("A third is brief")

    beside = asyncio.run(_canary(toy, commit))
    assert {one["role"]: (flag["variant"], flag["reason"]) for one in beside for flag in one["flags"]} == {
        "candidate": ("on", "TARGETING_MATCH"),
        "stable": ("off", "STATIC"),
    }
    releases = toy.json("releases")
    changed = toy.json("diff", *(one["release"]["id"] for one in reversed(releases[:2])))["parts"]
    assert [part["part"] for part in changed] == ["flags"], "nothing else was built"

    had = {one for one, brief in asyncio.run(answers(toy, NEW)).items() if brief}
    assert had == _expected(toy)
    assert 5 < len(had) < 40
    _survives(toy, had)

    assert toy.esclusa("rollback").returncode == 0
    wait_until(lambda: toy.state() == "promoted" and not any(asyncio.run(answers(toy, NEW)).values()), 60)
    assert len(servers(toy)) == 2, "one in staging and one in production, and none of what has gone"


async def _canary(toy: Toy, commit: str) -> Any:
    """Run the commit with customers at the door; what both releases say of one conversation meanwhile."""
    async with customers(toy.url):
        running = asyncio.create_task(asyncio.to_thread(toy.esclusa, "run", "--commit", commit))
        told: Any = []
        while len(told) < 2 and not running.done():
            asked = ("flags", "--environment", "production", "--conversation", min(_expected(toy)))
            told = (await asyncio.to_thread(toy.json_any, *asked))["answers"]
        done = await running
    assert done.returncode == 0, done.stdout + done.stderr
    return told


def _expected(toy: Toy) -> set[str]:
    """Those that have it by the file in the work tree."""
    here = Flags(read_definitions(toy.root / "flags.json"))
    told = {one: here.evaluate("brief", {"targetingKey": one}) for one in NEW}
    return {one for one, result in told.items() if isinstance(result, Evaluated) and result.value}


def _survives(toy: Toy, had: set[str]) -> None:
    """Killed, the flag servers are back, and nobody has another variant than before."""
    killed = servers(toy)
    assert len(killed) == 2
    for one in killed:
        os.kill(one, signal.SIGKILL)
    wait_until(lambda: len(set(servers(toy)) - set(killed)) == 2, 60)
    wait_until(lambda: _all_healthy(toy), 60)
    assert {one for one, brief in asyncio.run(answers(toy, NEW)).items() if brief} == had


def _all_healthy(toy: Toy) -> bool:
    states = [state for one in toy.json("status") for state in one["observation"]["services"].values()]
    return states == ["healthy", "healthy"]
