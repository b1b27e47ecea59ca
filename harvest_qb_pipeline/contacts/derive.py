"""What contacts derives from its tables: links that are certain, parties that are missing, fields that changed.

Belongs here: reading, and nothing else. Must not be here: rules (they are in `sql/`) or payloads (`documents.py`).
"""

import duckdb

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.contacts import documents
from harvest_qb_pipeline.contacts.changes import (
    NewClient,
    NewCustomer,
    NewJob,
    NewProject,
    NewVendor,
    PartyChoices,
    ProjectTemplate,
    RecordChange,
)
from harvest_qb_pipeline.contacts.remembering import read_records, read_suggestions
from harvest_qb_pipeline.ledger.derived import Derived, Proposal, WhoIsWho
from harvest_qb_pipeline.ledger.links import NewLink
from harvest_qb_pipeline.ledger.model import Hold
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.warehouse.database import Row, query_rows

_MAKERS = {"confirmed": "policy", "matched": "matching", "adopted": "matching"}
"""In whose name a link is made, by how it was found."""


def derive(con: duckdb.DuckDBPyConnection, policy: Policy) -> Derived:
    """Who should be made, changed or linked on either side now (rules 48 to 51).

    Customers, jobs and vendors are proposals: made where the policy wants them, or when a document needs them.
    """
    choices = PartyChoices(since=policy.cutover_on, home_currency=_home_currency(con))
    customers = [(documents.customer_document(new, choices), new.is_wanted) for new in read_new_customers(con)]
    jobs = [(documents.job_document(new, choices), new.is_wanted) for new in read_new_jobs(con)]
    vendors = [(documents.vendor_document(new, choices), True) for new in read_new_vendors(con)]
    return Derived(
        documents=(
            *(documents.client_document(new, choices) for new in read_new_clients(con)),
            *(documents.project_document(new, choices) for new in read_new_projects(con)),
            *(documents.change_document(change, choices) for change in read_changes(con)),
        ),
        proposals=tuple(Proposal(document, is_wanted) for document, is_wanted in (*customers, *jobs, *vendors)),
        links=tuple(read_fresh_links(con)),
        who_is_who=WhoIsWho(tuple(read_records(con)), tuple(read_suggestions(con))),
    )


def read_new_customers(con: duckdb.DuckDBPyConnection) -> list[NewCustomer]:
    rows = query_rows(con, "SELECT * FROM contacts.new_customers ORDER BY client_id_harvest")
    return [
        NewCustomer(
            client_id=row["client_id_harvest"],
            name=row["client_name"],
            currency=row["currency"],
            address=row["address"],
            first_name=row["contact_first_name"],
            last_name=row["contact_last_name"],
            email=row["email"],
            phone=row["phone"],
            mobile=row["mobile"],
            term_id=row["term_id_qb"],
            is_taxable=row["is_taxable"],
            is_wanted=row["is_wanted"],
            hold=_hold(row),
        )
        for row in rows
    ]


def read_new_jobs(con: duckdb.DuckDBPyConnection) -> list[NewJob]:
    rows = query_rows(con, "SELECT * FROM contacts.new_jobs ORDER BY project_id_harvest")
    return [
        NewJob(
            project_id=row["project_id_harvest"],
            client_id=row["client_id_harvest"],
            name=row["job_name"],
            currency=row["currency"],
            parent_id=row["parent_customer_id_qb"],
            is_billed_with_parent=row["is_billed_with_parent"],
            is_wanted=row["is_wanted"],
            hold=_hold(row),
        )
        for row in rows
    ]


def read_new_vendors(con: duckdb.DuckDBPyConnection) -> list[NewVendor]:
    rows = query_rows(con, "SELECT * FROM contacts.new_vendors ORDER BY user_id_harvest")
    return [
        NewVendor(
            row["user_id_harvest"], row["user_name"], row["first_name"], row["last_name"], row["email"], _hold(row)
        )
        for row in rows
    ]


def read_new_clients(con: duckdb.DuckDBPyConnection) -> list[NewClient]:
    rows = query_rows(con, "SELECT * FROM contacts.new_clients ORDER BY customer_id_qb")
    return [
        NewClient(
            customer_id=row["customer_id_qb"],
            name=row["client_name"],
            currency=row["currency"],
            template=_template(row),
            address=row["address"],
            first_name=row["contact_first_name"],
            last_name=row["contact_last_name"],
            email=row["contact_email"],
            phone=row["contact_phone"],
            mobile=row["contact_mobile"],
            hold=_hold(row),
        )
        for row in rows
    ]


def read_new_projects(con: duckdb.DuckDBPyConnection) -> list[NewProject]:
    rows = query_rows(con, "SELECT * FROM contacts.new_projects ORDER BY customer_id_qb")
    return [NewProject(row["customer_id_qb"], row["client_id_harvest"], _template(row), _hold(row)) for row in rows]


def read_changes(con: duckdb.DuckDBPyConnection) -> list[RecordChange]:
    """One for each record and sort of change, numbered after those that are done already."""
    rows = query_rows(con, "SELECT * FROM contacts.changes ORDER BY document_key")
    return [
        RecordChange(
            key=row["document_key"],
            kind=row["kind"],
            link_key=row["link_key"],
            external_id=row["external_id"],
            label=row["record_name"],
            owner=row["owner"],
            values=dict(zip(row["fields"], row["field_values"], strict=True)),
            hold=_hold(row),
        )
        for row in rows
    ]


def read_fresh_links(con: duckdb.DuckDBPyConnection) -> list[NewLink]:
    """Links that the tables have and the ledger has not, with the fields of both sides as they are now."""
    rows = query_rows(con, "SELECT * FROM contacts.fresh_links ORDER BY link_key")
    return [
        NewLink(
            key=row["link_key"],
            external_id=row["quickbooks_id"],
            how=row["how"],
            rule=row["rule"],
            by=_MAKERS[row["how"]],
            baseline=jsontext.loads(row["baseline"]) if row["baseline"] else None,
        )
        for row in rows
    ]


def _home_currency(con: duckdb.DuckDBPyConnection) -> str:
    row = con.execute("SELECT home_currency FROM quickbooks.preferences").fetchone()
    return str(row[0]) if row and row[0] else "USD"


def _template(row: Row) -> ProjectTemplate:
    return ProjectTemplate(
        name=row["project_name"],
        code=row.get("project_code"),
        is_billable=row["is_billable"],
        bill_by=row["bill_by"],
        hourly_rate=row["hourly_rate"],
        budget_by=row["budget_by"],
        budget=row["budget"],
        task_ids=tuple(row["task_ids"]),
        user_ids=tuple(row["user_ids"]),
    )


def _hold(row: Row) -> Hold | None:
    return Hold(row["hold_code"], row["sentence"]) if row["hold_code"] else None
