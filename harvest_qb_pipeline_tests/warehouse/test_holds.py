"""Words of holds: every code that SQL gives has a template, every template a code, every value a name."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from harvest_qb_pipeline.warehouse.holds import sql_of, templates
from harvest_qb_pipeline.warehouse.macros import register_macros

PACKAGE = Path(__file__).parents[2] / "harvest_qb_pipeline"
PASSED_ON = ("contacts_new_client_hold", "contacts_new_project_hold")
"""Macros that are also given the codes of the template of first projects."""
CHOOSING = ("billing_time_hold", "billing_window_hold")
"""Macros that are given some of the reasons of `billable_time.sql`: which, their WHERE says, and an error guards."""


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        register_macros(con)
        yield con


def said(con: duckdb.DuckDBPyConnection, template: str, **values: object) -> str:
    row = con.execute(f"SELECT {sql_of(template)} FROM (SELECT ?::JSON AS params)", [json.dumps(values)]).fetchone()
    assert row
    return row[0]


def test_values_stand_in_their_places(con: duckdb.DuckDBPyConnection):
    assert said(con, "{who}'s {{code}} is {code}", who="Ana", code=12) == "Ana's {code} is 12"
    assert said(con, "{who} waits") == "? waits"


def test_of_a_choice_the_first_is_said_whose_values_are_all_there(con: duckdb.DuckDBPyConnection):
    template = "an item< named {name}| (id {id})|, whichever>"
    assert said(con, template, name="A", id=3) == "an item named A"
    assert said(con, template, name=None, id=3) == "an item (id 3)"
    assert said(con, template) == "an item, whichever"
    assert said(con, "a fee< of {fee}>") == "a fee"
    assert said(con, "<{one?}is|are>", one=True) + said(con, "<{one?}is|are>") == "isare"


@pytest.mark.parametrize("template", ["{who", "<a", "a>", "{a b}"])
def test_a_template_out_of_form_is_refused(template: str):
    with pytest.raises(ValueError, match="cannot be read"):
        sql_of(template)


def test_a_code_without_words_is_an_error_and_no_code_says_nothing(con: duckdb.DuckDBPyConnection):
    with pytest.raises(duckdb.InvalidInputException, match="no words for nonsense in contacts_client_hold"):
        con.execute("SELECT contacts_client_hold('nonsense', NULL)")
    assert con.execute("SELECT contacts_client_hold(NULL, NULL)").fetchone() == (None,)


def test_templates_are_sentences_without_their_full_stop():
    for one in templates():
        assert one.text == one.text.strip(), one
        assert not one.says.endswith("."), one
        assert not (one.remedy or "").endswith("."), one


class Used:
    """What the `.sql` files of one macro give it: codes that they spell out, and names of values by code."""

    def __init__(self) -> None:
        self.codes: set[str] = set()
        self.names: defaultdict[str | None, set[str]] = defaultdict(set)


def _literals(node: exp.Expression) -> set[str]:
    return {literal.name for literal in node.find_all(exp.Literal) if literal.is_string}


def _results(node: exp.Expression) -> set[str]:
    """What a code may be: the literal itself, or those behind THEN and ELSE."""
    if isinstance(node, exp.Literal):
        return {node.name}
    if isinstance(node, exp.Case):
        ends = [branch.args["true"] for branch in node.args["ifs"]] + [node.args.get("default")]
        return set().union(*(_results(end) for end in ends if end is not None))
    return set()


def _named(tree: exp.Expression, name: str) -> list[exp.Expression]:
    """Everything that the file calls `name`, as a column or as a field of a struct."""
    columns = [alias.this for alias in tree.find_all(exp.Alias) if alias.alias == name]
    fields = [field.expression for field in tree.find_all(exp.PropertyEQ) if field.this.name == name]
    return columns + fields


def _is_said(node: exp.Expression) -> bool:
    """Whether a code comes with its sentence from another table."""
    select = node.find_ancestor(exp.Select)
    return select is not None and "sentence" in select.named_selects and not list(select.find_all(exp.Anonymous))


def _given(node: exp.Expression) -> set[str]:
    """The names in all JSON objects below a node."""
    return {pair.this.name for made in node.find_all(exp.JSONObject) for pair in made.expressions}


def _trees() -> dict[Path, exp.Expression]:
    texts = {path: path.read_text() for path in sorted(PACKAGE.glob("*/sql/**/*.sql"))}
    return {path: sqlglot.parse_one(text, "duckdb") for path, text in texts.items() if "_hold(" in text}


def _used() -> dict[str, Used]:
    trees, used = _trees(), defaultdict[str, Used](Used)
    reasons = set().union(
        *(
            _results(node)
            for path, tree in trees.items()
            if path.stem == "billable_time"
            for name in ("code", "reason_code")
            for node in _named(tree, name)
        )
    )
    for tree in trees.values():
        for call in tree.find_all(exp.Anonymous):
            if not call.name.endswith("_hold"):
                continue
            code, params = call.expressions
            of = used[call.name]
            if call.name in (*CHOOSING, "billing_entry_hold"):
                of.codes |= reasons
            elif isinstance(code, exp.Column):
                # Beside the call itself: the macro of one file, or one branch of a union.
                near = call.find_ancestor(exp.Select) if code.name == "code" and not code.table else tree
                assert near
                of.codes |= set().union(*(_results(node) for node in _named(near, code.name) if not _is_said(node)))
            else:
                of.codes |= _results(code)
            params_named = _named(tree, params.name) if isinstance(params, exp.Column) else [params]
            for node in params_named:
                select, struct = node.find_ancestor(exp.Select), node.find_ancestor(exp.Struct)
                near = struct or select
                codes = set().union(*(_results(one) for one in _named(near, "code"))) if near else set[str]()
                for one in codes if len(codes) == 1 else {None}:
                    of.names[one] |= _given(node)
                if isinstance(params, exp.Column):
                    of.codes |= codes
    for macro in PASSED_ON:
        used[macro].codes |= used["contacts_first_project_hold"].codes
    return used


def test_every_template_is_used_and_given_its_values():
    used = _used()
    for one in templates():
        of = used[one.macro]
        assert one.code in of.codes, f"no .sql file gives {one.code} to {one.macro}"
        assert one.names <= of.names[one.code] | of.names[None], f"{one.macro} {one.code} wants other values"


def test_every_code_has_a_template():
    by_macro: defaultdict[str, set[str]] = defaultdict(set)
    for one in templates():
        by_macro[one.macro].add(one.code)
    for macro, of in _used().items():
        missing = set[str]() if macro in CHOOSING else of.codes - by_macro[macro]
        assert not missing, f"{macro} has no words for {missing}"
