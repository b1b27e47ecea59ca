"""The legal form in a company's name: "Acme, S. à r.l." is "acme" and "sarl" (accounting rule 49).

Belongs here: reading `legal_forms.toml` and taking forms off a name. Must not be here: whether two names are one.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from harvest_qb_pipeline.contacts.letters import compatible, tokens, toml_beside

_FIRST_ATTACHED = "\u2e80"
"""Scripts without spaces begin here."""


@dataclass(frozen=True)
class LegalForm:
    """A form by its usual spelling; `country` (ISO) only where it is spelled out in one country's words."""

    name: str
    country: str | None = None


@dataclass(frozen=True)
class Forms:
    """Every spelling of every form, as words; and how many words those have that end (begin) with a word."""

    ending: dict[str, LegalForm]
    beginning: frozenset[str]
    attached: tuple[tuple[str, str], ...]
    lengths_by_last: dict[str, tuple[int, ...]]
    lengths_by_first: dict[str, tuple[int, ...]]


def without_attached(name: str) -> tuple[str, list[LegalForm]]:
    """`name` (in one Unicode form) without forms that are written onto it, such as "株式会社"."""
    found: list[LegalForm] = []
    if name.isascii() or max(name) < _FIRST_ATTACHED:
        return name, found
    while form := next((pair for pair in legal_forms().attached if _is_attached(name, pair[0])), None):
        spelling, form_name = form
        name = name.removeprefix(spelling) if name.startswith(spelling) else name.removesuffix(spelling)
        name = name.strip()
        found.append(LegalForm(form_name))
    return name, found


def without_forms(words: list[str]) -> tuple[list[str], list[LegalForm]]:
    """`words` without the forms at their end and beginning; at least one word stays."""
    found: list[LegalForm] = []
    while form := _last(words) or _first(words):
        words, legal_form = form
        found.append(legal_form)
    return words, found


def joined(found: list[LegalForm]) -> LegalForm | None:
    """Several forms of one name as one: "PT Maju Tbk" is a "pt tbk"."""
    if not found:
        return None
    countries = {form.country for form in found if form.country}
    name = " ".join(sorted({form.name for form in found}))
    known = legal_forms().ending.get(name)
    return LegalForm(known.name if known else name, countries.pop() if len(countries) == 1 else None)


def _last(words: list[str]) -> tuple[list[str], LegalForm] | None:
    forms = legal_forms()
    for count in forms.lengths_by_last.get(words[-1], ()) if words else ():
        form = forms.ending.get(" ".join(words[-count:])) if count < len(words) else None
        if form:
            return words[:-count], form
    return None


def _first(words: list[str]) -> tuple[list[str], LegalForm] | None:
    forms = legal_forms()
    for count in forms.lengths_by_first.get(words[0], ()) if words else ():
        spelling = " ".join(words[:count])
        if count < len(words) and spelling in forms.beginning:
            return words[count:], forms.ending[spelling]
    return None


def _is_attached(name: str, spelling: str) -> bool:
    return len(name) > len(spelling) and (name.startswith(spelling) or name.endswith(spelling))


@cache
def legal_forms() -> Forms:
    """The table `legal_forms.toml`. Raises `ValueError` where one spelling stands for two forms."""
    table = toml_beside("legal_forms.toml")
    ending: dict[str, LegalForm] = {}
    for line in table["forms"]:
        name = " ".join(tokens(line[0]))
        for spelling in line:
            for variant in _variants(spelling):
                _put(ending, variant, LegalForm(name))
    for country, forms in table["spelled_out"].items():
        for name, spellings in forms.items():
            for spelling in spellings:
                _put(ending, " ".join(tokens(spelling)), LegalForm(name, country))
    attached = [
        (compatible(spelling), " ".join(tokens(line[0])))
        for line in table["attached"]
        for spelling in line
        if not spelling.isascii()
    ]
    beginning = frozenset(variant for spelling in table["before"] for variant in _variants(spelling))
    longest_first = tuple(sorted(attached, key=lambda pair: -len(pair[0])))
    return Forms(ending, beginning, longest_first, _lengths(ending, place=-1), _lengths(beginning, place=0))


def _lengths(spellings: Iterable[str], *, place: int) -> dict[str, tuple[int, ...]]:
    """How many words the spellings have that share the word at `place`, most first."""
    found: dict[str, set[int]] = defaultdict(set)
    for spelling in spellings:
        words = spelling.split()
        found[words[place]].add(len(words))
    return {word: tuple(sorted(lengths, reverse=True)) for word, lengths in found.items()}


def _variants(spelling: str) -> set[str]:
    """ "s.a." stands for "sa" and "s a"; any other spelling for itself."""
    spellings = {" ".join(tokens(spelling))}
    if "." in spelling:
        spellings.add(" ".join(tokens(spelling.replace(".", " "))))
    return spellings


def _put(ending: dict[str, LegalForm], spelling: str, form: LegalForm) -> None:
    known = ending.setdefault(spelling, form)
    if known.name != form.name or (known.country and known.country != form.country):
        raise ValueError(f'legal_forms.toml: "{spelling}" stands for two forms: {known.name} and {form.name}')
