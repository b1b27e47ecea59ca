"""QuickBooks' query language: a statement's text becomes a value, or is refused as a parser would.

Belongs here: tokens and grammar. Must not be here: which properties exist or what matches (`query`).
Source: QuickBooks Online API, "Query operations and syntax"; error codes 4000 and 4001.

    SELECT * | field[, field…] | COUNT(*) FROM Entity [WHERE condition [AND condition]…]
    [ORDERBY | ORDER BY field [ASC | DESC][, …]] [STARTPOSITION n] [MAXRESULTS n]
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NoReturn, TypeAlias

from harvest_qb_pipeline.sandbox.quickbooks import faults

QueryValue: TypeAlias = "str | bool | CurrentDate"
Operator: TypeAlias = Literal["=", "<", ">", "<=", ">=", "LIKE", "IN"]

_TOKENS = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<text>'(?:[^'\\]|\\['\\])*')"
    r"|(?P<number>\d+)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)"
    r"|(?P<symbol><=|>=|[*,()=<>])"
)
_KEYWORDS = {
    "select", "from", "where", "and", "or", "in", "like", "orderby", "order", "by", "asc", "desc",
    "startposition", "maxresults", "count", "true", "false", "current_date",
}  # fmt: skip
_OPERATORS: dict[str, Operator] = {"=": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "like": "LIKE", "in": "IN"}


class CurrentDate:
    """The word CURRENT_DATE: the day it is where the company is."""


CURRENT_DATE = CurrentDate()


@dataclass(frozen=True)
class Condition:
    """`field operator values`; more than one value only with IN."""

    field: str
    operator: Operator
    values: tuple[QueryValue, ...]


@dataclass(frozen=True)
class Query:
    """A parsed statement. `fields` is empty for `*` alone; `has_star` tells `*, Sku` from `Sku`."""

    entity: str
    fields: tuple[str, ...] = ()
    has_star: bool = True
    is_count: bool = False
    conditions: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = field(default=())
    start: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    column: int

    @property
    def word(self) -> str:
        """The keyword it is, in lower case, else empty."""
        lower = self.text.lower()
        return lower if self.kind == "word" and lower in _KEYWORDS else ""


def parse(statement: str) -> Query:
    """The query of a statement. Raises fault 4000 where it cannot be read, 4001 for a position below 1."""
    return _Parser(list(_tokens(statement))).query()


def _tokens(statement: str) -> Iterator[_Token]:
    position = 0
    while position < len(statement):
        match = _TOKENS.match(statement, position)
        if match is None:
            found = statement[position]
            where = f"line 1, column {position + 1}"
            raise faults.query_not_parsed(
                f'Invalid content. Lexical error at {where}.  Encountered: "{found}" ({ord(found)}), after : ""'
            )
        kind = match.lastgroup or ""
        if kind != "space":
            yield _Token(kind, match.group(), position + 1)
        position = match.end()
    yield _Token("end", "", len(statement) + 1)


class _Parser:
    """Recursive descent over the tokens of one statement."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def query(self) -> Query:
        self._keyword("select")
        has_star, fields, is_count = self._selection()
        self._keyword("from")
        entity = self._name()
        conditions: list[Condition] = []
        if self._take("where"):
            conditions.append(self._condition())
            while self._take("and"):
                conditions.append(self._condition())
        order = self._order()
        start = self._number() if self._take("startposition") else None
        most = self._number() if self._take("maxresults") else None
        if self._peek.kind != "end":
            self._fail("<EOF>", "<AND> ...", '"maxresults" ...', '"order" ...', '"orderby" ...', '"startposition" ...')
        return Query(entity, tuple(fields), has_star, is_count, tuple(conditions), tuple(order), start, most)

    @property
    def _peek(self) -> _Token:
        return self._tokens[self._at]

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _take(self, word: str) -> bool:
        """Step over a keyword or symbol, if it is next."""
        token = self._peek
        if token.word == word or (token.kind == "symbol" and token.text == word):
            self._at += 1
            return True
        return False

    def _keyword(self, word: str) -> None:
        if not self._take(word):
            self._fail(f'"{word}" ...' if word.isalpha() else f'"{word}"')

    def _name(self) -> str:
        if self._peek.kind != "word" or self._peek.word not in ("", "count", "order"):
            self._fail("<IDENTIFIER> ...")
        return self._next().text

    def _selection(self) -> tuple[bool, list[str], bool]:
        after = self._tokens[self._at + 1] if self._at + 1 < len(self._tokens) else self._peek
        if self._peek.word == "count" and after.text == "(":
            self._at += 2
            self._keyword("*")
            self._keyword(")")
            return True, [], True
        has_star, fields = False, list[str]()
        while True:
            if self._take("*"):
                has_star = True
            else:
                fields.append(self._name())
            if not self._take(","):
                return has_star, fields, False

    def _condition(self) -> Condition:
        name = self._name()
        token = self._peek
        operator = _OPERATORS.get(token.word or token.text)
        if operator is None:
            self._fail('"<" ...', '"<=" ...', '"=" ...', '">" ...', '">=" ...', '"in" ...', '"like" ...')
        self._at += 1
        if operator != "IN":
            return Condition(name, operator, (self._value(),))
        self._keyword("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._keyword(")")
        return Condition(name, operator, tuple(values))

    def _value(self) -> QueryValue:
        token = self._peek
        if token.kind == "text":
            self._at += 1
            return re.sub(r"\\(.)", r"\1", token.text[1:-1])
        if token.word in ("true", "false"):
            self._at += 1
            return token.word == "true"
        if token.word == "current_date":
            self._at += 1
            return CURRENT_DATE
        return self._fail("<STRING_LITERAL> ...", '"true" ...', '"false" ...')

    def _order(self) -> list[tuple[str, bool]]:
        """Fields to sort by, each with whether it descends."""
        if self._take("order"):
            self._keyword("by")
        elif not self._take("orderby"):
            return []
        order: list[tuple[str, bool]] = []
        while True:
            name = self._name()
            descends = self._take("desc")
            if not descends:
                self._take("asc")
            order.append((name, descends))
            if not self._take(","):
                return order

    def _number(self) -> int:
        if self._peek.kind != "number":
            self._fail("<INTEGER_LITERAL> ...")
        number = int(self._next().text)
        if number < 1:
            raise faults.query_not_valid(f"value {number} is too small. Min allowed value is 1")
        return number

    def _fail(self, *expected: str) -> NoReturn:
        token = self._peek
        kinds = {"end": "<EOF>", "text": "<STRING_LITERAL>", "number": "<INTEGER_LITERAL>", "word": "<IDENTIFIER>"}
        shown = kinds.get(token.kind, "") if not token.word else ""
        found = f'"{shown}"' if token.kind == "end" else f'" {shown} "{token.text} ""'.replace("  ", " ")
        options = "\n    ".join(expected)
        raise faults.query_not_parsed(
            f"Encountered {found} at line 1, column {token.column}.\nWas expecting one of:\n    {options}\n    "
        )
