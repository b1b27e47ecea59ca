"""Commands that decide, made from the declarations in `decisions`: one for each command they name.

Belongs here: fields as arguments and options, and which decision of a command is meant. Must not be here: any one
decision, or what is said of its result.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import click

from harvest_qb_pipeline.cli.listing import print_preview
from harvest_qb_pipeline.cli.opening import by_option, home_ledger, or_fail
from harvest_qb_pipeline.cli.output import Failed, is_agreed, is_seen, say
from harvest_qb_pipeline.decisions.catalogue import by_command
from harvest_qb_pipeline.decisions.decision import Decider, Decision, Field, FieldValue, Misread, Preview
from harvest_qb_pipeline.ledger.store import Ledger


class _Readable(click.ParamType[FieldValue]):
    """What the field reads; what it cannot read is wrong usage."""

    def __init__(self, field: Field) -> None:
        self.name = field.placeholder.lower()
        self._field = field

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> FieldValue:
        try:
            return self._field.read(str(value))
        except Misread as misread:
            self.fail(str(misread), param, ctx)


def commands(group: str = "") -> Mapping[str, click.Command]:
    """The commands of all decisions below the words `group`, by their last word."""
    return {name: _command(name, decisions) for name, decisions in by_command(group).items()}


def _command(name: str, decisions: Sequence[Decision]) -> click.Command:
    def decide(by: str, yes: bool = False, **given: FieldValue | tuple[FieldValue, ...]) -> None:
        decision = _meant(decisions, given)
        if decision.preview and not is_seen():
            _require_named(decision, given)
        with home_ledger(actor=by) as ledger:
            if decision.preview:
                about = {field.name: given[field.name] for field in decision.about}
                preview = partial(decision.preview, ledger, **about)
                given |= _agreed(or_fail(preview), decision, is_agreed_before=yes)
            for values in _each(decision, given):
                for line in _carried_out(ledger, decision, by, values).splitlines():
                    say(line)

    made = click.Command(name, callback=decide, params=_parameters(decisions), help=decisions[0].sentence)
    if any(decision.preview for decision in decisions):
        made = click.option("--yes", is_flag=True, help="Do what is shown without asking.")(made)
    return by_option(made)


def _require_named(decision: Decision, given: Mapping[str, object]) -> None:
    """Where nobody sees what is decided on, it is what was seen elsewhere, by its name."""
    for field in decision.about:
        if given[field.name] is None:
            raise click.UsageError(
                f"{decision.switch} asks on a terminal, after showing what it is about. Here nobody sees that: say "
                f"{field.option} {field.placeholder} with the one that was shown."
            )


def _agreed(preview: Preview, decision: Decision, *, is_agreed_before: bool) -> Mapping[str, FieldValue]:
    """Show what is decided on, and ask unless that was agreed before, or was named where nobody can be asked.

    The values that name what was shown. Raises `Failed` when somebody says no.
    """
    print_preview(preview)
    if preview.things and is_seen() and not is_agreed_before and not is_agreed(f"{decision.command.capitalize()} all?"):
        raise Failed("Nothing was done.")
    return preview.named


def _each(decision: Decision, given: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """The values for each of the things that were named."""
    named = {field.name: given[field.name] for field in decision.all_fields if given[field.name] is not None}
    first = decision.about[0].name
    things = named.get(first)
    if isinstance(things, tuple):
        yield from ({**named, first: thing} for thing in things)
    else:
        yield named


def _carried_out(ledger: Ledger, decision: Decision, by: str, values: Mapping[str, object]) -> str:
    try:
        return or_fail(lambda: decision.does(ledger, by=Decider(by, "cli"), **values))
    except Misread as misread:
        raise click.UsageError(str(misread)) from None


def _parameters(decisions: Sequence[Decision]) -> list[click.Parameter]:
    """Every field of the decisions once, in the order of declaration, and the flags that tell them apart."""
    asked: dict[str, click.Parameter] = {}
    for decision in decisions:
        if decision.switch and decision.switch not in {field.option for field in decision.all_fields}:
            flag = click.Option([decision.switch, _flag(decision)], is_flag=True, help=decision.switch_words)
            asked[decision.switch] = flag
        for field in decision.all_fields:
            if field.name not in asked:
                asked[field.name] = _parameter(field, decision, decisions)
    return list(asked.values())


def _parameter(field: Field, decision: Decision, decisions: Sequence[Decision]) -> click.Parameter:
    is_always = all(field.name in {each.name for each in other.all_fields} for other in decisions)
    if field.option:
        # Which of several decisions is meant decides whether an option they share is needed.
        is_required = field.is_required and len(decisions) == 1
        return click.Option([field.option, field.name], type=_Readable(field), required=is_required, help=field.words)
    if decision.takes_many and field in decision.about:
        return click.Argument([field.name], type=_Readable(field), nargs=-1, metavar=f"[{field.placeholder}S]...")
    is_required = field.is_required and is_always
    placeholder = field.placeholder if is_required else f"[{field.placeholder}]"
    return click.Argument([field.name], type=_Readable(field), required=is_required, metavar=placeholder)


def _meant(decisions: Sequence[Decision], given: Mapping[str, object]) -> Decision:
    """The one that was asked for. Raises `UsageError` when what it needs is missing, or something else was said."""
    asked_for = (decision for decision in decisions if decision.switch and given.get(_flag(decision)))
    decision = next(asked_for, decisions[0])
    said = {name for name, value in given.items() if value is not None and value != () and value is not False}
    # A preview names the last one, if none was named.
    foreseen = set(decision.about) if decision.preview else set[Field]()
    needed = {field.name for field in decision.all_fields if field.is_required and field not in foreseen}
    # What the first is about is named for each of them.
    known = {field.name for field in decision.all_fields} | {_flag(decision)}
    if len(decisions) > 1 and not needed <= said <= known:
        raise click.UsageError(decisions[0].usage)
    return decision


def _flag(decision: Decision) -> str:
    """The parameter that says this decision is meant."""
    by_option = {field.option: field.name for field in decision.all_fields if field.option}
    return by_option.get(decision.switch) or decision.name
