"""The recipes for schedulers hold as far as this machine can tell."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
import types
from pathlib import Path
from typing import Any, Final, Self
from xml.etree import ElementTree as ET

import pytest

from tests.docs.cli_tree import flags_of
from tests.docs.reading import PROJECT
from tests.functional.command import Place, order, write_sheet
from tests.stub_api.server import StubApi

RECIPES: Final = PROJECT / "recipes"
UNITS: Final = sorted((RECIPES / "systemd").glob("*.service"))
TIMERS: Final = sorted((RECIPES / "systemd").glob("*.timer"))
WORST_EXPOSURE: Final = 2.0
"""Of 10; what systemd itself calls OK ends at 4."""

_ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(_ANALYZE is None, reason="systemd-analyze is not installed")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Give a home that holds nothing yet."""
    return Place(tmp_path)


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    assert _ANALYZE is not None
    return subprocess.run(
        [_ANALYZE, *words], capture_output=True, text=True, check=False, timeout=30
    )


@needs_systemd
def test_the_units_are_what_systemd_understands(tmp_path: Path) -> None:
    """No unknown setting, no typing error; the command is put where the unit has it."""
    for unit in [*UNITS, *TIMERS]:
        text = unit.read_text().replace("/opt/address-pipeline/.venv/bin/", f"{tmp_path}/")
        (tmp_path / unit.name).write_text(text)
    command = tmp_path / "address-pipeline"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    said = analyze("verify", "--man=no", *(str(tmp_path / unit.name) for unit in [*UNITS, *TIMERS]))
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_the_services_are_hardened(unit: Path) -> None:
    """What a service of ours may reach is little."""
    said = analyze("security", "--offline=true", str(unit))
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said.stdout)
    assert found is not None
    assert float(found[1]) <= WORST_EXPOSURE


def test_no_key_stands_in_a_recipe() -> None:
    """Only the names of the files that hold them."""
    texts = [path.read_text() for path in RECIPES.rglob("*") if path.is_file()]
    texts.append((PROJECT / "Dockerfile").read_text())
    for text in texts:
        assert not re.search(r"FINERWORKS_\w+_KEY=", text)


COMMAND: Final = re.compile(r"(?:address-pipeline|<Arguments>)\s*(watch\s[^\n<|]*)")


def _watch_commands() -> list[str]:
    """Give what each recipe starts, as it stands there."""
    files = [path for path in sorted(RECIPES.rglob("*")) if path.is_file()]
    return [found[1] for path in files for found in COMMAND.finditer(path.read_text())]


def test_every_flag_in_a_recipe_exists() -> None:
    """A scheduler would find out at night; and each recipe starts ``watch``."""
    known = {flag for shown in flags_of("watch") for flag in re.findall(r"--?[a-z][a-z-]*", shown)}
    commands = _watch_commands()
    used = {word for line in commands for word in line.split() if word.startswith("-")}
    starting = [p for p in RECIPES.rglob("*") if p.is_file() and p.suffix != ".timer"]
    assert len(commands) == len(starting)
    assert used >= {"--once", "--fail-on"}
    assert used <= known


def _without_target(line: str) -> str:
    assert "--live" in line
    return line.replace("--live", '--base-url "$URL"')


def test_the_line_of_the_crontab_makes_a_pass(place: Place) -> None:
    """By a shell with what the crontab sets and no more: what is to be seen to is its mail."""
    text = (RECIPES / "cron" / "crontab").read_text()
    settings = dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))
    line = re.search(r"^(?:[\d*]+ +){5}(.*)$", text, re.MULTILINE)
    assert line is not None
    inbox, keys, commands = place.home / "inbox", place.home / "keys", place.home / "bin"
    for folder in (inbox, keys, commands):
        folder.mkdir()
    (commands / "address-pipeline").symlink_to(Path(sys.executable).with_name("address-pipeline"))
    for name in ("web_api_key", "app_key"):
        (keys / name).write_text(f"{name}-marker")
        (keys / name).chmod(0o600)
    environ = {
        name: value.replace("/home/address-pipeline/keys", str(keys)).replace(
            "/opt/address-pipeline/.venv/bin", str(commands)
        )
        for name, value in settings.items()
    }
    command = _without_target(line[1]).replace("/srv/address-pipeline", str(inbox))
    environ |= {
        "HOME": str(place.home),
        "ADDRESS_PIPELINE_WATCH__SETTLE_SECONDS": "0",
        "PYTHONPATH": str(PROJECT),
    }
    write_sheet(inbox / "export.csv", [order(1), order(2, city="")])
    with StubApi() as stub:
        ended = subprocess.run(
            ["sh", "-c", command],
            cwd=place.home,
            env={**environ, "URL": stub.url},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        sent = [(seen.order_id, seen.header("web_api_key")) for seen in stub.puts()]
    assert (ended.returncode, ended.stderr) == (1, "")
    assert ended.stdout.startswith("export.csv needs attention")
    assert sent == [(1, "web_api_key-marker")]


def _operator(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Load the DAG as Airflow would, and give what its one task was made of."""
    made: dict[str, Any] = {}

    class Dag:
        def __init__(self, *_: object, **options: object) -> None:
            made["dag"] = options

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

    def operator(**options: object) -> None:
        made["task"] = options

    modules: dict[str, dict[str, object]] = {
        "airflow": {"DAG": Dag},
        "airflow.operators": {},
        "airflow.operators.bash": {"BashOperator": operator},
    }
    for name, members in modules.items():
        module = types.ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    runpy.run_path(str(RECIPES / "airflow" / "correct_addresses.py"))
    return made


@pytest.mark.parametrize(
    ("codes", "ends", "calls"),
    [
        ([0], 0, 1),
        ([5, 6, 0], 0, 3),
        ([5, 5, 5, 5], 5, 4),
        ([1], 1, 1),
        ([4], 4, 1),
        ([6, 143], 143, 2),
    ],
)
def test_airflow_repeats_on_5_and_6_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, codes: list[int], ends: int, calls: int
) -> None:
    """Another code wants a person, and fails the task at once."""
    task = _operator(monkeypatch)["task"]
    for name, text in (
        ("address-pipeline", 'echo x >> calls\nexit "$(sed -n "$(wc -l < calls)p" codes)"\n'),
        ("sleep", "exit 0\n"),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "codes").write_text("".join(f"{code}\n" for code in codes))
    ended = subprocess.run(
        ["bash", "-c", task["bash_command"]],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=False,
        timeout=20,
    )
    assert ended.returncode == ends
    assert len((tmp_path / "calls").read_text().split()) == calls


def test_airflow_runs_one_pass_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nights that were missed are not made up for, one after the other."""
    made = _operator(monkeypatch)
    assert (made["dag"]["max_active_runs"], made["dag"]["catchup"]) == (1, False)
    assert made["task"]["retries"] == 0


def test_the_task_of_windows_is_sound() -> None:
    """Well-formed, in the scheduler's own namespace, one pass at a time."""
    task = ET.parse(RECIPES / "windows" / "nightly.xml").getroot()
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    assert task.findtext("t:Settings/t:MultipleInstancesPolicy", "", space) == "IgnoreNew"
    assert task.findtext("t:Actions/t:Exec/t:Arguments", "", space).startswith("watch ")


def test_the_image_is_given_all_that_the_package_is_made_of() -> None:
    """What is copied is let through, and the other way round."""
    copied = {
        word
        for line in (PROJECT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    }
    ignored = (PROJECT / ".dockerignore").read_text().split()
    assert {name.removeprefix("./") for name in copied} == {
        name.removeprefix("!") for name in ignored if name.startswith("!")
    }
