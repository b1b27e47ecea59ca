"""Column types that keep money, times and JSON exact on SQLite and on Postgres alike.

Belongs here: how one value is kept, and its precision in the analysts' copy. Must not be here: which columns there are.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Dialect, Integer, Numeric, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json

MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
"""How a moment is written on SQLite."""


class Small(Integer):
    """A count that stays far below two thousand million; other integers are numbers of rows."""


class Money(TypeDecorator[Decimal]):
    """An exact decimal: its own digits as text on SQLite (which has no decimal type), NUMERIC on Postgres.

    `precision` and `scale` are of the analysts' copy only.
    """

    impl = Text
    cache_ok = True

    def __init__(self, precision: int = 18, scale: int = 3) -> None:
        super().__init__()
        self.precision, self.scale = precision, scale

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | Decimal | None:
        if value is None or dialect.name != "sqlite":
            return value
        return format(value, "f")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return None if value is None else Decimal(value)


class Moment(TypeDecorator[datetime]):
    """An aware UTC time: ISO text of fixed width on SQLite, so that text order is time order; TIMESTAMPTZ elsewhere."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; the ledger keeps aware UTC times only")
        moment = value.astimezone(UTC)
        return moment.strftime(MOMENT) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return None if value is None else datetime.fromisoformat(value)


class JsonText(TypeDecorator[Json]):
    """Canonical JSON text in which numbers with a point are `Decimal`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Json | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else jsontext.dumps(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Json | None:  # noqa: ARG002
        return None if value is None else jsontext.loads(value)
