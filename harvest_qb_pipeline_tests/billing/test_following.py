"""A change of a few entries costs what it touches, and the tables are what they would be if all were built in full."""

import random
from collections.abc import Mapping

import pytest

from harvest_qb_pipeline.policy.tables import policy_tables, write_policy
from harvest_qb_pipeline.warehouse.changes import difference, log_difference
from harvest_qb_pipeline.warehouse.database import row_count
from harvest_qb_pipeline.warehouse.models import SqlModel, bring_up
from harvest_qb_pipeline.warehouse.parsing import Table
from harvest_qb_pipeline.warehouse.versions import (
    Memory,
    Outcome,
    Version,
    columns_of,
    content,
    content_of_select,
    known_versions,
    moved,
    named,
    record,
)
from harvest_qb_pipeline_tests.billing.books import NOW, POLICY, TABLES, Books, derived_tables

ENTRIES = ("harvest", "time_entries")


class Kept:
    """Books whose derived tables are remembered from one change to the next."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.con = books.con
        self.changes = 0
        self.latest = ""
        for name in TABLES:
            schema, table = name.split(".")
            moved(self.con, (schema, table))

    def bring_up(self) -> Mapping[Table, Outcome]:
        """Everything derived, as a run would."""
        write_policy(self.con, policy_tables(self.books.policy, self.books.today, NOW))
        memory = Memory(self.con)
        return {table.key: bring_up(memory, table) for table in derived_tables()}

    def written(self) -> dict[str, tuple[str, int]]:
        """How each table of billing was brought up, where it was not remembered, and the rows written for it."""
        outcomes = self.bring_up()
        return {
            name: (outcome.how, outcome.written)
            for (schema, name), outcome in outcomes.items()
            if schema == "billing" and outcome.how != "remembered"
        }

    def change(self, sql: str) -> None:
        """Change time entries, as landing and typing them would."""
        self.changes += 1
        self.con.execute("CREATE OR REPLACE TEMP TABLE was AS FROM harvest.time_entries")
        self.con.execute(sql)
        old, new = known_versions(self.con), f"change-{self.changes}"
        before = old[ENTRIES].version if ENTRIES in old else self.latest
        found = difference(self.con, "was", "harvest.time_entries")
        record(self.con, {ENTRIES: Version("", new, row_count(self.con, named(ENTRIES)))})
        log_difference(self.con, ENTRIES, (before, new), columns_of(self.con, [ENTRIES])[ENTRIES], found)
        self.latest = new

    def check(self) -> None:
        """Each table holds what its SELECT finds now."""
        for table in derived_tables():
            if isinstance(table, SqlModel) and table.schema == "billing":
                assert str(content(self.con, table.key)) == str(content_of_select(self.con, table.sql)), table.name


@pytest.fixture
def kept(books: Books) -> Kept:
    books.client(2, "Bolt Inc")
    books.customer("51", "Bolt Inc")
    books.project(20, "Wiring", 2)
    books.project(21, "Lamps", 2)
    books.project(11, "Shop")
    for day in range(1, 29):
        for project in (10, 11, 20, 21):
            books.entry(f"2026-10-{day:02}", "1.25", project_id_harvest=project, notes=f"Work of day {day}")
    books.entry("2026-10-05", "2", is_billed=True)
    return Kept(books)


def test_another_note_builds_no_table_of_billing(kept: Kept) -> None:
    kept.bring_up()
    assert kept.written() == {}
    kept.change("UPDATE harvest.time_entries SET notes = 'Other words' WHERE time_entry_id_harvest = 1")
    assert kept.written() == {}


def test_rows_written_anew_as_they_were_build_nothing(kept: Kept) -> None:
    kept.bring_up()
    kept.change("UPDATE harvest.time_entries SET notes = notes")
    assert kept.written() == {}


def test_other_hours_write_the_rows_of_their_project_or_bill_only(kept: Kept) -> None:
    kept.bring_up()
    kept.change("UPDATE harvest.time_entries SET hours_rounded = 3.1 WHERE time_entry_id_harvest = 1")
    written = kept.written()
    kept.check()
    followed = {name: rows for name, (how, rows) in written.items() if how == "followed"}
    built = {name: rows for name, (how, rows) in written.items() if how == "built"}
    # Of 113 entries the 29 of the project, and the two lines of the bill that they are on.
    assert followed == {
        "billable_time": 29,
        "open_days": 28,
        "line_sources": 28,
        "invoice_lines": 2,
        "draft_scopes": 1,
        "uninvoiced_differences": 1,
    }
    # Small tables of bills and reasons; none that has a row for each entry.
    assert set(built) == {"periods", "draft_holds", "holds", "invoice_drafts"}


_WAYS = (
    "hours_rounded = {n}.25, hours_worked = {n}.25",
    "billable_rate = {n}0",
    "billable_rate = NULL",
    "notes = 'note {n}'",
    "is_running = NOT is_running",
    "is_billed = NOT is_billed",
    "is_billable = NOT is_billable",
    "approval_status = 'approved'",
    "hours_rounded = 0",
    "spent_on = spent_on + {n}",
    "spent_on = spent_on - 40",
    "task_id_harvest = 101, task_name = 'Development'",
    "project_id_harvest = 11, project_name = 'Shop'",
    "project_id_harvest = NULL",
    "user_id_harvest = 1001, user_name = 'Bo Chan'",
)


@pytest.mark.parametrize("seed", range(4))
def test_following_any_changes_gives_the_tables_that_building_gives(kept: Kept, seed: int) -> None:
    chance = random.Random(seed)
    if seed % 2:
        kept.books.say(POLICY + '[billing]\ngrouping = "detailed"\nclean_projects = true\n')
    kept.bring_up()
    followed = 0
    for _ in range(4):
        for _ in range(chance.randint(1, 3)):
            ids = ", ".join(str(chance.randint(1, 113)) for _ in range(chance.randint(1, 3)))
            way = chance.choice(_WAYS).format(n=chance.randint(1, 9))
            kept.change(f"UPDATE harvest.time_entries SET {way} WHERE time_entry_id_harvest IN ({ids})")
        if chance.random() < 0.3:
            kept.change(f"DELETE FROM harvest.time_entries WHERE time_entry_id_harvest = {chance.randint(1, 113)}")
        followed += sum(how == "followed" for how, _ in kept.written().values())
        kept.check()
    assert followed
