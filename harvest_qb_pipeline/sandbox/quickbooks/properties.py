"""How the properties of QuickBooks' objects are described: one line of text each, read into values here.

Belongs here: the notation and the values it is read into. Must not be here: any entity's table (`schema_*`), nor the
checking of requests (`requests`).

A line is `Name type flags…`. Types: `text`, `number`, `integer`, `boolean`, `date`, `datetime`, `enum:A|B`,
`ref:Family` (an id in one of QuickBooks' lists), `currency`, `taxcode`, `{Shape}`, `[Shape]`, `any`. Flags: `RO`
read-only, `F` filterable, `S` sortable, `<=n` longest text or largest number, `name` no colon, tab or new line,
`masked` shown with X in place of all but its last four characters, `=v` default.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from harvest_qb_pipeline.jsontext import Json

REFERENCES = {"ref", "currency", "taxcode"}


@dataclass(frozen=True, slots=True)
class Property:
    """One property: `kind` is a type word, `shape` the nested shape, `family` the list a reference points into."""

    name: str
    kind: str
    shape: "Shape | None" = None
    is_array: bool = False
    family: str = ""
    choices: tuple[str, ...] = ()
    most: int | None = None
    is_read_only: bool = False
    is_filterable: bool = False
    is_sortable: bool = False
    is_name: bool = False
    is_masked: bool = False
    default: Json = None

    @property
    def is_reference(self) -> bool:
        """Whether its value is `{"value": id, "name": text}`."""
        return self.kind in REFERENCES


@dataclass(frozen=True)
class Shape:
    """An object's properties by name; `ignored` are names of the XML schema that are taken and forgotten."""

    name: str
    properties: Mapping[str, Property]
    ignored: frozenset[str] = frozenset()

    @cached_property
    def masked(self) -> list[str]:
        """Names of the properties that nobody is shown whole."""
        return [one.name for one in self.properties.values() if one.is_masked]

    @cached_property
    def referring(self) -> list[Property]:
        """Properties whose output needs work: references, and nested shapes that hold some."""
        return [one for one in self.properties.values() if one.is_reference or (one.shape and one.shape.referring)]


@dataclass(frozen=True, slots=True)
class EntityType:
    """A kind of object of its own: its shape and what is peculiar to it.

    `ids` names the sequence its ids come from; `operations` are what the API offers beside reading (none at all when
    `is_hidden`: such objects exist in the product but not in this API); `is_list` objects are made inactive
    instead of deleted; `label` is the property a reference shows as its name.
    """

    name: str
    shape: Shape
    ids: str
    operations: frozenset[str] = frozenset()
    is_list: bool = False
    is_hidden: bool = False
    label: str = "Name"
    has_active: bool = False


def mask(text: str) -> str:
    """`XXXXXXX6789`: all but the last four characters hidden."""
    return "X" * (len(text) - 4) + text[-4:]


def shape(name: str, table: str, shapes: Mapping[str, Shape] | None = None, ignored: str = "") -> Shape:
    """The shape written in `table`, one property a line; nested shapes are looked up in `shapes`."""
    lines = [words for line in table.splitlines() if (words := line.split())]
    properties = {words[0]: _property(words, shapes or {}) for words in lines}
    return Shape(name, properties, frozenset(ignored.split()))


def _property(words: list[str], shapes: Mapping[str, Shape]) -> Property:
    name, notation, *flags = words
    kind, _, argument = notation.partition(":")
    nested = shapes[notation[1:-1]] if notation[0] in "{[" else None
    longest = next((int(flag[2:]) for flag in flags if flag.startswith("<=")), None)
    return Property(
        name=name,
        kind="object" if nested else kind,
        shape=nested,
        is_array=notation[0] == "[",
        family=argument if kind == "ref" else "",
        choices=tuple(argument.split("|")) if kind == "enum" else (),
        most=longest,
        is_read_only="RO" in flags,
        is_filterable="F" in flags,
        is_sortable="S" in flags,
        is_name="name" in flags,
        is_masked="masked" in flags,
        default=next((_default(kind, flag[1:]) for flag in flags if flag.startswith("=")), None),
    )


def _default(kind: str, text: str) -> Json:
    if kind == "boolean":
        return text == "true"
    return Decimal(text) if kind in {"number", "integer"} else text
