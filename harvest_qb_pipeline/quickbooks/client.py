"""The QuickBooks client: records, queries page by page, and change data capture.

Belongs here: how the API is asked (address, headers, paging, limits, one refresh on a refused token). Must not be
here: what answers mean (`protocol`, `faults`), and writes: they are another type (`writer`), which only posting's door
is given.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar
from urllib.parse import quote as url_quote

from harvest_qb_pipeline import settings
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.quickbooks import protocol
from harvest_qb_pipeline.quickbooks.endpoints import MAX_RESULTS
from harvest_qb_pipeline.quickbooks.faults import SYSTEM
from harvest_qb_pipeline.quickbooks.oauth import TokenKeeper, TokenStore
from harvest_qb_pipeline.transport.faults import Refused, Unauthorised, Unknown
from harvest_qb_pipeline.transport.http import Answer, Call, Http, HttpOptions
from harvest_qb_pipeline.transport.limits import Allowance, SharedLimit
from harvest_qb_pipeline.transport.redaction import Redactor

T = TypeVar("T")
Params = Mapping[str, str]

MINOR_VERSION = "75"
ALLOWANCE = (Allowance(9, 1), Allowance(490, 60))
"""A little under what the API allows: 10 calls a second and 500 a minute for each company."""

MOST_PAGES = 10_000
_LONGEST_ADDRESS = 2000
"""Longer statements go in a body: what stands between may refuse long addresses."""

WRONG_COMPANY = "100"
REFUSED_FOR_A_ROW = "4002"
MOST_REFUSED_ROWS = 10
"""Where more are refused, it is the query that QuickBooks does not allow, not a row."""


class QuickBooksClient:
    """One QuickBooks company. Thread-safe. Raises the faults of `transport.faults`."""

    def __init__(
        self,
        base_url: str,
        token_url: str,
        realm_id: str,
        client_id: str,
        client_secret: str,
        refresh_token: str,
        token_store: TokenStore,
        options: HttpOptions | None = None,
        *,
        allowance: tuple[Allowance, ...] = ALLOWANCE,
        clock: Callable[[], datetime] = settings.utc_now,
    ) -> None:
        options = options or HttpOptions()
        self.realm_id = realm_id
        self._company_url = f"{base_url.rstrip('/')}/v3/company/{realm_id}"
        self._http = Http(SYSTEM, options, Redactor([client_secret, refresh_token]))
        self.tokens = TokenKeeper(
            self._http, token_url, realm_id, client_id, client_secret, refresh_token, token_store, clock
        )
        self._limit: SharedLimit | None = None
        if options.limits_path is not None:
            self._limit = SharedLimit(options.limits_path, f"quickbooks_{realm_id}", allowance, sleep=options.sleep)

    def __repr__(self) -> str:
        return f"QuickBooksClient({self._company_url!r})"

    def get(self, path: str, params: Params | None = None) -> JsonObject:
        """One record without its envelope, such as `/invoice/12`, `/preferences` or `/companyinfo/<realm>`.

        Raises `NotFound` for one that was deleted (QuickBooks 610).
        """
        understand = partial(protocol.record, record_id=wanted) if (wanted := _record_id(path)) else protocol.entity
        return self._read("GET", path, params, None, understand)

    def query(self, statement: str) -> list[JsonObject]:
        """Every row of a `SELECT`, in the order of Id unless it names another; use `quote` for values.

        Inactive rows of lists are left out unless the statement says `Active IN (true, false)`.
        """
        if protocol.is_whole(statement):
            return protocol.rows(self._statement(statement, protocol.page).body)
        return [row for page in self._pages(statement) for row in protocol.rows(page)]

    def query_pages(
        self, entity: str, where: str = "", *, on_refused_row: Callable[[int, Refused], object] | None = None
    ) -> Iterator[bytes]:
        """The raw bodies of every page of `SELECT * FROM entity WHERE where`, at least one.

        QuickBooks may refuse a whole page for what stands in one row (4002). Then smaller ones are asked for, until
        that row is found: `on_refused_row` is told its position, and it is left out. A few such rows at most.
        """
        return self._pages(protocol.select(entity, where), on_refused_row)

    def count(self, entity: str, where: str = "") -> int:
        """How many rows `SELECT … FROM entity WHERE where` has."""
        return self._statement(protocol.select(entity, where, what="COUNT(*)"), protocol.total)

    def cdc(self, entities: Sequence[str], changed_since: datetime | str) -> bytes:
        """The raw answer of change data capture: at most 1000 objects in all, without paging, at most 30 days back."""
        since = changed_since
        if isinstance(since, datetime):
            since = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        params = {"entities": ",".join(entities), "changedSince": since}
        return self._read("GET", "/cdc", params, None, protocol.changes)

    def quote(self, text: str) -> str:
        """`text` as a value in a statement."""
        return protocol.quote(text)

    def close(self) -> None:
        self._http.close()
        if self._limit is not None:
            self._limit.close()

    def _pages(self, statement: str, on_refused_row: Callable[[int, Refused], object] | None = None) -> Iterator[bytes]:
        start, size, left_out = 1, MAX_RESULTS, 0
        for _ in range(MOST_PAGES):
            try:
                page = self._statement(protocol.paged(statement, start, size), protocol.page)
            except Refused as refused:
                if refused.code != REFUSED_FOR_A_ROW or on_refused_row is None or left_out == MOST_REFUSED_ROWS:
                    raise
                if size > 1:
                    size //= 2
                    continue
                on_refused_row(start, refused)
                start, size, left_out = start + 1, MAX_RESULTS, left_out + 1
                continue
            yield page.body
            if page.rows < size:
                return
            start, size = start + page.rows, MAX_RESULTS
        raise Unknown(
            f"QuickBooks' answer to {statement!r} does not end (after {MOST_PAGES} pages). Nothing of it was kept.",
            system=SYSTEM,
        )

    def _statement(self, statement: str, understand: Callable[[Answer], T]) -> T:
        if len(url_quote(statement)) <= _LONGEST_ADDRESS:
            return self._read("GET", "/query", {"query": statement}, None, understand)
        return self._read("POST", "/query", None, statement.encode(), understand)

    def _read(
        self, method: str, path: str, params: Params | None, body: bytes | None, understand: Callable[[Answer], T]
    ) -> T:
        def ask(with_token: str) -> T:
            call = self._call(method, path, params, body, with_token)
            return self._http.read(call, understand, limit=self._limit)

        token = self.tokens.access_token()
        try:
            return ask(token)
        except Unauthorised as fault:
            if fault.code == WRONG_COMPANY:
                raise
            return ask(self.tokens.another_than(token))

    def _call(self, method: str, path: str, params: Params | None, body: bytes | None, token: str) -> Call:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/text" if path == "/query" else "application/json"
        pairs = sorted({**(params or {}), "minorversion": MINOR_VERSION}.items())
        return Call(method, f"{self._company_url}{path}", tuple(pairs), headers, body)


def _record_id(path: str) -> str | None:
    """The id at the end of a path, such as 12 of `/invoice/12`; the company's own page bears the realm instead."""
    kind, _, last = path.rpartition("/")
    return last if last.isdecimal() and kind != "/companyinfo" else None
