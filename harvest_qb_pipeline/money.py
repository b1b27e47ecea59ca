"""Rounding of money (accounting rules 6 and 7). All amounts are `Decimal`, in units of the currency."""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache


@cache
def minor_unit_digits(currency: str) -> int:
    """Decimal places of an ISO 4217 currency: 2 for USD, 0 for JPY, 3 for KWD."""
    # Imported here: it reads the world's currencies, for which no listing should wait that rounds nothing.
    from babel.numbers import get_currency_precision

    return get_currency_precision(currency)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """`amount` to the currency's minor unit, halves away from zero (rule 7)."""
    return amount.quantize(Decimal(1).scaleb(-minor_unit_digits(currency)), rounding=ROUND_HALF_UP)
