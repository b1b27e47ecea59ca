"""Where columns come from. Each test is a SELECT and the origins a reader would name."""

import pytest

from harvest_qb_pipeline.warehouse.lineage import column_origins
from harvest_qb_pipeline.warehouse.parsing import ModelError

COLUMNS = {
    ("h", "entries"): ("id", "client_id", "Hours", "rate", "payload"),
    ("h", "clients"): ("client_id", "name"),
    ("q", "customers"): ("customer_id", "name", "client_id"),
}


def origins(sql: str) -> dict[str, set[str]]:
    found = column_origins(sql, COLUMNS)
    return {name: {".".join(origin) for origin in of} for name, of in found.items()}


def test_an_expression_comes_from_every_column_it_names() -> None:
    assert origins("SELECT id, hours * rate AS amount, count(*) AS n, 1 AS one FROM h.entries") == {
        "id": {"h.entries.id"},
        "amount": {"h.entries.Hours", "h.entries.rate"},
        "n": set(),
        "one": set(),
    }


def test_ctes_are_seen_through_and_conditions_are_no_origin() -> None:
    sql = """
        WITH some AS (SELECT client_id AS c, sum(hours) AS h FROM h.entries WHERE rate > 0 GROUP BY 1),
        more AS (SELECT some.*, h / 2 AS half FROM some)
        SELECT c, half, h AS whole FROM more WHERE c > 1
    """
    assert origins(sql) == {
        "c": {"h.entries.client_id"},
        "half": {"h.entries.Hours"},
        "whole": {"h.entries.Hours"},
    }


def test_names_are_found_in_the_table_of_a_join_that_has_them() -> None:
    sql = "SELECT hours, c.name, rate FROM h.entries AS e JOIN h.clients AS c ON c.client_id = e.client_id"
    assert origins(sql) == {"hours": {"h.entries.Hours"}, "name": {"h.clients.name"}, "rate": {"h.entries.rate"}}


def test_a_column_of_using_is_either_sides() -> None:
    both = {"h.entries.client_id", "h.clients.client_id"}
    assert origins("SELECT client_id FROM h.entries LEFT JOIN h.clients USING (client_id)") == {"client_id": both}
    star = origins("SELECT * FROM h.clients FULL JOIN q.customers USING (client_id)")
    assert star["client_id"] == {"h.clients.client_id", "q.customers.client_id"}
    assert list(star) == ["client_id", "name", "customer_id"]


def test_a_column_behind_using_that_is_named_with_its_table_is_that_tables() -> None:
    sql = "SELECT e.client_id FROM h.entries AS e JOIN h.clients AS c USING (client_id)"
    assert origins(sql) == {"client_id": {"h.entries.client_id"}}


def test_what_is_only_looked_for_is_no_source() -> None:
    sql = "SELECT client_id, name FROM h.clients ANTI JOIN q.customers USING (client_id)"
    assert origins(sql) == {"client_id": {"h.clients.client_id"}, "name": {"h.clients.name"}}


def test_a_union_is_by_place_unless_it_is_by_name() -> None:
    sql = "SELECT client_id AS a, name AS b FROM h.clients UNION ALL {} SELECT {} FROM q.customers"
    assert origins(sql.format("", "customer_id, name")) == {
        "a": {"h.clients.client_id", "q.customers.customer_id"},
        "b": {"h.clients.name", "q.customers.name"},
    }
    assert origins(sql.format("BY NAME", "name AS c, customer_id AS b")) == {
        "a": {"h.clients.client_id"},
        "b": {"h.clients.name", "q.customers.customer_id"},
        "c": {"q.customers.name"},
    }


def test_a_query_that_reads_itself_is_followed_until_nothing_new_comes() -> None:
    sql = """
        WITH RECURSIVE rolled AS (
            SELECT id, hours AS a, rate AS b FROM h.entries
            UNION ALL SELECT r.id, r.b, c.client_id FROM rolled AS r JOIN h.clients AS c ON true
        ) SELECT a, b FROM rolled
    """
    assert origins(sql) == {
        "a": {"h.entries.Hours", "h.entries.rate", "h.clients.client_id"},
        "b": {"h.entries.rate", "h.clients.client_id"},
    }


def test_windows_filters_and_earlier_aliases_count() -> None:
    sql = """
        SELECT rate AS price, price + 1 AS more, sum(hours) OVER w AS running,
            count(*) FILTER (rate > 0) OVER () AS paid
        FROM h.entries WINDOW w AS (PARTITION BY client_id)
    """
    assert origins(sql) == {
        "price": {"h.entries.rate"},
        "more": {"h.entries.rate"},
        "running": {"h.entries.Hours", "h.entries.client_id"},
        "paid": {"h.entries.rate"},
    }


def test_sub_queries_give_their_value_and_exists_its_condition() -> None:
    sql = """
        SELECT (SELECT max(name) FROM h.clients AS c WHERE c.client_id = e.client_id) AS client,
            EXISTS (SELECT 1 FROM q.customers AS q WHERE q.client_id = e.client_id) AS is_known
        FROM h.entries AS e
    """
    assert origins(sql) == {"client": {"h.clients.name"}, "is_known": {"q.customers.client_id", "h.entries.client_id"}}


def test_fields_of_json_and_what_is_unnested_come_from_the_column() -> None:
    sql = """
        WITH parsed AS (
            SELECT from_json(payload, '{"a":{"b":"VARCHAR"}}') AS p, unnest(payload->'$.l') AS l FROM h.entries
        )
        SELECT p.a.b AS deep, l AS line, [x + rate FOR x IN [hours]] AS list FROM parsed, h.entries
    """
    assert origins(sql) == {
        "deep": {"h.entries.payload"},
        "line": {"h.entries.payload"},
        "list": {"h.entries.rate", "h.entries.Hours"},
    }


def test_fields_of_structures_that_are_written_out_have_their_own_origins() -> None:
    sql = """
        SELECT r.code, r.says
        FROM h.entries AS e, (SELECT unnest([{'code': 'x', 'says': e.rate}], recursive := true)) AS r
    """
    assert origins(sql) == {"code": set(), "says": {"h.entries.rate"}}


def test_a_column_of_no_table_is_an_error() -> None:
    with pytest.raises(ModelError, match=r"e\.wages is a column of no table"):
        origins("SELECT e.wages FROM h.entries AS e")
