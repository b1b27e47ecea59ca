"""Rounding and allocation of money (accounting rules 6 to 8). All amounts are `Decimal`, in units of the currency."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache

from babel.numbers import get_currency_precision


@cache
def minor_unit_digits(currency: str) -> int:
    """Decimal places of an ISO 4217 currency: 2 for USD, 0 for JPY, 3 for KWD."""
    return get_currency_precision(currency)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """`amount` to the currency's minor unit, halves away from zero (rule 7)."""
    return amount.quantize(Decimal(1).scaleb(-minor_unit_digits(currency)), rounding=ROUND_HALF_UP)


def allocate(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Parts of `total` in proportion to `weights` that add up to it exactly: largest remainder first (rule 8).

    Weights are zero or positive. When all are zero, everything falls to the first part.
    """
    if not weights:
        raise ValueError(f"{total} {currency} cannot be divided over nothing")
    unit = Decimal(1).scaleb(-minor_unit_digits(currency))
    whole = sum(weights, Decimal(0))
    if whole == 0:
        return [total, *([Decimal(0) * unit] * (len(weights) - 1))]
    exact = [total * weight / whole for weight in weights]
    parts = [share.quantize(unit, rounding=ROUND_FLOOR) for share in exact]
    left = int((total - sum(parts, Decimal(0))) / unit)
    by_remainder = sorted(range(len(weights)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_remainder[:left]:
        parts[index] += unit
    return parts
