"""Who is who as a spreadsheet: writing it so that Excel changes nothing, and reading it back with every line checked.

Belongs here: the file, and what each changed line asks for. Must not be here: whether that may be done (the ledger and
`decisions` know).

Excel opens the file as UTF-8 because of the mark at its start, and takes no cell for a formula. What a person decides
is told from what was exported by the column `exported`, so a file that was left as it is does nothing, whenever it
comes back.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from harvest_qb_pipeline.decisions.batch import Wish
from harvest_qb_pipeline.keys import family_of, id_in
from harvest_qb_pipeline.ledger.link_rules import exclusive
from harvest_qb_pipeline.ledger.who_is_who import Match, link_family
from harvest_qb_pipeline.showing import meant_in_cell, shown_in_cell

COLUMNS = (
    "link_type",
    "link_key",
    "harvest_id",
    "harvest_name",
    "quickbooks_id",
    "quickbooks_name",
    "state",
    "decision",
    "reason",
    "hint",
    "exported",
)
"""`decision` and `reason` are for a person to fill; `hint` and names are for reading, and ignored on import."""
_NEEDED = ("link_key", "quickbooks_id", "decision")
_NOBODY = "nobody"
_ROUNDED = re.compile(r"[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+")
_ID = re.compile(r"[0-9]{1,20}")


class Unreadable(Exception):  # noqa: N818 - reads as what happened
    """The file is not such a spreadsheet, or lines of it are wrong; `sentences` name each."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def written(rows: Iterable[Match]) -> str:
    """The spreadsheet of `rows`, as text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        cells = (
            row.link_type,
            row.link_key or "",
            "" if row.harvest_id is None else str(row.harvest_id),
            row.harvest_name or "",
            row.quickbooks_id or "",
            row.quickbooks_name or "",
            row.state,
            "",
            "",
            _hint(row),
            _exported(row.link_key, row.quickbooks_id),
        )
        writer.writerow([shown_in_cell(cell) for cell in cells])
    return out.getvalue()


def read(path: Path, rows: Sequence[Match]) -> list[Wish]:
    """What the file asks for, against `rows` as they are now. Raises `Unreadable` naming every wrong line."""
    wishes: list[Wish] = []
    wrong: list[str] = []
    now = {(row.link_key, row.quickbooks_id) for row in rows}
    for number, cells in _lines(path):
        try:
            wish = _wish(number, cells, now)
        except ValueError as error:
            wrong.append(f"Line {number}: {error}")
        else:
            wishes += [wish] if wish else []
    wrong += _contradictions(wishes)
    if wrong:
        raise Unreadable(*wrong)
    return wishes


def _lines(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Cells by column of every line that is not empty, with its number as a spreadsheet shows it."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(f"{path} is not UTF-8. Save it as CSV UTF-8.") from None
    first = text.partition("\n")[0]
    if first.lower().startswith("sep="):
        text, first = text.partition("\n")[2], text.partition("\n")[2].partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Unreadable(f"{path} is not a CSV file: {error}.") from None
    header = [name.strip().casefold() for name in table[0]] if table else []
    if missing := [name for name in _NEEDED if header.count(name) != 1]:
        raise Unreadable(
            f"{path} must have one column each of {', '.join(missing)} in its first line. "
            "`harvest-qb links export` writes such a file."
        )
    found: list[tuple[int, dict[str, str]]] = []
    for number, cells in enumerate(table[1:], start=2):
        if len(cells) > len(header) and any(cells[len(header) :]):
            raise Unreadable(f"Line {number}: it has {len(cells)} cells, the first line has {len(header)}.")
        if any(cell.strip() for cell in cells):
            padded = [*cells, *[""] * (len(header) - len(cells))]
            found.append((number, {name: meant_in_cell(padded[at]).strip() for at, name in enumerate(header)}))
    return found


def _wish(number: int, cells: Mapping[str, str], now: set[tuple[str | None, str | None]]) -> Wish | None:
    """What one line asks for, None when it was left as it was. Raises `ValueError` with what is wrong."""
    key, external_id = cells["link_key"], _id(cells, "quickbooks_id")
    decision, reason = cells["decision"].casefold(), cells.get("reason", "")
    harvest_id = _id(cells, "harvest_id")
    if key and harvest_id and link_family(key) and str(id_in(key, family_of(key))) != harvest_id:
        raise ValueError(f"{key} and harvest_id {harvest_id} do not belong together. Was only a part of it sorted?")
    if decision not in ("", "confirm", "reject", "unlink"):
        raise ValueError(f"decision is {cells['decision']!r}; write confirm, reject or unlink, or leave it empty.")
    if not decision and not _is_changed(key, external_id, cells, now):
        return None
    if not key:
        raise ValueError("link_key is empty. Decide on the line of the record in Harvest, with the id in QuickBooks.")
    if link_family(key) is None:
        raise ValueError(f"{key} is not the key of a link. Export again: keys are not to be changed.")
    if decision == "unlink":
        return Wish(number, "unlink", key, external_id, reason)
    if not external_id:
        asked = f"{decision} needs" if decision else "link_key without"
        raise ValueError(f"{asked} a quickbooks_id. To end a link write unlink, to refuse a suggestion reject.")
    if decision == "confirm":
        return Wish(number, "confirm", key, external_id, reason)
    if decision == "reject":
        return Wish(number, "reject", key, external_id, reason)
    return Wish(number, "set", key, external_id, reason)


def _is_changed(key: str, external_id: str, cells: Mapping[str, str], now: set[tuple[str | None, str | None]]) -> bool:
    """Whether key or id are not those that were exported; without that column, not those of any row now."""
    if exported := cells.get("exported"):
        return _exported(key, external_id) != exported
    return (key or None, external_id or None) not in now


def _id(cells: Mapping[str, str], column: str) -> str:
    """An id as it is. Raises `ValueError` when a spreadsheet has rounded it, or it is none."""
    text = cells.get(column, "")
    if _ROUNDED.fullmatch(text):
        raise ValueError(f"{column} is {text}: the spreadsheet has rounded the id. Write it out, in a cell of text.")
    if text and not _ID.fullmatch(text):
        raise ValueError(f"{column} is {text!r}, which is not an id.")
    return text


def _contradictions(wishes: Sequence[Wish]) -> list[str]:
    """Lines that each make sense, but not together."""
    wrong: list[str] = []
    by_key: dict[str, Wish] = {}
    by_party: dict[tuple[str, str], Wish] = {}
    for wish in wishes:
        family = link_family(wish.key)
        if wish.action == "reject" or family is None:
            continue
        other = by_key.setdefault(wish.key, wish)
        if other is not wish:
            wrong.append(f"Line {wish.line}: {wish.key} is decided on line {other.line} already.")
        if wish.action == "unlink" or exclusive(wish.key, "quickbooks", wish.external_id) is None:
            continue
        other = by_party.setdefault((family.party, wish.external_id), wish)
        if other.key != wish.key:
            wrong.append(
                f"Line {wish.line}: {family.party.lower()} {wish.external_id} is given to {other.key} on line "
                f"{other.line}, and can have but one."
            )
    return wrong


def _exported(key: str | None, external_id: str | None) -> str:
    return f"{key or _NOBODY} -> {external_id or _NOBODY}"


def _hint(row: Match) -> str:
    score = "" if row.score is None else f"{row.score:.0f} of 100"
    return "; ".join(part for part in (score, *row.reasons, row.sentence or "") if part)
