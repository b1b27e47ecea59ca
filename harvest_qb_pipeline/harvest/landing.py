"""Landing Harvest: every list into `raw_harvest.<stream>`, each in one transaction with its watermark.

Belongs here: what is asked for, in which order, and what absence means. Must not be here: typed columns (`sql/`),
Dagster (`assets.py`), how a list is read while it moves (`reading.py`).

Harvest has no tombstones: an incremental landing cannot see deletions. A full landing, or the sweep of a window,
reads everything there and marks what is gone.
"""

from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeAlias

import duckdb

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.harvest.endpoints import billable_rates
from harvest_qb_pipeline.harvest.reading import ListReader, moment
from harvest_qb_pipeline.harvest.streams import DESCRIPTIONS, LISTS, RAW, SWEPT, HarvestStream, bodies
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.warehouse.database import LogLine, Warehouse
from harvest_qb_pipeline.warehouse.raw import EVERYTHING, Bodies, Landed, LandingError
from harvest_qb_pipeline.warehouse.spool import Spool, spooling

OVERLAP = timedelta(minutes=10)
"""How far each landing looks back behind the last one: a change may become visible after a later one did."""

MOST_READINGS = 5
"""How often a list that moves under us is read before we stop looking for what is gone; nothing is lost by then."""

NOT_SEEN = "t.id NOT IN (SELECT id FROM seen)"

REPORT_DAYS = 365
"""The most days, both ends included, that a report may span."""


Window: TypeAlias = Callable[[duckdb.DuckDBPyConnection], tuple[date, date]]
"""First and last day, as `open_window` tells them from what is landed."""


@dataclass(frozen=True)
class HarvestLanding:
    """One landing of one account. `now` stamps the rows; `today` is the accounting day that ends the report."""

    warehouse: Warehouse
    client: HarvestClient
    now: datetime
    today: date
    log: LogLine

    def land(self, streams: Collection[str], *, full: bool, reread: Window | None = None) -> Iterator[Landed]:
        """Lands the streams one after the other, each done before the next begins.

        `reread` says which days are open once time is landed; they are then read again in full. Raises
        `ConfigurationError` when the token is not an administrator's, before anything is read.
        """
        company = self._begin()
        # Looking for open days reads every entry, so it is done once, after time is landed.
        reread = reread and cache(reread)
        if "company" in streams:
            yield self._land_company(company)
        for stream in LISTS:
            if stream.name in streams:
                yield self._unless_off(
                    company, stream.feature, stream.name, lambda s=stream: self._land_and_reread(s, full, reread)
                )
        if "user_billable_rates" in streams:
            yield self._land_rates(full=full)
        if "uninvoiced" in streams:
            yield self._unless_off(company, "invoice_feature", "uninvoiced", self._land_report)

    def _begin(self) -> JsonObject:
        self.client.require_administrator()
        with self.warehouse.transaction() as con:
            RAW.create(con, DESCRIPTIONS)
        return self.client.get("/company")

    def _unless_off(self, company: JsonObject, feature: str | None, stream: str, land: Callable[[], Landed]) -> Landed:
        """A module that is switched off answers 403; asking it would turn "not allowed" into "nothing there"."""
        if feature is None or company.get(feature) is not False:
            return land()
        note = f"{feature} is switched off in this Harvest account, so {stream} is left as it is."
        self.log(note)
        return Landed(stream, note=note)

    @contextmanager
    def _reading(self) -> Generator[tuple[duckdb.DuckDBPyConnection, Spool, ListReader]]:
        """A transaction that spans reading and landing: nobody else can use the file anyway, and a list that moved
        is read again on top of what came before."""
        with spooling(self.warehouse.spool_directory) as spool, self.warehouse.transaction() as con:
            yield con, spool, ListReader(self.client, spool, con)

    def _land_pages(
        self, con: duckdb.DuckDBPyConnection, reader: ListReader, stream: HarvestStream, params: dict[str, str]
    ) -> tuple[Landed, datetime | None, bool]:
        """Lands what the list holds; says up to when that is complete, and whether absence from `seen` means gone."""
        landed = Landed(stream.name)
        watermark_at: datetime | None = None
        for _ in range(MOST_READINGS):
            reading = reader.read(stream, params)
            watermark_at = reading.watermark_at
            landed = landed.plus(RAW.land_files(con, stream.name, reading.files, stream.bodies, self.now))
            is_still = reader.held_still(stream, reading)
            if reading.recent is not None:
                recent = RAW.land_files(con, stream.name, [reading.recent], stream.bodies, self.now, is_seen_anew=False)
                landed = landed.plus(recent)
            if is_still:
                return landed, watermark_at, True
            self.log(f"Harvest's {stream.name} moved while {len(reading.files)} pages of them were read.")
        return landed, watermark_at, False

    def _land_and_reread(self, stream: HarvestStream, full: bool, reread: Window | None) -> Landed:
        is_everything = full or RAW.watermark(self.warehouse.connection, stream.name) is None
        landed = self._land_list(stream, full)
        if reread is None or is_everything or stream.name not in SWEPT:
            return landed
        swept = self._sweep(stream, *reread(self.warehouse.connection))
        return replace(
            landed.plus(swept),
            requests=landed.requests + swept.requests,
            note=f"{landed.note}; {swept.note}",
        )

    def _land_list(self, stream: HarvestStream, full: bool) -> Landed:
        since = None if full else RAW.watermark(self.warehouse.connection, stream.name)
        with self._reading() as (con, spool, reader):
            landed, watermark_at, is_still = self._land_pages(con, reader, stream, _since(since))
            deleted = 0
            if since is None and is_still:
                deleted = RAW.mark_deleted(con, stream.name, self.now, where=NOT_SEEN, parameters=[])
            RAW.set_watermark(con, stream.name, watermark_at, self.now, is_full=since is None)
            if since is None and is_still and stream.name in SWEPT:
                RAW.record_sweep(con, stream.name, EVERYTHING, self.now)
        return replace(landed, deleted=deleted, requests=spool.count, note=_note(since, is_still=is_still))

    def _sweep(self, stream: HarvestStream, from_on: date, to_on: date) -> Landed:
        with self._reading() as (con, spool, reader):
            window = {"from": from_on.isoformat(), "to": to_on.isoformat()}
            landed, _, is_still = self._land_pages(con, reader, stream, window)
            if not is_still:
                raise LandingError(
                    f"Harvest's {stream.name} from {from_on} to {to_on} kept moving while they were read, so nobody "
                    "can say which of them are gone. Nothing was changed here; sync again at a quieter time."
                )
            where = f"{NOT_SEEN} AND (t.payload->>'$.{stream.day}')::DATE BETWEEN ? AND ?"
            deleted = RAW.mark_deleted(con, stream.name, self.now, where=where, parameters=[from_on, to_on])
            # Read after the window, so that an entry that somebody moved out of it is met again, and comes back.
            since = RAW.watermark(con, stream.name)
            recent, watermark_at, _ = self._land_pages(con, reader, stream, _since(since))
            RAW.set_watermark(con, stream.name, watermark_at, self.now)
            RAW.record_sweep(con, stream.name, (from_on, to_on), self.now)
        return replace(landed.plus(recent), deleted=deleted, requests=spool.count, note=f"swept {from_on} to {to_on}")

    def _land_company(self, company: JsonObject) -> Landed:
        shape = replace(bodies("company", "records"), id_sql="1", updated_at_sql="NULL::TIMESTAMPTZ")
        with spooling(self.warehouse.spool_directory) as spool:
            files = [spool.write(jsontext.dumps({"records": [company]}).encode())]
            with self.warehouse.transaction() as con:
                landed = RAW.land_files(con, "company", files, shape, self.now)
                RAW.set_watermark(con, "company", None, self.now, is_full=True)
        return replace(landed, requests=1)

    def _land_rates(self, *, full: bool) -> Landed:
        """Rates of the people who are new or changed since rates were landed; of everybody when `full`."""
        con = self.warehouse.connection
        known = None if full else RAW.watermark(con, "user_billable_rates")
        people = con.execute(
            "SELECT id, updated_at FROM raw_harvest.users"
            " WHERE NOT is_deleted AND (updated_at > $1 OR $1 IS NULL) ORDER BY id",
            [known],
        ).fetchall()
        with spooling(self.warehouse.spool_directory) as spool:
            files = [
                path
                for user_id, _ in people
                for path in spool.write_all(self.client.pages(billable_rates(user_id).path), f"user-{user_id}-rates")
            ]
            landed = Landed("user_billable_rates")
            with self.warehouse.transaction() as con:
                if files:
                    landed = self._merge_rates(con, files, [user_id for user_id, _ in people])
                newest = max((changed_at for _, changed_at in people), default=known)
                RAW.set_watermark(con, "user_billable_rates", newest, self.now, is_full=known is None)
            return replace(landed, requests=spool.count, note=f"rates of {len(people)} people")

    def _merge_rates(self, con: duckdb.DuckDBPyConnection, files: list[Path], user_ids: list[int]) -> Landed:
        landed = RAW.land_files(con, "user_billable_rates", files, _RATE_BODIES, self.now)
        deleted = RAW.mark_deleted(
            con,
            "user_billable_rates",
            self.now,
            where="(t.payload->>'$.user_id')::BIGINT IN (SELECT unnest(?::BIGINT[])) AND " + NOT_SEEN,
            parameters=[user_ids],
        )
        return replace(landed, deleted=deleted)

    def _land_report(self) -> Landed:
        """The report has no ids and no history: each landing puts the whole report in place of the last one."""
        from_on = self.today - timedelta(days=REPORT_DAYS - 1)
        params = {"from": f"{from_on:%Y%m%d}", "to": f"{self.today:%Y%m%d}"}
        shape = replace(
            bodies("uninvoiced report", "results"),
            id_sql="row_number() OVER ()",
            updated_at_sql="NULL::TIMESTAMPTZ",
            # The report does not say its own span.
            payload_sql=f"json_merge_patch(record, json_object('from', '{from_on}', 'to', '{self.today}'))",
        )
        with spooling(self.warehouse.spool_directory) as spool:
            files = spool.write_all(self.client.pages("/reports/uninvoiced", params))
            with self.warehouse.transaction() as con:
                landed = RAW.replace(con, "uninvoiced", files, shape, self.now)
                RAW.set_watermark(con, "uninvoiced", None, self.now, is_full=True)
            return replace(landed, requests=spool.count, note=f"{from_on} to {self.today}")


_RATE_BODIES: Bodies = replace(
    bodies("user_billable_rates", "billable_rates"),
    # A rate does not say whose it is; the file is named after the person asked for.
    payload_sql="json_merge_patch(record, json_object('user_id',"
    " regexp_extract(filename, '-user-(\\d+)-rates', 1)::BIGINT))",
)


def land_harvest(
    warehouse: Warehouse,
    client: HarvestClient,
    *,
    now: datetime,
    today: date | None = None,
    full: bool = False,
    streams: Collection[str] = tuple(DESCRIPTIONS),
    reread: Window | None = None,
    log: LogLine = lambda _: None,
) -> list[Landed]:
    """Lands everything that changed (or everything there is, when `full`). Needs no Dagster."""
    landing = HarvestLanding(warehouse, client, now, today or now.date(), log)
    return list(landing.land(streams, full=full, reread=reread))


def open_window(con: duckdb.DuckDBPyConnection, *, cutover_on: date, today: date) -> tuple[date, date]:
    """The days on which time to be billed may lie: from the first such entry after the cut-over to the last one.

    Reaches back two months at least, because an entry may have become billable without moving `updated_at`. Time that
    is never billed by the hour does not count, else the window would grow with history.
    """
    row = con.execute(
        """
        SELECT min(day), max(day) FROM (
            SELECT CAST(t.entry.spent_date AS DATE) AS day
            FROM (
                SELECT from_json(payload, '{"spent_date": "VARCHAR", "billable": "VARCHAR", "is_billed": "VARCHAR",
                    "project": {"id": "VARCHAR"}}') AS entry
                FROM raw_harvest.time_entries WHERE NOT is_deleted
            ) AS t
            LEFT JOIN raw_harvest.projects AS p ON p.id = CAST(t.entry.project.id AS BIGINT)
            WHERE CAST(t.entry.billable AS BOOLEAN) AND NOT CAST(t.entry.is_billed AS BOOLEAN)
                AND NOT coalesce((p.payload->>'$.is_fixed_fee')::BOOLEAN, false)
        ) WHERE day >= ?
        """,
        [cutover_on],
    ).fetchone()
    first, last = row if row and row[0] else (today, today)
    from_on: date = max(cutover_on, min(first, today - timedelta(days=62)))
    return from_on, max(from_on, last, today)


def _since(watermark: datetime | None) -> dict[str, str]:
    return {} if watermark is None else {"updated_since": moment(watermark - OVERLAP)}


def _note(since: datetime | None, *, is_still: bool) -> str:
    if since is not None:
        return f"changes since {moment(since - OVERLAP)}"
    return "read in full" if is_still else "read in full, but too restless to tell what is gone"
