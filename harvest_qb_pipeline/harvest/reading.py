"""Reading one Harvest list whole, to files, although people keep working in Harvest meanwhile.

Belongs here: paging, noticing that a list moved under us, and up to when a reading is complete. Must not be here:
what is done with the records.

Lists paged by number (time entries, expenses, invoices) are counted from the newest day on. When a record is deleted
or moved while we page, the others shift and one can slip between two pages. So such a reading is bracketed by two
small requests for what changed lately; where the difference or the totals show that the order moved, the list has to
be read again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.harvest.streams import RAW, HarvestStream
from harvest_qb_pipeline.warehouse.database import row_count
from harvest_qb_pipeline.warehouse.raw import LandingError, read_json
from harvest_qb_pipeline.warehouse.spool import Spool

WORKERS = 4
_MOST_PROBES = 20


@dataclass(frozen=True)
class Reading:
    """A list on disk: its pages in order, and up to when nothing that changed is missing from them and `recent`
    (None when the list is empty or does not say).

    Only a list that can shift has `before` and `recent`: what had changed from `since` on when the pages began to be
    read, and when all were.
    """

    files: list[Path]
    watermark_at: datetime | None
    before: Path | None = None
    recent: Path | None = None
    since: datetime | None = None


class ListReader:
    """Reads lists of one account into one spool; `con` is only used to let DuckDB look into the files."""

    def __init__(self, client: HarvestClient, spool: Spool, con: duckdb.DuckDBPyConnection) -> None:
        self._client = client
        self._spool = spool
        self._con = con

    def read(self, stream: HarvestStream, params: Mapping[str, str]) -> Reading:
        """The whole list that `params` choose. A list of one page is one request."""
        endpoint = stream.endpoint
        pages = self._client.pages(endpoint.path, dict(params))
        first = self._spool.write(next(pages))
        newest = self._newest(stream, first)
        if _count_in(first, "total_pages") <= 1:
            return Reading([first], newest)
        if newest is None:
            raise LandingError(f"Harvest's {stream.name} have no updated_at, so nobody can tell what changed.")
        if stream.day is None:
            files = [first, *self._spool.write_all(pages)]
            since, recent = self._recent(stream, params, newest)
            return Reading([*files, recent], self._newest(stream, recent) or since)
        since, before = self._recent(stream, params, newest)
        files = self._spool.write_all(self._client.pages_at_once(endpoint.path, dict(params), workers=WORKERS))
        since_after, recent = self._recent(stream, params, since)
        return Reading(
            files,
            self._newest(stream, recent) or since_after,
            # More than a page of changes meanwhile: surely not still, so there is nothing to compare.
            before=before if since_after == since else None,
            recent=recent,
            since=since,
        )

    def held_still(self, stream: HarvestStream, reading: Reading) -> bool:
        """Whether no record was added, removed or moved to another day while the pages were read.

        Asked after the pages were landed and before `recent` is: `seen` holds the ids of the pages.
        """
        if reading.recent is None:
            return True
        found = self._one("SELECT count(DISTINCT id) FROM seen")
        if reading.before is None or {_count_in(path, "total_entries") for path in reading.files} != {found}:
            return False
        key, day = stream.endpoint.key, stream.day
        columns = {key: f"STRUCT(id BIGINT, {day} VARCHAR, created_at TIMESTAMPTZ)[]"}

        def rows(file: Path) -> str:
            return f"(SELECT unnest({key}, recursive := true) FROM {read_json([file], columns)})"  # noqa: S608

        # A table of its own, so that DuckDB knows how few they are and never holds every payload in memory to join.
        self._con.execute(f"CREATE OR REPLACE TEMP TABLE lately AS FROM {rows(reading.recent)}")
        if not row_count(self._con, "lately"):
            return True
        return not self._one(
            f"WITH landed AS (SELECT t.id, t.payload->>'$.{day}' AS day FROM {RAW.schema}.{stream.name} AS t"  # noqa: S608
            "  SEMI JOIN lately AS a ON a.id = t.id),"
            " met AS (SELECT s.id, count(*) AS times FROM seen AS s SEMI JOIN lately AS a ON a.id = s.id GROUP BY s.id)"
            f" SELECT count(*) FROM lately AS a ANTI JOIN {rows(reading.before)} AS b"
            f" ON b.id = a.id AND b.{day} = a.{day}"
            " LEFT JOIN landed AS t ON t.id = a.id LEFT JOIN met AS s ON s.id = a.id"
            f" WHERE a.created_at >= ? OR s.id IS NULL OR s.times > 1 OR t.day <> a.{day}",
            [reading.since],
        )

    def _recent(self, stream: HarvestStream, params: Mapping[str, str], since: datetime) -> tuple[datetime, Path]:
        """What changed from `since` on, in one page: from later on when that would take more pages.

        A second earlier is asked for, since nobody says whether `updated_since` includes its own second.
        """
        for _ in range(_MOST_PROBES):
            asked = {**params, "updated_since": moment(since - timedelta(seconds=1))}
            page = self._spool.write(next(self._client.pages(stream.endpoint.path, asked)), "recent")
            if _count_in(page, "total_pages") <= 1:
                return since, page
            newest = self._newest(stream, page)
            since = newest if newest is not None and newest > since else since + timedelta(seconds=1)
        raise LandingError(
            f"Harvest's {stream.name} change faster than they can be read. Nothing was changed here; sync again later."
        )

    def _newest(self, stream: HarvestStream, file: Path) -> datetime | None:
        if not stream.endpoint.has_updated_since:
            return None
        key = stream.endpoint.key
        columns = {key: "STRUCT(updated_at TIMESTAMPTZ)[]"}
        try:
            return self._one(
                f"SELECT max(row.updated_at) FROM (SELECT unnest({key}) AS row FROM {read_json([file], columns)})"  # noqa: S608
            )
        except duckdb.Error:
            # Said properly where the bodies are landed, with the same file in hand.
            return None

    def _one(self, sql: str, parameters: list[object] | None = None) -> Any:
        row = self._con.execute(sql, parameters or []).fetchone()
        return row[0] if row else None


def moment(at: datetime) -> str:
    """A moment as `updated_since` takes it: UTC, whole seconds, with a `T` (anything else is answered 400)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _count_in(path: Path, name: str) -> int:
    """A number of the list's envelope, which stands before or after the records."""
    body = path.read_bytes()
    pattern = re.compile(rb'"' + name.encode() + rb'"\s*:\s*(\d+)')
    for part in (body[-4096:], body[:4096]):
        found = pattern.findall(part)
        if found:
            return int(found[-1])
    found = pattern.findall(body)
    return int(found[-1]) if found else 0
