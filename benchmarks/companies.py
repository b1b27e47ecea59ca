"""Invented companies as two systems come to know them: the same names, written differently after some years.

Belongs here: making parties from a seed. Must not be here: matching them (`matching`).
"""

import random
from collections.abc import Callable

from harvest_qb_pipeline.contacts.matching import Party

_ONSETS = (
    "b", "br", "c", "cl", "d", "dr", "f", "fl", "g", "gr", "h", "k", "l", "m", "n", "p", "pr", "r", "s", "st", "t",
    "tr", "v", "w",
)  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u", "ae", "ea", "ou", "ü", "é")
_CODAS = ("", "l", "m", "n", "r", "rd", "rt", "s", "st", "ck", "nd", "ll", "x")
_TRADES = (
    "Consulting", "Partners", "Engineering", "Logistics", "Design", "Software", "Systems", "Coffee Roasters", "Legal",
    "Dental Group", "Architects", "Media", "Studios", "Freight", "Marine Services", "Foods", "Brewing", "Textiles",
    "Energy", "Robotics", "Publishing", "Insurance", "Pharmacy", "Construction", "Landscaping", "Aviation",
    "Interiors", "Analytics", "Manufacturing", "Holdings", "Technologies", "Management", "Marketing", "Photography",
    "Translations", "Training", "Security", "Solutions", "Ventures", "Properties",
)  # fmt: skip
_FORMS = {
    "Ltd": "Limited", "Inc.": "Incorporated", "LLC": "L.L.C.", "GmbH": "Gesellschaft mit beschränkter Haftung",
    "S.A.": "SA", "B.V.": "BV", "AB": "Aktiebolag", "Oy": "Oy", "S.r.l.": "SRL", "Pty Ltd": "Pty. Limited",
    "Corp": "Corporation", "": "",
}  # fmt: skip
_SHORT = {
    "Consulting": "Consultg", "Engineering": "Eng", "Manufacturing": "Mfg", "Services": "Svcs", "Management": "Mgmt",
    "Technologies": "Tech",
}  # fmt: skip
_CURRENCIES = ("USD", "EUR", "GBP", "CAD")


def companies(count: int, seed: int = 1) -> tuple[list[Party], list[Party], dict[str, str]]:
    """Harvest's clients, QuickBooks' customers in another order, and which of these are truly which.

    Of 100: 55 are written differently but mean the same, 30 have really drifted, 15 have no counterpart.
    """
    rng = random.Random(seed)
    left: list[Party] = []
    right: list[Party] = []
    truth: dict[str, str] = {}
    names: set[str] = set()
    while len(left) < count:
        name = _name(rng)
        if name in names:
            continue
        names.add(name)
        number, currency = len(left), rng.choice(_CURRENCIES)
        mails = (f"accounts@{_domain(name, number)}",) if rng.random() < 0.4 else ()
        left.append(Party(str(number), name, currency, mails, projects=("Website", f"Project {number % 97}")))
        lot = rng.random()
        other = _spelt(name, rng) if lot < 0.55 else _drifted(name, rng) if lot < 0.85 else _name(rng)
        right.append(Party(str(count + number), other, currency, mails if lot < 0.85 and rng.random() < 0.5 else ()))
        if lot < 0.85:
            truth[str(number)] = str(count + number)
    rng.shuffle(right)
    return left, right, truth


def _name(rng: random.Random) -> str:
    words = [_word(rng) for _ in range(rng.choice((1, 1, 1, 2)))]
    joint = rng.choice((" ", " & ")) if len(words) > 1 else ""
    return f"{joint.join(words)} {rng.choice(_TRADES)} {rng.choice(tuple(_FORMS))}".strip()


def _word(rng: random.Random) -> str:
    return "".join(rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS) for _ in range(2)).capitalize()


def _domain(name: str, number: int) -> str:
    return f"{''.join(char for char in name.lower() if char.isascii() and char.isalnum())}{number}.example"


def _spelt(name: str, rng: random.Random) -> str:
    """The same name for a reader: another case, comma, "and" or spelling of the legal form."""
    ways: tuple[Callable[[str], str], ...] = (str.upper, _longer_form, lambda text: text.replace("&", "and"), str)
    return rng.choice(ways)(name.replace("ü", rng.choice(("ü", "u"))))


def _longer_form(name: str) -> str:
    form = next((form for form in _FORMS if form and name.endswith(f" {form}")), None)
    return f"{name.removesuffix(form).strip()}, {_FORMS[form]}" if form else name


def _drifted(name: str, rng: random.Random) -> str:
    """A name that only a person can tell: misspelt, shortened, without its legal form, or with words more or less."""
    words = name.split()
    way = rng.randrange(5)
    if way == 0:
        place = rng.randrange(1, max(2, len(words[0]) - 1))
        return " ".join([words[0][:place] + words[0][place + 1 :], *words[1:]])
    if way == 1:
        return " ".join(_SHORT.get(word, word) for word in words).removesuffix(" Ltd").removesuffix(" Inc.")
    if way == 2:
        return f"{name} {rng.choice(('Group', 'International', 'Worldwide'))}"
    if way == 3:
        return name.replace("ü", "ue").replace("ae", "a").replace("é", "ee")
    form = next((form for form in _FORMS if form and name.endswith(f" {form}")), "")
    return f"{name.removesuffix(form).strip()} {rng.choice(('Ltd', 'Inc', 'LLC', 'GmbH'))}"
