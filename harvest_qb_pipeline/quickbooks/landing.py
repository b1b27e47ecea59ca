"""Landing QuickBooks: every entity into `raw_quickbooks.<stream>`, with its watermark.

Belongs here: when change data capture is enough, what to read when it is not, and what absence means. Must not be
here: typed columns (`sql/`), Dagster (`assets.py`).

One change-data-capture request tells what changed in all entities, deletions included. It holds 1,000 objects and
30 days at most; beyond that lists (which never vanish) are queried by their time of change, and transactions are read
whole, because a query cannot tell what was deleted.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.quickbooks.endpoints import CDC_OBJECTS
from harvest_qb_pipeline.quickbooks.streams import (
    DESCRIPTIONS,
    LISTS,
    PEOPLE,
    RAW,
    SINGLES,
    QuickBooksStream,
    change_bodies,
    query_bodies,
    single_bodies,
)
from harvest_qb_pipeline.transport.faults import Forbidden, Refused
from harvest_qb_pipeline.warehouse.database import LogLine, Warehouse, row_count
from harvest_qb_pipeline.warehouse.raw import Landed, LandingError, read_json, said_by, seen_ids
from harvest_qb_pipeline.warehouse.spool import Spool, spooling
from harvest_qb_pipeline.warehouse.versions import settle

OVERLAP = timedelta(minutes=15)
"""How far each landing looks back behind the last one: queries and CDC may show an object some time after its birth."""

MOST_READINGS = 5


@dataclass(frozen=True)
class _Pages:
    """One entity read by query: pages on disk, QuickBooks' own time when the reading began, whether it held still."""

    files: list[Path]
    began_at: datetime | None
    is_settled: bool


@dataclass(frozen=True)
class QuickBooksLanding:
    """One landing of one company. `now` stamps the rows. `ignored` streams are not read, and their tables are empty."""

    warehouse: Warehouse
    client: QuickBooksClient
    now: datetime
    log: LogLine
    ignored: Collection[str] = ()

    def land(self, streams: Collection[str], *, full: bool) -> Iterator[Landed]:
        """Lands the streams; what change data capture told goes in as one transaction.

        Raises `Forbidden` for vendors or employees that are hidden from the user, when all else is landed.
        """
        with self.warehouse.transaction() as con:
            RAW.create(con, DESCRIPTIONS)
        for name in SINGLES:
            if name in streams:
                yield self._land_single(name)
        wanted = [stream for stream in LISTS if stream.name in streams and stream.name not in self.ignored]
        known = {stream.name: RAW.watermark(self.warehouse.connection, stream.name) for stream in wanted}
        marks = {name: mark for name, mark in known.items() if mark is not None and not full}
        begun = [stream for stream in wanted if stream.name in marks]
        hidden: dict[str, Forbidden] = {}
        if begun:
            yield from self._land_shown_changes(begun, marks, hidden)
        for stream in wanted:
            if stream not in begun:
                yield from _unless_hidden(stream, self._land_queries([stream]), hidden)
        for name in self.ignored:
            if name in streams:
                yield self._forget(name)
        if hidden:
            raise _missing_right(hidden)

    def _land_single(self, name: str) -> Landed:
        path = "/preferences" if name == "preferences" else f"/companyinfo/{self.client.realm_id}"
        record = self.client.get(path)
        with spooling(self.warehouse.spool_directory) as spool:
            files = [spool.write(jsontext.dumps({"records": [record]}).encode())]
            with self.warehouse.transaction() as con:
                landed = RAW.land_files(con, name, files, single_bodies(name), self.now)
                RAW.set_watermark(con, name, None, self.now, is_full=True)
            return replace(landed, requests=spool.count)

    def _forget(self, name: str) -> Landed:
        """Rows that nobody keeps in step would be taken for what is there."""
        with self.warehouse.transaction() as con:
            con.execute(f"DELETE FROM {RAW.schema}.{name}")  # noqa: S608 (name of a stream)
            for table in ("replaced", "watermarks"):
                con.execute(f"DELETE FROM {RAW.schema}.{table} WHERE stream = ?", [name])  # noqa: S608
            settle(con, (RAW.schema, name))
        note = f"The policy ignores QuickBooks' {name}: they are not read, and nothing of them is kept."
        self.log(note)
        return Landed(name, note=note)

    def _land_shown_changes(
        self, streams: Sequence[QuickBooksStream], marks: Mapping[str, datetime], hidden: dict[str, Forbidden]
    ) -> Iterator[Landed]:
        """What changed, in one request for all; a refusal does not say of which, so people are then asked for alone."""
        try:
            yield from self._land_changes(streams, marks)
        except Forbidden:
            people = [stream for stream in streams if stream.name in PEOPLE]
            if not people:
                raise
            if others := [stream for stream in streams if stream not in people]:
                yield from self._land_changes(others, marks)
            for stream in people:
                yield from _unless_hidden(stream, self._land_changes([stream], marks), hidden)

    def _land_changes(self, streams: Sequence[QuickBooksStream], marks: Mapping[str, datetime]) -> Iterator[Landed]:
        """What changed since the oldest mark, in one request; by query when that is more than one answer holds."""
        since = min(marks[stream.name] for stream in streams) - OVERLAP
        try:
            body = self.client.cdc([stream.endpoint.entity for stream in streams], since)
        except Forbidden:
            raise
        except Refused as refusal:
            # The one refusal a valid request can meet: a watermark of more than 30 days ago.
            self.log(f"QuickBooks does not tell changes since {since:%Y-%m-%d}: {refusal.detail or refusal}")
            yield from self._land_queries(streams)
            return
        with spooling(self.warehouse.spool_directory) as spool:
            answer = spool.write(body)
            told = _objects_in(self.warehouse.connection, answer, streams)
            if told < CDC_OBJECTS:
                yield from self._merge_changes(streams, answer, since)
                return
        self.log(f"{told} objects changed in QuickBooks since {since:%Y-%m-%d %H:%M}: reading them by query.")
        for stream in streams:
            yield self._land_query(stream, since if stream.endpoint.is_list else None)

    def _merge_changes(self, streams: Sequence[QuickBooksStream], answer: Path, since: datetime) -> list[Landed]:
        landed: list[Landed] = []
        with self.warehouse.transaction() as con:
            told_at = _time_of(con, answer)
            for stream in streams:
                gone = change_bodies(stream, deleted=True)
                seen_ids(con, [answer], gone)
                deleted = RAW.mark_deleted(con, stream.name, self.now, where="t.id IN (FROM seen)", parameters=[])
                alive = RAW.land_files(con, stream.name, [answer], change_bodies(stream, deleted=False), self.now)
                RAW.set_watermark(con, stream.name, told_at, self.now)
                note = f"changes since {since:%Y-%m-%dT%H:%M:%SZ}"
                # One request for all of them is counted once.
                landed.append(replace(alive, deleted=deleted, requests=0 if landed else 1, note=note))
        return landed

    def _land_queries(self, streams: Iterable[QuickBooksStream]) -> Iterator[Landed]:
        for stream in streams:
            yield self._land_query(stream, None)

    def _land_query(self, stream: QuickBooksStream, since: datetime | None) -> Landed:
        """Rows changed since, or every row: then what is not there any more is marked as deleted."""
        conditions = [stream.endpoint.everything] if stream.endpoint.everything else []
        if since is not None:
            stamp = self.client.quote(since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
            conditions.append(f"MetaData.LastUpdatedTime >= {stamp}")
        with spooling(self.warehouse.spool_directory) as spool:
            pages = self._read(spool, stream, " AND ".join(conditions))
            with self.warehouse.transaction() as con:
                landed = RAW.land_files(con, stream.name, pages.files, query_bodies(stream), self.now)
                deleted = 0
                if since is None and pages.is_settled and pages.began_at is not None:
                    deleted = self._mark_vanished(con, stream, pages.began_at)
                RAW.set_watermark(con, stream.name, pages.began_at, self.now, is_full=since is None)
            note = "read in full" if since is None else f"queried changes since {since:%Y-%m-%dT%H:%M:%SZ}"
            return replace(landed, deleted=deleted, requests=spool.count, note=note)

    def _read(self, spool: Spool, stream: QuickBooksStream, where: str) -> _Pages:
        """Pages until they hold as many different rows as QuickBooks counts: rows shift when one vanishes meanwhile."""
        everything: list[Path] = []
        began_at: datetime | None = None
        left_out: list[int] = []

        def leave_out(position: int, refused: Refused) -> None:
            left_out.append(position)
            self.log(
                f"QuickBooks does not show row {position} of its {stream.name} (in the order of ids) and says: "
                f'"{refused.detail}". It is left as it was landed before; open and save it there, then sync again.'
            )

        for _ in range(MOST_READINGS):
            files = spool.write_all(self.client.query_pages(stream.endpoint.entity, where, on_refused_row=leave_out))
            everything += files
            began_at = began_at or (_time_of(self.warehouse.connection, files[0]) if files else None)
            if left_out:
                # What was not shown is not gone.
                return _Pages(everything, began_at, is_settled=False)
            if len(files) == 1:
                return _Pages(everything, began_at, is_settled=True)
            seen_ids(self.warehouse.connection, files, query_bodies(stream))
            found = row_count(self.warehouse.connection, "seen")
            if found == self.client.count(stream.endpoint.entity, where):
                return _Pages(everything, began_at, is_settled=True)
            self.log(f"QuickBooks' {stream.name} changed while they were read; reading them again.")
        return _Pages(everything, began_at, is_settled=False)

    def _mark_vanished(self, con: duckdb.DuckDBPyConnection, stream: QuickBooksStream, began_at: datetime) -> int:
        """A row that is not in a full reading is gone, unless it is so young that queries may not show it yet."""
        return RAW.mark_deleted(
            con,
            stream.name,
            self.now,
            where="t.id NOT IN (SELECT id FROM seen) AND (t.updated_at IS NULL OR t.updated_at < ?)",
            parameters=[began_at - OVERLAP],
        )


def land_quickbooks(
    warehouse: Warehouse,
    client: QuickBooksClient,
    *,
    now: datetime,
    full: bool = False,
    streams: Collection[str] = tuple(DESCRIPTIONS),
    ignored: Collection[str] = (),
    log: LogLine = lambda _: None,
) -> list[Landed]:
    """Lands everything that changed (or everything there is, when `full`). Needs no Dagster."""
    return list(QuickBooksLanding(warehouse, client, now, log, ignored).land(streams, full=full))


def _unless_hidden(
    stream: QuickBooksStream, landing: Iterator[Landed], hidden: dict[str, Forbidden]
) -> Iterator[Landed]:
    """Remembers that QuickBooks does not show this list of people, so that the others are landed before it fails."""
    try:
        yield from landing
    except Forbidden as fault:
        if stream.name not in PEOPLE:
            raise
        hidden[stream.name] = fault


def _missing_right(hidden: Mapping[str, Forbidden]) -> Forbidden:
    names, fault = " and ".join(hidden), next(iter(hidden.values()))
    choices = " and ".join(f'{name} = "ignore"' for name in hidden)
    return Forbidden(
        f"The person who connected QuickBooks may not see its {names}; everything else was read. An administrator of "
        f"the company has to give that person the right to see {names} (Manage users), or connect again with "
        f"`harvest-qb connect`. To do without {names}, state {choices} under [contacts] in the policy.",
        system=fault.system,
        status=fault.status,
        code=fault.code,
        detail=fault.detail,
        trace=fault.trace,
    )


def _objects_in(con: duckdb.DuckDBPyConnection, answer: Path, streams: Sequence[QuickBooksStream]) -> int:
    counts = " + ".join(
        f"len(json_extract(CDCResponse, '$[*].QueryResponse[*].{stream.endpoint.entity}[*]'))" for stream in streams
    )
    return int(_first(con, f"SELECT {counts} FROM {read_json([answer], {'CDCResponse': 'JSON'})}"))  # noqa: S608


def _time_of(con: duckdb.DuckDBPyConnection, answer: Path) -> datetime | None:
    """QuickBooks' own clock in an answer: ours may differ, and watermarks are compared with its times."""
    return _first(con, f"SELECT time::TIMESTAMPTZ FROM {read_json([answer], {'time': 'VARCHAR'})}")  # noqa: S608


def _first(con: duckdb.DuckDBPyConnection, sql: str) -> Any:
    with said_by("QuickBooks"):
        row = con.execute(sql).fetchone()
    if row is None:
        raise LandingError("QuickBooks answered with nothing. Nothing was changed here; the next sync reads it again.")
    return row[0]
