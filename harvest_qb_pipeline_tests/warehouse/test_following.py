"""A table that follows its raw table row by row is what it would be if it were built in full."""

from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvest_qb_pipeline.warehouse.changes import MOST_LOGGED, all_links, difference, log_difference
from harvest_qb_pipeline.warehouse.models import SqlModel, bring_up, build, models_of, parse_model
from harvest_qb_pipeline.warehouse.parsing import ModelError
from harvest_qb_pipeline.warehouse.versions import Memory, content, content_of_select, moved, prepare

RAW = ("raw_h", "lines")
HEAD = "-- Lines.\n-- rows: id of raw_h.lines\n"
SQL = """-- Lines.
-- rows: id of raw_h.lines
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


@pytest.fixture
def shop() -> duckdb.DuckDBPyConnection:
    """A connection with an empty raw table."""
    con = duckdb.connect()
    raw(con)
    return con


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


def test_tables_that_follow_the_same_change_read_its_rows_once() -> None:
    con = duckdb.connect()
    raw(con)
    for line in range(1, 9):
        put(con, line, line, "a")
    moved(con, RAW)
    both = (model(), parse_model(SQL.replace("AS note", "|| '!' AS note"), "weekly", "loud", source="loud.sql"))
    for each in both:
        bring_up(Memory(con), each)
    put(con, 2, 8, "b")
    moved(con, RAW, "SELECT 2")
    memory = Memory(con)
    assert [bring_up(memory, each).how for each in both] == ["followed", "followed"]
    read = con.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE temporary AND table_name LIKE 'followed%'"
    ).fetchall()
    assert read == [(1,)]
    for table in ("lines", "loud"):
        assert con.execute(f"SELECT hours, note[1] FROM weekly.{table} WHERE line_id = 2").fetchall() == [(2, "b")]


@pytest.mark.parametrize(
    ("select", "complaint"),
    [
        ("SELECT id, -- id\n row_number() OVER () AS n -- n\nFROM raw_h.lines", "looks at rows of several keys"),
        (
            "SELECT id, -- id\n sum(h) OVER (PARTITION BY h) AS n -- n\nFROM raw_h.lines",
            "looks at rows of several keys",
        ),
        ("SELECT id, -- id\n sum(h) OVER w AS n -- n\nFROM raw_h.lines WINDOW w AS (ORDER BY id)", "of several keys"),
        (
            "SELECT id -- id\nFROM raw_h.lines QUALIFY row_number() OVER (ORDER BY h) = 1",
            "looks at rows of several keys",
        ),
        (
            "SELECT id, -- id\n (SELECT max(h) FROM raw_h.lines) AS n -- n\nFROM raw_h.lines",
            "may look at rows of other",
        ),
        ("SELECT id -- id\nFROM raw_h.lines AS l WHERE h IN (SELECT h FROM raw_h.lines)", "may look at rows of other"),
        ("SELECT id -- id\nFROM raw_h.lines ORDER BY 1 LIMIT 3", "has limit in a SELECT"),
        ("SELECT DISTINCT ON (h) id -- id\nFROM raw_h.lines", "is not understood"),
        ("SELECT any_value(id) AS id, -- id\n h -- h\nFROM raw_h.lines GROUP BY h", "mixes rows of several keys"),
        ("SELECT a.id -- id\nFROM raw_h.lines AS a JOIN raw_h.lines AS b USING (h)", "does not meet by id"),
        ("SELECT a.id -- id\nFROM raw_h.lines AS a, raw_h.lines AS b", "does not meet by id"),
        (
            "SELECT a.id -- id\nFROM raw_h.lines AS a RIGHT JOIN raw_h.clients AS b USING (id)",
            "may have rows of no key",
        ),
        ("SELECT a.id -- id\nFROM raw_h.clients AS b LEFT JOIN raw_h.lines AS a USING (id)", "may have rows of no key"),
        ("SELECT a.id -- id\nFROM raw_h.clients AS b SEMI JOIN raw_h.lines AS a USING (id)", "may have rows of no key"),
        ("SELECT id -- id\nFROM raw_h.lines UNION ALL SELECT id FROM raw_h.clients", "rows of no key"),
        ("SELECT id, -- id\n h -- h\nFROM raw_h.lines UNION ALL SELECT h, id FROM raw_h.lines", "just the key"),
        ("SELECT id -- id\nFROM raw_h.lines EXCEPT SELECT id FROM raw_h.lines", "is not understood"),
        ("SELECT id -- id\nFROM harvest.clients", "does not read raw_h.lines"),
        ("SELECT id + 1 AS id -- id\nFROM raw_h.lines", "no output column that is just the key"),
        (
            "WITH p AS (SELECT x AS id FROM raw_h.lines) SELECT id -- id\nFROM p",
            "no output column that is just the key",
        ),
        (
            "WITH p AS (SELECT id, j AS q FROM raw_h.lines) SELECT q.id -- id\nFROM p",
            "output column that is just the key",
        ),
        (
            "WITH RECURSIVE p AS (SELECT id FROM raw_h.lines UNION ALL SELECT id FROM p) SELECT id -- id\nFROM p",
            "reads itself",
        ),
    ],
)
def test_a_promise_that_the_select_does_not_keep_is_refused(select: str, complaint: str) -> None:
    with pytest.raises(ModelError, match=r"lines\.sql promises `rows: id of raw_h.lines`") as refusal:
        model(HEAD + select)
    assert complaint in str(refusal.value)


KEPT = (
    "SELECT id, -- id\n sum(h) AS h -- h\nFROM raw_h.lines GROUP BY id",
    "SELECT id, -- id\n sum(h) AS h -- h\nFROM raw_h.lines GROUP BY ALL HAVING sum(h) > 3",
    "SELECT DISTINCT id -- id\nFROM raw_h.lines",
    "SELECT id -- id\nFROM raw_h.lines QUALIFY row_number() OVER (PARTITION BY id ORDER BY h, n) = 1",
    "SELECT a.id, -- id\n b.n -- n\nFROM raw_h.lines AS a LEFT JOIN raw_h.lines AS b ON b.id = a.id AND b.h > a.h",
    "SELECT id, -- id\n k.n -- n\nFROM raw_h.names AS k JOIN raw_h.lines AS a USING (n)",
    "SELECT a.id -- id\nFROM raw_h.lines AS a ANTI JOIN raw_h.lines AS b ON b.id = a.id AND b.h > 4",
    "WITH m AS (SELECT id, max(h) AS h FROM raw_h.lines GROUP BY id), s AS (SELECT * FROM raw_h.lines)"  # noqa: ISC004
    " SELECT s.id, -- id\n m.h AS most -- h\nFROM s JOIN m ON s.id = m.id",
    "SELECT id, -- id\n h -- h\nFROM raw_h.lines WHERE h > 4 UNION ALL SELECT id, -h FROM raw_h.lines WHERE h < 3",
)


@pytest.mark.parametrize("select", KEPT)
def test_whatever_is_proved_follows_as_if_it_were_built(select: str) -> None:
    con = duckdb.connect()
    con.execute("CREATE SCHEMA raw_h; CREATE TABLE raw_h.lines (id BIGINT, h INTEGER, n VARCHAR)")
    con.execute("CREATE TABLE raw_h.names AS SELECT * FROM (VALUES ('a'), ('b'), ('b')) AS v(n)")
    con.execute("SELECT setseed(0.5)")
    con.execute("INSERT INTO raw_h.lines SELECT range % 7, random() * 9, chr(97 + (random() * 3)::INT) FROM range(30)")
    moved(con, RAW)
    moved(con, ("raw_h", "names"))
    made = model(HEAD + select)
    bring_up(Memory(con), made)
    for step in range(8):
        con.execute("UPDATE raw_h.lines SET h = 9 - h, n = chr(97 + (h % 3)) WHERE id = ?", [step % 7])
        con.execute("DELETE FROM raw_h.lines WHERE id = ? AND h = 4", [step % 7])
        con.execute("INSERT INTO raw_h.lines VALUES (?, ?, 'b')", [step, step])
        moved(con, RAW, f"SELECT unnest([{step % 7}, {step}])")
        assert bring_up(Memory(con), made).how != "built"
        assert str(content(con, made.key)) == str(content_of_select(con, made.sql))


def test_a_change_of_columns_that_are_not_read_is_no_change() -> None:
    con = duckdb.connect()
    raw(con)
    for line in (1, 2, 3):
        put(con, line, line, "a")
    moved(con, RAW)
    hours = parse_model(
        "-- Hours.\nSELECT sum(l.hours) AS hours -- hours\nFROM weekly.lines AS l",
        "weekly",
        "hours",
        source="hours.sql",
    )
    words = parse_model(
        "-- Words.\nSELECT count(*) AS words -- n\nFROM weekly.lines AS l WHERE l.note = 'b'",
        "weekly",
        "words",
        source="w",
    )

    def how() -> list[str]:
        memory = Memory(con)
        return [bring_up(memory, each).how for each in (model(), hours, words)]

    assert how() == ["built", "built", "built"]
    put(con, 2, 2, "b")
    moved(con, RAW, "SELECT 2")
    assert how() == ["followed", "remembered", "built"]
    put(con, 3, 9, "a")
    moved(con, RAW, "SELECT 3")
    assert how() == ["followed", "built", "remembered"]
    # A row that comes or goes concerns everybody, whatever columns they read.
    put(con, 4, 1, "a")
    moved(con, RAW, "SELECT 4")
    assert how() == ["followed", "built", "built"]
    assert con.execute("SELECT hours, words FROM weekly.hours, weekly.words").fetchall() == [(3.25 + 0.0, 1)]


def test_changes_are_logged_for_those_that_were_made_of_a_table(shop: duckdb.DuckDBPyConnection) -> None:
    hours = parse_model(
        "-- Hours.\n-- rows: line_key of weekly.lines\n"
        "SELECT l.line_key, -- key\n l.hours * 2 AS hours -- hours\nFROM weekly.lines AS l",
        "weekly",
        "hours",
        source="hours.sql",
    )
    lines = model(SQL.replace("id AS line_id", "id AS line_key"))

    def change(line: int) -> None:
        put(shop, line, line, "b")
        moved(shop, RAW, f"SELECT {line}")

    change(1)
    bring_up(Memory(shop), lines)
    change(2)
    bring_up(Memory(shop), lines)
    assert lines.key not in all_links(shop)
    memory = Memory(shop)
    assert [bring_up(memory, each).how for each in (lines, hours)] == ["remembered", "built"]
    change(3)
    memory = Memory(shop)
    assert [bring_up(memory, each).how for each in (lines, hours)] == ["followed", "followed"]
    assert shop.execute("SELECT sum(hours) FROM weekly.hours").fetchall() == [(3,)]


def test_a_change_that_the_log_has_forgotten_is_not_followed(shop: duckdb.DuckDBPyConnection) -> None:
    bring_up(Memory(shop), model())
    put(shop, 1, 4, "a")
    moved(shop, RAW, "SELECT 1")
    memory = Memory(shop)
    shop.execute("DELETE FROM main.table_changes")
    assert bring_up(memory, model()).how == "built"
    assert shop.execute("SELECT line_id FROM weekly.lines").fetchall() == [(1,)]


def test_values_dealt_to_other_rows_are_told_to_all() -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE was (a INTEGER, b INTEGER); INSERT INTO was VALUES (1, 10), (2, 20)")
    con.execute("CREATE TABLE now (a INTEGER, b INTEGER); INSERT INTO now VALUES (1, 20), (2, 10)")
    prepare(con)
    log_difference(con, ("main", "now"), ("x", "y"), ["a", "b"], difference(con, "was", "now"))
    assert all_links(con)["main", "now"]["y"].columns is None


def test_a_table_whose_answer_stays_is_not_written() -> None:
    con = duckdb.connect()
    con.execute("CREATE SCHEMA raw_h; CREATE TABLE raw_h.sweeps AS SELECT 1 AS day, 10 AS seen_on")
    sweeps = ("raw_h", "sweeps")
    moved(con, sweeps)
    text = "-- Late.\n-- when: answer_changed\nSELECT day -- day\nFROM raw_h.sweeps WHERE seen_on < 5"
    late = parse_model(text, "weekly", "late", source="late.sql")
    assert bring_up(Memory(con), late).how == "built"
    con.execute("UPDATE raw_h.sweeps SET seen_on = 11")
    moved(con, sweeps)
    assert bring_up(Memory(con), late).how == "remembered"
    assert bring_up(Memory(con), late).how == "remembered"
    con.execute("UPDATE raw_h.sweeps SET seen_on = 4")
    moved(con, sweeps)
    assert bring_up(Memory(con), late).how == "built"
    # Other words about it are other SQL, which says how it is described.
    other = parse_model(text.replace("Late.", "Too late."), "weekly", "late", source="late.sql")
    assert bring_up(Memory(con), other).how == "built"


def test_the_table_of_time_follows_its_changes() -> None:
    assert [each.name for each in models_of("harvest") if each.following] == ["time_entries"]
