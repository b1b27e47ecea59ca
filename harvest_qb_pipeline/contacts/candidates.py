"""The table `contacts.customer_candidates`: which QuickBooks customers could be which Harvest clients, by name.

Belongs here: reading names from the warehouse and storing what `matching` finds. Must not be here: choosing.
"""

import duckdb

from harvest_qb_pipeline.contacts.matching import Client, Customer, customer_candidates

DESCRIPTION = (
    "Customers in QuickBooks whose names are equal or close to a Harvest client's.\n"
    "Grain: client x customer. Names only suggest; billing.customer_matches chooses (rule 49)."
)
COLUMNS = {
    "client_id_harvest": ("BIGINT", "The client in Harvest"),
    "customer_id_qb": ("VARCHAR", "The customer in QuickBooks"),
    "relation": ("VARCHAR", "equal after normalising, or similar"),
    "score": ("DOUBLE", "Likeness of the names, 100 for equal"),
    "clients_of_name": ("BIGINT", "How many Harvest clients bear this same normalised name"),
}


def write_customer_candidates(con: duckdb.DuckDBPyConnection) -> int:
    """Makes the table anew from `harvest.clients` and `quickbooks.customers`; returns its rows."""
    clients = con.execute("SELECT client_id_harvest, client_name FROM harvest.clients").fetchall()
    customers = con.execute(
        "SELECT customer_id_qb, display_name, is_active, is_job FROM quickbooks.customers"
    ).fetchall()
    found = customer_candidates([Client(*row) for row in clients], [Customer(*row) for row in customers])
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in COLUMNS.items())
    con.execute("CREATE SCHEMA IF NOT EXISTS contacts")
    con.execute(f"CREATE OR REPLACE TABLE contacts.customer_candidates ({columns})")
    if found:
        con.executemany(
            "INSERT INTO contacts.customer_candidates VALUES (?, ?, ?, ?, ?)",
            [[c.client_id, c.customer_id, c.relation, c.score, c.clients_of_name] for c in found],
        )
    return len(found)
