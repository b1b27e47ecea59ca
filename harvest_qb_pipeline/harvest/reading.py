"""Reading one Harvest list whole, to files, although people keep working in Harvest meanwhile.

Belongs here: paging, noticing that a list moved under us, and up to when a reading is complete. Must not be here:
what is done with the records.

Lists paged by number (time entries, expenses, invoices) are counted from the newest day on. When a record is deleted
or moved while we page, the others shift and one can slip between two pages. So such a reading is bracketed by two
small requests for what changed lately; if the difference or the totals show that the order moved, it is read again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.harvest.streams import Stream
from harvest_qb_pipeline.warehouse.database import LogLine
from harvest_qb_pipeline.warehouse.raw import LandingError, read_json, said_by
from harvest_qb_pipeline.warehouse.spool import Spool

MOST_READINGS = 5
WORKERS = 4
_MOST_PROBES = 20


@dataclass(frozen=True)
class Reading:
    """A list on disk. `files` holds all that was read; `current` the last whole reading, absence from which means
    that a record is not there any more (None when the list never held still). `watermark_at`: nothing that changed
    before it is missing (None when the list is empty or does not say)."""

    files: list[Path]
    current: list[Path] | None
    watermark_at: datetime | None


class ListReader:
    """Reads lists of one account into one spool; `con` is only used to let DuckDB look into the files."""

    def __init__(self, client: HarvestClient, spool: Spool, con: duckdb.DuckDBPyConnection, log: LogLine) -> None:
        self._client = client
        self._spool = spool
        self._con = con
        self._log = log

    def read(self, stream: Stream, params: Mapping[str, str]) -> Reading:
        """The whole list that `params` choose. A list of one page is one request."""
        endpoint = stream.endpoint
        pages = self._client.pages(endpoint.path, dict(params))
        first = self._spool.write(next(pages))
        if _count_in(first, "total_pages") <= 1:
            return Reading([first], [first], self._newest(stream, [first]))
        since = self._newest(stream, [first])
        if since is None:
            raise LandingError(f"Harvest's {stream.name} have no updated_at, so nobody can tell what changed.")
        if stream.day is None:
            files = [first, *self._spool.write_all(pages)]
            since, recent = self._recent(stream, params, since)
            return Reading([*files, recent], [*files, recent], self._newest(stream, [recent]) or since)
        return self._read_moving(stream, stream.day, params, since)

    def _read_moving(self, stream: Stream, day: str, params: Mapping[str, str], since: datetime) -> Reading:
        everything: list[Path] = []
        files: list[Path] | None = None
        for _ in range(MOST_READINGS):
            since, before = self._recent(stream, params, since)
            pages = self._client.pages_at_once(stream.endpoint.path, dict(params), workers=WORKERS)
            reading = self._spool.write_all(pages)
            since_after, after = self._recent(stream, params, since)
            everything += [*reading, after]
            # A later `since` means that more than a page changed meanwhile: surely not still.
            if since_after == since and self._held_still(stream, day, reading, before, after, since):
                files = [*reading, after]
                break
            self._log(f"Harvest's {stream.name} moved while they were read ({len(reading)} pages); reading them again.")
            since = since_after
        return Reading(everything, files, self._newest(stream, everything[-1:]) or since)

    def _recent(self, stream: Stream, params: Mapping[str, str], since: datetime) -> tuple[datetime, Path]:
        """What changed from `since` on, in one page: from later on when that would take more pages.

        A second earlier is asked for, since nobody says whether `updated_since` includes its own second.
        """
        for _ in range(_MOST_PROBES):
            asked = {**params, "updated_since": moment(since - timedelta(seconds=1))}
            page = self._spool.write(next(self._client.pages(stream.endpoint.path, asked)), "recent")
            if _count_in(page, "total_pages") <= 1:
                return since, page
            newest = self._newest(stream, [page])
            since = newest if newest is not None and newest > since else since + timedelta(seconds=1)
        raise LandingError(
            f"Harvest's {stream.name} change faster than they can be read. Nothing was changed here; sync again later."
        )

    def _held_still(
        self, stream: Stream, day: str, reading: list[Path], before: Path, after: Path, since: datetime
    ) -> bool:
        """Whether no record was added, removed or moved to another day between `before` and `after`."""
        columns = {stream.endpoint.key: f"STRUCT(id BIGINT, {day} VARCHAR, created_at TIMESTAMPTZ)[]"}

        def rows(files: list[Path]) -> str:
            return (
                f"(SELECT row.id AS id, row.{day} AS day, row.created_at AS created_at FROM"  # noqa: S608
                f" (SELECT unnest({stream.endpoint.key}) AS row FROM {read_json(files, columns)}))"
            )

        with said_by(stream.bodies.source):
            self._con.execute(
                "CREATE OR REPLACE TEMP TABLE read_rows AS SELECT id, min(day) AS day, count(DISTINCT day) AS days"  # noqa: S608
                f" FROM {rows(reading)} GROUP BY id"
            )
        found = self._one("SELECT count(*) FROM read_rows")
        if {_count_in(path, "total_entries") for path in reading} != {found}:
            return False
        return not self._one(
            f"SELECT count(*) FROM {rows([after])} AS a ANTI JOIN {rows([before])} AS b"  # noqa: S608
            " ON b.id = a.id AND b.day = a.day LEFT JOIN read_rows AS r ON r.id = a.id"
            " WHERE a.created_at >= ? OR r.id IS NULL OR r.days > 1 OR r.day <> a.day",
            [since],
        )

    def _newest(self, stream: Stream, files: list[Path]) -> datetime | None:
        if not stream.endpoint.has_updated_since:
            return None
        key = stream.endpoint.key
        columns = {key: "STRUCT(updated_at TIMESTAMPTZ)[]"}
        try:
            return self._one(
                f"SELECT max(row.updated_at) FROM (SELECT unnest({key}) AS row FROM {read_json(files, columns)})"  # noqa: S608
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
