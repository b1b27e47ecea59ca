"""The jobs: what runs together, from the command line, a schedule, a sensor or the Dagster UI.

Belongs here: selections of assets, and the list of all jobs. Must not be here: what an asset does, or the small jobs
with which a person decides (`decision_jobs`).
"""

import dagster as dg

from harvest_qb_pipeline.automation import decision_jobs, posted
from harvest_qb_pipeline.planning.capability import CAPABILITIES

HARVEST = dg.AssetSelection.groups("raw_harvest", "harvest", "confidential")
LANDED = dg.AssetSelection.groups("raw_harvest", "raw_quickbooks")
TYPED = dg.AssetSelection.groups("harvest", "quickbooks", "confidential")
POSTED = dg.AssetSelection.assets(*(dg.AssetKey(list(each.key)) for each in posted.POSTED))
PUBLISHED = dg.AssetSelection.assets(dg.AssetKey(["warehouse", "published_copy"]))
COPIED = dg.AssetSelection.groups("ledger", "policy")
CONTACTS = dg.AssetSelection.groups("contacts")
DERIVED = (COPIED | dg.AssetSelection.groups(*(capability.name for capability in CAPABILITIES))) - POSTED

sync = dg.define_asset_job(
    "sync",
    selection=LANDED | TYPED,
    config={"ops": {"raw_harvest": {"config": {"reread_open": False}}}},
    description="Land what changed in Harvest and QuickBooks, and rebuild the typed tables: a request per stream.",
)
plan = dg.define_asset_job(
    "plan",
    selection=HARVEST | DERIVED,
    description="Re-read open periods from Harvest, derive drafts, and record them in the ledger as planned or held. "
    "Sends nothing.",
)
push = dg.define_asset_job(
    "push",
    selection=POSTED,
    description="Send what is approved, look up what is uncertain. Needs the ledger only; safe to repeat at any time.",
)
contacts = dg.define_asset_job(
    "contacts",
    selection=LANDED | TYPED | COPIED | CONTACTS,
    config={"ops": {"raw_harvest": {"config": {"reread_open": False}}}},
    description="Land what changed, bring clients and customers, projects and jobs, people and vendors in step: link "
    "who is certain, plan who is missing, and send what is approved. Bills are left alone.",
)
run = dg.define_asset_job(
    "run",
    selection=LANDED | TYPED | DERIVED | POSTED,
    description="Sync with a full re-read of open periods, plan, and push what is approved.",
)
publish = dg.define_asset_job(
    "publish",
    selection=PUBLISHED,
    description="Publish a copy of the warehouse that analysts may hold open all day.",
)

JOBS = [sync, plan, push, contacts, run, publish, *decision_jobs.JOBS]
