"""Answers that were crossed on the way: a call is carried out and gets the body of another record of the same sort.

Belongs here: which body that is. Must not be here: which call it happens to (`faults`), or carrying it out (`server`).
"""

import re
from collections.abc import Sequence

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.company import Company
from harvest_qb_pipeline.sandbox.http import ApiResponse, encode

_COLLECTION = re.compile(r"/v2/(?:.*/)?([a-z_]+)(?:/[0-9]+)?$")


def crossed(company: Company, path: str, answer: ApiResponse) -> ApiResponse:
    """`answer` with another record in it, the newest there is; as it is where there is none, or it holds no record."""
    value: Json = jsontext.loads(answer.content())
    body = _of_harvest(company, path, value) if path.startswith("/harvest/") else _of_quickbooks(company, value)
    return ApiResponse(answer.status, encode(body), answer.headers, answer.media_type)


def _of_harvest(company: Company, path: str, value: JsonObject) -> JsonObject:
    found = _COLLECTION.search(path)
    return _another(company.harvest.dump(found[1]), value, "id") if found and "id" in value else value


def _of_quickbooks(company: Company, value: JsonObject) -> JsonObject:
    sort = next((name for name, inside in value.items() if isinstance(inside, dict) and "Id" in inside), None)
    return value if sort is None else {**value, sort: _another(company.quickbooks.dump(sort), value[sort], "Id")}


def _another(records: Sequence[JsonObject], record: JsonObject, key: str) -> JsonObject:
    return next((other for other in reversed(records) if other[key] != record[key]), record)
