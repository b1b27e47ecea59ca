"""Where a person decides, driven by declarations alone: the words of a command, the configuration of a job.

Belongs here: filling in the examples that fields give. Must not be here: what is expected of a decision.
"""

from dataclasses import dataclass
from typing import Any

import dagster as dg
from click.testing import CliRunner

from harvest_qb_pipeline.cli.main import cli
from harvest_qb_pipeline.cli.output import Failed
from harvest_qb_pipeline.decisions.decision import Decision

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class Surfaces:
    """The command line and the jobs of one home."""

    definitions: dg.Definitions

    def type(self, *words: str) -> tuple[int, str]:
        """Exit code, and what was said."""
        result = CliRunner().invoke(cli, words)
        if isinstance(result.exception, Failed):
            return 1, str(result.exception)
        return result.exit_code, result.output.strip()

    def launch(self, decision: Decision, **config: Any) -> tuple[int, str]:
        """1 and the sentence when the job failed, else 0 and what its log told of each thing."""
        with dg.DagsterInstance.ephemeral() as instance:
            result = self.definitions.resolve_job_def(decision.name).execute_in_process(
                run_config={"ops": {decision.step: {"config": config}}, **_QUIET},
                instance=instance,
                raise_on_error=False,
            )
            told = [entry.user_message for entry in instance.all_logs(result.run_id) if not entry.is_dagster_event]
        if result.success:
            return 0, "\n".join(told)
        (failure,) = result.get_step_failure_events()
        data = failure.step_failure_data.user_failure_data
        assert data is not None, failure.step_failure_data.error
        return 1, data.description or ""


def words_of(decision: Decision) -> list[str]:
    """The command with its own examples filled in."""
    fields = [field for field in decision.all_fields if field.is_required or field in decision.about]
    options = {field.option for field in fields}
    arguments = [field.example for field in decision.all_fields if not field.option]
    switch = [decision.switch] if decision.switch and decision.switch not in options else []
    return [
        *decision.command.split(),
        *arguments,
        *(word for field in fields if field.option for word in (field.option, field.example)),
        *switch,
        "--by",
        "Bea",
    ]


def config_of(decision: Decision) -> dict[str, Any]:
    """The configuration of the job with the same examples filled in."""
    things = [" -> ".join(field.example for field in decision.about)]
    is_number = decision.about[0].kind == "number"
    needed = {field.name: field.example for field in decision.fields if field.is_required or field.kind == "reason"}
    return {decision.things: [int(thing) for thing in things] if is_number else things, decision.by: "Bea", **needed}
