"""The two outside systems as one push sees them: clients, limits, clock, and reads shared by all postings."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.posting.door import PostingOptions
from harvest_qb_pipeline.posting.reads import Reads
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.settings import utc_now


@dataclass(frozen=True)
class Systems:
    """Harvest and QuickBooks, and how to use them. `now` and `sleep` are given so that tests own the clock."""

    harvest: HarvestClient
    quickbooks: QuickBooksClient
    options: PostingOptions
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    reads: Reads = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", Reads(self.harvest, self.quickbooks, self.now))


def systems_for(policy: Policy, harvest: HarvestClient, quickbooks: QuickBooksClient) -> Systems:
    """Both systems under the policy's limits, on the real clock."""
    limits = policy.posting
    options = PostingOptions(
        settle_seconds=limits.settle_seconds,
        timeout_seconds=limits.timeout_seconds,
        lease_seconds=limits.lease_seconds,
        max_attempts=limits.max_attempts,
        max_postings_per_run=limits.max_postings_per_run,
    )
    return Systems(harvest, quickbooks, options, now=utc_now, sleep=time.sleep)
