"""A table that follows its raw table row by row is what it would be if it were built in full."""

from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvest_qb_pipeline.warehouse.models import SqlModel, bring_up, build, models_of, parse_model
from harvest_qb_pipeline.warehouse.parsing import ModelError
from harvest_qb_pipeline.warehouse.versions import MOST_LOGGED, Memory, content, moved

RAW = ("raw_h", "lines")
HEAD = "-- Lines.\n-- rows: id\n"
SQL = """-- Lines.
-- rows: id
WITH parsed AS (
    SELECT id, from_json(payload, '{"h":"VARCHAR","n":"VARCHAR"}') AS p FROM raw_h.lines WHERE NOT is_deleted
)
SELECT id AS line_id, -- id
    CAST(p.h AS DECIMAL(9,2)) AS hours, -- hours
    p.n AS note -- note
FROM parsed WHERE p.h IS NOT NULL"""
"""One row of each raw row that is not deleted and has hours."""


def model(text: str = SQL) -> SqlModel:
    return parse_model(text, "weekly", "lines", source="lines.sql")


def raw(con: duckdb.DuckDBPyConnection, id_type: str = "BIGINT") -> None:
    con.execute(f"CREATE SCHEMA raw_h; CREATE TABLE raw_h.lines (id {id_type}, payload JSON, is_deleted BOOLEAN)")
    moved(con, RAW)


def put(con: duckdb.DuckDBPyConnection, line: Any, hours: int | None, note: str, is_deleted: bool = False) -> None:
    con.execute("DELETE FROM raw_h.lines WHERE id = ?", [line])
    payload = f'{{"h": {"null" if hours is None else hours / 4}, "n": "{note}"}}'
    con.execute("INSERT INTO raw_h.lines VALUES (?, ?, ?)", [line, payload, is_deleted])


_CHANGES = st.lists(
    st.lists(
        st.tuples(st.integers(1, 12), st.one_of(st.none(), st.integers(0, 9)), st.sampled_from("ab'"), st.booleans()),
        min_size=1,
        max_size=4,
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(
    landings=_CHANGES,
    seen=st.lists(st.booleans(), min_size=6, max_size=6),
    id_type=st.sampled_from(["BIGINT", "VARCHAR"]),
)
@pytest.mark.slow
def test_following_any_changes_gives_the_table_that_building_gives(
    landings: list[list[tuple[int, int | None, str, bool]]], seen: list[bool], id_type: str
) -> None:
    con = duckdb.connect()
    raw(con, id_type)
    bring_up(Memory(con), model())
    followed = 0
    for landing, is_seen in zip(landings, seen, strict=False):
        for line, hours, note, is_deleted in landing:
            put(con, line, hours, note, is_deleted)
        ids = ", ".join(f"({line})" for line, *_ in landing)
        moved(con, RAW, f"SELECT * FROM (VALUES {ids})")
        # Some landings come before anybody looks: then several are followed at once.
        if is_seen:
            outcome = bring_up(Memory(con), model())
            followed += outcome.how == "followed"
            assert outcome.how != "built"
    outcome = bring_up(Memory(con), model())
    assert outcome.how in ("followed", "remembered")
    kept = con.execute("FROM weekly.lines ORDER BY ALL").fetchall()
    assert outcome.version == str(content(con, ("weekly", "lines")))
    build(con, model())
    assert kept == con.execute("FROM weekly.lines ORDER BY ALL").fetchall()
    assert outcome.version == str(content(con, ("weekly", "lines")))


def test_what_cannot_be_followed_is_built() -> None:
    con = duckdb.connect()
    raw(con)
    bring_up(Memory(con), model())
    put(con, 1, 4, "a")
    moved(con, RAW)  # nobody says which rows
    assert bring_up(Memory(con), model()).how == "built"
    put(con, 2, 4, "a")
    moved(con, RAW, "SELECT 2")
    other = model(SQL.replace("hours IS NOT NULL", "hours > 0").replace("AS note", "|| '!' AS note"))
    assert bring_up(Memory(con), other).how == "built"
    assert con.execute("SELECT note FROM weekly.lines").fetchall() == [("a!",), ("a!",)]
    con.execute(f"INSERT INTO raw_h.lines SELECT range + 10, '{{\"h\":1}}', false FROM range({MOST_LOGGED + 1})")
    moved(con, RAW, f"SELECT range + 10 FROM range({MOST_LOGGED + 1})")
    assert bring_up(Memory(con), other).how == "built"


def test_only_changed_rows_are_read_again() -> None:
    con = duckdb.connect()
    raw(con)
    for line in (1, 2):
        put(con, line, line, "a")
    moved(con, RAW)
    bring_up(Memory(con), model())
    # A row that would fail if it were read again: proof that it is not.
    con.execute('UPDATE raw_h.lines SET payload = \'{"h": "no number"}\' WHERE id = 1')
    put(con, 2, 8, "b")
    moved(con, RAW, "SELECT 2")
    assert bring_up(Memory(con), model()).how == "followed"
    assert con.execute("SELECT * FROM weekly.lines ORDER BY 1").fetchall() == [(1, 0.25, "a"), (2, 2, "b")]


@pytest.mark.parametrize(
    ("select", "complaint"),
    [
        ("SELECT id, -- id\n sum(h) AS h -- h\nFROM raw_h.lines GROUP BY id", "may look at other rows"),
        ("SELECT id, -- id\n row_number() OVER () AS n -- n\nFROM raw_h.lines", "may look at other rows"),
        ("SELECT id, -- id\n unnest(l) AS n -- n\nFROM raw_h.lines", "may look at other rows"),
        ("SELECT id, -- id\n (SELECT max(h) FROM raw_h.lines) AS n -- n\nFROM raw_h.lines", "may look at other rows"),
        ("SELECT id -- id\nFROM raw_h.lines UNION ALL SELECT id FROM raw_h.lines", "may look at other rows"),
        ("SELECT DISTINCT id -- id\nFROM raw_h.lines", "has distinct in a SELECT"),
        ("SELECT id -- id\nFROM raw_h.lines ORDER BY 1 LIMIT 3", "has limit, order in a SELECT"),
        ("SELECT a.id -- id\nFROM raw_h.lines AS a JOIN raw_h.clients AS b USING (id)", "has joins in a SELECT"),
        ("SELECT id -- id\nFROM harvest.clients", "reads other than one raw table"),
        ("SELECT id + 1 AS id -- id\nFROM raw_h.lines", "no output column that is just id"),
        ("WITH p AS (SELECT x AS id FROM raw_h.lines) SELECT id -- id\nFROM p", "no output column that is just id"),
        (
            "WITH p AS (SELECT id, j AS q FROM raw_h.lines) SELECT q.id -- id\nFROM p",
            "no output column that is just id",
        ),
        ("SELECT id, -- id\n strange(h) AS h -- h\nFROM raw_h.lines", "may look at other rows"),
    ],
)
def test_a_promise_that_the_select_does_not_keep_is_refused(select: str, complaint: str) -> None:
    with pytest.raises(ModelError, match=r"lines\.sql promises `rows: id`") as refusal:
        model(HEAD + select)
    assert complaint in str(refusal.value)


def test_the_table_of_time_follows_its_changes() -> None:
    assert [each.name for each in models_of("harvest") if each.following] == ["time_entries"]
