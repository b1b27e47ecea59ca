"""Many decisions on links at once, as a spreadsheet brings them: all are checked before the first is made.

Belongs here: their order, and what becomes of each. Must not be here: reading a file, or a decision of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harvest_qb_pipeline.decisions import links
from harvest_qb_pipeline.decisions.decision import Decider
from harvest_qb_pipeline.decisions.pairs import Action, problem
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline.ledger.store import Ledger


@dataclass(frozen=True)
class Wish:
    """What one line of a file asks for. `external_id` may be empty only for a decision to unlink."""

    line: int
    action: Action
    key: str
    external_id: str
    reason: str


@dataclass(frozen=True)
class Decided:
    """What became of a wish, in a few words; `is_refused` when somebody else was faster."""

    wish: Wish
    said: str
    is_refused: bool = False


def problems(ledger: Ledger, wishes: Sequence[Wish]) -> list[str]:
    """A sentence with its line for each wish that could not be done, told without doing any."""
    freed = {wish.key for wish in wishes if wish.action == "unlink"}
    found = ((wish, problem(ledger, wish.action, wish.key, wish.external_id, freed=freed)) for wish in wishes)
    return [f"Line {wish.line}: {sentence}" for wish, sentence in found if sentence]


def carry_out(ledger: Ledger, wishes: Sequence[Wish], *, reason: str, by: Decider) -> list[Decided]:
    """Decide each; `reason` is for those that give none. What is unlinked may be linked otherwise on a line above."""
    in_order = sorted(wishes, key=lambda wish: wish.action != "unlink")
    return [_outcome(ledger, wish, wish.reason or reason, by) for wish in in_order]


def _outcome(ledger: Ledger, wish: Wish, reason: str, by: Decider) -> Decided:
    try:
        return Decided(wish, _decide(ledger, wish, reason, by))
    except NotAllowed as refused:
        return Decided(wish, f"refused: {refused}", is_refused=True)


def _decide(ledger: Ledger, wish: Wish, reason: str, by: Decider) -> str:
    match wish.action:
        case "confirm":
            return links.confirm(ledger, wish.key, wish.external_id, by=by)
        case "set":
            return links.set_(ledger, wish.key, wish.external_id, reason=reason, by=by)
        case "reject":
            return links.reject(ledger, wish.key, wish.external_id, reason=reason, by=by)
        case "unlink":
            return links.unlink(ledger, wish.key, wish.external_id or None, reason=reason, by=by)
