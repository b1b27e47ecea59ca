"""What can go wrong when another system is called, as types a caller can act on.

Belongs here: the fault types and what each proves about a write. Must not be here: which status, code or wording
leads to which type (that is `harvest.protocol` and `quickbooks.faults`).
"""

from harvest_qb_pipeline.transport.redaction import without_tokens

TITLES = {"harvest": "Harvest", "quickbooks": "QuickBooks"}


class Fault(Exception):  # noqa: N818  (the APIs call it so, and the types below say what it proves)
    """A call that gave no usable result.

    `message` is a sentence for a person: what happened and what to do. `detail` holds the other side's own words,
    `code` its own code (QuickBooks numbers, OAuth error names; empty when there is none), `status` the HTTP status
    (None when no answer was read), `trace` the id its support asks for. None of them ever holds a secret.
    """

    def __init__(
        self,
        message: str,
        *,
        system: str,
        status: int | None = None,
        code: str = "",
        detail: str = "",
        trace: str = "",
    ) -> None:
        self.message = without_tokens(message)
        self.system = system
        self.status = status
        self.code = code
        self.detail = without_tokens(detail)
        self.trace = trace
        super().__init__(self.message)

    @property
    def answer(self) -> dict[str, str | int]:
        """What was answered, for the record: `status`, `code`, `said` (the other side's own words) and `trace`."""
        known = {"status": self.status, "code": self.code, "said": self.detail, "trace": self.trace}
        return {name: value for name, value in known.items() if value}

    def __repr__(self) -> str:
        known = {"system": self.system, "status": self.status, "code": self.code, "detail": self.detail}
        return f"{type(self).__name__}({self.message!r}, {', '.join(f'{k}={v!r}' for k, v in known.items() if v)})"


class NotSent(Fault):
    """Nothing of the request left this machine: it certainly did not happen."""


class Unknown(Fault):
    """No usable answer was read: a write may or may not have happened. A read may simply be repeated."""


class TooSlow(Unknown):
    """The answer kept coming so slowly that the time for the whole call was over."""


class Refused(Fault):
    """The other side said no, in words we could read: the write did not happen and will not by repeating it."""


class NotFound(Refused):
    """The record, or something it refers to, is not there (404; QuickBooks 610)."""


class Stale(Refused):
    """Somebody else changed the record since it was read (QuickBooks 5010): read it again first."""


class Forbidden(Refused):
    """The connection is valid but may not do this (403; QuickBooks 120, 3100, 5020)."""


class Unauthorised(Fault):
    """The token was refused (401) or no new one can be had: nothing happened, a person may have to reconnect."""


class Throttled(Fault):
    """Too many calls (429): nothing happened. `retry_after` is in seconds; `is_told` when the other side named it."""

    def __init__(
        self,
        message: str,
        *,
        system: str,
        retry_after: float,
        is_told: bool = False,
        status: int | None = None,
        code: str = "",
        detail: str = "",
        trace: str = "",
    ) -> None:
        super().__init__(message, system=system, status=status, code=code, detail=detail, trace=trace)
        self.retry_after = retry_after
        self.is_told = is_told
