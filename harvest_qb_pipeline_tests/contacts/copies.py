"""A small published copy, as a plan leaves it, for decisions to be checked against.

Belongs here: a handful of records on both sides, one for each thing that can be said of them. Must not be here: what
is decided.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from harvest_qb_pipeline.ledger.links import NewLink, put_links
from harvest_qb_pipeline.ledger.store import Ledger

_SCHEMA = """
CREATE SCHEMA contacts; CREATE SCHEMA harvest; CREATE SCHEMA quickbooks;
CREATE TABLE harvest.clients(client_id_harvest BIGINT, client_name VARCHAR, currency VARCHAR);
CREATE TABLE harvest.projects(project_id_harvest BIGINT, project_name VARCHAR, client_id_harvest BIGINT);
CREATE TABLE harvest.users(user_id_harvest BIGINT, user_name VARCHAR);
CREATE TABLE harvest.tasks(task_id_harvest BIGINT, task_name VARCHAR);
CREATE TABLE harvest.invoice_item_categories(category_id_harvest BIGINT, category_name VARCHAR);
CREATE TABLE quickbooks.customers(customer_id_qb VARCHAR, display_name VARCHAR, currency VARCHAR, is_active BOOLEAN,
    is_job BOOLEAN, parent_customer_id_qb VARCHAR);
CREATE TABLE quickbooks.employees(employee_id_qb VARCHAR, display_name VARCHAR, is_active BOOLEAN);
CREATE TABLE quickbooks.vendors(vendor_id_qb VARCHAR, display_name VARCHAR, currency VARCHAR, is_active BOOLEAN);
CREATE TABLE quickbooks.items(item_id_qb VARCHAR, item_name VARCHAR, item_type VARCHAR, is_active BOOLEAN);
CREATE TABLE contacts.client_matches(client_id_harvest BIGINT, matched_by VARCHAR);
CREATE TABLE contacts.project_matches(project_id_harvest BIGINT, matched_by VARCHAR);
CREATE TABLE contacts.person_matches(link_key VARCHAR, matched_by VARCHAR);
CREATE TABLE contacts.item_matches(link_key VARCHAR, matched_by VARCHAR);
CREATE TABLE contacts.who_is_who(link_type VARCHAR, state VARCHAR, link_key VARCHAR, harvest_id BIGINT,
    harvest_name VARCHAR, quickbooks_type VARCHAR, quickbooks_id VARCHAR, quickbooks_name VARCHAR, how VARCHAR,
    rule VARCHAR, made_by VARCHAR, made_at TIMESTAMPTZ, score DOUBLE, reasons VARCHAR[], sentence VARCHAR);
"""
_RECORDS: dict[str, Sequence[tuple[Any, ...]]] = {
    "harvest.clients": [
        (12, "Acme Ltd", "USD"),
        (13, "Bluebird Coffee", "USD"),
        (14, "Cedar GmbH", "EUR"),
        (15, "Dune", "USD"),
        (16, "Fir & Co", "USD"),
    ],
    "harvest.projects": [(31, "Site", 12), (32, "Menu", 13)],
    "harvest.users": [(5, "Ana Ruiz"), (6, "Ben Fox")],
    "harvest.tasks": [(21, "Design"), (22, "Research")],
    "harvest.invoice_item_categories": [(22, "Service")],
    "quickbooks.customers": [
        ("58", "Acme Limited", "USD", True, False, None),
        ("59", "Bluebird Coffee Roasters", "USD", True, False, None),
        ("60", "Bluebird Cafe", "USD", True, False, None),
        ("61", "Cedar", "EUR", True, False, None),
        ("62", "Dune (deleted)", "USD", False, False, None),
        ("63", "New site", "USD", True, True, "58"),
        ("64", "Elm", "USD", True, False, None),
        ("66", "Elm works", "USD", True, True, "64"),
        ("67", "Phase two", "USD", True, True, "63"),
    ],
    "quickbooks.employees": [("8", "Ben Fox", True)],
    "quickbooks.vendors": [("7", "Ana M. Ruiz", "USD", True), ("8", "Print shop", "USD", True)],
    "quickbooks.items": [
        ("3", "Services", "Service", True),
        ("4", "All services", "Category", True),
        ("5", "Old", "Service", False),
        ("6", "Day rate", "Service", True),
    ],
    "contacts.client_matches": [(16, "stated")],
}
_STATED = "customer/client-16"


def _linked(of: str, key: str, number: int, name: str, party: str, external_id: str, theirs: str, rule: str):
    return (of, "linked", key, number, name, party, external_id, theirs, "matched", rule, "matching",
            "2026-11-03 12:00:00+00", None, None, None)  # fmt: skip


def _maybe(
    of: str, key: str, number: int, name: str, party: str, external_id: str, theirs: str, score: float, *why: str
):
    return (of, "suggested", key, number, name, party, external_id, theirs, None, None, None, None, score, why, None)


def _alone(of: str, party: str, external_id: str, theirs: str):
    return (of, "unmatched", None, None, None, party, external_id, theirs, *[None] * 7)


_ROWS = [
    _linked("client", "customer/client-12", 12, "Acme Ltd", "Customer", "58", "Acme Limited", "exact name"),
    _linked("client", _STATED, 16, "Fir & Co", "Customer", "64", "Elm", "policy look-up"),
    _maybe("client", "customer/client-13", 13, "Bluebird Coffee", "Customer", "59", "Bluebird Coffee Roasters", 91.4,
           "names 76 % alike", "same e-mail domain bluebird.example"),
    _maybe("client", "customer/client-13", 13, "Bluebird Coffee", "Customer", "60", "Bluebird Cafe", 88,
           "names 81 % alike"),
    _maybe("client", "customer/client-14", 14, "Cedar GmbH", "Customer", "61", "Cedar", 90, "same currency EUR"),
    ("client", "conflicting", "customer/client-15", 15, "Dune", "Customer", "62", "Dune (deleted)", *[None] * 4,
     100, None, "The customer of Dune in QuickBooks, Dune (deleted) (id 62), is inactive. Make it active again"),
    _maybe("project", "job/project-31", 31, "Site", "Customer", "63", "New site", 86, "names 75 % alike"),
    ("project", "unmatched", "job/project-32", 32, "Menu", "Customer", *[None] * 9),
    _alone("project", "Customer", "66", "Elm works"),
    _alone("project", "Customer", "67", "Phase two"),
    _linked("person", "employee/user-6", 6, "Ben Fox", "Employee", "8", "Ben Fox", "same e-mail"),
    ("person", "unmatched", "vendor/user-5", 5, "Ana Ruiz", "Vendor", *[None] * 8,
     "Ana Ruiz is repaid, but has no vendor in QuickBooks"),
    _alone("person", "Vendor", "7", "Ana M. Ruiz"),
    _alone("person", "Vendor", "8", "Print shop"),
    _maybe("item", "item/task-21", 21, "Design", "Item", "3", "Services", 70, "names 40 % alike"),
    _maybe("item", "item/category-22", 22, "Service", "Item", "3", "Services", 93, "names 93 % alike"),
    ("item", "unmatched", "item/task-22", 22, "Research", "Item", *[None] * 9),
    _alone("item", "Item", "6", "Day rate"),
]  # fmt: skip
_LINKS = (
    ("customer/client-12", "58", "exact name"),
    ("customer/client-16", "64", "policy look-up"),
    ("employee/user-6", "8", "same e-mail"),
)


def publish_copy(path: Path, *, more: Sequence[tuple[Any, ...]] = ()) -> None:
    """Write the copy, with `more` rows of who is who."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(_SCHEMA)
        for table, rows in {**_RECORDS, "contacts.who_is_who": [*_ROWS, *more]}.items():
            con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def keep_links(ledger: Ledger) -> None:
    """What the copy shows as linked is linked, as the plan that made it left the ledger."""
    assert put_links(ledger, [NewLink(key, to, "matched", rule, "matching") for key, to, rule in _LINKS]) == []
