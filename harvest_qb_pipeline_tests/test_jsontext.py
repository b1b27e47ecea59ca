"""JSON is read exactly, and what no JSON means is refused."""

from decimal import Decimal

import pytest

from harvest_qb_pipeline import jsontext


def test_numbers_keep_their_digits() -> None:
    text = b'{"a": 10700.10, "b": 1e3, "c": 12345678901234567890, "d": 0.575, "e": -0.0}'
    assert jsontext.loads(text) == {
        "a": Decimal("10700.10"),
        "b": Decimal(1000),
        "c": 12345678901234567890,
        "d": Decimal("0.575"),
        "e": Decimal(0),
    }


@pytest.mark.parametrize(
    "text",
    [
        *("NaN", "Infinity", "-Infinity", '{"id": NaN}', "[1, -Infinity]"),
        *('{"id": 7, "id": 7}', '{"a": [{"x": 1, "x": 2}]}'),
        *("1e400", "-1E+400", "1e-400", '{"amount": 1e99999999999999999999}', "1" * 101, "1" * 4000, "1" * 100_000),
        *("0." + "1" * 101, "[" * 100_000, "", "{", "\ufeff1x"),
    ],
)
def test_what_nobody_means_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - malformed text has words of its own
        jsontext.loads(text)
    with pytest.raises(ValueError):  # noqa: PT011
        jsontext.loads(text.encode())


def test_digits_within_a_text_are_no_number() -> None:
    assert jsontext.loads(f'{{"memo": "{"7" * 300}", "also": "1e400", "n": 12, "x": 1.50}}') == {
        "memo": "7" * 300,
        "also": "1e400",
        "n": 12,
        "x": Decimal("1.50"),
    }
