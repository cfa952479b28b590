"""Which source counts, pair by pair; which file is read; what each value is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.config import Config
from pipeline.core.errors import ConfigError
from tests.config.conftest import Place

CASES = [
    # key, in the file, in the environment, as a flag; each with what it becomes
    ("rate.workers", ("3", 3), ("4", 4), (5, 5)),
    ("rate.max_per_second", ("3", 3.0), ("4", 4.0), (5, 5.0)),
    ("sheet.missing", ("clear", "clear"), ("ask", "ask"), ("clear", "clear")),
    ("sheet.worksheet", ("'File'", "File"), ("Env", "Env"), ("Flag", "Flag")),
    ("results.kind", ("csv", "csv"), ("xlsx", "xlsx"), ("same", "same")),
    ("api.country_case", ("upper", "upper"), ("lower", "lower"), ("upper", "upper")),
]


def _variable(key: str) -> str:
    return "ADDRESS_PIPELINE_" + key.replace(".", "__").upper()


def _value(config: Config, key: str) -> Any:
    section, name = key.split(".")
    return getattr(getattr(config, section), name)


def _put(place: Place, key: str, text: str) -> Path:
    section, name = key.split(".")
    return place.write(f"{section}:\n  {name}: {text}\n")


@pytest.mark.parametrize(("key", "in_file", "in_env", "as_flag"), CASES)
class TestPrecedence:
    """flags > environment > file > defaults."""

    def test_file_beats_default(
        self, place: Place, key: str, in_file: Any, in_env: Any, as_flag: Any
    ) -> None:
        """A value of the file counts over the default."""
        path = _put(place, key, in_file[0])
        loaded = place.load()
        assert (_value(loaded.config, key), loaded.origins[key]) == (in_file[1], f"file {path}")

    def test_environment_beats_default(
        self, place: Place, key: str, in_file: Any, in_env: Any, as_flag: Any
    ) -> None:
        """A variable counts over the default."""
        place.environ[_variable(key)] = in_env[0]
        loaded = place.load()
        assert (_value(loaded.config, key), loaded.origins[key]) == (in_env[1], "environment")

    def test_flag_beats_default(
        self, place: Place, key: str, in_file: Any, in_env: Any, as_flag: Any
    ) -> None:
        """A flag counts over the default."""
        loaded = place.load(flags={key: as_flag[0]})
        assert (_value(loaded.config, key), loaded.origins[key]) == (as_flag[1], "flag")

    def test_environment_beats_file(
        self, place: Place, key: str, in_file: Any, in_env: Any, as_flag: Any
    ) -> None:
        """A variable counts over the file."""
        _put(place, key, in_file[0])
        place.environ[_variable(key)] = in_env[0]
        loaded = place.load()
        assert (_value(loaded.config, key), loaded.origins[key]) == (in_env[1], "environment")

    def test_flag_beats_file(
        self, place: Place, key: str, in_file: Any, in_env: Any, as_flag: Any
    ) -> None:
        """A flag counts over the file."""
        _put(place, key, in_file[0])
        loaded = place.load(flags={key: as_flag[0]})
        assert (_value(loaded.config, key), loaded.origins[key]) == (as_flag[1], "flag")

    def test_flag_beats_environment(
        self, place: Place, key: str, in_file: Any, in_env: Any, as_flag: Any
    ) -> None:
        """A flag counts over a variable, and over a file below both."""
        _put(place, key, in_file[0])
        place.environ[_variable(key)] = in_env[0]
        loaded = place.load(flags={key: as_flag[0]})
        assert (_value(loaded.config, key), loaded.origins[key]) == (as_flag[1], "flag")


def test_sources_are_merged_key_by_key(place: Place) -> None:
    """A stronger source replaces single keys, not whole sections."""
    place.write("rate:\n  workers: 3\n  start_per_second: 2\n")
    place.environ["ADDRESS_PIPELINE_RATE__MAX_PER_SECOND"] = "7"
    rate = place.load(flags={"rate.workers": 9}).config.rate
    assert (rate.start_per_second, rate.max_per_second, rate.workers) == (2.0, 7.0, 9)


def test_columns_are_merged_field_by_field(place: Place) -> None:
    """sheet.columns of all sources is one map; the stronger source wins a field."""
    place.write("sheet:\n  columns: {city: Ort, zip_postal_code: PLZ}\n")
    place.environ["ADDRESS_PIPELINE_SHEET__COLUMNS"] = '{"city": "Stadt", "phone": "Tel"}'
    place.environ["ADDRESS_PIPELINE_SHEET__COLUMNS__PHONE"] = "Telefon"
    columns = place.load(flags={"sheet.columns": {"email": "Mail"}}).config.sheet.columns
    assert columns == {
        "city": "Stadt",
        "zip_postal_code": "PLZ",
        "phone": "Telefon",
        "email": "Mail",
    }


def test_without_any_source_there_are_defaults(place: Place) -> None:
    """Nothing set: the defaults, no file, and every key says so."""
    loaded = place.load()
    assert loaded.config == Config()
    assert loaded.file is None
    assert set(loaded.origins.values()) == {"default"}


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "~\n", "rate:\napi:\n  target:\n"])
def test_an_empty_file_changes_nothing(place: Place, text: str) -> None:
    """Empty files, sections and values mean the defaults."""
    path = place.write(text)
    loaded = place.load()
    assert (loaded.config, loaded.file) == (Config(), path)
    assert set(loaded.origins.values()) == {"default"}


def test_nothing_is_read_from_the_process_itself(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the environment that is handed in counts."""
    monkeypatch.setenv("ADDRESS_PIPELINE_RATE__WORKERS", "2")
    monkeypatch.setenv("RATE", '{"workers": 2}')
    assert place.load().config.rate.workers == 16


def test_an_empty_variable_or_absent_flag_counts_as_not_set(place: Place) -> None:
    """``VAR=`` and a flag that was not given leave the file's value alone."""
    place.write("rate:\n  workers: 3\n")
    place.environ |= {"ADDRESS_PIPELINE_RATE__WORKERS": "", "ADDRESS_PIPELINE_CONFIG": ""}
    assert place.load(flags={"rate.workers": None}).config.rate.workers == 3


def test_which_file_is_read(place: Place) -> None:
    """--config, else ADDRESS_PIPELINE_CONFIG, else the working folder's, else the user's."""
    paths = [
        place.user / "config.yaml",
        place.cwd / "config.yaml",
        place.cwd / "env.yaml",
        place.cwd / "flag.yaml",
    ]
    assert place.load().file is None
    for workers, path in enumerate(paths[:2], start=1):
        place.write(f"rate:\n  workers: {workers}\n", path)
        loaded = place.load()
        assert (loaded.file, loaded.config.rate.workers) == (path, workers)
    for workers, path in enumerate(paths[2:], start=3):
        place.write(f"rate:\n  workers: {workers}\n", path)
    place.environ["ADDRESS_PIPELINE_CONFIG"] = "env.yaml"
    loaded = place.load()
    assert (loaded.file, loaded.config.rate.workers) == (paths[2], 3)
    loaded = place.load(file=Path("flag.yaml"))
    assert (loaded.file, loaded.config.rate.workers) == (paths[3], 4)


@pytest.mark.parametrize("by", ["flag", "environment"])
def test_a_named_file_must_be_there(place: Place, by: str) -> None:
    """A file that was named and is missing is an error, not a reason to look elsewhere."""
    place.write("rate:\n  workers: 3\n")
    if by == "environment":
        place.environ["ADDRESS_PIPELINE_CONFIG"] = "gone.yaml"
    with pytest.raises(ConfigError, match=r"gone\.yaml cannot be read \(No such file"):
        place.load(file=Path("gone.yaml") if by == "flag" else None)


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        (lambda path: path.mkdir(), "cannot be read"),
        (lambda path: path.symlink_to(path), "cannot be read"),
        (lambda path: path.write_bytes(b"rate:\n  \xff\xfe"), "not UTF-8"),
        (lambda path: path.write_bytes(b"#" * 1_000_001), "too long"),
        (lambda path: path.symlink_to("/dev/null"), "no file"),
    ],
)
def test_a_file_that_cannot_be_one_is_named(place: Place, prepare: Any, why: str) -> None:
    """What stands there as config.yaml and cannot be read ends in a sentence that names it."""
    prepare(place.cwd / "config.yaml")
    with pytest.raises(ConfigError, match=why) as caught:
        place.load()
    assert "config.yaml" in str(caught.value)


def test_a_byte_order_mark_is_no_key(place: Place) -> None:
    """A file saved by Windows' Notepad is read like any other."""
    place.write("\ufeffrate:\r\n  workers: 3\r\n")
    assert place.load().config.rate.workers == 3


def test_relative_paths_start_where_they_were_written(place: Place, tmp_path: Path) -> None:
    """Paths of a file start at its folder, those of flags and variables at the working folder."""
    place.write("state_dir: state\nresults:\n  folder: out\n", place.user / "config.yaml")
    loaded = place.load()
    assert loaded.config.state_dir == place.user / "state"
    assert loaded.config.results.folder == place.user / "out"
    place.environ["ADDRESS_PIPELINE_STATE_DIR"] = "env-state"
    assert place.load().config.state_dir == place.cwd / "env-state"
    assert place.load(flags={"state_dir": tmp_path}).config.state_dir == tmp_path


def test_a_path_may_start_at_home(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """``~`` is the user's home; a home that does not exist is a folder's name."""
    monkeypatch.setenv("HOME", str(place.user))
    assert place.load(flags={"state_dir": "~/state"}).config.state_dir == place.user / "state"
    odd = place.load(flags={"state_dir": "~no-such-user-here/x"}).config.state_dir
    assert odd == place.cwd / "~no-such-user-here/x"


def test_a_ca_file_must_exist(place: Place) -> None:
    """A missing ca_file is found before anything is sent."""
    place.write("api:\n  ca_file: gone.pem\n")
    with pytest.raises(ConfigError, match=r"line 2: api\.ca_file names no file"):
        place.load()
    with pytest.raises(ConfigError, match=r"api\.ca_file names no file"):
        place.load(flags={"api.ca_file": "x" * 5_000})
    (place.cwd / "gone.pem").touch()
    assert place.load().config.api.ca_file == place.cwd / "gone.pem"


@pytest.mark.parametrize(
    ("value", "repair"),
    [
        ("all", "all"),
        ("none", "none"),
        ("zip_zero, phone_label", ("zip_zero", "phone_label")),
        ('["zip_zero"]', ("zip_zero",)),
    ],
)
def test_repair_takes_words_and_lists(place: Place, value: str, repair: Any) -> None:
    """A list of repairs may be written with commas or as JSON."""
    place.environ["ADDRESS_PIPELINE_SHEET__REPAIR"] = value
    assert place.load().config.sheet.repair == repair


def test_the_configuration_is_frozen(place: Place) -> None:
    """Nobody changes a value after loading."""
    config = place.load().config
    with pytest.raises(ValidationError, match="frozen"):
        config.rate.workers = 3
    with pytest.raises(ValidationError, match="frozen"):
        config.state_dir = None  # type: ignore[misc]  # refused is what is tested
