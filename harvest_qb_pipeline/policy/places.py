"""Where something is said: the file and its line, so that whoever reads a name that fits nobody can go there.

Belongs here: places as values. Must not be here: finding lines of a text (`lines.py`), or what is said there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harvest_qb_pipeline.policy.lines import Path, known_line


@dataclass(frozen=True)
class Place:
    """A line of a file; without a line where the file says nothing, and a default holds."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}, line {self.line}"


@dataclass(frozen=True)
class Places:
    """The lines of every setting of one file of policy."""

    file: str = "the policy"
    lines: Mapping[Path, int] = field(default_factory=dict[Path, int])

    def of(self, *path: str | int) -> Place:
        """Where the setting stands, or the nearest table around it that is there."""
        return Place(self.file, known_line(path, self.lines))
