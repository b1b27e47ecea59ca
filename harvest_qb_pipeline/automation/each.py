"""What all jobs with which a person decides have in common: each thing named is done by itself.

Belongs here: going through them, and what a person reads in the end. Must not be here: any one decision.
"""

from collections.abc import Callable, Sequence

import dagster as dg

from harvest_qb_pipeline.ledger.states import NotAllowed


def for_each(
    context: dg.OpExecutionContext, names: Sequence[str], *, said: Sequence[str], does: Callable[[str], str]
) -> None:
    """Decide on each, whatever becomes of the others; fails in the end with a sentence for each that was refused."""
    if not names or not all(words.strip() for words in (*names, *said)):
        raise dg.Failure("Nothing was done: fill in every field of the configuration.", allow_retries=False)
    refused: list[str] = []
    for name in names:
        try:
            context.log.info(f"{name}: {does(name)}")
        except NotAllowed as error:
            refused.append(str(error))
    if refused:
        raise dg.Failure(
            f"{len(refused)} of {len(names)} were refused, the others are done. " + " ".join(refused),
            allow_retries=False,
        )
