"""A name without what people write differently: its words, its legal form, and what was written into it besides.

Belongs here: reading one name, driven by the tables beside (`*.toml`). Must not be here: comparing two (`scoring`,
`matching`). Two names are the same when their `PlainName`s are equal; anything looser is only a suggestion (rule 49).
"""

import re
from dataclasses import dataclass, field
from functools import cache

from harvest_qb_pipeline.contacts.legal_forms import joined, without_attached, without_forms
from harvest_qb_pipeline.contacts.letters import compatible, tokens, toml_beside

_DELETED = re.compile(r"(?:\s*\(deleted(?:[\s-]*\d+)?\))+\s*$", re.IGNORECASE)
"""What QuickBooks writes behind a name that was made inactive or merged; twice where the name was taken again."""
_IN_BRACKETS = re.compile(r"[(\[]\s*([^()\[\]]{1,20}?)\s*[)\]]")
_AFTER_DASH = re.compile(r"\s+[-–—/|:]\s*([^-–—/|:]{1,20}?)\s*$")
_HAS_DASH = re.compile(r"[-–—/|:]")
_AT_END = re.compile(r"(?<=\S)\s+([A-Z]{3})[\s.,;]*$")
_CODE = (
    r"[A-Z]{1,6}[-_./]?\d{1,6}(?:[-_./][A-Z0-9]{1,6})*|[A-Z]{1,6}(?:[-_][A-Z0-9]{1,6})*[-_]\d{1,6}|\d{2,6}[-_./]\d{1,6}"
)
_CODE_IN_SQUARE = re.compile(rf"^\s*\[\s*({_CODE}|[A-Z0-9][A-Z0-9_./-]{{0,15}})\s*\]\s*[-–—:]?\s*(?=\S)")
_CODE_BEFORE = re.compile(rf"^\s*({_CODE})(?:\s*[-–—:|]\s+|\s+|:\s*)(?=\S)")
_CODE_AFTER = re.compile(rf"(?<=\S)\s*[(\[]\s*({_CODE})\s*[)\]]\s*$|(?<=\S)\s+[-–—|]\s+({_CODE})\s*$")
_MAY_HOLD_CODE = re.compile(r"[\[0-9]")
_HAS_JOINT = re.compile(r"[-_./]")


@dataclass(frozen=True)
class PlainName:
    """`words` and `legal_form` are the name. The rest was written into it and tells namesakes apart.

    `currency` is an ISO code, `code` a project's code in capitals, `country` an ISO code told by a spelled-out form.
    """

    words: str
    legal_form: str | None
    currency: str | None = field(default=None, compare=False)
    code: str | None = field(default=None, compare=False)
    country: str | None = field(default=None, compare=False)
    is_deleted: bool = field(default=False, compare=False)

    @property
    def text(self) -> str:
        """The plain name in one line; reading that again gives the same."""
        return f"{self.words} {self.legal_form}" if self.legal_form else self.words


def plain(name: str, *, code: str | None = None) -> PlainName:
    """`name` read. `code` is the record's own code, which may be written into the name in any shape."""
    text = compatible(name).strip()
    kept = _DELETED.sub("", text) if text.endswith(")") else text
    is_deleted = kept != text and bool(kept.strip())
    kept, currency = _without_currency(kept if is_deleted else text)
    kept, named_code = _without_code(kept, code)
    kept, attached = without_attached(kept)
    words, ending = without_forms(tokens(kept))
    form = joined([*attached, *ending])
    return PlainName(
        " ".join(words).replace("/", " "),
        form.name if form else None,
        currency,
        named_code,
        form.country if form else None,
        is_deleted,
    )


def plain_code(code: str | None) -> str | None:
    """A code in one way of writing: "web 01", "WEB_01" and "[WEB-01]" are "WEB-01"."""
    parts = re.findall(r"[^\W_]+", compatible(code or "").upper())
    return "-".join(parts) or None


def _without_currency(name: str) -> tuple[str, str | None]:
    for found in _IN_BRACKETS.finditer(name) if "(" in name or "[" in name else ():
        currency = _currency(found.group(1))
        if currency:
            return _cut(name, found, currency)
    found = _AFTER_DASH.search(name) if _HAS_DASH.search(name) else None
    if found and (currency := _currency(found.group(1))):
        return _cut(name, found, currency)
    found = _AT_END.search(name)
    if found and found.group(1) in _currencies() and found.group(1) not in _in_brackets_only():
        return _cut(name, found, _currencies()[found.group(1)])
    return name, None


def _without_code(name: str, own_code: str | None) -> tuple[str, str | None]:
    """The code that stands in square brackets, before, or behind the name."""
    if not _MAY_HOLD_CODE.search(name):
        return name, None
    for pattern in (_CODE_IN_SQUARE, _CODE_BEFORE, _CODE_AFTER):
        found = pattern.search(name)
        if found:
            code = next(part for part in found.groups() if part)
            is_clear = (
                pattern is not _CODE_BEFORE or bool(_HAS_JOINT.search(code)) or plain_code(code) == plain_code(own_code)
            )
            if is_clear:
                return _cut(name, found, plain_code(code))
    return name, None


def _cut(name: str, found: re.Match[str], meaning: str | None) -> tuple[str, str | None]:
    """`name` without what was found, unless nothing would stay."""
    rest = f"{name[: found.start()]} {name[found.end() :]}".strip()
    return (rest, meaning) if tokens(rest) else (name, None)


def _currency(text: str) -> str | None:
    currency = _currencies().get(text.casefold()) or _currencies().get(text.upper())
    return None if text.upper() in _in_brackets_only() and not text.isupper() else currency


@cache
def _currencies() -> dict[str, str]:
    table = toml_beside("currencies.toml")
    codes = {code: code for code in (*table["codes"], *table["in_brackets_only"])}
    names = {compatible(name): code for code, names in table["names"].items() for name in names}
    return {**codes, **names, "RMB": "CNY", "CNH": "CNY"}


@cache
def _in_brackets_only() -> frozenset[str]:
    return frozenset(toml_beside("currencies.toml")["in_brackets_only"])
