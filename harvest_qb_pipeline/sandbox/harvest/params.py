"""Reading what a request brought: typed values out of JSON bodies and query strings, refused as Harvest refuses.

Belongs here: parsing and the messages of malformed values. Must not be here: what a resource does with them.
"""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import cast
from urllib.parse import parse_qsl

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.harvest.errors import invalid, malformed
from harvest_qb_pipeline.sandbox.http import ApiRequest

_ISO_DATETIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_TIME_OF_DAY = re.compile(r"(\d{1,2}):(\d\d)\s*([ap]m)?", re.IGNORECASE)


def body_of(request: ApiRequest) -> "Body":
    """The fields of a POST or PATCH, JSON or form-encoded; an empty body has none. 400 when it cannot be read."""
    if not request.body.strip():
        return Body({})
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return Body(_form(request.body.decode()))
    try:
        fields = jsontext.loads(request.body)
    except ValueError:
        malformed("There was a problem in the JSON you submitted.")
    if not isinstance(fields, dict):
        malformed("There was a problem in the JSON you submitted.")
    return Body(cast(JsonObject, fields))


class Body:
    """Fields of a request. Malformed ones are collected in `problems`; `check` refuses with all of them (422)."""

    def __init__(self, fields: Mapping[str, Json]) -> None:
        self.fields = fields
        self.problems: list[str] = []

    def has(self, name: str) -> bool:
        return name in self.fields

    def is_blank(self, name: str) -> bool:
        """Absent, null, or text of nothing but blanks."""
        value = self.fields.get(name)
        return value is None or (isinstance(value, str) and not value.strip())

    def text(self, name: str) -> str | None:
        value = self.fields.get(name)
        return None if value is None else _printed(value)

    def number(self, name: str) -> Decimal | None:
        """A number or numeric text; null and empty text are None."""
        if self.is_blank(name):
            return None
        try:
            value = Decimal(_printed(self.fields[name]))
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            self.problems.append(f"{humanised(name)} is not a number")
            return None
        return value

    def integer(self, name: str) -> int | None:
        value = self.number(name)
        return None if value is None else int(value)

    def flag(self, name: str) -> bool | None:
        """True, false or their text; None when absent or null."""
        value = self.fields.get(name)
        if isinstance(value, str):
            return {"true": True, "1": True, "false": False, "0": False}.get(value.lower())
        return None if value is None else bool(value)

    def day(self, name: str) -> date | None:
        if self.is_blank(name):
            return None
        try:
            return date.fromisoformat(_printed(self.fields[name])[:10])
        except ValueError:
            self.problems.append(f"{humanised(name)} is not a valid date")
            return None

    def minutes(self, name: str) -> int | None:
        """A time of day (`3:00pm`, `15:00`) as minutes since midnight."""
        if self.is_blank(name):
            return None
        found = _TIME_OF_DAY.fullmatch(_printed(self.fields[name]).strip())
        if found is None:
            self.problems.append(f"{humanised(name)} is not a valid time")
            return None
        hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").lower()
        if half:
            hour = hour % 12 + (12 if half == "pm" else 0)
        return hour * 60 + minute

    def objects(self, name: str) -> list["Body"]:
        """The objects of a list; anything else in it is ignored."""
        value = self.fields.get(name)
        items = cast(list[Json], value) if isinstance(value, list) else []
        return [Body(cast(JsonObject, item)) for item in items if isinstance(item, dict)]

    def object(self, name: str) -> "Body | None":
        value = self.fields.get(name)
        return Body(cast(JsonObject, value)) if isinstance(value, dict) else None

    def texts(self, name: str) -> list[str]:
        value = self.fields.get(name)
        return [_printed(item) for item in cast(list[Json], value)] if isinstance(value, list) else []

    def require(self, *names: str) -> None:
        """Notes `X can't be blank` for each that is missing."""
        self.problems += [f"{humanised(name)} can't be blank" for name in names if self.is_blank(name)]

    def among(self, name: str, choices: Collection[str]) -> str | None:
        """A text that must be one of `choices`, or absent."""
        value = self.text(name)
        if value is not None and value not in choices:
            self.problems.append(f"{humanised(name)} is not included in the list")
            return None
        return value

    def email(self, name: str) -> None:
        """Notes a problem with text that is no e-mail address: it needs one @ with something on both sides."""
        if not self.is_blank(name) and not _EMAIL.fullmatch(self.text(name) or ""):
            self.problems.append(f"{humanised(name)} is not a valid email address")

    def check(self) -> None:
        """Refuses with all the problems found so far."""
        if self.problems:
            invalid(*self.problems)


def humanised(name: str) -> str:
    """`client_id` → `Client`, `spent_date` → `Spent date`."""
    return name.removesuffix("_id").replace("_", " ").capitalize()


def flag(request: ApiRequest, name: str) -> bool | None:
    """A `true`/`false` of the query string; anything else is as if it were absent."""
    return {"true": True, "false": False}.get((request.param(name) or "").lower())


def integer(request: ApiRequest, name: str) -> int | None:
    """A whole number of the query string; text that is none matches no record (-1)."""
    value = request.param(name)
    if value is None or value == "":
        return None
    return int(value) if value.isascii() and value.isdigit() else -1


def day(request: ApiRequest, name: str) -> date | None:
    """A day, `YYYY-MM-DD` or `YYYYMMDD`. 400 when it is none."""
    value = request.param(name)
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        malformed(f'Invalid {name} date provided: "{value}"')


def updated_since(request: ApiRequest) -> int | None:
    """Epoch second of `updated_since`. 400 when it is not ISO 8601 (a blank for `T` or an unencoded `+` too)."""
    value = request.param("updated_since")
    if value is None or value == "":
        return None
    try:
        if not _ISO_DATETIME.fullmatch(value):
            raise ValueError(value)
        parsed = datetime.fromisoformat(value.replace("Z", "+00:00") if "T" in value else f"{value}T00:00:00")
    except ValueError:
        malformed(f'Invalid updated_since datetime provided: "{value}"')
    offset = parsed.utcoffset() or timedelta()
    whole = parsed.replace(tzinfo=None) - offset - datetime(1970, 1, 1)  # noqa: DTZ001 (both sides are plain UTC)
    # Fractions are cut off, as `updated_at` has whole seconds: nothing of that second may be missed.
    return whole // timedelta(seconds=1)


def _printed(value: Json) -> str:
    if isinstance(value, str):
        return value
    return jsontext.dumps(value)


def _form(text: str) -> JsonObject:
    """Fields of a form-encoded body: `line_items[0][id]=7` and `line_items[0]id=7` alike."""
    root: JsonObject = {}
    for path, value in parse_qsl(text, keep_blank_values=True):
        keys = [key for key in re.split(r"[\[\]]+", path) if key]
        target = root
        for key in keys[:-1]:
            target = target.setdefault(key, {})
        target[keys[-1]] = value
    return {key: _listed(value) for key, value in root.items()}


def _listed(value: Json) -> Json:
    if not isinstance(value, dict):
        return value
    items = {key: _listed(item) for key, item in cast(JsonObject, value).items()}
    return list(items.values()) if items and all(key.isdigit() for key in items) else items
