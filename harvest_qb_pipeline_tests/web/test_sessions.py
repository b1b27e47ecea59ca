"""Links that work once, cookies that are ours and not over, and the key in the home."""

from pathlib import Path

import pytest

from harvest_qb_pipeline.settings import ConfigurationError
from harvest_qb_pipeline.web.sessions import KEY_FILE, SESSION_SECONDS, Sessions, key_in


def test_a_session_holds_until_its_time_is_over_also_after_another_start():
    now = [1_000_000.0]
    made = Sessions("k" * 40, lambda: now[0]).new_session()
    later = Sessions("k" * 40, lambda: now[0])
    now[0] += SESSION_SECONDS - 1
    assert later.is_session(made)
    now[0] += 2
    assert not later.is_session(made)


@pytest.mark.parametrize("change", [lambda s: "9" + s, lambda s: s[:-1], lambda s: s.rpartition(".")[0], lambda s: "é"])
def test_what_was_changed_or_signed_by_another_home_is_no_session(change):
    ours = Sessions("k" * 40)
    assert not ours.is_session(change(ours.new_session()))
    assert not ours.is_session(Sessions("j" * 40).new_session())
    assert ours.cookie_name != Sessions("j" * 40).cookie_name


def test_a_link_works_once_and_old_ones_end():
    sessions = Sessions("k" * 40)
    first, *rest = [sessions.new_link() for _ in range(4)]
    assert not sessions.redeem(first)
    assert [sessions.redeem(link) for link in rest] == [True] * 3
    assert not any(map(sessions.redeem, [*rest, "", "é"]))


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path):
    key = key_in(tmp_path)
    assert key_in(tmp_path) == key
    path = tmp_path / KEY_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="can be read by others"):
        key_in(tmp_path)
    path.chmod(0o600)
    path.write_text("")
    with pytest.raises(ConfigurationError, match="Remove it"):
        key_in(tmp_path)
