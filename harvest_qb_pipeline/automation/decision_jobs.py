"""Jobs with which a person decides in the Dagster UI, made from the declarations in `decisions`.

Belongs here: fields as a configuration with which the launchpad opens, each thing named decided by itself, and what a
person reads in the end. Must not be here: any one decision.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from harvest_qb_pipeline.decisions.catalogue import DECISIONS
from harvest_qb_pipeline.decisions.decision import Decider, Decision, Field, FieldValue, Misread
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline.ledger.store import Ledger

_EMPTY = "Nothing was done: fill in every field of the configuration."


def _job(decision: Decision) -> dg.JobDefinition:
    @dg.op(name=decision.step, description=decision.sentence, config_schema=_schema(decision))
    def decide(context: dg.OpExecutionContext, ledger: dg.ResourceParam[Ledger]) -> None:
        _decide(context, decision, ledger, context.op_config)

    # The launchpad opens with these, so that only values are left to fill in; empty ones are refused.
    opens_with = {name: [] if name == decision.things else "" for name in _needed(decision)}

    @dg.job(
        name=decision.name,
        description=" ".join(filter(None, (decision.sentence, decision.hint))),
        config={"ops": {decision.step: {"config": opens_with}}},
    )
    def job() -> None:
        decide()

    return job


def _schema(decision: Decision) -> dict[str, dg.Field]:
    """The configuration: a list of things, the fields they share, and who decides."""
    of = int if decision.about[0].kind == "number" else str
    optional = {field.name: dg.Field(str, is_required=False, description=field.explained) for field in decision.fields}
    return {
        decision.things: dg.Field([of], description=decision.thing_explained),
        **optional,
        **{field.name: dg.Field(str, description=field.explained) for field in _shared(decision)},
        decision.by: dg.Field(str, description="Who decides. Kept in the ledger's audit chain."),
    }


def _shared(decision: Decision) -> Sequence[Field]:
    """What has to be filled in besides. A reason always: here, nobody sees what they decide on."""
    return [field for field in decision.fields if field.is_required or field.kind == "reason"]


def _needed(decision: Decision) -> Sequence[str]:
    return (decision.things, *(field.name for field in _shared(decision)), decision.by)


def _decide(context: dg.OpExecutionContext, decision: Decision, ledger: Ledger, config: Mapping[str, Any]) -> None:
    """Decide on each, whatever becomes of the others; fails in the end with a sentence for each that was refused."""
    things = [str(thing) for thing in config[decision.things]]
    if (
        not things
        or not all(str(config[name]).strip() for name in _needed(decision))
        or not all(map(str.strip, things))
    ):
        raise dg.Failure(_EMPTY, allow_retries=False)
    by = Decider(config[decision.by], "dagster")
    refused: list[str] = []
    for thing in things:
        try:
            context.log.info(decision.does(ledger, by=by, **decision.read_thing(thing), **_same(decision, config)))
        except Misread as misread:
            refused.append(f"{misread}.")
        except NotAllowed as error:
            refused.append(str(error))
    if refused:
        others = "Nothing was done." if len(refused) == len(things) else _some(len(refused), len(things))
        raise dg.Failure(" ".join((others, *refused)), allow_retries=False)


def _some(refused: int, of: int) -> str:
    return f"{refused} of {of} were refused, the others are done."


def _same(decision: Decision, config: Mapping[str, Any]) -> dict[str, FieldValue]:
    """The values that are the same for all things; without those that nobody gave."""
    return {field.name: field.read(config[field.name]) for field in decision.fields if config.get(field.name)}


JOBS = [_job(decision) for decision in DECISIONS]
