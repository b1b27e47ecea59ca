"""Starting the UI as `make dev` does, in a folder with Dagster's own files."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from harvest_qb_pipeline.cli.templates import TEMPLATES

LONGEST_START_SECONDS = 120


def test_the_ui_starts_beside_a_dagster_yaml_without_a_warning(environment: dict[str, str], tmp_path: Path) -> None:
    shutil.copy(TEMPLATES / "dagster.yaml", tmp_path)
    log = tmp_path / "log.txt"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "harvest_qb_pipeline.cli", "dev", "--port", str(port)]
    with (
        log.open("w") as file,
        subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=file, stderr=file) as process,
    ):
        try:
            give_up_at = time.monotonic() + LONGEST_START_SECONDS
            # The sensors are looked at last of all that is said while it starts.
            while not {"Serving dagster-webserver", "sensor: push_when_ready"} <= _said(log):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < give_up_at, log.read_text()
                time.sleep(0.2)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
    said = log.read_text()
    assert "WARNING" not in said, said
    assert "Warning" not in said, said
    assert process.returncode == 0, said


def _said(log: Path) -> set[str]:
    text = log.read_text()
    return {words for words in ("Serving dagster-webserver", "sensor: push_when_ready") if words in text}
