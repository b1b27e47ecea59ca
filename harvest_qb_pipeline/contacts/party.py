"""Who is compared, and what comparing finds. Belongs here: the shapes alone. Must not be here: finding."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Party:
    """A client, customer, project, job, person or item, as far as recognising it matters.

    Only parties of one `group` are compared, such as the projects of one client; None is a group as well.
    """

    id: str
    name: str
    currency: str | None = None
    emails: tuple[str, ...] = ()
    address: str | None = None
    projects: tuple[str, ...] = ()
    code: str | None = None
    group: str | None = None
    is_active: bool = True


@dataclass(frozen=True)
class EqualPair:
    """Two parties that are one by `rule`: their names are exactly the same after normalising, and nobody else's."""

    left_id: str
    right_id: str
    rule: str


@dataclass(frozen=True)
class SimilarPair:
    """Two parties that may be one: `score` of 100, and what speaks for and against it in words that a person reads."""

    left_id: str
    right_id: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Conflict:
    """Parties of one name, of which each left one may be each right one; nobody is linked by itself."""

    left_ids: tuple[str, ...]
    right_ids: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Matching:
    """Everything that was found, sorted by id; no pair is in two of them."""

    matches: tuple[EqualPair, ...]
    suggestions: tuple[SimilarPair, ...]
    conflicts: tuple[Conflict, ...]
