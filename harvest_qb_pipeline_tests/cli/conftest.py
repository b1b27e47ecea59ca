"""Firms for commands to work in, and the billed October for listings."""

from collections.abc import Iterator

import pytest

from harvest_qb_pipeline.cli import running
from harvest_qb_pipeline_tests.stories.conftest import firm, found, october

__all__ = ["firm", "found", "october"]


@pytest.fixture(autouse=True)
def as_in_a_new_process() -> Iterator[None]:
    """A command builds the code location once in its life; here several firms' commands share a process."""
    running._definitions.cache_clear()
    yield
    running._definitions.cache_clear()
