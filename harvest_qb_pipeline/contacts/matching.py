"""When two names mean the same company, and when they are only close (accounting rule 49).

Belongs here: pure comparing of names. Must not be here: which customer a client gets (SQL decides, with links and
currencies), or anything that reads a table.
"""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from rapidfuzz import fuzz, process

_UNDECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"})
_CLOSE = 88.0
"""Score of 100 from which two names are close enough to ask a person."""


@dataclass(frozen=True)
class PlainName:
    """A name without what people write differently: its words, and its legal form apart from them."""

    words: str
    legal_form: str | None


@dataclass(frozen=True)
class Client:
    """A Harvest client, as far as names matter."""

    client_id: int
    name: str


@dataclass(frozen=True)
class Customer:
    """A QuickBooks customer, as far as names matter."""

    customer_id: str
    name: str
    is_active: bool
    is_job: bool


@dataclass(frozen=True)
class Candidate:
    """A customer that is a client by name (`equal`) or may be it (`similar`), with a score of 100."""

    client_id: int
    customer_id: str
    relation: Literal["equal", "similar"]
    score: float
    clients_of_name: int


def plain(name: str) -> PlainName:
    """`name` without case, accents, punctuation and forms of "and"; equal spellings of a legal form become one."""
    text = unicodedata.normalize("NFKD", name).casefold().translate(_UNDECOMPOSED)
    text = "".join(char for char in text if not unicodedata.combining(char))
    text = re.sub(r"[.'’`´]", "", text).replace("&", " and ").replace("+", " and ")
    words = re.sub(r"[\W_]+", " ", text).strip()
    for spelling, form in _legal_forms():
        if words.endswith(f" {spelling}"):
            return PlainName(words[: -len(spelling) - 1], form)
    return PlainName(words, None)


@cache
def _legal_forms() -> tuple[tuple[str, str], ...]:
    """Every spelling with the form it stands for, longest first."""
    table = tomllib.loads(Path(__file__).with_name("legal_forms.toml").read_text(encoding="utf-8"))
    spellings = {spelling: line[0] for line in table["forms"] for spelling in line}
    return tuple(sorted(spellings.items(), key=lambda pair: -len(pair[0])))


def customer_candidates(clients: Sequence[Client], customers: Sequence[Customer]) -> list[Candidate]:
    """For each client every customer of the same name, or else of a close one, by client and falling score."""
    if not clients or not customers:
        return []
    names = [plain(client.name) for client in clients]
    others = [plain(_own_name(customer)) for customer in customers]
    sharing = Counter(names)
    scores = process.cdist([n.words for n in names], [o.words for o in others], scorer=fuzz.ratio)
    found: list[Candidate] = []
    for row, (client, name) in enumerate(zip(clients, names, strict=True)):
        equal = _equal(name, customers, others)
        for column, (customer, other) in enumerate(zip(customers, others, strict=True)):
            score = float(scores[row][column])
            if customer.customer_id in equal:
                found.append(Candidate(client.client_id, customer.customer_id, "equal", 100.0, sharing[name]))
            elif score >= _CLOSE or _contains(name, other):
                score = min(score, 99.0)
                found.append(Candidate(client.client_id, customer.customer_id, "similar", score, sharing[name]))
    return sorted(found, key=lambda found: (found.client_id, -found.score, found.customer_id))


def _own_name(customer: Customer) -> str:
    """QuickBooks writes "(deleted)" behind the name of a customer that was made inactive."""
    return customer.name if customer.is_active else re.sub(r"\s*\(deleted\)\s*$", "", customer.name)


def _equal(name: PlainName, customers: Sequence[Customer], others: Sequence[PlainName]) -> set[str]:
    """Customers of that very name; inactive ones only where no active one has it. A job is never a client."""
    same = [
        customer
        for customer, other in zip(customers, others, strict=True)
        if other == name and name.words and not customer.is_job
    ]
    active = {customer.customer_id for customer in same if customer.is_active}
    return active or {customer.customer_id for customer in same}


def _contains(name: PlainName, other: PlainName) -> bool:
    """Whether one name is the other and some words more, such as "Bluebird Coffee" and "Bluebird Coffee Roasters"."""
    short, long = sorted((set(name.words.split()), set(other.words.split())), key=len)
    return len(short) > 1 and short <= long
