"""The code location: every asset, check, job, schedule and sensor, put together in one place.

A policy that does not validate keeps it from loading, with the file's line. Loading never calls an API.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import dagster as dg

from harvest_qb_pipeline.automation import landing, planned, posted, tables
from harvest_qb_pipeline.automation.checks import CHECKS
from harvest_qb_pipeline.automation.jobs import JOBS
from harvest_qb_pipeline.automation.publishing import published_copy
from harvest_qb_pipeline.automation.schedules import schedules
from harvest_qb_pipeline.automation.sensors import SENSORS
from harvest_qb_pipeline.policy.load import load_policy
from harvest_qb_pipeline.resources import resources
from harvest_qb_pipeline.settings import keep_private, load_settings

OWNERS = ["team:finance"]
LANDED_GROUPS = ("raw_harvest", "raw_quickbooks")
FRESH = dg.FreshnessPolicy.time_window(warn_window=timedelta(hours=3), fail_window=timedelta(hours=26))
"""Landing runs every hour: three missed hours are worth a look, a missed daily run is a failure."""


def build_defs(given: Mapping[str, Any]) -> dg.Definitions:
    """All definitions on the given resources; tests give their own."""
    policy = load_policy(load_settings().harvest_qb_policy)
    return dg.Definitions(
        assets=dg.map_asset_specs(
            _as_of_its_group,
            [*landing.ASSETS, *tables.ASSETS, *planned.ASSETS, *posted.ASSETS, published_copy],
        ),
        asset_checks=CHECKS,
        jobs=JOBS,
        schedules=schedules(policy),
        sensors=SENSORS,
        resources=given,
        executor=dg.in_process_executor,
    )


def _as_of_its_group(spec: dg.AssetSpec) -> dg.AssetSpec:
    """What is the same for a whole group: its name, which is the schema's, its owners, how fresh it should be."""
    group = spec.key.path[0]
    if group in LANDED_GROUPS:
        spec = spec.replace_attributes(freshness_policy=FRESH)
    return spec.replace_attributes(group_name=group, owners=OWNERS)


@dg.definitions
def defs() -> dg.Definitions:
    # Also where Dagster was started by other means than `harvest-qb`.
    keep_private()
    return build_defs(resources())
