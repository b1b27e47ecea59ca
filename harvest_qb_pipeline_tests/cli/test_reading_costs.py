"""What a command that only reads has to load and to spend: a listing must answer at once."""

import json
import os
import subprocess
import sys

import pytest

from harvest_qb_pipeline_tests.contacts.copies import keep_plan
from harvest_qb_pipeline_tests.stories.firm import Firm
from harvest_qb_pipeline_tests.stories.october import October

HEAVY = ("alembic", "dagster", "duckdb", "httpx", "numpy", "pandas", "pyarrow", "pydantic")
MOST_SECONDS = 1.0
"""Of processor time; 0.3 to 0.4 on a machine that does nothing else, and machines differ."""
SCRIPT = """
import json, resource, sys
sys.argv = ["harvest-qb", *sys.argv[1:]]
from harvest_qb_pipeline.cli.main import main
try:
    main()
except SystemExit as end:
    code = end.code
spent = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([code, sorted(sys.modules), spent.ru_utime + spent.ru_stime]), file=sys.stderr)
"""


def spent(firm: Firm, *words: str) -> tuple[set[str], float]:
    """Which heavy packages a command has loaded in a process of its own, and its seconds of processor time."""
    with firm.at_work():
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, *words], env=dict(os.environ), capture_output=True, text=True
        )
    code, modules, seconds = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return {name.partition(".")[0] for name in modules} & set(HEAVY), seconds


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("status", "--json"),
        ("postings",),
        ("postings", "--json"),
        ("show", "KEY"),
        ("show", "KEY", "--json"),
        ("plan", "--help"),
    ],
)
def test_a_listing_loads_nothing_heavy_and_answers_at_once(october: October, words: tuple[str, ...]):
    loaded, seconds = spent(october.firm, *(october.key("Acme Ltd") if word == "KEY" else word for word in words))
    assert loaded == set()
    assert seconds < MOST_SECONDS


@pytest.mark.parametrize("words", [(), ("--json",), ("confirm", "customer/client-14")])
def test_links_are_listed_and_decided_on_without_anything_heavy(firm: Firm, words: tuple[str, ...]):
    firm.ledger(keep_plan)
    loaded, seconds = spent(firm, "links", *words)
    assert loaded == set()
    assert seconds < MOST_SECONDS
