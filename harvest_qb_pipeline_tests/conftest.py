"""Fixtures every test may use: one running sandbox for the session, and fresh companies in it.

Belongs here: the sandbox and its companies, and the order in which tests begin. Must not be here: fixtures of one room
(it has a conftest of its own).
"""

from collections.abc import Iterator

import pytest

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.testing import RunningSandbox


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take longest begin first, so that no worker is left with them; what is lived once is on one worker."""
    for item in items:
        if "october" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("october"))
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


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
