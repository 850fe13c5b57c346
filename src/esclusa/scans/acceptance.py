"""Acceptances: findings that somebody answers for, with a reason and until a day.

In a file of the project, by the finding's fingerprint:

    accepted:
      - fingerprint: 3f0c9a1be0d24c55-9e
        reason: the key of the vendor's public example
        by: ana
        expires: 2027-01-31
        kind: secrets

or on the line itself, by the rule:

    KEY = "AKIA..."  # esclusa: accept aws-key until 2027-01-31: the vendor's public example

Either is reported. One that has expired, or says no reason, is an error: it does not lapse in silence, and it
hides nothing. The kind of scan may be left out; then nobody can tell when there is nothing left to accept.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args

import yaml

from esclusa.core.errors import ConfigurationError, UsageError, raise_any
from esclusa.core.evidence import Finding
from esclusa.core.scan import Accepted, Kind, Unseen
from esclusa.core.value import EMPTY, Value
from esclusa.marked import Marked, parse, read

_KEYS = ("fingerprint", "reason", "by", "expires", "kind", "rule", "place")
KINDS: tuple[Kind, ...] = get_args(Kind)
_FINGERPRINT = re.compile(r"[0-9a-f]{16}-[0-9a-f]{2}")
_NONE_YET = re.compile(r"^accepted:[ \t]*\[[ \t]*\]", re.MULTILINE)
_FIRST = re.compile(r"^([ \t]*)- ", re.MULTILINE)
_MARK = re.compile(r"esclusa:\s*accept\b")
_MARKS = re.compile(rb"esclusa:[ \t]*accept\b")
_LONGEST = 4096
"""Bytes of a line behind a mark."""
_INLINE = re.compile(
    r"esclusa:\s*accept\s+(?P<rule>[\w./-]+)\s+until\s+(?P<day>\S+?)\s*:\s*(?P<reason>\S.{3,})"
)
_FORM = "take it from the report of the scan: 3f0c9a1be0d24c55-9e"
_RENEW = "mend what was found, or say again why it may stay and until when"


class Acceptance(Value, frozen=True, kw_only=True):
    """One of them."""

    reason: str
    expires: date
    where: str
    by: str = ""
    kind: Kind | None = None
    """Which scan's finding it is; None: any one's."""

    def of(self, finding: Finding) -> Accepted:
        """The finding as an accepted one."""
        return Accepted(
            finding=finding,
            reason=self.reason,
            by=self.by,
            expires=self.expires.isoformat(),
            where=self.where,
        )

    def lapsed(self, today: date) -> Unseen | None:
        """What is to be said if its day is over."""
        if today <= self.expires:
            return None
        return Unseen(place=self.where, why=f"the acceptance expired on {self.expires}", mend=_RENEW)


Acceptances = Mapping[str, Acceptance]
"""By fingerprint."""


def load(path: Path, shown: str) -> Acceptances:
    """Those of a file, none if there is no file; ConfigurationError for anything that is not one."""
    if not path.exists():
        return EMPTY
    document = parse(read(path, "file of acceptances"), shown)
    entries = document.value.get("accepted") if isinstance(document.value, dict) else None
    if not isinstance(entries, list) or set(document.value) != {"accepted"}:
        raise ConfigurationError(
            "expected the key `accepted` with a list", file=shown, line=1, mend="accepted: []"
        )
    found: dict[str, Acceptance] = {}
    errors = []
    for number, entry in enumerate(entries):
        try:
            fingerprint = _entry(entry, document, number, shown)
            if fingerprint in found:
                raise _wrong("the fingerprint stands twice", document, number, shown)
            found[fingerprint] = _acceptance(entry, document, number, shown)
        except ConfigurationError as error:
            errors.append(error)
    raise_any(errors, shown)
    return found


def add(path: Path, shown: str, fingerprints: Iterable[str], acceptance: Acceptance) -> None:
    """Write acceptances at the end of a file, which is made if it is not there; the rest stays as it is.

    ConfigurationError when the file is none of ours, or one of the fingerprints is none or is there already.
    """
    known = load(path, shown)
    for fingerprint in fingerprints:
        if not _FINGERPRINT.fullmatch(fingerprint):
            raise UsageError(f"{fingerprint} is no fingerprint", mend=_FORM)
        if fingerprint in known:
            where = known[fingerprint].where
            raise UsageError(f"{fingerprint} is accepted already, at {where}", mend="change it there")
    text = path.read_text(encoding="utf-8") if path.exists() else "accepted:"
    begun = _NONE_YET.sub("accepted:", text).rstrip("\n") + "\n"
    first = _FIRST.search(begun)
    margin = first[1] if first else "  "
    entries = [
        {
            "fingerprint": fingerprint,
            "reason": acceptance.reason,
            "by": acceptance.by,
            "expires": acceptance.expires,
            **({"kind": acceptance.kind} if acceptance.kind else {}),
        }
        for fingerprint in fingerprints
    ]
    written = yaml.dump(entries, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=10_000)
    fresh = path.with_name(f".{path.name}.fresh")
    text = begun + "".join(f"{margin}{line}\n" for line in written.splitlines())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text, encoding="utf-8")
        load(fresh, shown)
        fresh.replace(path)
    except OSError as error:
        raise UsageError(
            f"{shown} cannot be written: {error.strerror}", mend="name a file that may be written"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink()


class _Plain(yaml.SafeDumper):
    """Says everything where it belongs, also what stands elsewhere."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def inline(line: str, rule: str, where: str) -> Acceptance | Unseen | None:
    """What a line of a file says of the finding on it: an acceptance, a broken one, or nothing."""
    if not _MARK.search(line):
        return None
    said = _INLINE.search(line)
    day = _day(said["day"]) if said else None
    if said is None or day is None:
        mend = f"esclusa: accept {rule} until 2027-01-31: why it may stay"
        return Unseen(place=where, why="an acceptance without a rule, a day or a reason", mend=mend)
    if said["rule"] != rule:
        return None
    return Acceptance(reason=said["reason"].strip(), expires=day, where=where)


def marks(data: bytes) -> Iterator[tuple[int, str]]:
    """The lines of a file that say that something on them is accepted, from 1, each with the rule."""
    line, counted = 1, 0
    for mark in _MARKS.finditer(data):
        line += data.count(b"\n", counted, mark.start())
        counted = mark.start()
        end = data.find(b"\n", mark.start(), mark.start() + _LONGEST)
        said = _INLINE.match(
            data[mark.start() : end if end >= 0 else mark.start() + _LONGEST].decode(errors="replace")
        )
        if said is not None and _day(said["day"]) is not None:
            yield line, said["rule"]


def _entry(entry: Any, document: Marked, number: int, shown: str) -> str:
    if not isinstance(entry, dict):
        raise _wrong("expected a mapping", document, number, shown)
    strange = [key for key in entry if key not in _KEYS]
    if strange:
        raise _wrong(f"unknown key `{strange[0]}`", document, number, shown, f"one of {', '.join(_KEYS)}")
    fingerprint = entry.get("fingerprint")
    if not isinstance(fingerprint, str) or not _FINGERPRINT.fullmatch(fingerprint):
        raise _wrong("expected a fingerprint", document, number, shown, _FORM)
    return fingerprint


def _acceptance(entry: Mapping[str, Any], document: Marked, number: int, shown: str) -> Acceptance:
    reason, by, day = entry.get("reason"), entry.get("by", ""), _day(str(entry.get("expires", "")))
    if not isinstance(reason, str) or len(reason.strip()) < 4:
        what = "the reason says nothing" if reason else "expected a `reason`"
        raise _wrong(what, document, number, shown, "say why it may stay")
    if day is None:
        raise _wrong("expected a day in `expires`", document, number, shown, "expires: 2027-01-31")
    kind = entry.get("kind")
    if kind is not None and kind not in KINDS:
        raise _wrong(f"`{kind}` is no scan", document, number, shown, f"one of {', '.join(KINDS)}")
    where = f"{shown}:{document.line('accepted', number)}"
    return Acceptance(reason=reason.strip(), expires=day, where=where, by=str(by), kind=kind)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _wrong(message: str, document: Marked, number: int, shown: str, mend: str = "") -> ConfigurationError:
    line = document.line("accepted", number)
    return ConfigurationError(message, file=shown, line=line, key=f"accepted.{number}", mend=mend)
