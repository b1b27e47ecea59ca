"""The ledger's tables as Dagster shows them."""

import dagster as dg

from harvest_qb_pipeline.automation.tables import ledger_tables
from harvest_qb_pipeline.ledger.landing import LANDED
from harvest_qb_pipeline.warehouse.database import open_warehouse, query_rows
from harvest_qb_pipeline_tests.ledger.books import Books, bill


def test_one_run_copies_every_table_and_says_how_many_rows_and_columns(books: Books, tmp_path) -> None:
    books.plan(bill())
    books.approve("invoice/client-1/2026-10")
    books.post("twin/client-1/2026-10", "900")
    with open_warehouse(tmp_path / "warehouse.duckdb") as warehouse:
        result = dg.materialize([ledger_tables], resources={"ledger": books.ledger, "warehouse": warehouse})
        assert query_rows(warehouse.connection, "SELECT key, external_id FROM ledger.links") == [
            {"key": "twin/client-1/2026-10", "external_id": "900"}
        ]
    shown = {
        event.asset_key.path[1]: event.metadata for event in result.asset_materializations_for_node("ledger_tables")
    }
    assert set(shown) == {table.name for table in LANDED}
    assert shown["postings"]["dagster/row_count"].value == 3
    assert shown["sources"]["dagster/row_count"].value == 2
    columns = {column.name: column.description for column in shown["postings"]["dagster/column_schema"].schema.columns}
    assert columns["hold_reasons"] == "Why it waits: code and sentence of each reason"
    assert shown["postings"]["rows_changed"].value == 3


def test_the_ledger_has_no_upstream_and_its_group_is_the_first_part_of_its_keys() -> None:
    assert {key.path[0] for key in ledger_tables.keys} == {"ledger"}
    assert all(spec.description for spec in ledger_tables.specs)
    assert not any(ledger_tables.asset_deps[key] for key in ledger_tables.keys)
