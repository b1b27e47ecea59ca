"""Fills a company of the sandbox with a made-up agency: the one door of the seed.

Belongs here: `fill`. Must not be here: making the agency up (`generator`), or the two sets of books (`fill_harvest`,
`fill_quickbooks`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from harvest_qb_pipeline.sandbox.company import Company
from harvest_qb_pipeline.sandbox.seed import calendar
from harvest_qb_pipeline.sandbox.seed.fill_harvest import fill_harvest
from harvest_qb_pipeline.sandbox.seed.fill_quickbooks import fill_quickbooks
from harvest_qb_pipeline.sandbox.seed.generator import SIZES, Options, make_agency

_HOUR = 3600


def fill(company: Company, *, seed: int, size: str, today: date, options: Mapping[str, Any] | None = None) -> None:
    """An agency of that size in both systems of an empty company, the same for the same seed, size, day and options.

    Raises `ValueError` naming an unknown size or option (`generator.Options`).
    """
    if size not in SIZES:
        raise ValueError(f"size is one of {', '.join(SIZES)}, not {size!r}.")
    agency = make_agency(
        seed=seed,
        size=size,
        today=today,
        now=_now(company, today),
        timezone=company.timezone,
        options=Options.of(options),
    )
    fill_harvest(company.harvest, agency)
    fill_quickbooks(company.quickbooks, agency)


def _now(company: Company, today: date) -> int:
    """The full hour it is for the company, so that a second made within the hour is equal; noon of another day."""
    if company.clock.today(company.timezone) != today:
        return calendar.moment(today, 12, company.timezone)
    return int(company.clock.now().timestamp()) // _HOUR * _HOUR
