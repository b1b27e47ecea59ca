"""How the sandbox prints JSON."""

import time
from collections.abc import Callable
from decimal import Decimal

import pytest

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.sandbox.http import encode


@pytest.mark.parametrize(
    "text", ["0.1", "76.90", "1234567.89", "0.575", "-3", "1E+2", "123456789012345678.91", "0.12345678901234567891"]
)
def test_a_decimal_is_printed_as_a_number_of_the_same_value(text: str):
    assert Decimal(jsontext.loads(encode({"amount": Decimal(text)}))["amount"]) == Decimal(text)


def test_text_keeps_its_letters_and_a_tuple_is_a_list():
    assert encode({"name": "Café", "ids": (1, 2)}) == '{"name":"Café","ids":[1,2]}'.encode()


def test_what_is_not_json_is_an_error():
    with pytest.raises(TypeError, match="object cannot be printed"):
        encode({"thing": object()})


def test_a_page_of_two_thousand_rows_does_not_take_the_slow_exact_way():
    row = {"hours": Decimal("1.25"), "notes": "x" * 80, "client": {"id": 1, "name": "Aster"}, "rates": list(range(40))}
    page = [row | {"id": number} for number in range(2000)]
    assert _cpu_seconds(encode, page) < _cpu_seconds(jsontext.dumps, page) / 2


def _cpu_seconds(action: Callable[[object], object], value: object) -> float:
    times: list[float] = []
    for _ in range(3):
        began = time.thread_time()
        action(value)
        times.append(time.thread_time() - began)
    return min(times)
