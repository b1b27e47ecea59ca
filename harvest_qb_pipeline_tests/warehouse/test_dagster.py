from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from harvest_qb_pipeline.settings import ConfigurationError
from harvest_qb_pipeline.warehouse import dagster as ours
from harvest_qb_pipeline.warehouse import models as models_module
from harvest_qb_pipeline.warehouse.database import Warehouse
from harvest_qb_pipeline.warehouse.models import parse_model

LINES = "-- Lines.\nSELECT 12.50::DECIMAL(18,2) AS amount, -- in USD\n DATE '2026-10-31' AS issued_on -- its day"
TOTAL = "-- Total.\nSELECT sum(amount) AS amount -- in USD\nFROM billing.lines"


def assets(monkeypatch: pytest.MonkeyPatch, **texts: str) -> list[dg.AssetsDefinition]:
    models = [parse_model(text, "billing", name, source=name) for name, text in texts.items()]
    monkeypatch.setattr(models_module, "models_of", lambda room: models)
    return ours.sql_assets("billing")


def materialized(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetMaterialization]:
    events = result.get_asset_materialization_events()
    return {event.materialization.asset_key.to_user_string(): event.materialization for event in events}


def test_sql_files_become_assets_with_lineage_types_words_and_a_preview(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "warehouse.duckdb"
    result = dg.materialize(
        assets(monkeypatch, total=TOTAL, lines=LINES),
        resources={"warehouse": ours.WarehouseResource(path=str(path))},
    )
    assert result.success
    metadata = materialized(result)["billing/lines"].metadata
    columns = {c.name: (c.type, c.description) for c in metadata["dagster/column_schema"].value.columns}
    assert columns == {"amount": ("DECIMAL(18,2)", "in USD"), "issued_on": ("DATE", "its day")}
    assert metadata["dagster/row_count"].value == 1
    assert "| 12.50 | 2026-10-31 |" in metadata["preview"].value
    with duckdb.connect(str(path)) as con:
        assert con.execute("SELECT amount FROM billing.total").fetchall() == [(Decimal("12.50"),)]


def test_where_a_table_fails_those_that_do_not_read_it_are_made_and_the_step_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = "-- Bad.\nSELECT error('no rate for 3') AS rate -- none"
    beyond = "-- Beyond.\nSELECT rate -- none\nFROM billing.bad"
    path = tmp_path / "warehouse.duckdb"
    result = dg.materialize(
        assets(monkeypatch, bad=bad, beyond=beyond, lines=LINES, total=TOTAL),
        resources={"warehouse": ours.WarehouseResource(path=str(path))},
        raise_on_error=False,
    )
    assert not result.success
    assert set(materialized(result)) == {"billing/lines", "billing/total"}
    (failure,) = result.get_step_failure_events()
    told = failure.step_failure_data.user_failure_data
    assert told is not None
    assert told.description is not None
    assert told.description.startswith("2 of these tables could not be made; all others were.")
    assert "billing.bad: " in told.description
    assert "no rate for 3" in told.description
    assert "billing.beyond: left as it was, since it reads billing.bad" in told.description


def test_lineage_comes_from_the_select(monkeypatch: pytest.MonkeyPatch) -> None:
    (room,) = assets(monkeypatch, total=TOTAL)
    (total,) = room.keys
    assert total == dg.AssetKey(["billing", "total"])
    assert room.asset_deps[total] == {dg.AssetKey(["billing", "lines"])}


def test_one_run_uses_one_connection_and_frees_the_file_when_a_step_fails(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    seen: list[int] = []

    @dg.asset
    def first(warehouse: dg.ResourceParam[Warehouse]) -> None:
        seen.append(id(warehouse.connection))

    @dg.asset(deps=[first])
    def second(warehouse: dg.ResourceParam[Warehouse]) -> None:
        seen.append(id(warehouse.connection))
        raise ValueError("no")

    result = dg.materialize(
        [first, second], resources={"warehouse": ours.WarehouseResource(path=str(path))}, raise_on_error=False
    )
    assert not result.success
    assert len(seen) == 2
    assert len(set(seen)) == 1
    with duckdb.connect(str(path)):
        pass


def test_a_preview_cannot_break_out_of_its_table() -> None:
    shown = ours.markdown_table(
        [{"notes": "a|b\nc", "amount": Decimal("1E+2"), "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "on": None}]
    )
    assert shown.splitlines()[2] == "| a\\|b c | 100 | 2026-01-02 03:04:05+00:00 |  |"
    assert ours.markdown_table([]) == "_No rows._"
    assert ours.markdown_table([{"on": date(2026, 1, 2), "notes": "x" * 99}]).endswith("…" + " |")


def test_an_error_of_ours_fails_a_step_with_its_sentence_and_stays_the_cause():
    with pytest.raises(dg.Failure) as failed, ours.sentence_first():
        raise ConfigurationError("Set HARVEST_ACCESS_TOKEN.")
    assert failed.value.description == "Set HARVEST_ACCESS_TOKEN."
    assert isinstance(failed.value.__cause__, ConfigurationError)


def test_an_error_that_is_not_ours_is_left_as_it_is():
    with pytest.raises(KeyError, match="hours"), ours.sentence_first():
        raise KeyError("hours")
