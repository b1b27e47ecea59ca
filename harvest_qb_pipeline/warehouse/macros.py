"""What every connection to the warehouse knows besides DuckDB's own functions: keys, names, money, and words for holds.

Belongs here: putting macros on a connection. Must not be here: what they say (`keys.py`, `macros.sql`, `holds.py`).
They are temporary: nothing of them is stored in the file, so that a file never has those of yesterday.
"""

from functools import cache
from pathlib import Path

import duckdb

from harvest_qb_pipeline import keys
from harvest_qb_pipeline.warehouse.holds import hold_macros


@cache
def macro_statements() -> str:
    """The SQL that makes them. What a table says may change with it."""
    of_keys = "".join(f"CREATE OR REPLACE TEMP MACRO {macro.strip()};\n" for macro in keys.MACROS.split(";")[:-1])
    return of_keys + Path(__file__).with_name("macros.sql").read_text() + hold_macros()


def register_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Makes all macros known on this connection, whatever it knew before."""
    con.execute(macro_statements())
