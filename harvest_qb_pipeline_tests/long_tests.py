"""How long the tests that could go on for ever may take.

Belongs here: the reading of that one variable. Must not be here: tests.
"""

import os

MINUTES = int(os.environ.get("HARVEST_QB_LONG_TESTS", "0"))
"""Minutes that each test telling random stories may take; 0: a few stories, always the same."""


def is_long() -> bool:
    """Whether everything is to run, pairs that cannot matter to each other included."""
    return MINUTES > 0
