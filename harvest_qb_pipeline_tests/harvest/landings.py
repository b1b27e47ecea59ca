"""A company with time in it, its Harvest client, and a warehouse to land in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.harvest import client as harvest_client
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.harvest.landing import land_harvest
from harvest_qb_pipeline.harvest.streams import SWEPT
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline.transport.http import HttpOptions
from harvest_qb_pipeline.warehouse.database import Warehouse, open_warehouse, query_rows
from harvest_qb_pipeline.warehouse.models import build_in_order
from harvest_qb_pipeline.warehouse.raw import Landed

TODAY = date(2026, 11, 3)
NOW = datetime(2026, 11, 3, 18, 0, tzinfo=UTC)


@dataclass
class Firm:
    """One sandbox company and its warehouse. `meanwhile` is called before each page of time entries but the first."""

    sandbox: RunningSandbox
    company: JsonObject
    warehouse: Warehouse
    said: list[str] = field(default_factory=list)
    token: str | None = None

    def client(self, **options: Any) -> HarvestClient:
        env = self.company["env"]
        return HarvestClient(
            env["HARVEST_BASE_URL"],
            env["HARVEST_ACCOUNT_ID"],
            self.token or env["HARVEST_ACCESS_TOKEN"],
            HttpOptions(**{"sleep": lambda seconds: None, "attempts": 2, **options}),
        )

    def land(self, *streams: str, full: bool = False, client: HarvestClient | None = None) -> dict[str, Landed]:
        chosen = {"streams": streams} if streams else {}
        landed = land_harvest(
            self.warehouse,
            client or self.client(),
            now=NOW,
            today=TODAY,
            full=full,
            log=self.said.append,
            **chosen,  # type: ignore[arg-type]
        )
        return {result.stream: result for result in landed}

    def sweep(self, from_on: date = date(2026, 10, 1), to_on: date = TODAY) -> dict[str, Landed]:
        landed = land_harvest(
            self.warehouse,
            self.client(),
            now=NOW,
            today=TODAY,
            streams=SWEPT,
            reread=lambda _: (from_on, to_on),
        )
        return {result.stream: result for result in landed}

    def act(self, method: str, path: str, body: Json = None) -> Json:
        """Act as a user of Harvest itself."""
        return self.sandbox.control(method, f"/companies/{self.company['id']}/harvest/{path}", body)

    def arm(self, **fault: Json) -> None:
        self.sandbox.control("POST", f"/companies/{self.company['id']}/faults", fault)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return query_rows(self.warehouse.connection, sql)

    def live(self, stream: str) -> dict[int, JsonObject]:
        """Landed records by id, deleted ones left out, numbers exact."""
        rows = self.rows(f"SELECT id, payload FROM raw_harvest.{stream} WHERE NOT is_deleted")
        return {row["id"]: jsontext.loads(row["payload"]) for row in rows}

    def there(self, stream: str) -> dict[int, JsonObject]:
        """What the API has now."""
        return {record["id"]: record for record in self.client().list(f"/{stream}", stream)}

    def typed(self) -> None:
        build_in_order(self.warehouse.connection, "harvest")


@contextmanager
def firm(sandbox: RunningSandbox, folder: Path, **wish: Json) -> Iterator[Firm]:
    company = sandbox.create_company(**{"today": TODAY.isoformat(), "size": "small", **wish})
    with open_warehouse(folder / "warehouse.duckdb") as warehouse:
        yield Firm(sandbox, company, warehouse)
    sandbox.control("DELETE", f"/companies/{company['id']}")


def small_pages(monkeypatch: Any, size: int = 100) -> None:
    """Lists come in pages of `size`, as if there were twenty times as much."""
    monkeypatch.setattr(harvest_client, "PER_PAGE", size)
