"""Commands that need the sandbox say at once that it does not run."""

from dataclasses import replace

import pytest

from harvest_qb_pipeline.cli import local_sandbox
from harvest_qb_pipeline.cli.local_sandbox import require_sandbox
from harvest_qb_pipeline.settings import ConfigurationError, Settings, load_settings


def given(*, is_sandbox: bool) -> Settings:
    return replace(load_settings(), is_sandbox=is_sandbox)


def test_without_accounts_and_without_a_sandbox_it_is_said_how_to_start_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_sandbox, "answers", lambda _port: False)
    with pytest.raises(ConfigurationError, match="`harvest-qb sandbox`"):
        require_sandbox(given(is_sandbox=True))


def test_with_accounts_no_sandbox_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_sandbox, "answers", lambda _port: False)
    require_sandbox(given(is_sandbox=False))
