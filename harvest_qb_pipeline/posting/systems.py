"""The two outside systems as one push sees them: clients, limits, clock, and reads shared by all postings."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.harvest.writer import HarvestWriter
from harvest_qb_pipeline.ledger.model import StoredPosting
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.posting.door import Door, PostingOptions
from harvest_qb_pipeline.posting.kind import Facts
from harvest_qb_pipeline.posting.reads import Reads
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.quickbooks.writer import QuickBooksWriter
from harvest_qb_pipeline.settings import utc_now


@dataclass(frozen=True)
class Systems:
    """Harvest and QuickBooks, and how to use them. `now` and `sleep` are given so that tests own the clock, and writers
    so that they see each write; without, they are made from the clients."""

    harvest: HarvestClient
    quickbooks: QuickBooksClient
    options: PostingOptions
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    harvest_writer: HarvestWriter | None = None
    quickbooks_writer: QuickBooksWriter | None = None
    facts: Facts = field(default_factory=Facts)
    reads: Reads = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", Reads(self.harvest, self.quickbooks, self.now))

    def door(self, ledger: Ledger, posting: StoredPosting, owner: str) -> Door:
        """The way out of one claimed posting: nothing else is given the writers."""
        harvest = self.harvest_writer or HarvestWriter(self.harvest)
        quickbooks = self.quickbooks_writer or QuickBooksWriter(self.quickbooks)
        return Door(
            ledger, posting, owner, harvest, quickbooks, self.options, self.now, self.sleep, self.reads.order
        )  # fmt: skip


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
    facts = Facts(
        has_twin=policy.twin == "import",
        opens_twins=policy.opens_twins,
        copies_natively=policy.native_copy == "on",
        needs_approval=policy.approvals.use_harvest_approvals,
    )
    return Systems(harvest, quickbooks, options, now=utc_now, sleep=time.sleep, facts=facts)
