"""What a project says of licences, and what of it means nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

from esclusa.core.errors import ConfigurationError
from esclusa.scans.licences.expressions import CATEGORIES, Allowed, library, parsed


def wrong(settings: Mapping[str, Any]) -> Iterator[ConfigurationError]:
    """All that is wrong with `allowed` and `clarified`. ModuleNotFoundError where nothing here could tell."""
    names = [name for name in settings.get("allowed", ()) if name not in CATEGORIES]
    clarified = settings.get("clarified", {})
    if names or clarified:
        library()
    for name in names:
        try:
            Allowed([name])
        except ConfigurationError as error:
            yield error
    yield from misunderstood(clarified)


def misunderstood(clarified: Mapping[Any, Any]) -> Iterator[ConfigurationError]:
    """The packages of which what is said is no expression."""
    for name, words in clarified.items():
        if parsed(str(words)) is None:
            yield ConfigurationError(
                f"`{words}` is no expression of SPDX", key=f"clarified.{name}", mend="MIT OR Apache-2.0"
            )
