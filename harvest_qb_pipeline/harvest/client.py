"""The Harvest client: whole lists page by page and single records, and nothing that changes any.

Belongs here: how the API is asked (headers, paging, limits). Must not be here: what answers mean (`protocol`), and
writes: they are another type (`writer`), which only posting's door is given.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from harvest_qb_pipeline.harvest import protocol
from harvest_qb_pipeline.harvest.endpoints import PER_PAGE, is_report
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.settings import ConfigurationError
from harvest_qb_pipeline.transport.faults import Unknown
from harvest_qb_pipeline.transport.http import Call, Http, HttpOptions
from harvest_qb_pipeline.transport.limits import Allowance, Limit, SharedLimit
from harvest_qb_pipeline.transport.redaction import Redactor, checked_secret

GENERAL_ALLOWANCE = (Allowance(98, 15),)
REPORT_ALLOWANCE = (Allowance(98, 900),)
"""Two in a hundred under what the API allows (100 calls in 15 s; reports 100 in 15 min)."""

MOST_PAGES = 10_000
"""Twenty million records: more pages than that is a list that does not end."""

Filters = Mapping[str, str | int | bool]


class HarvestClient:
    """One Harvest account. Thread-safe. Raises the faults of `transport.faults`."""

    def __init__(
        self,
        base_url: str,
        account_id: str,
        access_token: str,
        options: HttpOptions | None = None,
        *,
        general_allowance: tuple[Allowance, ...] = GENERAL_ALLOWANCE,
        report_allowance: tuple[Allowance, ...] = REPORT_ALLOWANCE,
    ) -> None:
        options = options or HttpOptions()
        self.account_id = account_id
        self._base_url = base_url.rstrip("/")
        token = checked_secret("HARVEST_ACCESS_TOKEN", access_token)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Harvest-Account-Id": checked_secret("HARVEST_ACCOUNT_ID", account_id),
            # Harvest wants to know whom to ask about a misbehaving client, and answers 400 without it.
            "User-Agent": f"harvest-qb-pipeline (Harvest account {account_id})",
        }
        self._http = Http(protocol.SYSTEM, options, Redactor([token]))
        self._limits: list[SharedLimit] = []
        if options.limits_path is not None:
            key = f"harvest_{account_id}"
            self._limits = [
                SharedLimit(options.limits_path, key, general_allowance, sleep=options.sleep),
                SharedLimit(options.limits_path, f"{key}_reports", report_allowance, sleep=options.sleep),
            ]

    def __repr__(self) -> str:
        return f"HarvestClient({self._base_url!r}, account {self.account_id})"

    def get(self, path: str, params: Filters | None = None) -> JsonObject:
        """One object, such as `/company`, `/users/me` or `/invoices/12`; an answer with another record's id is none."""
        understand = partial(protocol.record, record_id=wanted) if (wanted := _record_id(path)) else protocol.data
        return self._http.read(self._call("GET", path, _pairs(params)), understand, limit=self._limit(path))

    def pages(self, path: str, params: Filters | None = None) -> Iterator[bytes]:
        """The raw bodies of every page of a list, following `links.next` (the one way that works for all lists).

        Raises `Unknown` when a link repeats or there is no end, so a broken list is never taken for a whole one.
        """
        query: tuple[tuple[str, str], ...] | None = _first_query(params)
        seen: set[tuple[tuple[str, str], ...]] = set()
        while query is not None:
            if query in seen or len(seen) >= MOST_PAGES:
                raise _endless(path, len(seen))
            seen.add(query)
            page = self._page(path, query)
            yield page.body
            query = page.next_params and tuple(sorted(page.next_params))

    def pages_at_once(self, path: str, params: Filters | None = None, *, workers: int = 4) -> Iterator[bytes]:
        """As `pages`, in the same order, for lists whose pages have numbers: several are fetched at once.

        At most `workers` pages are held in memory. A list that grew meanwhile is followed to its end by its links.
        """
        first = self._page(path, _first_query(params))
        yield first.body
        total = first.total_pages or 1
        if total > MOST_PAGES:
            raise _endless(path, total)
        last = first
        for last in self._numbered(path, params, total, workers):
            yield last.body
        if last.next_params is not None:
            yield from self.pages(path, dict(last.next_params))

    def list(self, path: str, key: str, params: Filters | None = None) -> list[JsonObject]:
        """Every record of a list that is known to be small."""
        return [record for body in self.pages(path, params) for record in protocol.records(body, key)]

    def require_administrator(self) -> JsonObject:
        """The owner of the token. Raises `ConfigurationError` unless an administrator: anybody else would silently
        see less time, fewer rates and fewer people (docs/apis.md H2)."""
        user = self.get("/users/me")
        if protocol.is_administrator(user):
            return user
        name = f"{user.get('first_name') or ''} {user.get('last_name') or ''}".strip() or "its owner"
        raise ConfigurationError(
            f"HARVEST_ACCESS_TOKEN belongs to {name}, who is not an administrator of Harvest account "
            f"{self.account_id}. Harvest would silently leave out other people's time and rates, so nothing is read. "
            "Make the token as an administrator (id.getharvest.com, Developers)."
        )

    def close(self) -> None:
        self._http.close()
        for limit in self._limits:
            limit.close()

    def _numbered(self, path: str, params: Filters | None, total: int, workers: int) -> Iterator[protocol.HarvestPage]:
        waiting: deque[Future[protocol.HarvestPage]] = deque()
        numbers = iter(range(2, total + 1))
        with ThreadPoolExecutor(workers, thread_name_prefix="harvest") as pool:
            try:
                for number in numbers:
                    query = tuple(sorted((*_first_query(params), ("page", str(number)))))
                    waiting.append(pool.submit(self._page, path, query))
                    if len(waiting) >= workers:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def _page(self, path: str, query: tuple[tuple[str, str], ...]) -> protocol.HarvestPage:
        return self._http.read(self._call("GET", path, query), protocol.page, limit=self._limit(path))

    def _call(self, method: str, path: str, params: tuple[tuple[str, str], ...], body: bytes | None = None) -> Call:
        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        return Call(method, f"{self._base_url}{path}", params, headers, body)

    def _limit(self, path: str) -> Limit | None:
        return self._limits[is_report(path)] if self._limits else None


def _pairs(params: Filters | None) -> tuple[tuple[str, str], ...]:
    """Query pairs in a fixed order; booleans as the API writes them."""
    return tuple(sorted((k, str(v).lower() if isinstance(v, bool) else str(v)) for k, v in (params or {}).items()))


def _record_id(path: str) -> str | None:
    """The id at the end of a path, such as 12 of `/invoices/12`."""
    last = path.rpartition("/")[2]
    return last if last.isdecimal() else None


def _first_query(params: Filters | None) -> tuple[tuple[str, str], ...]:
    return _pairs({"per_page": PER_PAGE, **(params or {})})


def _endless(path: str, pages: int) -> Unknown:
    return Unknown(
        f"Harvest's list {path} does not end (after {pages} pages): it led back to a page already read, or is longer "
        "than any account. Nothing of it was kept. Run again; if it happens again, tell Harvest's support.",
        system=protocol.SYSTEM,
    )
