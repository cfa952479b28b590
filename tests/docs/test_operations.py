"""docs/operations.md says of everything that can go wrong what it means, and its commands hold."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from pipeline.core.events import EVENTS
from pipeline.core.outcome import ExitCode
from pipeline.folder.places import Places
from pipeline.observing.metrics import METRICS
from tests.docs.reading import PROJECT, Block, blocks, page, spans

TEXT: Final = page("docs/operations.md")
BLOCKS: Final = {block.marker: block for block in blocks(TEXT) if block.marker}
ALARMS: Final = TEXT.partition("<!-- alarms -->")[2].partition("<!-- end of alarms -->")[0]
UNITS: Final = sorted((PROJECT / "recipes" / "systemd").glob("*.service"))


def _lines() -> list[list[str]]:
    rows = [line for line in ALARMS.strip().splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def test_every_alarm_says_what_to_do() -> None:
    """What is seen, what it means, what to do: no line without all three."""
    lines = _lines()
    assert len(lines) > 15
    assert all(len(line) == 3 and all(line) for line in lines)


def test_every_exit_code_but_0_is_an_alarm() -> None:
    """Each code that a scheduler may see has its line."""
    seen = " ".join(line[0] for line in _lines())
    codes = {
        int(code)
        for found in re.findall(r"exit ([\d, ]+)", seen)
        for code in found.split(",")
        if code.strip()
    }
    assert codes == {int(code) for code in ExitCode} - {0}


def test_every_event_that_warns_is_an_alarm() -> None:
    """Whoever filters the log by its level finds each event that comes."""
    seen = set(spans("\n".join(line[0] for line in _lines())))
    grave = {event.name() for event in EVENTS if event.level not in {"info", "debug"}}
    assert grave
    assert grave | {"command_ended"} <= seen


def test_metrics_and_places_of_the_alarms_are_there() -> None:
    """No alarm waits for a metric or a folder that the program does not have."""
    words = spans(TEXT)
    named = {word for word in words if word.startswith("address_pipeline_")}
    assert named
    assert named <= set(METRICS)
    assert {path.name for path in Places(Path("x"), "n").all} - {"n"} <= set(words)


def test_what_is_installed_is_where_the_units_look() -> None:
    """User, program, folder, keys and state of the page are those of every unit."""
    install = BLOCKS["install"].text
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        program = re.search(
            r"^ExecStart=(\S+)/bin/address-pipeline watch (\S+) ", text, re.MULTILINE
        )
        assert program is not None
        assert f"python3 -m venv {program[1]}\n" in install
        assert re.search(rf"install -d .* -m 2770 {program[2]}\n", install)
        for name in re.findall(r"^LoadCredential=\w+:(\S+)$", text, re.MULTILINE):
            assert f"install -m 0600 /dev/null {name}\n" in install
        user = re.search(r"^User=(\S+)$", text, re.MULTILINE)
        assert user is not None
        assert re.search(rf"^useradd .* {user[1]}$", install, re.MULTILINE)
        assert f"/var/lib/{_of(text, 'StateDirectory')}" in BLOCKS["as the service"].text
    for name in re.findall(r"enable --now (\S+)", install):
        file = name if name.endswith(".timer") else f"{name}.service"
        assert (PROJECT / "recipes" / "systemd" / file).exists()


def _of(unit: str, name: str) -> str:
    found = re.search(rf"^{name}=(\S+)$", unit, re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_the_drop_in_is_what_systemd_understands(tmp_path: Path) -> None:
    """The settings of the page, put behind those of the unit."""
    unit = (PROJECT / "recipes/systemd/address-pipeline-watch.service").read_text("utf-8")
    command = tmp_path / "address-pipeline"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    unit = unit.replace("/opt/address-pipeline/.venv/bin/", f"{tmp_path}/")
    drop_in = tmp_path / "address-pipeline-watch.service.d"
    drop_in.mkdir()
    (drop_in / "override.conf").write_text(_block("drop-in").text)
    (tmp_path / "address-pipeline-watch.service").write_text(unit)
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "address-pipeline-watch.service")],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (said.returncode, said.stderr) == (0, "")


def _block(marker: str) -> Block:
    return BLOCKS[marker]
