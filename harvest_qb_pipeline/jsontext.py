"""Exact JSON: numbers with a decimal point become `Decimal` on the way in and keep their digits on the way out.

Belongs here: reading and writing JSON text. Must not be here: anything that knows Harvest, QuickBooks or postings.
"""

import hashlib
import json
import re
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

Json: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Any]

_MOST_DIGITS = 100
"""No amount, id or rate comes near it; what has more, or such an exponent, is a mistake or an attack."""
_MAY_BE_ABSURD = re.compile(r"[0-9]{%d}|[0-9][eE][+-]?[0-9]{3}" % _MOST_DIGITS)  # noqa: UP031 - braces


def loads(text: str | bytes) -> Json:
    """The value of a JSON text; numbers with a point or exponent are `Decimal`.

    Raises `ValueError` when it is malformed, and for what JSON parsers take all the same and nobody means: NaN and
    Infinity, a key that stands twice in one object, numbers beyond a hundred digits, nesting without end.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    # Looking at each number costs; hardly any text has one that needs it.
    is_odd = _MAY_BE_ABSURD.search(text) is not None
    try:
        return json.loads(
            text,
            parse_float=_decimal if is_odd else Decimal,
            parse_int=_integer if is_odd else None,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise ValueError("The text is nested too deeply.") from None


def dumps(value: Json) -> str:
    """Canonical JSON text: sorted keys, no spaces, UTF-8, `Decimal` printed as a number with its own digits."""
    return "".join(_tokens(value))


def sha256(value: Json) -> str:
    """Hex digest of the canonical text: equal values have equal digests, whatever their key order."""
    return hashlib.sha256(dumps(value).encode()).hexdigest()


def _object(pairs: list[tuple[str, Json]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("A key stands twice in one object.")
    return found


def _no_number(name: str) -> Json:
    raise ValueError(f"{name} is not a JSON number.")


def _decimal(text: str) -> Decimal:
    with suppress(InvalidOperation):
        number = Decimal(text)
        if len(text) <= _MOST_DIGITS and (not number or abs(number.adjusted()) <= _MOST_DIGITS):
            return number
    raise ValueError(f"{text[:20]}... is no number that anybody means.")


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"{text[:20]}... is no number that anybody means.")
    return int(text)


def _tokens(value: Json) -> "list[str]":
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not a JSON number")
        return [format(value, "f")]
    if isinstance(value, dict):
        parts = ["{"]
        for index, key in enumerate(sorted(value)):
            parts += ["," if index else "", json.dumps(key, ensure_ascii=False), ":", *_tokens(value[key])]
        return [*parts, "}"]
    if isinstance(value, list | tuple):
        parts = ["["]
        for index, item in enumerate(value):
            parts += ["," if index else "", *_tokens(item)]
        return [*parts, "]"]
    return [json.dumps(value, ensure_ascii=False, allow_nan=False)]
