"""The literal tables of these tests are the real ones: every column that billing reads is landed under that name."""

import pytest

from harvest_qb_pipeline.ledger.landing import LANDED
from harvest_qb_pipeline.warehouse.models import models_of
from harvest_qb_pipeline_tests.billing.books import TABLES


@pytest.mark.parametrize("room", ["harvest", "quickbooks"])
def test_typed_tables_have_the_columns_that_billing_reads(room):
    real = {f"{room}.{model.name}": {column.name for column in model.columns} for model in models_of(room)}
    for table, columns in TABLES.items():
        if table.startswith(f"{room}."):
            wanted = {
                column.split()[0] for column in columns.replace("(18,", "(18;").replace("(12,", "(12;").split(", ")
            }
            assert wanted <= real[table], table


def test_the_landed_ledger_has_the_columns_that_billing_reads():
    real = {f"ledger.{table.name}": set(table.columns) for table in LANDED}
    for table, columns in TABLES.items():
        if table.startswith("ledger."):
            assert {column.split()[0] for column in columns.replace("(18,", "(18;").split(", ")} <= real[table], table
