"""The lists of a small firm in both systems, and its policy resolved against them.

Belongs here: records to be named, and the building of `policy.*`. Must not be here: what a test expects.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from harvest_qb_pipeline.policy.load import load_policy, parse_policy
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.policy.tables import policy_tables, write_policy
from harvest_qb_pipeline.warehouse.macros import register_macros
from harvest_qb_pipeline.warehouse.models import models_of

LEAST = 'timezone = "America/New_York"\ncutover_on = 2026-01-01\n'
TODAY = date(2026, 11, 5)
NOON = datetime(2026, 11, 5, 17, 0, tzinfo=UTC)

_LISTS = """
CREATE SCHEMA harvest; CREATE SCHEMA quickbooks;
CREATE TABLE harvest.clients AS
    SELECT * FROM (VALUES (1, 'Acme Ltd', true), (2, 'Beech Ltd', true), (3, 'Cedar', true), (4, 'cedar', false), (5, 'Old Oak', false))
    AS t(client_id_harvest, client_name, is_active);
CREATE TABLE harvest.projects AS
    SELECT * FROM (VALUES (10, 1, 'Website', 'WEB-1', true), (11, 2, 'Website', NULL, true), (12, 2, 'Shop', 'SHOP', true), (13, 1, 'Shop', NULL, false))
    AS t(project_id_harvest, client_id_harvest, project_name, project_code, is_active);
CREATE TABLE harvest.tasks AS
    SELECT * FROM (VALUES (100, 'Design', true), (101, 'Research', false), (102, 'Talk', true), (103, 'TALK', true))
    AS t(task_id_harvest, task_name, is_active);
CREATE TABLE harvest.invoice_item_categories AS SELECT 200 AS category_id_harvest, 'Service' AS category_name;
CREATE TABLE harvest.users AS
    SELECT * FROM (VALUES (1000, 'Ana Ruiz', 'ana@firm.example', true), (1001, 'Ben Fox', 'ben@firm.example', false))
    AS t(user_id_harvest, user_name, email, is_active);
CREATE TABLE quickbooks.customers AS
    SELECT * FROM (VALUES ('50', 'Acme Limited', 'Acme Limited', false, true), ('51', 'Acme web', 'Acme Limited:Acme web', true, true),
        ('52', 'Beech', 'Beech', false, false))
    AS t(customer_id_qb, display_name, fully_qualified_name, is_job, is_active);
CREATE TABLE quickbooks.employees AS
    SELECT * FROM (VALUES ('60', 'Ana Ruiz', true), ('61', 'Ben Fox', true)) AS t(employee_id_qb, display_name, is_active);
CREATE TABLE quickbooks.vendors AS
    SELECT * FROM (VALUES ('60', 'Print shop', true), ('62', 'Ana Ruiz (V)', true)) AS t(vendor_id_qb, display_name, is_active);
CREATE TABLE quickbooks.items AS
    SELECT * FROM (VALUES ('1', 'Services', 'Services', 'Service', true), ('2', 'Design', 'Labor:Design', 'Service', true),
        ('3', 'Old', 'Old', 'Service', false), ('4', 'Labor', 'Labor', 'Category', true), ('5', 'Talk', 'A:Talk', 'Service', true), ('6', 'Talk', 'B:Talk', 'Service', true))
    AS t(item_id_qb, item_name, fully_qualified_name, item_type, is_active);
CREATE TABLE quickbooks.accounts AS
    SELECT * FROM (VALUES ('70', 'Fees', 'Income:Fees', true), ('71', 'Closed', 'Closed', false)) AS t(account_id_qb, account_name, fully_qualified_name, is_active);
CREATE TABLE quickbooks.terms AS
    SELECT * FROM (VALUES ('3', 'Net 30', true), ('7', 'Net 15', true), ('8', 'Net 90', false)) AS t(term_id_qb, term_name, is_active);
"""  # noqa: E501 - rows of a table, one to a line


def resolved(text: str, *, lookup: str = "", folder: Path | None = None) -> duckdb.DuckDBPyConnection:
    """The policy with these lines below its first two, and its look-up file, against the firm's lists."""
    if not folder:
        return resolve(parse_policy(LEAST + text, "policy.toml"))
    (folder / "who.csv").write_text(lookup, encoding="utf-8")
    (folder / "policy.toml").write_text(LEAST + text, encoding="utf-8")
    return resolve(load_policy(folder / "policy.toml"))


def resolve(policy: Policy) -> duckdb.DuckDBPyConnection:
    """What a plan makes of schema `policy`."""
    con = duckdb.connect()
    register_macros(con)
    con.execute(_LISTS)
    write_policy(con, policy_tables(policy, TODAY, NOON))
    for model in models_of("policy"):
        con.execute(f"CREATE TABLE policy.{model.name} AS {model.sql}")
    return con


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return con.execute(sql).fetchall()
