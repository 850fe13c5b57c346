"""Remarks as findings: with their places, and fingerprints that give nothing away."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator

import yaml

from esclusa.core.evidence import Finding, Place
from esclusa.core.text import harmless
from esclusa.scans.piece import Piece
from esclusa.scans.workflows.linter import Remark

_STEP = re.compile(r"\.(?P<key>[^.\[\]]+)|\[(?P<index>[0-9]+)\]")
_HEAD = re.compile(r"[^:=\s]*(?:\s+[^:=\s]*)?")


def findings(piece: Piece, remarks: Iterable[Remark]) -> Iterator[tuple[Finding, str]]:
    """The findings in one file, each with the text that may say that it is accepted: its line, and a comment
    above it."""
    lines = piece.data.decode(errors="replace").splitlines()
    alike: Counter[tuple[str, str]] = Counter()
    told = {(one.rule, one.line, one.at, one.message): one for one in remarks}
    for remark in sorted(told.values(), key=lambda one: (one.line or 0, one.rule, one.at, one.message)):
        number = remark.line or line_of(piece.data, remark.at)
        line = lines[number - 1].strip() if number and number <= len(lines) else ""
        head = _HEAD.match(line)
        same = (remark.rule, head[0] if head else "")
        alike[same] += 1
        yield (
            Finding(
                rule=remark.rule,
                message=harmless(remark.message),
                severity=remark.severity,
                confidence=remark.confidence,
                place=Place(file=piece.name, line=number),
                fingerprint=_fingerprint(piece.name, *same, alike[same], f"{line}\0{remark.message}"),
                mend=remark.mend,
                metric="misconfigurations",
            ),
            _said(lines, number),
        )


def _fingerprint(file: str, rule: str, head: str, ordinal: int, whole: str) -> str:
    """Of the place; of the line's text, in which a secret may stand, only how it begins and eight bits."""
    place = hashlib.sha256("\0".join((rule, file, head, str(ordinal))).encode())
    return f"{place.hexdigest()[:16]}-{hashlib.sha256(whole.encode()).hexdigest()[:2]}"


def _said(lines: list[str], number: int | None) -> str:
    """Not every line can hold a comment: not `FROM debian`."""
    if not number or number > len(lines):
        return ""
    above = lines[number - 2].strip() if number > 1 else ""
    return f"{lines[number - 1]} {above if above.startswith('#') else ''}"


def line_of(data: bytes, at: str) -> int | None:
    """The line on which `$.jobs.test.steps[0]` begins, or what is nearest above it."""
    try:
        # Composed, not constructed: an alias stays one node, however often it is used.
        node = yaml.compose(data, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    line = None
    for step in _STEP.finditer(at):
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == step["key"]), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and step["index"] and int(step["index"]) < len(node.value):
            node = node.value[int(step["index"])]
            line = node.start_mark.line + 1
        else:
            break
    return line or (1 if node is not None else None)
