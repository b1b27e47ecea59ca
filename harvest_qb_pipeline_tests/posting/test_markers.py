"""A marker is found wherever a person has left it in a note, and only for the key that it names."""

import pytest

from harvest_qb_pipeline.keys import marked_keys
from harvest_qb_pipeline.posting.kind import Absent, Blocked, Present
from harvest_qb_pipeline.posting.markers import find_marked

KEY = "invoice/client-1/2026-10"


def find(*notes: str | None) -> Absent | Present | Blocked:
    records = [{"Id": str(number), "PrivateNote": note} for number, note in enumerate(notes, start=1)]
    return find_marked(KEY, records, entity="invoice", note_field="PrivateNote")


@pytest.mark.parametrize(
    ("note", "keys"),
    [
        (None, set()),
        ("", set()),
        ("Oct 2026", set()),
        (f"Oct 2026 [hq:{KEY} r1]", {KEY}),
        (f"[hq:{KEY} r12] paid by wire", {KEY}),
        (f"merged: [hq:{KEY} r1] and [hq:invoice/client-2/2026-10 r3]", {KEY, "invoice/client-2/2026-10"}),
        (f"hq:{KEY} r1", set()),
        (f"[hq:{KEY}]", set()),
    ],
)
def test_markers_are_read_from_notes(note: str | None, keys: set[str]) -> None:
    assert set(marked_keys(note)) == keys


def test_the_record_with_our_marker_is_ours_whatever_its_revision() -> None:
    assert find("by hand", f"Oct 2026 [hq:{KEY} r1]", None) == Present("2")
    assert find(f"Oct 2026 [hq:{KEY} r7]") == Present("1")


def test_a_key_that_only_begins_like_ours_is_not_ours() -> None:
    assert find(f"Oct 2026 [hq:{KEY}-b r1]", f"[hq:{KEY[:-1]} r1]") == Absent()


def test_one_record_seen_by_two_queries_is_one() -> None:
    record = {"Id": "5", "PrivateNote": f"[hq:{KEY} r1]"}
    assert find_marked(KEY, [record, record], entity="invoice", note_field="PrivateNote") == Present("5")


def test_one_marker_on_two_records_is_for_a_person_who_is_told_which() -> None:
    finding = find(f"[hq:{KEY} r1]", "x", f"[hq:{KEY} r1]")
    assert isinstance(finding, Blocked)
    assert finding.hold.code == "marker_twice"
    assert "ids 1, 3" in finding.hold.sentence
