"""Contacts as Dagster assets. Belongs here: the shell. Must not be here: comparing names (`matching.py`)."""

from typing import Any, TypeAlias

import dagster as dg

from harvest_qb_pipeline.contacts.candidates import DESCRIPTION, write_customer_candidates
from harvest_qb_pipeline.warehouse.dagster import table_metadata
from harvest_qb_pipeline.warehouse.database import Warehouse

Shown: TypeAlias = "dg.MaterializeResult[Any]"


@dg.asset(
    key=["contacts", "customer_candidates"],
    deps=[dg.AssetKey(["harvest", "clients"]), dg.AssetKey(["quickbooks", "customers"])],
    kinds={"duckdb", "python"},
    description=DESCRIPTION,
    metadata={"dagster/table_name": "contacts.customer_candidates"},
)
def customer_candidates(warehouse: dg.ResourceParam[Warehouse]) -> Shown:
    with warehouse.transaction() as con:
        write_customer_candidates(con)
    return dg.MaterializeResult(metadata=table_metadata(warehouse.connection, "contacts", "customer_candidates"))


ASSETS = [customer_candidates]
