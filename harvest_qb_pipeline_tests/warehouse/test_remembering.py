"""Tables are built anew when something they are made of changed, and only then."""

from pathlib import Path

import duckdb
import pytest

from harvest_qb_pipeline.warehouse import models as models_module
from harvest_qb_pipeline.warehouse import versions
from harvest_qb_pipeline.warehouse.database import open_warehouse
from harvest_qb_pipeline.warehouse.models import SqlModel, Step, build_in_order, code_version, parse_model
from harvest_qb_pipeline.warehouse.versions import content, forget, known_versions, moved

RATES = ("policy", "rates")
FILES = {
    "priced": "-- Lines.\nSELECT id, -- id\n hours * rate AS amount -- money\nFROM raw_h.lines, policy.rates",
    "total": "-- Total.\nSELECT sum(amount) AS amount -- money\nFROM weekly.priced",
    "words": "-- Words.\nSELECT id -- id\nFROM raw_h.lines WHERE hours > 100",
}


class Shop:
    """A room `weekly` of three tables over one landed table and one of the policy."""

    def __init__(self, con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
        self.con = con
        self.files = dict(FILES)
        self.steps: list[Step] = []
        monkeypatch.setattr(models_module, "models_of", lambda room: self.models())
        con.execute("CREATE SCHEMA IF NOT EXISTS raw_h; CREATE SCHEMA IF NOT EXISTS policy")
        con.execute("CREATE TABLE raw_h.lines AS SELECT 1 AS id, 2 AS hours")
        con.execute("CREATE TABLE policy.rates AS SELECT 10 AS rate")
        moved(con, ("raw_h", "lines"))
        moved(con, RATES)

    def models(self) -> list[SqlModel]:
        return [parse_model(text, "weekly", name, source=name) for name, text in self.files.items()]

    def change(self, sql: str, table: tuple[str, str] = ("raw_h", "lines")) -> None:
        self.con.execute(sql)
        moved(self.con, table)

    def built(self) -> set[str]:
        return {name for _, name in build_in_order(self.con, "weekly", steps=self.steps).built}

    def total(self) -> int:
        return self.con.execute("SELECT amount FROM weekly.total").fetchall()[0][0]


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(duckdb.connect(), monkeypatch)


def test_nothing_is_built_twice_of_the_same_things(shop: Shop) -> None:
    assert shop.built() == {"priced", "total", "words"}
    assert shop.built() == set()
    again = build_in_order(shop.con, "weekly")
    assert {name for _, name in again.remembered} == {"priced", "total", "words"}
    assert again.rows["weekly", "priced"] == 1


def test_a_change_builds_what_reads_it_and_what_reads_that(shop: Shop) -> None:
    shop.built()
    shop.change("UPDATE policy.rates SET rate = 11", RATES)
    assert shop.built() == {"priced", "total"}
    assert shop.total() == 22


def test_equal_rows_stop_a_change_where_they_are_found(shop: Shop) -> None:
    shop.built()
    shop.change("INSERT INTO raw_h.lines VALUES (2, 0)")
    # The new line is worth nothing: the total is what it was, and whatever reads the total would be left alone.
    shop.files["report"] = "-- Report.\nSELECT amount -- money\nFROM weekly.total"
    assert shop.built() == {"priced", "total", "words", "report"}
    shop.change("INSERT INTO raw_h.lines VALUES (3, 0)")
    assert shop.built() == {"priced", "total", "words"}


def test_other_sql_builds_the_table_anew(shop: Shop) -> None:
    shop.built()
    shop.files["priced"] = shop.files["priced"].replace("hours * rate", "2 * hours * rate")
    assert shop.built() == {"priced", "total"}
    assert shop.total() == 40


def test_a_macro_that_changes_builds_anew_what_may_use_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def say(macro: str) -> None:
        shop.con.execute(macro)
        monkeypatch.setattr(versions, "macro_statements", lambda: macro)

    say("CREATE MACRO doubled(x) AS 2 * x")
    shop.files["priced"] = shop.files["priced"].replace("hours * rate", "doubled(hours * rate)")
    shop.built()
    assert shop.built() == set()
    say("CREATE OR REPLACE MACRO doubled(x) AS 3 * x")
    assert {"priced", "total"} <= shop.built()
    assert shop.total() == 60


@pytest.mark.parametrize(
    "harm",
    [
        "DROP TABLE weekly.priced",
        "CREATE OR REPLACE TABLE weekly.priced AS SELECT 7 AS id, 1 AS amount UNION ALL SELECT 8, 1",
        "DELETE FROM weekly.priced",
    ],
)
def test_a_version_whose_table_is_gone_or_another_counts_for_nothing(shop: Shop, harm: str) -> None:
    shop.built()
    shop.con.execute(harm)
    assert "priced" in shop.built()
    assert shop.total() == 20


def test_what_reads_a_table_without_a_version_is_always_built(shop: Shop) -> None:
    shop.built()
    forget(shop.con, ("raw_h", "lines"))
    assert shop.built() == {"priced", "words"}
    assert shop.built() == {"priced", "words"}
    shop.con.execute("UPDATE raw_h.lines SET hours = 3")
    assert shop.built() == {"priced", "words", "total"}


def test_a_version_goes_with_the_rows_of_its_transaction(shop: Shop) -> None:
    shop.built()
    shop.con.begin()
    shop.change("UPDATE raw_h.lines SET hours = 5")
    assert shop.built() == {"priced", "total", "words"}
    shop.con.rollback()
    assert shop.built() == set()
    assert shop.total() == 20


def test_a_failing_table_leaves_what_was_there(shop: Shop) -> None:
    shop.built()
    shop.files["priced"] = shop.files["priced"].replace("hours * rate", "(hours || 'x')::INTEGER")
    with pytest.raises(duckdb.ConversionException):
        shop.built()
    shop.files = dict(FILES)
    assert shop.built() == set()
    assert shop.total() == 20


def test_a_step_is_made_again_when_its_code_or_its_inputs_changed(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("one")
    made: list[str] = []

    def step() -> Step:
        def make(con: duckdb.DuckDBPyConnection) -> None:
            made.append("made")
            con.execute("CREATE OR REPLACE TABLE weekly.counted AS SELECT count(*) AS n FROM weekly.priced")

        code_version.cache_clear()
        return Step(("weekly", "counted"), (("weekly", "priced"),), make, code_version(tmp_path), "Counted.", ())

    shop.steps = [step()]
    assert "counted" in shop.built()
    shop.steps = [step()]
    assert shop.built() == set()
    (tmp_path / "code.py").write_text("two")
    shop.steps = [step()]
    assert shop.built() == {"counted"}
    shop.change("UPDATE policy.rates SET rate = 12", RATES)
    assert shop.built() == {"counted", "priced", "total"}
    assert len(made) == 3


def test_versions_survive_with_the_file_and_not_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.duckdb"
    with open_warehouse(path) as warehouse:
        shop = Shop(warehouse.connection, monkeypatch)
        shop.built()
    with open_warehouse(path) as warehouse:
        assert build_in_order(warehouse.connection, "weekly").built == []
    path.unlink()
    with open_warehouse(path) as warehouse:
        assert len({name for _, name in _again(warehouse.connection, monkeypatch)}) == 3


def _again(con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    Shop(con, monkeypatch)
    return build_in_order(con, "weekly").built


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        ("VALUES (1, 'a'), (2, 'b')", "VALUES (2, 'b'), (1, 'a')", True),
        ("VALUES (1, 'a'), (2, 'b')", "VALUES (1, 'b'), (2, 'a')", False),
        ("VALUES (1, 'a'), (1, 'a')", "VALUES (1, 'a')", False),
        ("VALUES (1, 'a'), (1, 'a'), (2, 'b')", "VALUES (1, 'a'), (2, 'b'), (2, 'b')", False),
        ("VALUES (1, NULL), (NULL, 1)", "VALUES (NULL, NULL), (1, 1)", False),
        ("VALUES (1.0::DECIMAL(9,1), '')", "VALUES (1.0::DECIMAL(9,2), '')", False),
        ("VALUES (['a', 'b'], 1)", "VALUES (['b', 'a'], 1)", False),
    ],
)
def test_content_is_told_apart_whatever_the_order_of_rows(before: str, after: str, is_same: bool) -> None:
    con = duckdb.connect()
    con.execute(f"CREATE TABLE t AS SELECT * FROM ({before}) AS v(a, b)")
    con.execute(f"CREATE TABLE u AS SELECT * FROM ({after}) AS v(a, b)")
    same = str(content(con, ("main", "t"))) == str(content(con, ("main", "u")))
    assert same is is_same


def test_landed_tables_have_a_version_only_while_their_rows_are_those_that_were_counted() -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE t AS SELECT 1 AS id")
    moved(con, ("main", "t"))
    first = known_versions(con)["main", "t"].version
    con.execute("INSERT INTO t VALUES (2)")
    assert ("main", "t") not in known_versions(con)
    moved(con, ("main", "t"))
    assert known_versions(con)["main", "t"].version != first
