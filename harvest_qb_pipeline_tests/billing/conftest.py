"""Fixtures of the billing tests."""

import pytest

from harvest_qb_pipeline_tests.billing.books import Books


@pytest.fixture
def books() -> Books:
    """Acme Ltd, project Website, on 5 November 2026, billed monthly."""
    return Books()
