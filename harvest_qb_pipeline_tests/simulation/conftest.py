"""Scenes to simulate on, each with a company and a ledger of its own.

Belongs here: making and closing scenes. Must not be here: what happens in them.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.simulation.scene import HOURS, Scene, again, make_scene


@pytest.fixture
def stage(sandbox: RunningSandbox, blank_ledger: Path, tmp_path: Path) -> Iterator[Callable[..., Scene]]:
    """Makes scenes with their bills planned and approved; options as of `make_scene`."""
    scenes: list[Scene] = []

    def make(*, clients: int = 1, hours: tuple[Decimal, ...] = HOURS, **company: Any) -> Scene:
        folder = tmp_path / f"scene-{len(scenes)}"
        folder.mkdir()
        scene = make_scene(sandbox, blank_ledger, folder, clients=clients, hours=hours, **company)
        scenes.append(scene)
        scene.plan()
        scene.approve()
        return scene

    yield make
    for scene in scenes:
        scene.close()
        sandbox.control("DELETE", f"/companies/{scene.made['id']}")


@pytest.fixture
def lose_ledger(blank_ledger: Path, tmp_path: Path) -> Iterator[Callable[[Scene], Scene]]:
    """Gives a scene a new, empty ledger; the old one stays with the old scene."""
    scenes: list[Scene] = []

    def lose(scene: Scene) -> Scene:
        folder = tmp_path / f"lost-{len(scenes)}"
        folder.mkdir()
        scenes.append(again(scene, folder, blank_ledger))
        return scenes[-1]

    yield lose
    for scene in scenes:
        scene.close()
