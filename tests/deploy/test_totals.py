"""What Prometheus answers, read; a real one is asked in tests/workspace/test_strategies.py."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from esclusa.core.errors import OutsideError
from esclusa.core.project import CountedRate, Prometheus
from esclusa.core.value import replace
from esclusa.deploy.totals import Totals, read_value
from esclusa.gates.counts import Total
from esclusa.system import SystemClock
from tests.deploy.test_sampling import rollout
from tests.evals.servers import served


def vector(*values: str) -> dict[str, Any]:
    result = [{"metric": {}, "value": [1700000000.0, value]} for value in values]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


SCALAR = {"status": "success", "data": {"resultType": "scalar", "result": [1700000000.0, "7"]}}


@pytest.mark.parametrize(
    ("answer", "value"), [(vector("12.5"), 12.5), (vector(), None), (vector("NaN"), None), (SCALAR, 7.0)]
)
def test_one_number_or_none_is_read(answer: Any, value: float | None) -> None:
    assert read_value(answer, "q") == value


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (vector("1", "2"), "gives 2 series"),
        ({"status": "error", "error": "parse error"}, "parse error"),
        ([], "no answer that can be read"),
        (vector("many"), "gives no number"),
    ],
)
def test_anything_else_is_said(answer: Any, said: str) -> None:
    with pytest.raises(OutsideError, match=said):
        read_value(answer, "q")


def test_both_releases_are_asked_for_again_and_again_and_what_is_wrong_is_told() -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        query = str((await request.post())["query"])
        asked.append(query)
        if len(asked) > 8:
            return web.Response(text="<html>", status=502)
        known = {"of(new)": "10", "failed(new)": "1", "of(old)": "20"}
        return web.json_response(vector(known[query]) if query in known else vector())

    async def scene() -> tuple[list[Any], str]:
        async with served(handler) as url:
            source = Prometheus(
                url=url, every=0.05, rates={"t": CountedRate(of="of({release})", failed="failed({release})")}
            )
            totals = Totals(replace(rollout(), started=datetime.now(UTC)), source, SystemClock())
            assert totals.trouble == "nobody has asked Prometheus yet"
            totals.start()
            readings: list[Any] = []
            async with asyncio.timeout(20):
                while "502" not in totals.trouble:
                    await asyncio.sleep(0.01)
                    readings += totals.taken()
            await totals.stop()
            return readings, totals.trouble

    readings, trouble = asyncio.run(scene())
    assert [(metric, one.candidate, one.baseline) for metric, one in readings] == [
        ("t", Total(10.0, 1.0), Total(20.0, 0.0))
    ] * 2
    assert trouble.endswith("answered 502 and no JSON")


def test_one_that_is_not_there_is_told_and_tried_again() -> None:
    source = Prometheus(url="http://127.0.0.1:1", every=0.05, rates={"t": CountedRate(of="a", failed="b")})
    totals = Totals(rollout(), source, SystemClock())

    async def scene() -> None:
        totals.start()
        async with asyncio.timeout(20):
            while "does not answer" not in totals.trouble:
                await asyncio.sleep(0.01)
                assert totals.taken() == []
        await totals.stop()

    asyncio.run(scene())
    assert totals.trouble.startswith("http://127.0.0.1:1 does not answer: ")
