"""Senders: a notice as a POST to a webhook, or as the input of a command.

Secrets are looked up at the moment they are needed. They go into the request or the program's environment and
never into its arguments, and do not come back: what a receiver answers is not kept, what a command says is
masked.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from esclusa import shell
from esclusa.core.notice import Notice
from esclusa.core.secret import Secret
from esclusa.core.value import encode
from esclusa.masking import Masker

KEY = "Idempotency-Key"
REFERENCES = ("env:", "file:")

Reveal = Callable[[str], Secret]
"""`env:NAME` or `file:PATH` -> the secret; ConfigurationError when it is not there."""


def is_reference(text: str) -> bool:
    """Whether a text stands for a secret."""
    return text.startswith(REFERENCES)


class Sender:
    """Brings a notice to its channel (courier.Send)."""

    def __init__(self, directory: Path, environ: Mapping[str, str], reveal: Reveal) -> None:
        self._directory = directory
        self._environ = environ
        self._reveal = reveal

    async def __call__(self, notice: Notice) -> str:
        return await (self._command(notice) if notice.channel.command else self._webhook(notice))

    async def _webhook(self, notice: Notice) -> str:
        import aiohttp  # slow to import, and most controllers never tell anybody

        headers = {name: self._text(text) for name, text in notice.channel.headers.items()}
        headers |= {"Content-Type": "application/json", KEY: notice.key}
        limit = aiohttp.ClientTimeout(total=notice.channel.timeout)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                # A redirect would carry the headers to somebody who was not named.
                session.post(
                    self._text(notice.channel.webhook),
                    data=encode(notice.payload),
                    headers=headers,
                    allow_redirects=False,
                ) as response,
            ):
                return "" if 200 <= response.status < 300 else f"it answered {response.status}"
        except TimeoutError:
            return f"no answer within {notice.channel.timeout:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # The error's own words may have the address in them, which may be a secret.
            reason = getattr(getattr(error, "os_error", error), "strerror", None)
            return f"{type(error).__name__}: {reason}" if reason else type(error).__name__

    async def _command(self, notice: Notice) -> str:
        channel = notice.channel
        secrets = {name: self._reveal(reference) for name, reference in channel.secrets.items()}
        done = await shell.run(
            channel.command,
            directory=self._directory,
            variables={
                **self._environ,
                **{name: secret.reveal() for name, secret in secrets.items()},
                "ESCLUSA_EVENT": notice.what,
                "ESCLUSA_IDEMPOTENCY_KEY": notice.key,
            },
            timeout=channel.timeout,
            stdin=encode(notice.payload),
        )
        if done.ok:
            return ""
        if done.timed_out:
            return f"it did not end within {channel.timeout:g} s"
        last = (done.output.splitlines() or [""])[-1]
        said = Masker(secrets.values()).line(last)
        return f"it ended with {done.code}" + (f": {said}" if said else "")

    def _text(self, text: str) -> str:
        return self._reveal(text).reveal() if is_reference(text) else text
