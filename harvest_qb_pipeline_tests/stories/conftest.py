"""Firms for stories: one of its own for a story that changes things, and the billed October that many stories read."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.stories.firm import Firm, open_firm
from harvest_qb_pipeline_tests.stories.october import October, live_october


@pytest.fixture
def found(sandbox: RunningSandbox, blank_ledger: Path, tmp_path: Path) -> Iterator[Callable[..., Firm]]:
    """Founds firms; the wishes are those of the control API."""
    firms: list[Firm] = []

    def make(**wish: Json) -> Firm:
        firms.append(open_firm(sandbox, tmp_path / f"home-{len(firms)}", blank_ledger, **wish))
        return firms[-1]

    yield make
    for firm in firms:
        sandbox.control("DELETE", f"/companies/{firm.company['id']}")


@pytest.fixture
def firm(found: Callable[..., Firm]) -> Firm:
    return found()


_LIVED: dict[int, October] = {}
"""The October of each sandbox: lived once in a session, however many rooms of tests look at it."""


@pytest.fixture(scope="session")
def october(sandbox: RunningSandbox, blank_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> October:
    """A month with one client per situation, landed, planned once, and sent as far as it may be. Stories only look."""
    if id(sandbox) not in _LIVED:
        month = live_october(open_firm(sandbox, tmp_path_factory.mktemp("october") / "home", blank_ledger))
        month.firm.approve_all()
        month.firm.push()
        _LIVED[id(sandbox)] = month
    return _LIVED[id(sandbox)]
