"""Keeping tokens and secrets out of logs, errors and the bodies that errors are made of.

Belongs here: recognising secrets, by value and by shape. Must not be here: deciding what is logged.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote

from harvest_qb_pipeline.settings import ConfigurationError

HIDDEN = "[hidden]"

_SHAPES = (
    re.compile(r"""(?i)(authorization["']?\s*[:=]\s*["']?(?:bearer|basic)\s+)[^\s"',}]+"""),
    re.compile(r"(?i)(\bbearer\s+)[A-Za-z0-9._~+/-]{16,}=*"),
    re.compile(
        r"""(?i)(["']?\b(?:access_token|refresh_token|id_token|client_secret)["']?\s*[:=]\s*["']?)[^\s"'&,}]+"""
    ),
)
_SHORTEST_SECRET = 6
"""Shorter values are no secrets worth the name, and hiding them would garble ordinary text."""


def without_tokens(text: str) -> str:
    """`text` with everything that looks like a token or secret replaced by `[hidden]`."""
    for shape in _SHAPES:
        text = shape.sub(rf"\g<1>{HIDDEN}", text)
    return text


class Redactor:
    """Hides the secrets it has been told, in whatever text they turn up. Its repr shows none of them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: tuple[str, ...] = ()
        self.learn(*secrets)

    def learn(self, *secrets: str) -> None:
        """Hide these too from now on, also in their URL-encoded form."""
        known = set(self._secrets)
        for secret in secrets:
            if len(secret) >= _SHORTEST_SECRET:
                known |= {secret, quote(secret, safe="")}
        self._secrets = tuple(sorted(known, key=len, reverse=True))

    def text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return without_tokens(text)

    def body(self, body: bytes) -> bytes:
        """The same for raw bytes, which need not be text."""
        for secret in self._secrets:
            body = body.replace(secret.encode(), HIDDEN.encode())
        return body

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)} secrets)"


def checked_secret(variable: str, value: str) -> str:
    """`value`, if it can stand in an HTTP header. Raises `ConfigurationError` naming the variable, never the value:
    the HTTP library would put a value with a stray line break into its own error text."""
    if value and value.isascii() and value.isprintable() and " " not in value:
        return value
    raise ConfigurationError(
        f"{variable} is empty or holds a blank, line break or other character that no token has. "
        "Copy it again, without quotes."
    )
