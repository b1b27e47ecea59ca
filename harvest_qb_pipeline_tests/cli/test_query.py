"""`query`: what analysts read from the published copy is exact, bounded, and explained when it cannot be had."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from harvest_qb_pipeline.cli.main import cli
from harvest_qb_pipeline.cli.output import Failed

# Neither can be told from its neighbour as a float.
CENT = "12345678901234567.89"
TENTH = "0.10"
Ask = Callable[..., Result]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    with duckdb.connect(str(tmp_path / "analytics.duckdb")) as con:
        con.execute("CREATE SCHEMA billing")
        con.execute("CREATE TABLE billing.lines (amount DECIMAL(20, 2), note VARCHAR, day DATE)")
        con.execute(f"INSERT INTO billing.lines VALUES ({CENT}, 'a, b', '2026-10-05'), ({TENTH}, NULL, NULL)")
    monkeypatch.setenv("HARVEST_QB_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def asked(*words: str, text: str | None = None) -> Result:
        return CliRunner().invoke(cli, ["query", *words], input=text)

    return asked


ALL = "SELECT * FROM billing.lines"


def test_money_is_never_a_float_whatever_the_output(ask: Ask, tmp_path: Path):
    assert ask(ALL, "--csv").stdout.splitlines() == ["amount,note,day", f'{CENT},"a, b",2026-10-05', f"{TENTH},,"]

    printed = ask(ALL, "--json").stdout
    assert json.loads(printed, parse_float=Decimal) == [
        {"amount": Decimal(CENT), "note": "a, b", "day": "2026-10-05"},
        {"amount": Decimal(TENTH), "note": None, "day": None},
    ]

    table = ask(ALL).stdout
    assert f" {CENT} " in table
    assert f" {TENTH}\n" in table

    assert ask(ALL, "--parquet", "lines.parquet").stderr == "Wrote 2 rows to lines.parquet\n"
    written = pq.read_table(tmp_path / "lines.parquet")
    assert str(written.schema.field("amount").type) == "decimal128(20, 2)"
    assert written["amount"].to_pylist() == [Decimal(CENT), Decimal(TENTH)]


def test_sums_and_nested_money_stay_exact_too(ask: Ask):
    row = ask("SELECT sum(amount) AS total, list(amount ORDER BY amount) AS each FROM billing.lines", "--json").stdout
    assert json.loads(row, parse_float=Decimal) == [
        {"total": Decimal("12345678901234567.99"), "each": [Decimal(TENTH), Decimal(CENT)]}
    ]


def test_a_table_is_bounded_and_says_how_many_rows_there_are_more(ask: Ask):
    few = ask("SELECT range AS n FROM range(120000)", "--rows", "3").stdout
    assert few.startswith("120,000 rows")
    assert [line.strip() for line in few.splitlines() if line.strip().isdigit()] == ["0", "1", "2"]
    assert "... and 119,997 more" in few
    assert "more" not in ask("SELECT 1 AS n").stdout


def test_all_rows_are_in_the_csv_with_one_header(ask: Ask):
    lines = ask("SELECT range AS n FROM range(120000)", "--csv").stdout.splitlines()
    assert lines == ["n", *map(str, range(120000))]


@pytest.mark.parametrize("words", [("long.sql",), ("-",)])
def test_long_queries_come_from_a_file_or_standard_input(ask: Ask, tmp_path: Path, words: Sequence[str]):
    (tmp_path / "long.sql").write_text("-- how many\nSELECT count(*) AS n FROM billing.lines;\n")
    assert ask(*words, "--json", text="SELECT 2 AS n").stdout == '[{"n":2}]\n'


def test_two_columns_of_one_name_are_told_apart(ask: Ask):
    assert ask("SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS a", "--csv").stdout == "a,a_2,a_1,a_3\n1,2,3,4\n"


def test_nothing_at_all_is_an_answer(ask: Ask):
    none = f"{ALL} WHERE false"
    assert ask(none, "--json").stdout == "[]\n"
    assert ask(none, "--csv").stdout == "amount,note,day\n"
    assert ask(none).stdout.startswith("0 rows")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM billing.lines", "this is DELETE"),
        ("COPY billing.lines TO 'out.csv'", "this is COPY"),
        ("ATTACH 'other.duckdb'", "this is ATTACH"),
        ("SELECT 1; DROP TABLE billing.lines", "this text has 2"),
        ("-- nothing", "this text has 0"),
        ("missing.sql", "missing.sql cannot be read"),
    ],
)
def test_what_is_no_reading_statement_is_wrong_usage(ask: Ask, tmp_path: Path, sql: str, said: str):
    result = ask(sql)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["analytics.duckdb"]


@pytest.mark.parametrize("option", ["--csv", "--json"])
def test_duckdbs_own_words_say_what_is_wrong_with_a_statement(ask: Ask, option: str):
    for sql, said in (
        ("SELECT amuont FROM billing.lines", 'Candidate bindings: "amount"'),
        ("SELECT note::INTEGER FROM billing.lines", "Could not convert string 'a, b'"),
    ):
        result = ask(sql, option)
        assert isinstance(result.exception, Failed)
        assert said in str(result.exception)


def test_before_the_first_landing_it_says_what_to_run(ask: Ask, tmp_path: Path):
    (tmp_path / "analytics.duckdb").unlink()
    result = ask(ALL)
    assert isinstance(result.exception, Failed)
    assert "run `harvest-qb sync`" in str(result.exception)


def test_two_outputs_at_once_are_wrong_usage(ask: Ask):
    assert ask(ALL, "--csv", "--json").exit_code == 2
