"""The look-up file of a policy: a spreadsheet, saved as CSV, that says who is who and wins over everything.

Belongs here: reading it, with an error for each line that cannot be used. Must not be here: what a stated link means
(`contacts.py`), or whether its records exist; `sql/` finds them, with those of every other setting.

Columns: `type` (client, project, person, task or category), `harvest` (id, name or e-mail; for projects also the
code), `quickbooks` (id or name), and `party` (employee or vendor) where it matters for a person. A cell of nothing
but digits is an id.
"""

import csv
import difflib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

from harvest_qb_pipeline.policy.contacts import LookupType, PartyType, StatedLink, contradictions
from harvest_qb_pipeline.policy.places import Place
from harvest_qb_pipeline.policy.values import QuickBooksId

COLUMNS = ("type", "harvest", "quickbooks", "party")
_NEEDED = COLUMNS[:3]
_DIGITS = re.compile(r"[0-9]+")
_ID = re.compile(r"0*[1-9][0-9]{0,17}")
_ROUNDED = re.compile(r"[0-9]+([.,][0-9]+)?[eE][+][0-9]+")
"""What a spreadsheet makes of a long id."""


class LookupFileError(Exception):
    """The file cannot be used; `problems` has a sentence for each reason, with its place."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_lookups(path: Path, stated: Sequence[StatedLink] = ()) -> list[StatedLink]:
    """The links that the file states, in its order; none may contradict another, or those `stated` elsewhere.

    Raises `LookupFileError` with all that is wrong, and `OSError` when the file cannot be read.
    """
    found: list[tuple[int, StatedLink]] = []
    wrong: dict[int, str] = {}
    for number, cells in _lines(path):
        try:
            found.append((number, _link(cells, Place(path.name, number))))
        except ValueError as error:
            wrong[number] = str(error)
    for index, reason in contradictions([*stated, *(link for _, link in found)]).items():
        if index >= len(stated):
            wrong[found[index - len(stated)][0]] = reason
    if wrong:
        raise LookupFileError(*(f"{path}, line {number}: {wrong[number]}" for number in sorted(wrong)))
    return [link for _, link in found]


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Cells by column of every line that is not empty, with the number at which it begins."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LookupFileError(f"{path}, line 1: the file is not UTF-8. Save it as CSV UTF-8.") from None
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    header: list[str] = []
    number = 1
    try:
        for cells in reader:
            if not header:
                header = _header(path, cells)
            elif any(cell.strip() for cell in cells):
                if any(cells[len(header) :]):
                    raise LookupFileError(
                        f"{path}, line {number}: there are {len(cells)} cells under {len(header)} columns; put names "
                        "that hold the separator in double quotes"
                    )
                padded = [*cells, *[""] * len(header)]
                yield number, {name: padded[at].strip() for at, name in enumerate(header)}
            number = reader.line_num + 1
    except csv.Error as error:
        raise LookupFileError(f"{path}, line {number}: this is not CSV: {error}") from None
    if not header:
        raise LookupFileError(f"{path}, line 1: the file is empty; its first line must be {','.join(_NEEDED)}")


def _header(path: Path, cells: Sequence[str]) -> list[str]:
    names = [cell.strip().casefold() for cell in cells]
    given = [name for name in names if name]
    unknown = [name for name in given if name not in COLUMNS]
    missing = [name for name in _NEEDED if name not in given]
    double = [name for name in given if given.count(name) > 1]
    for wrong, reason in ((missing, "is missing"), (unknown, "is not a column"), (double, "is there twice")):
        if wrong:
            raise LookupFileError(
                f"{path}, line 1: {wrong[0]} {reason}; the first line must be {','.join(_NEEDED)}, or with party behind"
            )
    return names


def _link(cells: Mapping[str, str], place: Place) -> StatedLink:
    """One line. Raises `ValueError` with what is wrong with it."""
    for column in ("harvest", "quickbooks"):
        if not cells[column]:
            raise ValueError(f"{column} is empty: it must be an id or a name")
        if _ROUNDED.fullmatch(cells[column]):
            raise ValueError(f"{column} = {cells[column]}: the spreadsheet has rounded the id; write it as text")
        if _DIGITS.fullmatch(cells[column]) and not _ID.fullmatch(cells[column]):
            raise ValueError(f"{column} = {cells[column]}: digits alone are an id, and this is none")
    link_type = _one_of("type", cells["type"], get_args(LookupType))
    party = _one_of("party", cells["party"], get_args(PartyType)) if cells.get("party") else None
    if party and link_type != "person":
        raise ValueError(f"party = {party!r}: only a person is an employee or a vendor")
    harvest, quickbooks = cells["harvest"], cells["quickbooks"]
    return StatedLink.model_validate(
        {
            "link_type": link_type,
            "harvest": int(harvest) if _is_id(harvest) else harvest,
            "quickbooks": QuickBooksId(id=quickbooks) if _is_id(quickbooks) else quickbooks,
            "party": party,
            "place": place,
        }
    )


def _is_id(cell: str) -> bool:
    return bool(_DIGITS.fullmatch(cell))


def _one_of(column: str, cell: str, known: Sequence[str]) -> str:
    if cell.casefold() in known:
        return cell.casefold()
    close = difflib.get_close_matches(cell.casefold(), known, n=1)
    meant = f"did you mean {close[0]}?" if close else f"it must be {', '.join(known[:-1])} or {known[-1]}"
    raise ValueError(f"{column} = {cell!r}: {meant}")
