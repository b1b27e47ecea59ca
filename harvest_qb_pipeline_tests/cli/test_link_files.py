"""The spreadsheet of who is who: what Excel does to it, and every way in which a line can be wrong."""

import csv
import io
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvest_qb_pipeline.cli.link_files import COLUMNS, Unreadable, read, written
from harvest_qb_pipeline.decisions.batch import Wish
from harvest_qb_pipeline.ledger.who_is_who import Match
from harvest_qb_pipeline.showing import meant_in_cell, no_formula, shown_in_cell

NOTHING: dict[str, object] = {
    **dict.fromkeys(field.name for field in fields(Match)),
    "link_type": "client",
    "quickbooks_type": "Customer",
    "reasons": (),
}


def row(**known: object) -> Match:
    return Match(**{**NOTHING, **known})


ACME = row(state="linked", link_key="customer/client-12", harvest_id=12, harvest_name="Acme Ltd", quickbooks_id="58",
           quickbooks_name="Acme Limited", how="matched")  # fmt: skip
FIR = row(state="suggested", link_key="customer/client-13", harvest_id=13, harvest_name="Fir", quickbooks_id="59",
          quickbooks_name="Fir & Co", score=91.4, reasons=("x",))  # fmt: skip
OAK = row(state="unmatched", link_key="customer/client-14", harvest_id=14, harvest_name="=cmd|'/C calc'!A0")
ELM = row(state="unmatched", quickbooks_id="61", quickbooks_name='-Elm\n+ Söhne; "Co"')
ROWS = [ACME, FIR, OAK, ELM]


def sheet(path: Path, *lines: str, header: str = "link_key;quickbooks_id;decision", encoding: str = "utf-8") -> Path:
    path.write_bytes("\r\n".join([header, *lines]).encode(encoding))
    return path


def wrong(path: Path) -> str:
    with pytest.raises(Unreadable) as found:
        read(path, ROWS)
    return str(found.value)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "who.csv"


def test_every_row_is_a_line_and_no_cell_is_a_formula():
    lines = list(csv.reader(io.StringIO(written(ROWS), newline="")))
    assert tuple(lines[0]) == COLUMNS
    assert [len(line) for line in lines] == [len(COLUMNS)] * 5
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@"))]
    assert lines[2][COLUMNS.index("hint")] == "91 of 100; x"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_what_was_written_is_read_as_nothing_to_do(path: Path, encoding: str):
    path.write_bytes(written(ROWS).encode(encoding))
    assert read(path, ROWS) == []
    assert read(path, []) == []


@given(st.text())
def test_a_cell_that_was_made_harmless_comes_back_as_it_was(cell: str):
    assert meant_in_cell(no_formula(cell)) == cell
    for made in (no_formula(cell), shown_in_cell(cell)):
        assert not made.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("first", ["", "sep={0}\r\n"])
def test_columns_may_stand_in_any_order_with_any_separator_and_others_beside_them(
    path: Path, delimiter: str, first: str
):
    header = delimiter.join(("Decision", "notes", "quickbooks_id", "LINK_KEY"))
    line = delimiter.join((" CONFIRM ", "ask Ana", "59", "customer/client-13"))
    path.write_bytes(f"{first.format(delimiter)}{header}\r\n{line}\r\n\r\n".encode("utf-8-sig"))
    assert read(path, ROWS) == [Wish(2, "confirm", "customer/client-13", "59", "")]


def test_without_the_column_exported_a_line_is_compared_with_what_is_so_now(path: Path):
    sheet(path, "customer/client-12;58;", "customer/client-13;59;", "customer/client-14;;", ";61;")
    assert read(path, ROWS) == []
    sheet(path, "customer/client-14;61;")
    assert read(path, ROWS) == [Wish(2, "set", "customer/client-14", "61", "")]


def test_with_it_a_line_is_compared_with_what_it_was_then(path: Path):
    header = "link_key;quickbooks_id;decision;reason;exported"
    sheet(path, "customer/client-13;60;;;customer/client-13 -> 60", header=header)
    assert read(path, ROWS) == []
    sheet(path, "customer/client-13;59;;I know;customer/client-13 -> 60", header=header)
    assert read(path, ROWS) == [Wish(2, "set", "customer/client-13", "59", "I know")]


def test_a_key_filled_in_beside_a_customer_without_client_links_them(path: Path):
    header = "link_key;quickbooks_id;decision;exported"
    sheet(path, "customer/client-14;61;;nobody -> 61", header=header)
    assert read(path, ROWS) == [Wish(2, "set", "customer/client-14", "61", "")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("customer/client-14;1.23E+12;", "quickbooks_id is 1.23E+12: the spreadsheet has rounded the id"),
        ("customer/client-14;1,23E+12;confirm", "quickbooks_id is 1,23E+12: the spreadsheet has rounded the id"),
        ("customer/client-14;58.0;", "quickbooks_id is '58.0', which is not an id"),
        ("customer/client-14;Elm;", "quickbooks_id is 'Elm', which is not an id"),
        ("customer/client-13;59;yes", "decision is 'yes'; write confirm, reject or unlink, or leave it empty"),
        ("customer/client-13;;reject", "reject needs a quickbooks_id"),
        ("customer/client-12;;", "To end a link write unlink"),
        (";61;confirm", "link_key is empty"),
        ("customer/acme;61;", "customer/acme is not the key of a link"),
        ("twin/client-12/2026-10;61;unlink", "twin/client-12/2026-10 is not the key of a link"),
        ("customer/client-13;59;;;;;more", "it has 7 cells, the first line has 3"),
    ],
)
def test_a_wrong_line_is_named_with_what_is_wrong(path: Path, line: str, said: str):
    sheet(path, "customer/client-12;58;", "", line)
    assert wrong(path).startswith("Line 4: ")
    assert said in wrong(path)


def test_an_id_of_harvest_that_was_rounded_or_moved_beside_another_key_is_named(path: Path):
    header = "link_key;harvest_id;quickbooks_id;decision"
    sheet(path, "customer/client-13;1E+07;59;confirm", "customer/client-12;13;58;", header=header)
    assert wrong(path).splitlines() == [
        "Line 2: harvest_id is 1E+07: the spreadsheet has rounded the id. Write it out, in a cell of text.",
        "Line 3: customer/client-12 and harvest_id 13 do not belong together. Was only a part of it sorted?",
    ]


def test_lines_that_contradict_each_other_are_named(path: Path):
    sheet(
        path,
        "customer/client-13;59;confirm",
        "customer/client-13;61;",
        "customer/client-14;59;",
        "job/project-1;59;confirm",
        "item/task-1;3;confirm",
        "item/task-2;3;confirm",
        "customer/client-14;60;reject",
    )
    assert wrong(path).splitlines() == [
        "Line 3: customer/client-13 is decided on line 2 already.",
        "Line 4: customer 59 is given to customer/client-13 on line 2, and can have but one.",
        "Line 5: customer 59 is given to customer/client-13 on line 2, and can have but one.",
    ]


def test_what_is_no_such_file_is_refused_with_what_to_do(path: Path):
    path.write_bytes("link_key;quickbooks_id;decision\nMüller".encode("latin-1"))
    assert "is not UTF-8. Save it as CSV UTF-8." in wrong(path)
    assert "one column each of decision in its first line" in wrong(sheet(path, header="link_key,quickbooks_id"))
    assert "one column each of link_key" in wrong(sheet(path, header="link_key,link_key,quickbooks_id,decision"))
    path.write_bytes(b"")
    assert "one column each of link_key, quickbooks_id, decision" in wrong(path)
    path.write_bytes(b'link_key,quickbooks_id,decision\n"open,1,')
    assert "is not a CSV file" in wrong(path)
