"""Contacts' tables as Dagster assets: who is who.

Belongs here: the shell, a handful of lines per asset. Must not be here: what is planned or posted (`automation`).
"""

from typing import Any, TypeAlias

import dagster as dg

from harvest_qb_pipeline.contacts.candidates import TABLES, Candidates, write_candidates
from harvest_qb_pipeline.warehouse.dagster import sql_assets, table_metadata
from harvest_qb_pipeline.warehouse.database import Warehouse

Shown: TypeAlias = "dg.MaterializeResult[Any]"


def _candidate_asset(candidates: Candidates) -> dg.AssetsDefinition:
    @dg.asset(
        key=["contacts", candidates.table],
        deps=[dg.AssetKey(list(table)) for table in candidates.reads],
        kinds={"duckdb", "python"},
        description=candidates.description,
        metadata={"dagster/table_name": f"contacts.{candidates.table}"},
    )
    def found(warehouse: dg.ResourceParam[Warehouse]) -> Shown:
        with warehouse.transaction() as con:
            write_candidates(con, candidates)
        return dg.MaterializeResult(metadata=table_metadata(warehouse.connection, "contacts", candidates.table))

    return found


ASSETS = [*(_candidate_asset(candidates) for candidates in TABLES), *sql_assets("contacts")]
