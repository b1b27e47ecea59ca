"""What `pyproject.toml` cannot say: the wheel carries the files that a clone has at its top level.

They are copied when the wheel is built, so that there is one of each and none can drift from the other.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

TEMPLATES = ("policy.toml", ".env.example", "dagster.yaml", "workspace.yaml")


class BuildWithTemplates(build_py):
    """Copies the templates into the package that is built; a clone's own package is left as it is."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "harvest_qb_pipeline" / "templates"
        target.mkdir(parents=True, exist_ok=True)
        for name in TEMPLATES:
            shutil.copy(Path(__file__).parent / name, target / name)


setup(cmdclass={"build_py": BuildWithTemplates})
