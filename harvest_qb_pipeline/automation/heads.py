"""The head of the ledger's audit chain as a tag of each run that has read or changed it: an anchor outside of the file.

Belongs here: writing and reading those tags. Must not be here: what a head says of a ledger (`ledger/anchors`).
"""

import dagster as dg

from harvest_qb_pipeline.ledger.anchors import Head, head_of
from harvest_qb_pipeline.ledger.store import Ledger

_PARTS = 3
TAG = "harvest_qb/ledger_head"
"""`LEDGER EVENT HASH`: which ledger, and number and hash of its newest event then."""


def tag_run(instance: dg.DagsterInstance, run_id: str, ledger: Ledger) -> None:
    """Note the head of the ledger with a run; a later one in the same run replaces it."""
    with ledger.reading() as con:
        head = head_of(con)
    instance.add_run_tags(run_id, {TAG: f"{head.ledger_id} {head.event_id} {head.hash}"})


def heads_of_runs(instance: dg.DagsterInstance) -> list[Head]:
    """Every head that a run was tagged with, by its event."""
    found: list[Head] = []
    for _, values in instance.get_run_tags(tag_keys=[TAG]):
        for value in values:
            parts = value.split(" ")
            if len(parts) == _PARTS and parts[1].isdecimal():
                found.append(Head(parts[0], int(parts[1]), parts[2]))
    return sorted(found, key=lambda head: head.event_id)


def forget_heads(instance: dg.DagsterInstance) -> None:
    """Runs until now say nothing of the ledger any more: a person has accepted it as it is."""
    for head in heads_of_runs(instance):
        value = f"{head.ledger_id} {head.event_id} {head.hash}"
        for run in instance.get_runs(dg.RunsFilter(tags={TAG: value})):
            instance.add_run_tags(run.run_id, {f"{TAG}_before": value, TAG: ""})
