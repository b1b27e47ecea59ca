"""The queries of the README run on a published copy, and say something there."""

import re

import duckdb
import pytest

from harvest_qb_pipeline.cli.templates import TEMPLATES
from harvest_qb_pipeline_tests.stories.october import October

QUERIES = re.findall(r"```sql\n(.*?)```", (TEMPLATES / "README.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def published(october: October) -> str:
    october.firm.job("publish")
    return str(october.firm.home / "analytics.duckdb")


def test_there_are_seven_queries():
    assert len(QUERIES) == 7


@pytest.mark.parametrize("query", QUERIES, ids=[query.splitlines()[0].removeprefix("-- ") for query in QUERIES])
def test_each_query_of_the_readme_answers_on_the_published_copy(published: str, query: str):
    with duckdb.connect(published, read_only=True) as con:
        cursor = con.execute(query)
        columns = [column[0] for column in cursor.description or []]
        rows = cursor.fetchall()
    assert len(columns) == len(set(columns))
    assert rows, "October has something to say to every question"
