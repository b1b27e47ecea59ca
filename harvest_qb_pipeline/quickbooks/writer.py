"""Single writes to QuickBooks: the one type that has them.

Belongs here: sending one change, with one refresh on a refused token. Must not be here: deciding to. Only posting's
door is given a writer, and only `posting.systems` makes one: an import contract says so.
"""

import time
from collections.abc import Callable

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.quickbooks import protocol
from harvest_qb_pipeline.quickbooks.client import WRONG_COMPANY, Params, QuickBooksClient
from harvest_qb_pipeline.quickbooks.faults import SYSTEM
from harvest_qb_pipeline.transport.faults import Fault, NotSent, Unauthorised


class QuickBooksWriter(QuickBooksClient):
    """Writes over the connections, limits and tokens of a client."""

    def __init__(self, client: QuickBooksClient) -> None:
        vars(self).update(vars(client))

    def write(
        self,
        path: str,
        body: bytes,
        *,
        request_id: str,
        params: Params | None = None,
        timeout: float | None = None,
    ) -> JsonObject:
        """Send one change, once, and return the object QuickBooks answers with, without its envelope.

        Raises `NotSent`, `Unknown`, `Refused` (and its kinds), `Throttled` or
        `Unauthorised`. A refused token (401) was read, so nothing was committed: then the same bytes go once more
        with a new token. Trouble in getting a token is `NotSent` or `Unauthorised`, never `Unknown`.
        """
        asked_at = time.monotonic()
        token = _before_sending(self.tokens.access_token)

        def send(with_token: str) -> JsonObject:
            call = self._call("POST", path, {**(params or {}), "requestid": request_id}, body, with_token)
            return self._http.write(call, protocol.record, limit=self._limit, timeout=timeout, asked_at=asked_at)

        try:
            return send(token)
        except Unauthorised as fault:
            if fault.code == WRONG_COMPANY:
                raise
            return send(_before_sending(lambda: self.tokens.another_than(token)))


def _before_sending(get_token: Callable[[], str]) -> str:
    """A token for a write. Whatever keeps us from having one, nothing of the write has left this machine."""
    try:
        return get_token()
    except Unauthorised:
        raise
    except Fault as fault:
        raise NotSent(
            f"Nothing was sent to QuickBooks, because there is no access token: {fault.message}",
            system=SYSTEM,
            status=fault.status,
            code=fault.code,
            detail=fault.detail,
            trace=fault.trace,
        ) from fault
