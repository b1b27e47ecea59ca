"""A hall of scenes for parties, in which each row of `cases` can be sent.

Belongs here: making and reusing scenes. Must not be here: what happens in them.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.ledger import events
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.simulation.cases import CASES
from harvest_qb_pipeline_tests.simulation.contact_scenes import Parties
from harvest_qb_pipeline_tests.simulation.scene import TODAY


@dataclass
class Hall:
    """Makes scenes. Calls with the same company follow each other in one, which costs little; a spoilt one is left."""

    sandbox: RunningSandbox
    blank_ledger: Path
    folder: Path
    read_seconds: float = 10.0
    scenes: list[Parties] = field(default_factory=list)
    begun: int = 0

    def __call__(self, *names: str, **switches: Json) -> Parties:
        """A scene where the parties of these cases are planned and approved, under these switches."""
        scene = self.scenes[-1] if self.scenes and not self.scenes[-1].moving() else self._open()
        self.begun += 1
        scene.begin([CASES[name].document for name in names], f" {self.begun}", switches)
        return scene

    def close(self) -> None:
        """Whatever happened in a scene, its chain of events must hold."""
        for scene in self.scenes:
            assert events.verify_chain(scene.ledger) == []
            scene.close()
            self.sandbox.control("DELETE", f"/companies/{scene.made['id']}")

    def _open(self) -> Parties:
        home = self.folder / f"hall-{len(self.scenes)}"
        home.mkdir()
        shutil.copy(self.blank_ledger, home / "ledger.sqlite")
        made = self.sandbox.create_company(size="empty", today=TODAY.isoformat())
        scene = Parties(self.sandbox, made, home, read_seconds=self.read_seconds)
        self.scenes.append(scene)
        return scene
