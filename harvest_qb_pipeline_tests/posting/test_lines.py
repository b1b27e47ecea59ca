"""Whatever lines Harvest's import made, a PATCH or two make them ours: right total, right lines, none destroyed."""

from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.posting.kinds.lines import line_changes

PROJECTS = st.sampled_from([1, 2, None])
NUMBERS = st.decimals(min_value=0, max_value=100, places=2)


def _lines(project_field: str) -> st.SearchStrategy[list[JsonObject]]:
    """Lines as they are sent (`project_id`) or as they come back (`project{id, name}`)."""
    line = st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["Service", "Product"]),
            "description": st.sampled_from(["Design", "Development", "", None]),
            "quantity": NUMBERS,
            "unit_price": NUMBERS,
            "taxed": st.booleans(),
            "taxed2": st.booleans(),
            "project": PROJECTS,
        }
    )

    def shaped(found: JsonObject) -> JsonObject:
        project = found.pop("project")
        if project_field == "project_id":
            return found | {"project_id": project}
        return found | {"project": {"id": project, "name": "Website"} if project else None}

    return st.lists(line.map(shaped), max_size=5)


def with_ids(lines: Sequence[JsonObject]) -> list[JsonObject]:
    return [{**line, "id": number} for number, line in enumerate(lines, start=100)]


def patched(present: Sequence[JsonObject], changes: Sequence[JsonObject]) -> list[JsonObject]:
    """What Harvest has after a PATCH: lines with an id are changed field by field, lines without one are appended."""
    after = {line["id"]: dict(line) for line in present}
    for change in changes:
        assert "_destroy" not in change, "destroying an imported line would free its hours"
        project = {"project": {"id": change["project_id"]}} if change.get("project_id") else {}
        if "id" in change:
            after[change["id"]] |= change | project
        else:
            number = max(after, default=99) + 1
            after[number] = {"project": None, **change, **project, "id": number}
    return list(after.values())


def total(lines: Sequence[JsonObject]) -> Decimal:
    return sum((line["quantity"] * line["unit_price"] for line in lines), Decimal(0))


def seen(line: JsonObject) -> tuple[object, ...]:
    return (
        line["kind"],
        line["description"] or "",
        line["quantity"],
        line["unit_price"],
        line["taxed"],
        line["taxed2"],
    )


@given(wanted=_lines("project_id"), imported=_lines("project").map(with_ids))
def test_one_patch_makes_any_lines_the_wanted_ones(wanted: list[JsonObject], imported: list[JsonObject]) -> None:
    after = patched(imported, line_changes(wanted, imported))
    assert line_changes(wanted, after) == []
    assert total(after) == total(wanted)
    left = [seen(line) for line in after]
    for line in wanted:
        left.remove(seen(line))
    assert {quantity for _, _, quantity, *_ in left} <= {Decimal(0)}, "what is left over is emptied"
    assert {line["id"] for line in imported} <= {line["id"] for line in after}


@given(wanted=_lines("project_id"), imported=_lines("project").map(with_ids))
def test_a_patch_sent_twice_without_reading_between_is_put_right_by_the_next(
    wanted: list[JsonObject], imported: list[JsonObject]
) -> None:
    """PATCH appends, so that an attempt that seemed lost may have doubled lines."""
    changes = line_changes(wanted, imported)
    doubled = patched(patched(imported, changes), changes)
    after = patched(doubled, line_changes(wanted, doubled))
    assert line_changes(wanted, after) == []
    assert total(after) == total(wanted)


@given(imported=_lines("project").map(with_ids))
def test_a_line_keeps_the_project_that_claimed_its_hours(imported: list[JsonObject]) -> None:
    wanted = [
        {"project_id": 1, "kind": "Service", "description": "Ours", "quantity": Decimal(1), "unit_price": Decimal(7)}
    ]
    projects = {line["id"]: (line["project"] or {}).get("id") for line in imported}
    changed = [change for change in line_changes(wanted, imported) if "id" in change and "project_id" in change]
    assert all(projects[change["id"]] == 1 for change in changed)


def test_lines_that_agree_are_left_alone_whatever_their_order_and_number_format() -> None:
    line = {"kind": "Service", "taxed": False, "taxed2": False}
    wanted = [
        {**line, "project_id": 1, "description": "Design", "quantity": Decimal("2.50"), "unit_price": Decimal(100)},
        {**line, "project_id": 1, "description": "QA", "quantity": Decimal(1), "unit_price": Decimal("90.5")},
    ]
    there = line | {"project": {"id": 1, "name": "Website"}}
    present = [
        {**there, "id": 8, "description": "QA", "quantity": Decimal("1.0"), "unit_price": Decimal("90.50")},
        {**there, "id": 7, "description": "Design", "quantity": Decimal("2.5"), "unit_price": 100},
        {**there, "id": 9, "description": "Emptied", "quantity": 0, "unit_price": 100},
    ]
    assert line_changes(wanted, present) == []
