"""Exact JSON: numbers with a decimal point become `Decimal` on the way in and keep their digits on the way out.

Belongs here: reading and writing JSON text. Must not be here: anything that knows Harvest, QuickBooks or postings.
"""

import hashlib
import json
from decimal import Decimal
from typing import Any, TypeAlias

Json: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Any]


def loads(text: str | bytes) -> Json:
    """The value of a JSON text; numbers with a point or exponent are `Decimal`. Raises `ValueError` when malformed."""
    return json.loads(text, parse_float=Decimal)


def dumps(value: Json) -> str:
    """Canonical JSON text: sorted keys, no spaces, UTF-8, `Decimal` printed as a number with its own digits."""
    return "".join(_tokens(value))


def sha256(value: Json) -> str:
    """Hex digest of the canonical text: equal values have equal digests, whatever their key order."""
    return hashlib.sha256(dumps(value).encode()).hexdigest()


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
