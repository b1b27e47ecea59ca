"""Ledgers for sensors to look at, and firms for jobs to work in."""

from harvest_qb_pipeline_tests.ledger.conftest import books
from harvest_qb_pipeline_tests.stories.conftest import firm, found

__all__ = ["books", "firm", "found"]
