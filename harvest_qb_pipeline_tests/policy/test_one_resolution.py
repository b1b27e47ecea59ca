"""What the policy names is compared with names in one place; everything else reads ids."""

import pytest
from sqlglot import exp

from harvest_qb_pipeline.planning.capability import CAPABILITIES
from harvest_qb_pipeline.policy.load import parse_policy
from harvest_qb_pipeline.policy.references import references_table
from harvest_qb_pipeline.policy.tables import policy_tables
from harvest_qb_pipeline.warehouse.models import SqlModel, models_of
from harvest_qb_pipeline.warehouse.parsing import tree_of
from harvest_qb_pipeline_tests.policy.firm import LEAST, NOON, TODAY

CHOICES = {"context", "owners", "first_project", "currencies"}
"""Tables that say how things are done, and name no record."""
AS_WRITTEN = {"wanted", "item_wanted", "account_wanted", "terms_wanted", "harvest_wanted", "whose"}
"""Columns that hold a name as a person wrote it, for sentences."""
READERS = [model for capability in CAPABILITIES for model in models_of(capability.name)]


@pytest.mark.parametrize("model", READERS, ids=lambda model: f"{model.schema}/{model.name}")
def test_contacts_and_billing_read_what_the_policy_names_only_as_records_that_are_found(model: SqlModel):
    found = {resolved.name for resolved in models_of("policy")}
    read = {table for schema, table in model.dependencies if schema == "policy"}
    assert read <= found | CHOICES


@pytest.mark.parametrize("model", READERS, ids=lambda model: f"{model.schema}/{model.name}")
def test_no_name_that_the_policy_writes_is_compared_with_anything(model: SqlModel):
    for comparison in tree_of(model.sql).find_all(exp.EQ, exp.NEQ, exp.In, exp.Like, exp.NullSafeEQ, exp.NullSafeNEQ):
        assert {column.name for column in comparison.find_all(exp.Column)}.isdisjoint(AS_WRITTEN), comparison.sql()


def test_the_tables_that_say_how_things_are_done_are_all_those_that_are_not_as_written():
    written = policy_tables(parse_policy(LEAST, "policy.toml"), TODAY, NOON)
    assert {name for name in written if not name.startswith("stated_")} == CHOICES
    assert "wanted_name" in references_table(parse_policy(LEAST, "policy.toml")).columns
