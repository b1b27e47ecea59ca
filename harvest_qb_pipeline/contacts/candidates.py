"""The tables `contacts.*_candidates`: which records of QuickBooks could be which of Harvest, and why.

Belongs here: reading both sides from the warehouse and storing what `matching` finds. Must not be here: choosing;
`sql/*_matches.sql` chooses, with what the policy states and what is linked already.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import duckdb
import pyarrow as pa
import rapidfuzz

from harvest_qb_pipeline.contacts.matching import match
from harvest_qb_pipeline.contacts.names import plain
from harvest_qb_pipeline.contacts.party import EqualPair, Matching, Party
from harvest_qb_pipeline.keys import id_in, key_prefix
from harvest_qb_pipeline.warehouse.database import Row, query_rows
from harvest_qb_pipeline.warehouse.models import SqlModel, Step, code_version, models_in
from harvest_qb_pipeline.warehouse.parsing import ColumnDoc
from harvest_qb_pipeline.warehouse.versions import digest

_SCORE_OF_EQUAL = 100.0
_MOST_LISTED = 5
_COLUMNS = {
    "harvest_id": ("BIGINT", "The record in Harvest"),
    "quickbooks_id": ("VARCHAR", "The record in QuickBooks"),
    "relation": ("VARCHAR", "equal (one on each side), ambiguous (several), currency, inactive, or similar"),
    "score": ("DOUBLE", "How likely they are the same, 100 for equal"),
    "reasons": ("VARCHAR[]", "What speaks for it"),
    "rule": ("VARCHAR", "The rule that found it"),
    "harvest_of_name": ("BIGINT", "How many records of Harvest bear this same normalised name"),
}


_PAIRS = """
    SELECT key, external_id, true AS is_link FROM ledger.links WHERE NOT is_removed AND starts_with(key, ?)
    UNION ALL
    SELECT key, external_id, false FROM ledger.link_decisions
    WHERE decision = 'rejected' AND NOT is_withdrawn AND starts_with(key, ?)
"""
"""Links that stand and pairs that a person rejected, of one family of keys."""


@dataclass(frozen=True)
class Candidates:
    """One table of candidates: the files of `sql/parties` that name its two sides, and of which keys its links are."""

    table: str
    description: str
    family: str
    record: str
    harvest: str
    quickbooks: str

    @property
    def reads(self) -> list[tuple[str, str]]:
        """Tables it is made from, as (schema, table)."""
        sides = (_side(self.harvest), _side(self.quickbooks))
        known = [("ledger", "links"), ("ledger", "link_decisions")]
        return sorted({table for side in sides for table in side.dependencies}) + known


CLIENTS = Candidates(
    "client_candidates",
    "Customers in QuickBooks that could be a Harvest client, by name, e-mail domain, address and projects.\n"
    "Grain: client x customer. Without pairs that are linked or were rejected. Rule 49.",
    "customer",
    "client",
    "clients",
    "customers",
)
PROJECTS = Candidates(
    "project_candidates",
    "Jobs and projects in QuickBooks that could be a Harvest project: below the customer of its client, by name or "
    "code.\nGrain: project x job. Without pairs that are linked or were rejected. Rule 49.",
    "job",
    "project",
    "projects",
    "jobs",
)
EMPLOYEES = Candidates(
    "employee_candidates",
    "Employees in QuickBooks that could be a person in Harvest, by e-mail, then by name.\n"
    "Grain: person x employee. Without pairs that are linked or were rejected. Rule 44.",
    "employee",
    "user",
    "people",
    "employees",
)
VENDORS = Candidates(
    "vendor_candidates",
    "Vendors in QuickBooks that could be a person in Harvest, by e-mail, then by name.\n"
    "Grain: person x vendor. Without pairs that are linked or were rejected. Rule 44.",
    "vendor",
    "user",
    "people",
    "vendors",
)
TASKS = Candidates(
    "task_candidates",
    "Items in QuickBooks that could be what a Harvest task is billed as, by name. Only suggested: an item decides the "
    "income account.\nGrain: task x item. Without pairs that are linked or were rejected.",
    "item",
    "task",
    "tasks",
    "items",
)
CATEGORIES = Candidates(
    "category_candidates",
    "Items in QuickBooks that could be what an invoice category of Harvest is, by name. Only suggested.\n"
    "Grain: category x item. Without pairs that are linked or were rejected.",
    "item",
    "category",
    "categories",
    "items",
)
TABLES = (CLIENTS, PROJECTS, EMPLOYEES, VENDORS, TASKS, CATEGORIES)
_PEOPLE = (EMPLOYEES, VENDORS)


@cache
def _sides() -> dict[str, SqlModel]:
    return {model.name: model for model in models_in(Path(__file__).parent / "sql" / "parties", "contacts")}


def _side(name: str) -> SqlModel:
    return _sides()[name]


def steps() -> list[Step]:
    """Every table of candidates, as a step of building the room."""
    version = digest(code_version(Path(__file__).parent), rapidfuzz.__version__)
    columns = tuple(ColumnDoc(name, meaning) for name, (_, meaning) in _COLUMNS.items())
    return [
        Step(
            ("contacts", one.table),
            tuple(one.reads),
            partial(write_candidates, candidates=one),
            version,
            one.description,
            columns,
        )
        for one in TABLES
    ]


def write_candidates(con: duckdb.DuckDBPyConnection, candidates: Candidates) -> int:
    """Makes the table anew; returns its rows."""
    left, right = _parties(con, _side(candidates.harvest)), _parties(con, _side(candidates.quickbooks))
    linked, rejected = _known_pairs(con, candidates)
    search: Callable[..., Matching] = _match_people if candidates in _PEOPLE else match
    rows = list(_rows(search(left, right, linked=linked, rejected=rejected), left, right))
    return _store(con, candidates, rows)


def _parties(con: duckdb.DuckDBPyConnection, side: SqlModel) -> list[Party]:
    return [_party(row) for row in query_rows(con, side.sql)]


def _party(row: Row) -> Party:
    return Party(
        id=row["id"],
        name=row["name"] or "",
        currency=row.get("currency"),
        emails=tuple(email for email in row.get("emails") or () if email),
        address=row.get("address"),
        projects=tuple(row.get("projects") or ()),
        code=row.get("code") or None,
        group=row.get("group"),
        is_active=bool(row.get("is_active", True)),
    )


def _known_pairs(
    con: duckdb.DuckDBPyConnection, candidates: Candidates
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    linked: set[tuple[str, str]] = set()
    rejected: set[tuple[str, str]] = set()
    prefix = key_prefix(candidates.family, candidates.record)
    for key, external_id, is_link in con.execute(_PAIRS, [prefix, prefix]).fetchall():
        (linked if is_link else rejected).add((str(id_in(key, candidates.family)), external_id))
    return linked, rejected


def _match_people(
    left: Sequence[Party],
    right: Sequence[Party],
    *,
    linked: Collection[tuple[str, str]],
    rejected: Collection[tuple[str, str]],
) -> Matching:
    """By e-mail, which is a person's own; then by name among those who are left (rule 44)."""
    by_mail = _same_mail(left, right, linked=linked, rejected=rejected)
    by_name = match(left, right, linked={*linked, *by_mail}, rejected=rejected)
    mails = [EqualPair(one, other, "same e-mail") for one, other in by_mail]
    return Matching((*mails, *by_name.matches), by_name.suggestions, by_name.conflicts)


def _same_mail(
    left: Sequence[Party],
    right: Sequence[Party],
    *,
    linked: Collection[tuple[str, str]],
    rejected: Collection[tuple[str, str]],
) -> list[tuple[str, str]]:
    """Pairs with one address that nobody else on either side has."""
    taken_left, taken_right = {one for one, _ in linked}, {other for _, other in linked}
    mine, theirs = _by_mail(left), _by_mail(right)
    pairs = {
        (mine[mail][0], theirs[mail][0])
        for mail in mine.keys() & theirs.keys()
        if len(mine[mail]) == 1 and len(theirs[mail]) == 1
    }
    return sorted(pair for pair in pairs - set(rejected) if pair[0] not in taken_left and pair[1] not in taken_right)


def _by_mail(parties: Sequence[Party]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for party in parties:
        if party.is_active:
            for mail in {mail.strip().casefold() for mail in party.emails}:
                found.setdefault(mail, []).append(party.id)
    return found


_Pair = tuple[str, str, str, float, list[str], str, int]


def _rows(found: Matching, left: Sequence[Party], right: Sequence[Party]) -> Iterator[_Pair]:
    mine, theirs = {party.id: party for party in left}, {party.id: party for party in right}
    for pair in found.matches:
        yield (pair.left_id, pair.right_id, "equal", _SCORE_OF_EQUAL, [pair.rule], pair.rule, 1)
    several: set[tuple[str, str]] = set()
    for conflict in found.conflicts:
        for one in conflict.left_ids:
            # A few tell a person enough; thousands of namesakes would be millions of pairs.
            for other in conflict.right_ids[:_MOST_LISTED]:
                several.add((one, other))
                yield (one, other, "ambiguous", _SCORE_OF_EQUAL, ["same name"], "same name", len(conflict.left_ids))
    for suggestion in found.suggestions:
        pair = (suggestion.left_id, suggestion.right_id)
        if pair not in several:
            relation = _relation(mine[suggestion.left_id], theirs[suggestion.right_id])
            yield (*pair, relation, suggestion.score, list(suggestion.reasons), "similar", 1)


def _relation(one: Party, other: Party) -> str:
    """Why a pair is only suggested, where the names themselves agree."""
    if plain(one.name, code=one.code) != plain(other.name, code=other.code):
        return "similar"
    if not other.is_active:
        return "inactive"
    return "currency" if one.currency and other.currency and one.currency != other.currency else "similar"


def _store(con: duckdb.DuckDBPyConnection, candidates: Candidates, rows: Sequence[_Pair]) -> int:
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in _COLUMNS.items())
    table = f"contacts.{candidates.table}"
    con.execute("CREATE SCHEMA IF NOT EXISTS contacts")
    con.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")
    if rows:
        arrow = pa.table({name: list(values) for name, values in zip(_COLUMNS, zip(*rows, strict=True), strict=True)})
        con.register("found_candidates", arrow)
        con.execute(f"INSERT INTO {table} SELECT * FROM found_candidates")  # noqa: S608 (our own name)
        con.unregister("found_candidates")
    return len(rows)
