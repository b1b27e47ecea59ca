"""Which version of each table the warehouse holds, so that nothing is built twice from the same things.

Belongs here: `main.table_versions`, written in the same transaction as the rows it speaks of. Must not be here: what
changed from one version to the next (`changes`), building tables (`models`), or following a change (`following`).

A version counts only while a table of that name is there with as many rows as were counted: a table that was dropped,
or replaced by hand, has none. Whoever changes rows otherwise than through here has to call `forget`.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

import duckdb

from harvest_qb_pipeline.warehouse import changes
from harvest_qb_pipeline.warehouse.changes import Difference, TableChange
from harvest_qb_pipeline.warehouse.columns import Columns
from harvest_qb_pipeline.warehouse.database import identifier, quoted, row_count
from harvest_qb_pipeline.warehouse.macros import macro_statements
from harvest_qb_pipeline.warehouse.parsing import Table

MOST_COMPARED = 50_000
"""Rows of a table that are compared with those before them when it is built in full, to log what changed."""

Upkeep: TypeAlias = Literal["built", "followed", "remembered"]


@dataclass(frozen=True)
class Version:
    """What is known of a table: what it was built from (empty when it was landed), and the version its readers go by.

    `built_from` is the JSON of a `Recipe`.

    Two tables of equal rows have equal versions, whatever they were built from, where `version` is of their content.
    """

    built_from: str
    version: str
    rows: int


@dataclass(frozen=True)
class Content:
    """Types of the columns, number of rows, and the sum of the rows' hashes: of 128 bits, so that none is lost.

    A sum can follow rows that come and go (`changed`), and equal rows twice do not cancel out. That two contents have
    one sum by chance is as likely as that two rows have one 64-bit hash.
    """

    types: str
    rows: int
    total: int

    def __str__(self) -> str:
        return f"{digest(self.types)[:16]}-{self.rows}-{self.total:x}"

    def changed(self, by: Difference) -> "Content":
        """The content when rows have come and gone."""
        return Content(self.types, self.rows + by.rows, self.total + by.total)


@dataclass(frozen=True)
class Outcome:
    """What became of a table: its version and rows, and whether it was built, followed by its changes, or remembered.

    `written` are the rows that were written for it.
    """

    version: str
    rows: int
    how: Upkeep
    written: int = 0


@dataclass(frozen=True)
class Recipe:
    """All that decides what a table holds: a digest of its SQL or code and of what SQL means, and its inputs' versions.

    The version of an input is the oldest that says the same in the columns that are read.
    """

    of: str
    inputs: Mapping[str, str]

    def __str__(self) -> str:
        return json.dumps({"of": self.of, "inputs": dict(sorted(self.inputs.items()))})


def recipe_in(built_from: str) -> Recipe | None:
    """The recipe that a version tells, if it was built and not landed."""
    told = json.loads(built_from) if built_from.startswith("{") else None
    return Recipe(told["of"], told["inputs"]) if told else None


@dataclass(frozen=True)
class Followed:
    """A table brought up to date otherwise than by making it: its content now, and the rows written for that."""

    content: Content
    written: int


class Memory:
    """What is known of the tables of one connection while they are brought up to date, one after the other."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.known = known_versions(con)
        self._environment = environment()
        self._links = changes.all_links(con)
        self._keys: dict[tuple[Table, tuple[str, ...], str], changes.Keys | None] = {}
        self._unrecorded: dict[Table, Version] | None = None
        self._read = {name for recipe in _recipes(con) for name in recipe.inputs}

    @contextmanager
    def together(self) -> Generator[None]:
        """Within, tables are brought up in one transaction (the caller's, if one is open).

        What they are now is recorded at its end, at once: by itself that takes as long as making a small table. Whoever
        catches what is raised within may not commit.
        """
        if self._unrecorded is not None:
            yield
            return
        with in_transaction(self.con):
            self._unrecorded = {}
            try:
                yield
                record(self.con, self._unrecorded)
            finally:
                self._unrecorded = None

    def links(self, table: Table) -> Mapping[str, TableChange]:
        """The logged changes of a table, by the version they led to."""
        return self._links.get(table, {})

    def log(self, table: Table, old: Version, now: Content, by: Difference) -> None:
        """Keeps what changed in a table that has just been brought up to date, for those that were made of it."""
        if not self._is_read(table):
            return
        names = list(types_of(self.con, table))
        change = changes.log_difference(self.con, table, (old.version, str(now)), names, by)
        if change:
            self._links.setdefault(table, {})[str(now)] = change

    def keys(self, table: Table, versions: Iterable[str], column: str) -> changes.Keys | None:
        """The values of `column` in all rows that changed on the way to these versions; None when that is not known."""
        asked = (table, tuple(versions), column)
        if asked not in self._keys:
            self._keys[asked] = changes.keys_of(self.con, *asked)
        return self._keys[asked]

    def recipe(self, what: str, reads: Mapping[Table, Columns | None]) -> Recipe:
        """What a table would be made of now; inputs without a version are left out."""
        return Recipe(
            digest(self._environment, what),
            {
                ".".join(table): changes.seen_as(self.links(table), self.known[table].version, columns)
                for table, columns in reads.items()
                if table in self.known
            },
        )

    def keep(
        self,
        table: Table,
        what: str,
        reads: Mapping[Table, Columns | None],
        make: Callable[[], object],
        follow: Callable[[Version, Recipe], Followed | None] = lambda _old, _now: None,
    ) -> Outcome:
        """Brings a table up to date: does nothing when it was made of the same, else follows its changes or makes it.

        `what` is the SQL or the version of the code that makes it; `reads` are the tables it reads, with the columns
        of each (None: all). In one transaction, as `together` says. A table that reads one without a version is always
        made anew.
        """
        recipe = self.recipe(what, reads)
        is_known = len(recipe.inputs) == len(reads)
        old = self.known.get(table) if is_known else None
        if old and old.built_from == str(recipe):
            return Outcome(old.version, old.rows, "remembered")
        with self.together():
            found = follow(old, recipe) if old else None
            now, written = (found.content, found.written) if found else self._made(table, old, make)
            new = Version(str(recipe) if is_known else "", str(now), now.rows)
            self._record(table, new)
        self.known[table] = new
        how: Upkeep = "built" if not found else "followed" if written else "remembered"
        return Outcome(new.version, new.rows, how, written)

    def _record(self, table: Table, version: Version) -> None:
        if self._unrecorded is None:
            raise RuntimeError("What a table is now is recorded together with its rows.")
        self._unrecorded[table] = version
        recipe = recipe_in(version.built_from)
        self._read |= recipe.inputs.keys() if recipe else set()

    def _is_read(self, table: Table) -> bool:
        """Whether anything was made of the table: only that could follow its changes."""
        return ".".join(table) in self._read

    def _made(self, table: Table, old: Version | None, make: Callable[[], object]) -> tuple[Content, int]:
        """Makes a table; of a small one that others read, it is logged how it differs from what was there."""
        is_compared = old is not None and old.rows <= MOST_COMPARED and self._is_read(table)
        types = _types(self.con, table) if is_compared else ""
        if is_compared:
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE before AS FROM {named(table)}")
        make()
        now = content(self.con, table)
        if is_compared and old is not None and types == now.types and str(now) != old.version:
            self.log(table, old, now, changes.difference(self.con, "before", named(table)))
        return now, now.rows


def _recipes(con: duckdb.DuckDBPyConnection) -> list[Recipe]:
    """Of all tables, whether their versions count or not."""
    found = con.execute("SELECT built_from FROM main.table_versions").fetchall()
    return [recipe for (told,) in found if (recipe := recipe_in(told)) is not None]


@contextmanager
def in_transaction(con: duckdb.DuckDBPyConnection) -> Generator[None]:
    """All or nothing, in the caller's transaction if there is one."""
    # Every statement outside of a transaction is one by itself. To try and begin would abort the caller's.
    ids = {con.execute("SELECT txid_current()").fetchall()[0][0] for _ in range(2)}
    if len(ids) == 1:
        yield
        return
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables of this module if they are not there."""
    if all(types_of(con, ("main", name)) for name in ("table_versions", "table_changes")):
        return
    con.execute(
        "CREATE TABLE IF NOT EXISTS main.table_versions (schema_name VARCHAR NOT NULL, table_name VARCHAR NOT NULL,"
        " built_from VARCHAR NOT NULL, version VARCHAR NOT NULL, rows BIGINT NOT NULL)"
    )
    changes.prepare_changes(con)


def known_versions(con: duckdb.DuckDBPyConnection, *schemas: str) -> dict[Table, Version]:
    """The versions that count, by table; of these schemas only, if any are named."""
    prepare(con)
    stored = con.execute(
        "SELECT schema_name, table_name, built_from, version, rows FROM main.table_versions"
        " WHERE len($1) = 0 OR list_contains($1, schema_name)",
        [list(schemas)],
    ).fetchall()
    versions = {(schema, name): Version(*others) for schema, name, *others in stored if types_of(con, (schema, name))}
    counts = _counts(con, list(versions))
    return {table: version for table, version in versions.items() if counts[table] == version.rows}


def version_of(con: duckdb.DuckDBPyConnection, table: Table) -> str | None:
    """The version of one table, if it has one that counts."""
    found = con.execute(
        "SELECT version, rows FROM main.table_versions WHERE schema_name = ? AND table_name = ?", list(table)
    ).fetchone()
    return found[0] if found and found[1] == row_count(con, named(table)) else None


def record(con: duckdb.DuckDBPyConnection, versions: Mapping[Table, Version]) -> None:
    """Keeps what tables now are. Call it in the transaction that wrote their rows."""
    if not versions:
        return
    forget(con, *versions)
    rows = [(*table, now.built_from, now.version, now.rows) for table, now in versions.items()]
    marks = ", ".join(["(?, ?, ?, ?, ?)"] * len(rows))
    con.execute(f"INSERT INTO main.table_versions VALUES {marks}", [value for row in rows for value in row])  # noqa: S608 (marks)


def forget(con: duckdb.DuckDBPyConnection, *tables: Table) -> None:
    """These tables were changed by other means: what reads them is built anew."""
    prepare(con)
    marks = " OR ".join(["(schema_name = ? AND table_name = ?)"] * len(tables)) or "false"
    names = [name for table in tables for name in table]
    con.execute(f"DELETE FROM main.table_versions WHERE {marks}", names)  # noqa: S608 (marks)


def moved(con: duckdb.DuckDBPyConnection, table: Table, ids: str | None = None) -> None:
    """Rows of a landed table changed: it gets a version it never had.

    `ids` is a SELECT of the ids of the changed, new and deleted rows (its only column); without it nobody can follow.
    """
    prepare(con)
    row = con.execute(
        "SELECT version FROM main.table_versions WHERE schema_name = ? AND table_name = ?", list(table)
    ).fetchone()
    now = _landed(con, table)
    record(con, {table: now})
    if row and ids is not None:
        changes.log_ids(con, table, (row[0], now.version), ids)


def settle(con: duckdb.DuckDBPyConnection, *tables: Table) -> None:
    """Gives landed tables their first versions, where they have none that counts."""
    known = known_versions(con, *{schema for schema, _ in tables})
    record(con, {table: _landed(con, table) for table in tables if table not in known})


def _landed(con: duckdb.DuckDBPyConnection, table: Table) -> Version:
    return Version("", uuid.uuid4().hex, row_count(con, named(table)))


def content(con: duckdb.DuckDBPyConnection, table: Table) -> Content:
    """A digest of what a table holds, whatever the order of its rows."""
    return Content(_types(con, table), *content_of_rows(con, f"FROM {named(table)}"))


def content_of_select(con: duckdb.DuckDBPyConnection, select: str) -> Content:
    """The content that a table made of a SELECT would have."""
    columns = [(column[0], str(column[1])) for column in con.execute(f"FROM ({select}) LIMIT 0").description or []]
    return Content(json.dumps(columns), *content_of_rows(con, select))


def content_of(con: duckdb.DuckDBPyConnection, table: Table, version: str) -> Content:
    """The content that a version made of one tells."""
    _, rows, total = version.split("-")
    return Content(_types(con, table), int(rows), int(total, 16))


def content_of_rows(con: duckdb.DuckDBPyConnection, select: str) -> tuple[int, int]:
    """How many rows a SELECT has, and the sum of their hashes."""
    # Hashed twice: the hash of a row alone combines those of its columns too simply to be added up.
    row = con.execute(
        f"SELECT count(*), coalesce(sum(hash(hash(each))::HUGEINT), 0) FROM ({select}) AS each"  # noqa: S608 (ours)
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def digest(*parts: object) -> str:
    """A short name for everything given."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


def environment() -> str:
    """What SQL means besides its words: our macros and DuckDB itself."""
    return digest(macro_statements(), duckdb.__version__)


def columns_of(con: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> dict[Table, list[str]]:
    """The names of the columns of each table."""
    return {table: list(types_of(con, table)) for table in tables}


def types_of(con: duckdb.DuckDBPyConnection, table: Table) -> dict[str, str]:
    """The columns of a table with their types; nothing when there is no such table.

    Not by a query, which takes twenty times as long as to look into the catalog.
    """
    try:
        found = con.table(named(table))
    except duckdb.CatalogException:
        return {}
    return {name: str(kind) for name, kind in zip(found.columns, found.types, strict=True)}


def named(table: Table) -> str:
    """`"schema"."table"`."""
    return ".".join(identifier(part) for part in table)


def _types(con: duckdb.DuckDBPyConnection, table: Table) -> str:
    return json.dumps(list(types_of(con, table).items()))


def _counts(con: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> dict[Table, int]:
    if not tables:
        return {}
    selects = (
        f"SELECT {quoted(schema)}, {quoted(name)}, count(*) FROM {named((schema, name))}"  # noqa: S608 (quoted)
        for schema, name in tables
    )
    return {(schema, name): rows for schema, name, rows in con.execute(" UNION ALL ".join(selects)).fetchall()}
