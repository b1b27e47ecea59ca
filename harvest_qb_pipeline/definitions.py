"""The code location: every asset, check, job, schedule and sensor, put together in one place.

A policy that does not validate keeps it from loading, with the file's line. Loading never calls an API.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from harvest_qb_pipeline.automation.jobs import JOBS
from harvest_qb_pipeline.automation.publishing import published_copy
from harvest_qb_pipeline.automation.schedules import schedules
from harvest_qb_pipeline.automation.sensors import SENSORS
from harvest_qb_pipeline.billing import assets as billing
from harvest_qb_pipeline.billing import checks as billing_checks
from harvest_qb_pipeline.contacts import assets as contacts
from harvest_qb_pipeline.harvest import assets as harvest
from harvest_qb_pipeline.ledger import assets as ledger
from harvest_qb_pipeline.policy import assets as policy_assets
from harvest_qb_pipeline.policy.load import load_policy
from harvest_qb_pipeline.quickbooks import assets as quickbooks
from harvest_qb_pipeline.resources import resources
from harvest_qb_pipeline.settings import load_settings

OWNERS = ["team:finance"]


def build_defs(given: Mapping[str, Any]) -> dg.Definitions:
    """All definitions on the given resources; tests give their own."""
    policy = load_policy(load_settings().harvest_qb_policy)
    defs = dg.Definitions(
        assets=[
            *harvest.ASSETS,
            *quickbooks.ASSETS,
            *ledger.ASSETS,
            *policy_assets.ASSETS,
            *contacts.ASSETS,
            *billing.ASSETS,
            published_copy,
        ],
        asset_checks=billing_checks.CHECKS,
        jobs=JOBS,
        schedules=schedules(policy),
        sensors=SENSORS,
        resources=given,
        executor=dg.in_process_executor,
    )
    return defs.map_asset_specs(func=lambda spec: spec.replace_attributes(group_name=spec.key.path[0], owners=OWNERS))


@dg.definitions
def defs() -> dg.Definitions:
    return build_defs(resources())
