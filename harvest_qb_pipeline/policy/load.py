"""From the file `policy.toml` to a `Policy`, or to an error that names the file, the line and the remedy.

Belongs here: reading and reporting. Must not be here: what is allowed (`model.py`).
"""

import difflib
import re
import tomllib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harvest_qb_pipeline.policy.contacts import Contacts, FirstProject, Owners
from harvest_qb_pipeline.policy.lines import line_numbers, line_of
from harvest_qb_pipeline.policy.lookups import LookupFileError, read_lookups
from harvest_qb_pipeline.policy.model import (
    Approvals,
    Cap,
    ClientChoices,
    ClientRule,
    CustomerOf,
    Free,
    Group,
    ItemRule,
    Items,
    Numbering,
    Policy,
    PostingLimits,
    Retention,
    Tax,
)
from harvest_qb_pipeline.policy.places import Places
from harvest_qb_pipeline.settings import ConfigurationError

_PARTS: dict[tuple[str, ...], type[BaseModel]] = {
    (): Policy,
    ("billing",): ClientChoices,
    ("clients",): ClientRule,
    ("clients", "groups"): Group,
    ("items",): Items,
    ("items", "rules"): ItemRule,
    ("free",): Free,
    ("caps",): Cap,
    ("customers",): CustomerOf,
    ("contacts",): Contacts,
    ("contacts", "owners"): Owners,
    ("contacts", "first_project"): FirstProject,
    ("approvals",): Approvals,
    ("numbering",): Numbering,
    ("posting",): PostingLimits,
    ("tax",): Tax,
    ("retention",): Retention,
}


class PolicyError(ConfigurationError):
    """The policy cannot be used; the message has one `file:line: reason` per problem."""


def load_policy(path: Path) -> Policy:
    """The policy in `path`. Raises `PolicyError` when the file is missing, is not TOML, or says what is not allowed."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PolicyError(f"{path}: there is no policy. Write one, or point HARVEST_QB_POLICY at it.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: the policy cannot be read: {error}") from None
    return parse_policy(text, str(path))


def parse_policy(text: str, name: str) -> Policy:
    """The policy in a TOML `text` that is called `name` in messages; its look-up file lies beside it.

    Raises `PolicyError`.
    """
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        place = f"{name}:{line[1]}" if line else f"{name}:{len(text.splitlines()) or 1}"
        raise PolicyError(f"{place}: this is not TOML: {error}") from None
    lines = line_numbers(text)
    try:
        policy = Policy.model_validate(values).found_at(Places(Path(name).name, lines))
    except ValidationError as error:
        problems = {_problem(name, lines, detail) for detail in error.errors(include_url=False)}
        raise PolicyError("\n".join(message for _, message in sorted(problems))) from None
    return _with_lookups(policy, text, name) if policy.contacts.lookup else policy


def _with_lookups(policy: Policy, text: str, name: str) -> Policy:
    given = policy.contacts.lookup or ""
    path = Path(name).parent / given
    try:
        return policy.with_looked_up(read_lookups(path, policy.stated_links))
    except LookupFileError as error:
        raise PolicyError(str(error)) from None
    except OSError as error:
        line = line_of(("contacts", "lookup"), line_numbers(text))
        why = f"there is no file {path}" if isinstance(error, FileNotFoundError) else f"it cannot be read: {error}"
        raise PolicyError(f"{name}:{line}: contacts.lookup = {given!r}: {why}") from None


def _problem(name: str, lines: dict[tuple[str | int, ...], int], detail: ErrorDetails) -> tuple[int, str]:
    """The line and the message of one thing pydantic found."""
    path = [part for part in detail["loc"] if not _is_branch(part)]
    said = detail["msg"].removeprefix("Value error, ")
    if place := re.match(r"(?:billing|(clients|customers|caps)\.(\d+)): ", said):
        path = [place[1], int(place[2])] if place[1] else ["billing"]
        said = said[place.end() :]
    line = line_of(path, lines)
    if len(path) < len(detail["loc"]) and detail["type"] != "extra_forbidden":
        said = _EITHER.get(
            next(part for part in reversed(path) if isinstance(part, str)), 'must be a name, or { id = "..." }'
        )
    return line, f"{name}:{line}: {_sentence(path, said, detail)}"


_HARVEST = "must be the id (a number) or the exact name of a Harvest record"
_EITHER: dict[str, str] = dict.fromkeys(
    ("client", "project", "task", "projects", "tasks", "people", "reimbursable"), _HARVEST
)


def _sentence(path: Sequence[str | int], said: str, detail: ErrorDetails) -> str:
    shown = ".".join(str(part) for part in path)
    if detail["type"] == "extra_forbidden":
        return f"{shown} is not a setting of the policy{_nearest(path)}"
    if detail["type"] == "missing":
        return f"{shown} is missing"
    given = detail["input"]
    value = f" = {given!r}" if isinstance(given, str | int | bool) else ""
    return f"{shown}{value}: {said[:1].lower()}{said[1:]}" if shown else said


def _is_branch(part: str | int) -> bool:
    """Whether pydantic put `part` into the place to tell the members of a union apart."""
    return isinstance(part, str) and (
        part in {"int", "str", "constrained-str", "constrained-int", "QuickBooksId"} or "[" in part
    )


def _nearest(path: Sequence[str | int]) -> str:
    names = tuple(part for part in path if isinstance(part, str))
    model = _PARTS.get(names[:-1])
    close = difflib.get_close_matches(names[-1], model.model_fields, n=1) if model and names else []
    return f"; did you mean {close[0]}?" if close else f"; it may be {', '.join(model.model_fields)}" if model else ""
