"""Fixtures every test may use: one running sandbox for the session, and fresh companies in it.

Belongs here: the sandbox and its companies. Must not be here: fixtures of one room (it has a conftest of its own).
"""

from collections.abc import Iterator

import pytest

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.testing import RunningSandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as running:
        yield running


@pytest.fixture
def company(sandbox: RunningSandbox) -> Iterator[JsonObject]:
    """A fresh empty company as the control API describes it, without rate limits, on 3 November 2026."""
    created = sandbox.create_company(today="2026-11-03")
    yield created
    sandbox.control("DELETE", f"/companies/{created['id']}")
