"""What billing derives from its tables: the bills that should be in the books now, and what waits to become one.

Belongs here: reading, and nothing else. Must not be here: rules (they are in `sql/`) or payloads (`documents.py`).
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any

import duckdb

from harvest_qb_pipeline.billing.documents import BillChoices, Draft, Job, Line, Waiting, bill, waiting_document
from harvest_qb_pipeline.billing.redrawing import read_redrawn
from harvest_qb_pipeline.ledger.derived import Derived
from harvest_qb_pipeline.ledger.model import Hold, Source
from harvest_qb_pipeline.money import round_money
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.warehouse.database import Row, query_rows


def derive(con: duckdb.DuckDBPyConnection, policy: Policy) -> Derived:
    """Every bill that should be planned now, or held with its reasons."""
    choices = choices_of(policy)
    bills = (bill(draft, choices) for draft in read_drafts(con))
    waiting = (waiting_document(one) for one in read_waiting(con))
    return Derived(documents=(*bills, *waiting), numbers_taken=read_numbers_taken(con), redrawn=read_redrawn(con))


def choices_of(policy: Policy) -> BillChoices:
    """What the policy says about all documents alike."""
    return BillChoices(
        tax_code=policy.tax.services,
        has_twin=policy.twin == "import",
        opens_twins=policy.opens_twins,
        number_prefix=policy.numbering.prefix,
        number_digits=policy.numbering.digits,
    )


def read_drafts(con: duckdb.DuckDBPyConnection) -> list[Draft]:
    """Every draft with its lines, sources and holds, by key."""
    lines, sources, holds = _lines(con), _sources(con), _holds(con)
    rows = query_rows(
        con,
        """
        SELECT d.*, p.project_label, j.customer_id_qb AS job_id_qb
        FROM billing.invoice_drafts AS d
        LEFT JOIN billing.projects AS p ON p.project_id_harvest = d.job_project_id_harvest
        LEFT JOIN contacts.project_matches AS j ON j.project_id_harvest = d.job_project_id_harvest
        ORDER BY d.issue_on, d.document_key
        """,
    )
    return [_draft(row, lines, sources, holds) for row in rows]


def read_waiting(con: duckdb.DuckDBPyConnection) -> list[Waiting]:
    """What should be billed but is on no draft: fixed fees, expenses, and periods in which every entry waits."""
    rows = query_rows(
        con,
        """
        SELECT CASE h.subject
                WHEN 'project' THEN fixed_fee_key(h.project_id_harvest)
                WHEN 'expense' THEN expense_bill_key(h.expense_id_harvest)
                ELSE h.document_key END AS key,
            any_value(c.client_name) AS client_name, any_value(p.project_label) AS project_label,
            any_value(h.subject) AS subject, any_value(h.expense_id_harvest)::VARCHAR AS expense_id,
            coalesce(any_value(e.spent_on), any_value(x.cutover_on)) AS day, any_value(e.user_name) AS person,
            coalesce(any_value(h.amount), 0) AS amount, any_value(c.currency) AS currency,
            list({'code': h.code, 'sentence': h.sentence} ORDER BY h.code, h.sentence) AS reasons
        FROM billing.holds AS h
        JOIN billing.clients AS c USING (client_id_harvest)
        LEFT JOIN billing.projects AS p USING (project_id_harvest)
        LEFT JOIN harvest.expenses AS e USING (expense_id_harvest)
        CROSS JOIN policy.context AS x
        WHERE h.subject IN ('project', 'expense')
            OR (h.subject = 'time' AND h.document_key NOT IN (SELECT document_key FROM billing.invoice_drafts))
        GROUP BY key ORDER BY key
        """,
    )
    return [_waiting(row) for row in rows]


def read_numbers_taken(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Invoice numbers in use in either system (rule 26)."""
    rows = con.execute(
        """
        SELECT invoice_number FROM harvest.invoices WHERE invoice_number IS NOT NULL
        UNION SELECT doc_number FROM quickbooks.invoices WHERE doc_number IS NOT NULL
        """
    ).fetchall()
    return frozenset(number for (number,) in rows)


_NAMES = {"project": "fixed fee", "expense": "expense", "time": "time"}


def _waiting(row: Row) -> Waiting:
    parts = (row["client_name"], row["project_label"], _NAMES[row["subject"]])
    return Waiting(
        key=row["key"],
        label=", ".join(part for part in parts if part),
        day=row["day"],
        amount=row["amount"],
        currency=row["currency"],
        expense_id=row["expense_id"],
        person=row["person"],
        holds=tuple(Hold(reason["code"], reason["sentence"]) for reason in row["reasons"]),
    )


def _lines(con: duckdb.DuckDBPyConnection) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for key, *values in con.execute(
        """
        SELECT document_key, line_number, project_id_harvest, description, quantity, unit_price, amount, worked_to,
            item_id_qb, account_id_qb
        FROM billing.invoice_lines ORDER BY document_key, line_number
        """
    ).fetchall():
        found[key].append(Line(*values))
    return found


def _sources(con: duckdb.DuckDBPyConnection) -> dict[str, list[Source]]:
    """What each draft consumes. The version is project and task: a moved entry is another source."""
    found: dict[str, list[Source]] = defaultdict(list)
    cursor = con.execute(
        """
        SELECT s.document_key, t.time_entry_id_harvest::VARCHAR, t.project_id_harvest || ':' || t.task_id_harvest,
            t.spent_on, t.user_name, t.project_name, t.task_name, s.hours_rounded, s.unit_price, s.amount,
            s.line_number, d.currency
        FROM billing.line_sources AS s
        JOIN harvest.time_entries AS t USING (time_entry_id_harvest)
        JOIN billing.draft_scopes AS d USING (document_key)
        ORDER BY s.document_key, s.line_number NULLS LAST, t.spent_on, t.time_entry_id_harvest
        """
    )
    # Each name, day, rate and amount once, however many entries have it: a plan may hold half a million of them.
    rounded, shared = cache(round_money), cache(_same)
    while rows := cursor.fetchmany(20_000):
        for key, source_id, *of_many, amount, line, currency in rows:
            version, day, person, project, task, hours, rate = map(shared, _COLUMNS, of_many)
            share = rounded(amount, currency)
            found[key].append(
                Source("bill", "time_entry", source_id, version, day, person, project, task, hours, rate, share, line)
            )
    return found


_COLUMNS = range(7)


def _same(column: int, value: Any) -> Any:
    """`value`, to be kept once for each column: 1.5 hours and a rate of 1.50000 are equal, but not the same."""
    del column
    return value


def _holds(con: duckdb.DuckDBPyConnection) -> dict[str, list[Hold]]:
    found: dict[str, list[Hold]] = defaultdict(list)
    for key, code, sentence in con.execute(
        "SELECT document_key, code, sentence FROM billing.draft_holds ORDER BY document_key, code, sentence"
    ).fetchall():
        found[key].append(Hold(code, sentence))
    return found


def _draft(
    row: Row, lines: Mapping[str, list[Line]], sources: Mapping[str, list[Source]], holds: Mapping[str, list[Hold]]
) -> Draft:
    key: str = row["document_key"]
    job = Job(row["job_project_id_harvest"], row["project_label"], row["job_id_qb"]) if row["is_for_job"] else None
    return Draft(
        key=key,
        client_id=row["client_id_harvest"],
        client_name=row["client_name"],
        period_key=row["period_key"],
        period_from=row["period_from"],
        period_to=row["period_to"],
        window_from=row["window_from"],
        project_ids=tuple(row["project_ids"]),
        grouping=row["grouping"],
        entries=row["entries"],
        late_entries=row["late_entries"],
        hours=row["hours"],
        amount=row["amount"],
        currency=row["currency"],
        usual_on=row["usual_on"],
        issue_on=row["issue_on"],
        due_on=row["due_on"],
        term_id=row["term_id_qb"],
        customer_id=row["customer_id_qb"],
        is_new_customer=row["is_new_customer"],
        lines=tuple(lines.get(key, ())),
        sources=tuple(sources.get(key, ())),
        holds=tuple(holds.get(key, ())),
        group_name=row["group_name"],
        purchase_order=row["purchase_order"],
        job=job,
    )
