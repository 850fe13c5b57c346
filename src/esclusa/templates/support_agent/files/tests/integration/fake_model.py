"""A model server for tests: health, and completions that are always the first allowed answer."""

import re
import sys

from aiohttp import web


async def health(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def complete(request: web.Request) -> web.Response:
    body = await request.json()
    allowed = re.search(r'"([^"]+)"', body.get("grammar", ""))
    text = allowed.group(1) if allowed else " that."
    usage = {"prompt_tokens": 20, "completion_tokens": 2}
    return web.json_response({"choices": [{"text": text}], "usage": usage})


app = web.Application()
app.router.add_get("/health", health)
app.router.add_post("/v1/completions", complete)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]))
