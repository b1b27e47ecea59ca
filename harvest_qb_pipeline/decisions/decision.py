"""What a decision is: its name, the fields a person fills in, and the function that carries it out on the ledger.

Belongs here: the declaration, and reading what a person wrote into the values that the function takes. Must not be
here: any one decision, and how a command line, a launchpad or a page asks for it (they are made from declarations).

A decision is *about* one thing: a document, a client, a pair. Where a surface lets a person name several, each is
decided by itself; the other fields are the same for all of them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias

InputKind: TypeAlias = Literal["text", "reason", "key", "document", "record", "number", "amount", "day"]
"""`key` is that of a posting, document or link; `document` one with or without its hash, KEY or KEY@HASH; `record` is
the id of a record in QuickBooks."""
Via: TypeAlias = Literal["cli", "dagster"]
_ARROW = "->"


class Misread(Exception):  # noqa: N818 - reads as what happened
    """What a person wrote cannot be meant for the field; the message says what would be, without a full stop."""


@dataclass(frozen=True)
class ShownDocument:
    """A document as it was shown to whoever decides; `sha256` is its hash then, None when they gave none."""

    key: str
    sha256: str | None


FieldValue: TypeAlias = str | int | Decimal | date | ShownDocument | None


@dataclass(frozen=True)
class PreviewRow:
    """One of the many things that a decision is about, as a person has to see it before."""

    label: str
    document: ShownDocument
    amount: Decimal | None
    currency: str


@dataclass(frozen=True)
class Preview:
    """What a decision on many things at once would be made on; `named` are the values of the fields that name it."""

    title: str
    things: tuple[PreviewRow, ...]
    named: Mapping[str, FieldValue]


@dataclass(frozen=True)
class Decider:
    """Who decides, for the audit chain, and where."""

    name: str
    via: Via


@dataclass(frozen=True)
class Field:
    """One thing to fill in; `words` is a sentence, `example` what one may write.

    On the command line it is an argument, or the `option` of that name.
    """

    name: str
    words: str
    example: str
    kind: InputKind = "text"
    is_required: bool = True
    option: str = ""

    @property
    def explained(self) -> str:
        """The words, with the example unless they give it already."""
        return self.words if self.example in self.words else f"{self.words} For example: {self.example}"

    @property
    def placeholder(self) -> str:
        """What stands for a value of it in a usage line."""
        return _PLACEHOLDERS.get(self.kind) or self.name.upper()

    def read(self, text: str) -> FieldValue:
        """The value `text` stands for; None for an empty one, where that is allowed. Raises `Misread`."""
        if not text and not self.is_required:
            return None
        try:
            return _READERS[self.kind](text)
        except (InvalidOperation, ValueError):
            raise Misread(f"{text!r} is not {_CALLED[self.kind]}") from None


@dataclass(frozen=True)
class Decision:
    """A decision, as every surface offers it.

    `does(ledger, by=Decider(...), ...)` carries it out, with the value of each field under the field's name, and
    returns a sentence that says what was done; it raises `NotAllowed` with a sentence otherwise. Repeating is a no-op.
    `is_exact`: where one decides without seeing it, a document needs its hash and a pair both its parts.
    `preview(ledger, ...)` takes what the decision is about and gives what a person has to see before; where nobody
    sees that, it must be named.

    Command line: `command` are its words. Of several decisions of one command, `switch` is the option that means this
    one: one of its fields, or a flag by itself that `switch_words` explain. `takes_many`: several things at once.
    Dagster: its job is called `name`, the job's step `step`; `things` is the list of what it is about, `by` the field
    for whoever decides, and `hint` what has to be known there.
    """

    name: str
    sentence: str
    does: Callable[..., str]
    about: tuple[Field, ...]
    command: str
    step: str
    things: str
    by: str
    fields: tuple[Field, ...] = ()
    is_exact: bool = False
    preview: Callable[..., Preview] | None = None
    switch: str = ""
    switch_words: str = ""
    takes_many: bool = False
    usage: str = ""
    hint: str = ""

    @property
    def all_fields(self) -> tuple[Field, ...]:
        return (*self.about, *self.fields)

    @property
    def thing_explained(self) -> str:
        """How one text names a thing that this is about: as its field says, or as a pair, `KEY -> ID`."""
        if len(self.about) == 1:
            return self.about[0].explained
        meant = " ".join(field.words for field in self.about)
        may = (
            ""
            if self.is_exact or all(field.is_required for field in self.about)
            else f" {self.about[0].placeholder} alone does too."
        )
        return f"{self._form}, such as {self._example}.{may} {meant}"

    @property
    def _form(self) -> str:
        return f" {_ARROW} ".join(field.placeholder for field in self.about)

    @property
    def _example(self) -> str:
        return f" {_ARROW} ".join(field.example for field in self.about)

    def read_thing(self, text: str) -> Mapping[str, FieldValue]:
        """By field, what one text says that names a thing this is about, without the thing being seen.

        A pair is written `KEY -> ID`. Raises `Misread`.
        """
        parts = [part.strip() for part in text.split(_ARROW)] if len(self.about) > 1 else [text.strip()]
        needed = len(self.about) if self.is_exact else sum(field.is_required for field in self.about)
        if not all(parts) or not needed <= len(parts) <= len(self.about):
            raise Misread(f"{text!r} is not a link. Write it as {self._form}, such as {self._example}")
        parts += [""] * (len(self.about) - len(parts))
        values = {field.name: field.read(part) for field, part in zip(self.about, parts, strict=True)}
        for value in values.values():
            if self.is_exact and isinstance(value, ShownDocument) and value.sha256 is None:
                raise Misread(f"{text} has no hash. Write KEY@HASH, as the plan shows it")
        return values


def _key(text: str) -> str:
    """A key; the hash that listings show beside it does no harm."""
    key = text.partition("@")[0]
    if not key or _BLANK.search(key):
        raise Misread(f"{text!r} is not a key. `harvest-qb postings` lists them")
    return key


def _shown(text: str) -> ShownDocument:
    """Whoever writes an `@` means a hash: one that is missing, cut or none is never taken for no hash."""
    key, at, sha256 = text.partition("@")
    if at and not sha256.strip():
        raise Misread(f"{text} has no hash. Write KEY@HASH, as the plan shows it")
    if at and not _HASH.fullmatch(sha256):
        raise Misread(
            f"{key} is not what you saw: a hash has 8 digits or more, 0 to 9 and a to f, unlike {sha256!r}. Copy "
            "KEY@HASH as the plan shows it"
        )
    return ShownDocument(_key(key), sha256 or None)


def _amount(text: str) -> Decimal:
    # Decimal itself takes 1_000 for a thousand, and digits of every script.
    if _BLANK.search(text) or "_" in text or not text.isascii():
        raise ValueError(text)
    return Decimal(text)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(text)
    return int(text)


_BLANK = re.compile(r"\s")
_HASH = re.compile(r"[0-9a-fA-F]{8,64}")


_READERS: Mapping[InputKind, Callable[[str], FieldValue]] = {
    "text": str,
    "reason": str,
    "record": str,
    "key": _key,
    "document": _shown,
    "number": _number,
    "amount": _amount,
    "day": date.fromisoformat,
}
_CALLED: Mapping[InputKind, str] = {
    "number": "a number such as 3",
    "amount": "an amount such as -250 or 40.00",
    "day": "a day such as 2026-10-31",
}
_PLACEHOLDERS: Mapping[InputKind, str] = {"key": "KEY", "document": "KEY", "record": "ID", "day": "YYYY-MM-DD"}
