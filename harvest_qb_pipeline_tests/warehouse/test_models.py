from pathlib import Path

import duckdb
import pytest

from harvest_qb_pipeline.warehouse.database import open_warehouse, query_rows
from harvest_qb_pipeline.warehouse.models import build, describe, models_in, parse_model
from harvest_qb_pipeline.warehouse.parsing import ColumnDoc, ModelError

DRAFTS = """-- One row per client.
-- Amounts in the client's currency (rule 7).
WITH entries AS (SELECT client, hours FROM harvest.time_entries)
SELECT
    entries.client,  -- whose draft
    sum(hours) AS hours_rounded,  -- hours, 2 places
    CASE WHEN sum(hours) > 10 THEN 'big' -- not a column
         ELSE 'small' END AS size -- big from 10 h on
FROM entries JOIN policy.context ON true
WHERE client IN (SELECT client FROM contacts.links)
GROUP BY 1
"""


def parsed(text: str):
    return parse_model(text, "billing", "drafts", source="drafts.sql")


def test_a_model_takes_its_words_from_its_comments_and_its_dependencies_from_its_select() -> None:
    model = parsed(DRAFTS)
    assert model.description == "One row per client.\nAmounts in the client's currency (rule 7)."
    assert model.columns == (
        ColumnDoc("client", "whose draft"),
        ColumnDoc("hours_rounded", "hours, 2 places"),
        ColumnDoc("size", "big from 10 h on"),
    )
    assert model.dependencies == (("contacts", "links"), ("harvest", "time_entries"), ("policy", "context"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("SELECT 1 AS a -- one", "does not begin with a `--` comment"),
        ("-- head\nSELECT 1 AS a", "say what a means"),
        ("-- head\nSELECT * FROM billing.x", "has no name"),
        ("-- head\nSELECT a -- a\nFROM x", "write x as schema.table"),
        ("-- head\nSELECT FROM", "is not one SELECT"),
        ("-- head\nDROP TABLE billing.x", "is not one SELECT"),
        ("-- head\nSELECT 1 AS a -- a\n; SELECT 2 AS a", "2 statements"),
    ],
)
def test_a_file_that_breaks_the_form_is_refused_with_its_name(text: str, sentence: str) -> None:
    with pytest.raises(ModelError, match=r"drafts\.sql") as refusal:
        parsed(text)
    assert sentence in str(refusal.value)


def test_models_are_built_after_what_they_read(tmp_path: Path) -> None:
    folder = tmp_path / "sql"
    folder.mkdir()
    (folder / "a_total.sql").write_text("-- total\nSELECT sum(x) AS total -- all\nFROM weekly.lines")
    (folder / "lines.sql").write_text("-- lines\nSELECT x -- each\nFROM (VALUES (1), (2)) AS given(x)")
    models = models_in(folder, "weekly")
    assert [model.name for model in models] == ["lines", "a_total"]
    with open_warehouse(tmp_path / "warehouse.duckdb") as warehouse:
        for model in [*models, *models]:
            build(warehouse.connection, model)
        describe(warehouse.connection, models)
        assert query_rows(warehouse.connection, "SELECT total FROM weekly.a_total") == [{"total": 3}]
        words = query_rows(
            warehouse.connection, "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'a_total'"
        )
    assert words == [{"column_name": "total", "comment": "all"}]


def test_a_circle_of_tables_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.sql").write_text("-- one\nSELECT x -- x\nFROM weekly.two")
    (tmp_path / "two.sql").write_text("-- two\nSELECT x -- x\nFROM weekly.one")
    with pytest.raises(ModelError, match=r"weekly\.one → weekly\.two|weekly\.two → weekly\.one"):
        models_in(tmp_path, "weekly")


def test_a_model_that_fails_leaves_the_table_as_it_was(tmp_path: Path) -> None:
    good = parse_model("-- h\nSELECT 1 AS a -- a", "weekly", "t", source="t.sql")
    bad = parse_model("-- h\nSELECT 'x'::INTEGER AS a -- a", "weekly", "t", source="t.sql")
    with open_warehouse(tmp_path / "warehouse.duckdb") as warehouse:
        build(warehouse.connection, good)
        with pytest.raises(duckdb.ConversionException), warehouse.transaction() as con:
            build(con, bad)
        assert query_rows(warehouse.connection, "SELECT a FROM weekly.t") == [{"a": 1}]
