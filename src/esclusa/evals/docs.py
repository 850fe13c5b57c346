"""`docs/suites.md`, written from the suite's reference. `python -m esclusa.evals.docs` prints it.

The comment above a key is its documentation, the one behind a scorer's setting what that setting does.
"""

import re
from collections.abc import Iterable, Sequence
from importlib.resources import files

from esclusa.evals.subjects import command, http, openai, python

_INTRODUCTION = """\
# Eval suites

<!-- Written from src/esclusa/evals by `python -m esclusa.evals.docs`; a test compares them. -->

A suite says which questions are asked of an agent, how, and what scores the answers. It is one YAML file,
named by a step (`eval: {quality: evals/quality.yaml}`) or by an environment (`smoke: evals/smoke.yaml`). The
smallest one:

```yaml
dataset: quality.jsonl
scorers: [exact]
```

with a case a line in `quality.jsonl`:

```json
{"id": "greeting", "input": "Hello there", "expected": "Hello"}
```

`esclusa check` reads every suite with its cases, and names file, line and key of what is wrong. Cases that
were answered wrongly are in the log of the step: `esclusa logs quality`.

`esclusa dataset check evals/quality.yaml` looks for what makes a dataset's numbers say less than they seem:
broken lines, equal and nearly equal questions, questions that the agent's own prompts or examples have, and
classes that nearly all cases have, or hardly any. `esclusa dataset add --from-run RUN` appends what a run
answered wrongly to `evals/regressions.jsonl`, tagged `to-review`: what would have been right is for a person
to say.
"""
_ASK = """\
## How an agent is asked

`agent.ask` in esclusa.yaml, or `ask` in a suite: one of these and its settings.
"""
_MODELS = """\
## Models

Where a scorer asks a model, its endpoint is OpenAI-compatible. In `model`:

| setting | for example | |
|---|---|---|
| `url` | `https://api.openai.com/v1` | the address, up to and with `/v1` |
| `model` | `gpt-5-mini` | the model's name there |
| `key` | `OPENAI_API_KEY` | the environment variable with the key, if one is wanted; never the key itself |
| `timeout` | `60 s` | for one call |
| `retries` | `3` | after a timeout, 429, 5xx or an answer that is no use; then the case is unseen |
| `parameters` | `{temperature: 0}` | what else is sent |

Several scorers share one with YAML's own words: `model: &judge {url: ..., model: ...}`, then `model: *judge`.
"""
_LISTED = re.compile(r"  (\w+) {2,}(.*)")
_SCORER = re.compile(r"  - (\w+):?$")
_SETTING = re.compile(r"      (?P<key>\w+): (?P<value>.*?)(?: +# (?P<doc>.*))?$")
_SUBJECTS = {"openai": openai, "http": http, "command": command, "python": python}


def documentation() -> str:
    """The whole page."""
    text = (files("esclusa.evals") / "reference" / "suite.yaml").read_text(encoding="utf-8")
    _, *blocks = text.rstrip("\n").split("\n\n")
    parts = [_INTRODUCTION, *(_section(block.splitlines()) for block in blocks)]
    return "\n".join(
        [*parts, _MODELS, _ASK, *(_subject(name, module.__doc__ or "") for name, module in _SUBJECTS.items())]
    )


def _section(lines: Sequence[str]) -> str:
    said = [line for line in lines if line.startswith("#")]
    rest = lines[len(said) :] or _commented_out(said)
    key = rest[0].partition(":")[0]
    shown = _commented_out(said) or list(rest) if key != "scorers" else []
    yaml = ["```yaml", *shown, "```", ""] if shown else []
    return "\n".join([f"## `{key}`", "", *_doc(said), *yaml, *_scorers(rest[1:])])


def _doc(said: Iterable[str]) -> Iterable[str]:
    """The comment as text; what it lists with a gap behind each name is a table."""
    words = [line[2:] for line in said if not _commented_out([line])]
    listed = [match for line in words if (match := _LISTED.fullmatch(line))]
    yield from (line for line in words if not _LISTED.fullmatch(line))
    yield ""
    if listed:
        yield from ("| | |", "|---|---|", *(f"| `{match[1]}` | {match[2]} |" for match in listed), "")


def _commented_out(said: Iterable[str]) -> list[str]:
    return [line[2:] for line in said if re.match(r"# \w+: \{", line)]


def _scorers(lines: Sequence[str]) -> Iterable[str]:
    """Each with what stands above it, and its settings as a table of key, example and meaning."""
    said: list[str] = []
    settings: list[str] = []
    for line in lines:
        setting = _SETTING.fullmatch(line)
        if scorer := _SCORER.fullmatch(line):
            yield from (*_closed(settings), f"### `{scorer[1]}`", "", *said, "")
            said, settings = [], []
        elif setting is not None:
            doc = (setting["doc"] or "").replace("|", "\\|")
            settings.append(f"| `{setting['key']}` | `{setting['value']}` | {doc} |")
        else:
            said.append(line.strip().removeprefix("# "))
    yield from _closed(settings)


def _closed(settings: Sequence[str]) -> Sequence[str]:
    head = ("| setting | for example | |", "|---|---|---|")
    return (*head, *settings, "") if settings else ()


def _subject(name: str, doc: str) -> str:
    """What its module says of itself; what is indented there, or is a setting, is YAML."""
    first, *paragraphs = doc.strip().split("\n\n")
    summary = first.partition(": ")[2]
    parts = [f"### `{name}`", "", summary[:1].upper() + summary[1:], ""]
    for paragraph in paragraphs:
        lines = paragraph.splitlines()
        if lines[0].startswith(("ask:", "    ")):
            parts += ["```yaml", *(line.removeprefix("    ") for line in _unindented(lines)), "```", ""]
        else:
            parts += [*lines, ""]
    return "\n".join(parts)


def _unindented(lines: Sequence[str]) -> Sequence[str]:
    return lines if lines[0].startswith("    ") else [f"    {line}" for line in lines]


if __name__ == "__main__":
    print(documentation(), end="")
