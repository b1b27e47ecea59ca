from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.warehouse import raw
from harvest_qb_pipeline.warehouse.changes import all_links, backwards, keys_of
from harvest_qb_pipeline.warehouse.database import Warehouse, open_warehouse, query_rows
from harvest_qb_pipeline.warehouse.raw import FILES_AT_ONCE, Bodies, LandingError, Raw, seen_ids
from harvest_qb_pipeline.warehouse.versions import known_versions

RAW = Raw("raw_harvest", "BIGINT")
BODIES = Bodies(
    source="Harvest's clients",
    envelope={"clients": "JSON[]"},
    records="clients",
    id_sql="(record->>'$.id')::BIGINT",
    updated_at_sql="(record->>'$.updated_at')::TIMESTAMPTZ",
)
NOW = datetime(2026, 11, 3, tzinfo=UTC)


class Desk:
    """A warehouse with the raw table `clients`, and bodies to put into it."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        self.warehouse, self.con, self.folder = warehouse, warehouse.connection, folder
        RAW.create(self.con, ["clients"])
        self._bodies = 0

    def body(self, *records: JsonObject) -> Path:
        return self.text(jsontext.dumps({"clients": list(records)}))

    def text(self, text: str) -> Path:
        self._bodies += 1
        path = self.folder / f"{self._bodies}.json"
        path.write_text(text)
        return path

    def land(self, *files: Path) -> tuple[int, int, int]:
        landed = RAW.land_files(self.con, "clients", list(files), BODIES, NOW)
        return landed.read, landed.new, landed.changed

    def names(self) -> dict[int, str]:
        return dict(self.con.execute("SELECT id, payload->>'$.name' FROM raw_harvest.clients").fetchall())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_warehouse(tmp_path / "warehouse.duckdb") as warehouse:
        yield Desk(warehouse, tmp_path)


def client(number: int, name: str, day: int = 1) -> JsonObject:
    return {"id": number, "name": name, "updated_at": f"2026-10-{day:02d}T00:00:00Z"}


def test_a_record_that_comes_twice_is_landed_once_in_its_newest_form(desk: Desk) -> None:
    assert desk.land(desk.body(client(1, "new", 2), client(2, "b")), desk.body(client(1, "old", 1))) == (3, 2, 0)
    assert desk.names() == {1: "new", 2: "b"}
    assert desk.land(desk.body(client(3, "x"), client(3, "y"))) == (2, 1, 0)
    assert desk.names()[3] == "y"


def test_an_older_record_never_replaces_a_newer_one(desk: Desk) -> None:
    desk.land(desk.body(client(1, "new", 5)))
    assert desk.land(desk.body(client(1, "overtaken", 4))) == (1, 0, 0)
    assert desk.names() == {1: "new"}


def test_a_changed_payload_replaces_the_row_although_its_time_did_not_move(desk: Desk) -> None:
    desk.land(desk.body(client(1, "a", 5), client(2, "b", 5)))
    assert desk.land(desk.body(client(1, "changed", 5), client(2, "b", 5), client(3, "c", 5))) == (3, 1, 1)
    assert desk.names() == {1: "changed", 2: "b", 3: "c"}
    kept = desk.con.execute("SELECT stream, id, payload->>'$.name', reason FROM raw_harvest.replaced").fetchall()
    assert kept == [("clients", 1, "a", "changed")]


def test_a_deleted_record_that_is_there_again_comes_back(desk: Desk) -> None:
    desk.land(desk.body(client(1, "a"), client(2, "b")))
    seen_ids(desk.con, [desk.body(client(2, "b"))], BODIES)
    gone = RAW.mark_deleted(desk.con, "clients", NOW, where="t.id NOT IN (FROM seen)", parameters=[])
    assert gone == 1
    assert desk.con.execute("SELECT id FROM raw_harvest.clients WHERE is_deleted").fetchall() == [(1,)]
    assert desk.land(desk.body(client(1, "a"))) == (1, 0, 1)
    assert desk.con.execute("SELECT id FROM raw_harvest.clients WHERE is_deleted").fetchall() == []


def test_payloads_keep_their_values(desk: Desk) -> None:
    record = client(2380504951, 'Ä\r\n"quoted"') | {"rate": 0.575, "none": None, "lines": [{"amount": 12345678.91}]}
    desk.land(desk.text(jsontext.dumps({"clients": [record]})))
    (payload,) = desk.con.execute("SELECT payload FROM raw_harvest.clients").fetchone() or ("",)
    assert jsontext.loads(payload) == jsontext.loads(jsontext.dumps(record))


def test_a_body_larger_than_the_parsers_usual_bound_is_read(desk: Desk) -> None:
    desk.land(desk.body(client(1, "x" * 17_000_000)))
    assert desk.con.execute("SELECT length(payload->>'$.name') FROM raw_harvest.clients").fetchall() == [(17_000_000,)]


@pytest.mark.parametrize(
    "text",
    ["<html>sorry</html>", '{"clients":[{"id":1},', '{"clients":null}', '{"message":"no"}', '{"clients":[{"i":1}]}'],
)
def test_a_body_that_is_not_the_list_is_an_error_that_says_whose_and_lands_nothing(desk: Desk, text: str) -> None:
    desk.land(desk.body(client(1, "a")))
    with (
        pytest.raises(LandingError, match="Harvest's clients: an answer is not"),
        desk.warehouse.transaction(),
    ):
        desk.land(desk.text(text))
    assert desk.names() == {1: "a"}


def test_a_watermark_never_moves_back_and_a_full_landing_is_remembered(desk: Desk) -> None:
    assert RAW.watermark(desk.con, "clients") is None
    RAW.set_watermark(desk.con, "clients", NOW, NOW, is_full=True)
    RAW.set_watermark(desk.con, "clients", NOW - timedelta(days=1), NOW + timedelta(days=1))
    RAW.set_watermark(desk.con, "clients", None, NOW + timedelta(days=2))
    row = query_rows(
        desk.warehouse.connection, "SELECT watermark_at, landed_at, full_landed_at FROM raw_harvest.watermarks"
    )
    assert row == [{"watermark_at": NOW, "landed_at": NOW + timedelta(days=2), "full_landed_at": NOW}]


def test_landing_gives_a_table_another_version_only_when_rows_changed(desk: Desk) -> None:
    def version() -> str:
        return known_versions(desk.con)["raw_harvest", "clients"].version

    desk.land(desk.body(client(1, "a"), client(2, "b")))
    first = version()
    assert desk.land(desk.body(client(1, "a"), client(2, "b"))) == (2, 0, 0)
    assert version() == first
    desk.land(desk.body(client(2, "c"), client(3, "d")))
    second = version()
    assert second != first
    assert RAW.mark_deleted(desk.con, "clients", NOW, where="t.id = 1", parameters=[]) == 1
    third = version()
    table = ("raw_harvest", "clients")
    passed = [to for to, _ in backwards(all_links(desk.con)[table], third)]
    assert passed == [third, second]
    assert keys_of(desk.con, table, [third], "id") == {"1"}
    assert keys_of(desk.con, table, passed, "id") == {"1", "2", "3"}
    assert first not in passed
    RAW.create(desk.con, ["clients"])
    assert version() == third


def test_an_answer_that_replaces_all_and_says_the_same_changes_nothing(desk: Desk) -> None:
    def replaced(*records: JsonObject) -> int:
        return RAW.replace(desk.con, "clients", [desk.body(*records)], BODIES, NOW).new

    assert replaced(client(1, "a"), client(2, "b")) == 2
    before = known_versions(desk.con)["raw_harvest", "clients"]
    assert replaced(client(2, "b"), client(1, "a")) == 0
    assert known_versions(desk.con)["raw_harvest", "clients"] == before
    assert replaced(client(2, "c")) == 1
    assert desk.names() == {2: "c"}
    assert known_versions(desk.con)["raw_harvest", "clients"] != before


def test_a_first_landing_of_many_files_is_read_a_few_at_a_time(desk: Desk) -> None:
    files = [desk.body(client(number % 40, f"name {number}")) for number in range(2 * FILES_AT_ONCE + 1)]
    assert desk.land(*files) == (2 * FILES_AT_ONCE + 1, 40, 0)
    assert desk.names()[10] == "name 50"


def test_filling_leaves_the_memory_limit_as_it_was_whatever_happens(desk: Desk) -> None:
    def limit() -> list[tuple[str]]:
        return desk.con.execute("SELECT current_setting('memory_limit')").fetchall()

    before = limit()
    with pytest.raises(LandingError):
        desk.land(desk.text("<html>sorry</html>"))
    assert limit() == before
    desk.land(desk.body(client(1, "a")))
    assert limit() == before


def test_pages_of_changes_are_merged_with_no_more_memory_than_filling_has(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[str] = []
    merge = Raw.merge

    def watched(self: Raw, con: duckdb.DuckDBPyConnection, stream: str, now: datetime) -> raw.Landed:
        limits.extend(limit for (limit,) in con.execute("SELECT current_setting('memory_limit')").fetchall())
        return merge(self, con, stream, now)

    monkeypatch.setattr(Raw, "merge", watched)
    desk.con.execute("SET threads = 2")
    desk.land(desk.body(client(1, "a")))
    assert desk.land(desk.body(client(1, "b"))) == (1, 0, 1)
    assert desk.land(*(desk.body(client(number, "c")) for number in (1, 2))) == (2, 1, 1)
    # One page is little; of more than one, 75 MB for each of two threads.
    assert limits == ["953.6 MiB", "143.0 MiB"]


def test_pages_as_large_as_they_usually_become_are_landed_within_what_filling_may_hold(desk: Desk) -> None:
    records = [client(number, "x" * 2_000) for number in range(1, 2_001)]
    pages = [desk.body(*(record | {"id": record["id"] + 2_000 * page} for record in records)) for page in range(40)]
    assert pages[0].stat().st_size > 0.9 * raw.USUAL_PAGE
    with desk.warehouse.transaction():
        assert desk.land(*pages) == (80_000, 80_000, 0)
        # And what changed meanwhile is merged without holding all payloads to find those it belongs to.
        desk.con.cursor().execute("SET memory_limit = '60MB'")
        assert desk.land(desk.body(client(70_000, "y", day=2))) == (1, 0, 1)


def test_changes_of_very_many_rows_are_merged_within_what_filling_may_hold(desk: Desk) -> None:
    def pages(letter: str, day: int) -> list[Path]:
        starts = range(0, 24_000, 2_000)
        return [desk.body(*(client(n, letter * 2_000, day) for n in range(start, start + 2_000))) for start in starts]

    desk.con.execute("SET threads = 2")
    desk.land(*pages("x", day=1))
    # What a transaction has updated stays in memory until its end, so that these would not fit.
    with desk.warehouse.transaction():
        assert desk.land(*pages("y", day=2)) == (24_000, 0, 24_000)


def test_a_body_far_larger_than_usual_is_landed_all_the_same(desk: Desk) -> None:
    assert desk.land(desk.body(client(1, "a")), desk.body(client(4, "y" * 30_000_000))) == (2, 2, 0)
