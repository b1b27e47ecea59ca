"""Keys and markers: SQL says what Python says, and reading what was made gives its parts back."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvest_qb_pipeline import keys
from harvest_qb_pipeline.warehouse.macros import register_macros

IDS = st.integers(min_value=1, max_value=10**18 - 1)
PARTS = st.from_regex(r"[a-z0-9-]{1,12}", fullmatch=True)
PERIODS = st.dates().map(lambda day: f"{day:%Y-%m}") | st.dates().map(str)
FAMILIES = st.sampled_from(["customer", "job", "employee", "vendor", "item", "client", "contact", "project", "invoice"])
ONE_RECORD = [
    (keys.customer_key, "customer", "client"),
    (keys.job_key, "job", "project"),
    (keys.employee_key, "employee", "user"),
    (keys.vendor_key, "vendor", "user"),
    (keys.client_key, "client", "customer"),
    (keys.contact_key, "contact", "customer"),
    (keys.project_key, "project", "customer"),
]
BITS = ["[hq:", "customer/client-", "job/project-", "invoice/client-12", "12", " r1]", " r", "]", "/", "-", "\n", "\v",
        "\x1c", "\x85", "\u00a0", "é", "٣", "0", "x", "active", "customer_update/client-7/2"]  # fmt: skip
NOTES = st.lists(st.sampled_from(BITS) | st.text(max_size=3), max_size=9).map("".join)


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        register_macros(con)
        yield con


def in_sql(con: duckdb.DuckDBPyConnection, name: str, *values: Any) -> Any:
    row = con.execute(f"SELECT {name}({', '.join('?' * len(values))})", list(values)).fetchone()
    assert row
    return row[0]


def both(con: duckdb.DuckDBPyConnection, name: str, *values: Any) -> Any:
    """What Python says, after DuckDB has said the same."""
    said = getattr(keys, name)(*values)
    assert in_sql(con, name, *values) == said
    return said


def test_each_macro_is_a_function_with_the_same_parameters():
    macros = dict(re.findall(r"^    (\w+)\(([^)]*)\) AS", keys.MACROS, re.MULTILINE))
    made_in_python_only = {"key_prefix"}
    functions = {name: of for name, of in vars(keys).items() if inspect.isfunction(of) and not name.startswith("_")}
    assert functions.keys() - made_in_python_only == macros.keys()
    for name, parameters in macros.items():
        assert list(inspect.signature(functions[name]).parameters) == parameters.split(", ")


@settings(deadline=None)
@given(IDS)
def test_a_key_of_a_record_gives_its_parts_back(con: duckdb.DuckDBPyConnection, number: int):
    for make, family, record in ONE_RECORD:
        key = both(con, make.__name__, number)
        assert key == f"{keys.key_prefix(family, record)}{number}"
        assert both(con, "family_of", key) == family
        assert both(con, "record_in", key) == record
        assert both(con, "id_in", key, family) == number
        assert both(con, "subject_of", key) == f"{record}-{number}"
        assert both(con, "id_in", key, "invoice") is None
        assert both(con, "series_of", key) == key


@settings(deadline=None)
@given(st.sampled_from(["task", "category"]), IDS)
def test_an_item_is_of_a_task_or_a_category(con: duckdb.DuckDBPyConnection, source: str, number: int):
    key = both(con, "item_key", source, number)
    assert (both(con, "record_in", key), both(con, "id_in", key, "item")) == (source, number)


@settings(deadline=None)
@given(IDS, st.just("") | PARTS, PERIODS)
def test_a_bill_and_its_members_are_of_one_client(con: duckdb.DuckDBPyConnection, number: int, group: str, period: str):
    key = both(con, "bill_key", number, group, period)
    assert key.split("/")[1:] == [f"client-{number}", *([group] if group else []), period]
    assert both(con, "id_in", key, "invoice") is None
    twin = both(con, "member_key", key, "twin")
    assert both(con, "family_of", twin) == "twin"
    assert both(con, "member_key", twin, "invoice") == key
    assert both(con, "billed_client", key) == both(con, "billed_client", twin) == number
    for other in (both(con, "fixed_fee_key", number), both(con, "expense_bill_key", number)):
        assert both(con, "family_of", other) == "invoice"
        assert both(con, "billed_client", other) is None


@settings(deadline=None)
@given(IDS, st.sampled_from(["", "active"]), st.integers(1, 9999))
def test_changes_of_a_record_are_counted_apart(con: duckdb.DuckDBPyConnection, number: int, part: str, change: int):
    series = both(con, "change_series", "customer_update", keys.customer_key(number), part)
    key = both(con, "change_key", series, change)
    assert both(con, "series_of", key) == series
    assert both(con, "subject_of", key) == f"client-{number}"


@settings(deadline=None)
@given(st.lists(st.tuples(FAMILIES, IDS, st.integers(1, 99)), max_size=4), st.text(alphabet="ab [](r1]\n-", max_size=6))
def test_markers_are_found_in_any_note(con: duckdb.DuckDBPyConnection, made: list[tuple[str, int, int]], between: str):
    made_keys = [f"{family}/client-{number}" for family, number, _ in made]
    ledgers = [f"{number % 7}ab" for _, number, _ in made]
    marks = [
        both(con, "marker", key, revision, ledger)
        for key, (_, _, revision), ledger in zip(made_keys, made, ledgers, strict=True)
    ]
    note = between + between.join(marks)
    assert both(con, "marked_keys", note) == made_keys
    assert both(con, "marked_ledgers", note) == ledgers
    first = next((number for family, number, _ in made if family == "customer"), None)
    assert both(con, "marked_id", note, "customer") == first


@settings(deadline=None)
@given(NOTES, FAMILIES)
def test_both_read_the_same_from_whatever_people_write(con: duckdb.DuckDBPyConnection, note: str, family: str):
    for name in ("marked_keys", "marked_ledgers", "family_of", "record_in", "subject_of", "billed_client", "series_of"):
        both(con, name, note)
    for name in ("marked_id", "id_in"):
        both(con, name, note, family)


def test_no_note_has_no_marker(con: duckdb.DuckDBPyConnection):
    assert both(con, "marked_keys", None) == []
    assert both(con, "marked_ledgers", None) == []
    assert both(con, "marked_id", None, "customer") is None


def test_a_marker_from_before_ledgers_had_ids_is_read_and_names_none(con: duckdb.DuckDBPyConnection):
    note = "Oct 2026 [hq:customer/client-12 r3] and [hq:invoice/client-12/2026-10 r1 0a9c]"
    assert both(con, "marked_keys", note) == ["customer/client-12", "invoice/client-12/2026-10"]
    assert both(con, "marked_ledgers", note) == ["0a9c"]
    assert both(con, "marked_id", note, "customer") == 12
