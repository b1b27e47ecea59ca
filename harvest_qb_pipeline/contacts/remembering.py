"""What a plan found of who is who, for the ledger to remember: so that people decide on it without the warehouse.

Belongs here: rows of the tables as values. Must not be here: what follows from them and what was decided since
(`ledger.who_is_who`).
"""

import duckdb

from harvest_qb_pipeline.ledger.who_is_who import Record, Suggestion

_RECORDS = """
    SELECT 'client', client_id_harvest::VARCHAR, client_name, NULL, currency, true, false, NULL, NULL
    FROM harvest.clients
    UNION ALL
    SELECT 'project', project_id_harvest::VARCHAR, project_name, NULL, c.currency, true, false,
        client_id_harvest::VARCHAR, NULL
    FROM harvest.projects LEFT JOIN harvest.clients AS c USING (client_id_harvest)
    UNION ALL
    SELECT 'user', user_id_harvest::VARCHAR, user_name, NULL, NULL, true, false, NULL, NULL FROM harvest.users
    UNION ALL
    SELECT 'task', task_id_harvest::VARCHAR, task_name, NULL, NULL, true, false, NULL, NULL FROM harvest.tasks
    UNION ALL
    SELECT 'category', category_id_harvest::VARCHAR, category_name, NULL, NULL, true, false, NULL, NULL
    FROM harvest.invoice_item_categories
    UNION ALL
    SELECT 'Customer', customer_id_qb, display_name, nullif(fully_qualified_name, display_name), currency, is_active,
        is_job, parent_customer_id_qb, NULL
    FROM quickbooks.customers
    UNION ALL
    SELECT 'Employee', employee_id_qb, display_name, NULL, NULL, is_active, false, NULL, NULL FROM quickbooks.employees
    UNION ALL
    SELECT 'Vendor', vendor_id_qb, display_name, NULL, currency, is_active, false, NULL, NULL FROM quickbooks.vendors
    UNION ALL
    SELECT 'Item', item_id_qb, item_name, NULL, NULL, is_active, false, NULL, item_type FROM quickbooks.items
"""
_SUGGESTIONS = """
    WITH stated AS (
        SELECT customer_key(client_id_harvest) AS link_key FROM contacts.client_matches WHERE matched_by = 'stated'
        UNION ALL
        SELECT job_key(project_id_harvest) FROM contacts.project_matches WHERE matched_by = 'stated'
        UNION ALL
        SELECT link_key FROM contacts.person_matches WHERE matched_by = 'stated'
        UNION ALL
        SELECT link_key FROM contacts.item_matches WHERE matched_by = 'stated'
    )
    SELECT link_key, state, quickbooks_id, how, made_by, score, reasons, sentence, link_key IN (FROM stated)
    FROM contacts.who_is_who
    WHERE link_key IS NOT NULL
"""


def read_records(con: duckdb.DuckDBPyConnection) -> list[Record]:
    """Everybody on either side who can be linked, as landed; inactive ones too, for a link to them may stand."""
    return [Record(*row) for row in con.execute(_RECORDS).fetchall()]


def read_suggestions(con: duckdb.DuckDBPyConnection) -> list[Suggestion]:
    """What there is of each key: its link, whom it may be, or that there is nobody."""
    return [
        Suggestion(*most, reasons=tuple(reasons or ()), sentence=sentence, is_stated=is_stated)
        for *most, reasons, sentence, is_stated in con.execute(_SUGGESTIONS).fetchall()
    ]
