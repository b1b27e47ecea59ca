"""Text of time entries that is kept between requests: what entries share is printed once.

Belongs here: the kept text, and when it has become stale. Must not be here: how it is printed (`entryjson`).
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple


class SharedText(NamedTuple):
    """What entries of one person, project and task share: their common JSON, and what else follows from the three."""

    json: str
    is_billable: bool
    is_archived: bool
    is_rated_by_day: bool


@dataclass
class Prepared:
    """Kept text of one account and one right to see rates.

    `shared` is by person, project and task; `rates` by these and the day, where the rate depends on it.
    """

    catalog_version: int = -1
    shared: dict[tuple[int, int, int], SharedText] = field(default_factory=dict[tuple[int, int, int], SharedText])
    rates: dict[tuple[int, int, int, date | None], str] = field(
        default_factory=dict[tuple[int, int, int, date | None], str]
    )

    def renew(self, catalog_version: int) -> None:
        """Forget everything if the account's catalogue has changed since."""
        if self.catalog_version != catalog_version:
            self.catalog_version = catalog_version
            self.shared.clear()
            self.rates.clear()
