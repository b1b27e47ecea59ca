"""What a file's parse tree tells, beyond what `test_models` shows: header words, and what no file may ask."""

import pytest

from harvest_qb_pipeline.warehouse.parsing import ModelError, Rows, parse

HEAD = "-- One row per client.\n"


def test_header_words_are_no_part_of_the_description() -> None:
    parsed = parse(f"{HEAD}-- layer: answer\n-- rows: id of x.y, x.z\n-- Rule 7.\nSELECT a -- a\nFROM x.y", "f.sql")
    assert (parsed.description, parsed.layer) == ("One row per client.\nRule 7.", "answer")
    assert parsed.rows == Rows("id", (("x", "y"), ("x", "z")))
    plain = parse(f"{HEAD}SELECT a -- a\nFROM x.y", "f.sql")
    assert (plain.layer, plain.rows, plain.when) == ("step", None, "inputs_changed")
    assert parse(f"{HEAD}-- when: answer_changed\nSELECT a -- a\nFROM x.y", "f.sql").when == "answer_changed"


@pytest.mark.parametrize("words", ["id", "id of lines", "id of x.y x.z"])
def test_rows_are_of_tables_that_are_named_in_full(words: str) -> None:
    with pytest.raises(ModelError, match=r"f\.sql: write `rows: column of schema.table`"):
        parse(f"{HEAD}-- rows: {words}\nSELECT a -- a\nFROM x.y", "f.sql")


def test_a_layer_that_is_none_is_refused() -> None:
    with pytest.raises(ModelError, match=r"f\.sql: `layer: best` is neither answer nor step"):
        parse(f"{HEAD}-- layer: best\nSELECT a -- a\nFROM x.y", "f.sql")


@pytest.mark.parametrize(
    "mood",
    [
        "now()", "today()", "current_date", "CURRENT_TIMESTAMP", "current_time", "localtimestamp", "age(a)", "random()",
        "uuid()", "gen_random_uuid()", "get_current_timestamp()", "transaction_timestamp()", "nextval('s')",
        "current_setting('TimeZone')", "(SELECT max(b) FROM x.z WHERE b < now())",
    ],
)  # fmt: skip
def test_nothing_but_tables_decides_what_a_table_holds(mood: str) -> None:
    with pytest.raises(ModelError, match=r"f\.sql: \w+\(\) answers differently each time"):
        parse(f"{HEAD}SELECT {mood} AS a -- a\nFROM x.y", "f.sql")


@pytest.mark.parametrize("source", ["read_csv('a.csv')", "read_json('a.json')", "sqlite_scan('a', 'b')", "glob('*')"])
def test_a_select_reads_tables_and_no_files(source: str) -> None:
    with pytest.raises(ModelError, match=r"f\.sql: \w+\(\) is no table"):
        parse(f"{HEAD}SELECT a -- a\nFROM {source}", "f.sql")


def test_a_sample_is_refused() -> None:
    with pytest.raises(ModelError, match="answers differently each time"):
        parse(f"{HEAD}SELECT a -- a\nFROM x.y USING SAMPLE 10", "f.sql")


def test_functions_that_make_rows_are_read_from() -> None:
    parsed = parse(
        f"{HEAD}SELECT n, -- n\n u.v -- v\nFROM x.y AS t, unnest(t.l) AS u(v), generate_series(1, 3) AS s(n)", "f.sql"
    )
    assert parsed.dependencies == (("x", "y"),)
