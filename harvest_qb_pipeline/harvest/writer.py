"""Single writes to Harvest: the one type that has them.

Belongs here: sending one change. Must not be here: deciding to. Only posting's door is given a writer, and only
`posting.systems` makes one: an import contract says so.
"""

from harvest_qb_pipeline.harvest import protocol
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.jsontext import JsonObject


class HarvestWriter(HarvestClient):
    """Writes over the connections and limits of a client."""

    def __init__(self, client: HarvestClient) -> None:
        vars(self).update(vars(client))

    def write(self, method: str, path: str, body: bytes | None, *, timeout: float | None = None) -> JsonObject:
        """Send one change, once, and return the record Harvest answers with ({} for an empty answer to DELETE).

        Raises `NotSent`, `Unknown`, `Refused` (and its kinds), `Throttled` or `Unauthorised`; nothing is tried again
        here, because Harvest has no idempotency.
        """
        understand = protocol.deletion if method == "DELETE" else protocol.record
        call = self._call(method, path, (), body)
        return self._http.write(call, understand, limit=self._limit(path), timeout=timeout)
