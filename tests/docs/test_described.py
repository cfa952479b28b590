"""What the pages say of the program is there, and what is there is said."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Final

import pytest

from pipeline.config.keys import KEY_NAMES
from pipeline.config.model import keys_of_config
from pipeline.core.address import LIMITS, REQUIRED_FIELDS
from pipeline.core.outcome import OUTCOMES, ExitCode
from pipeline.core.platforms import platforms
from pipeline.core.rules import RULES
from tests.docs.reading import PAGES, PROJECT, named, page, spans

CODE: Final = sorted((PROJECT / "pipeline").rglob("*.py"))


def _first_cells(text: str) -> list[str]:
    return re.findall(r"^\| ([^|]+?) \|", text, re.MULTILINE)


def test_the_readme_has_every_exit_code() -> None:
    """A scheduler's author reads the README first."""
    table = page("README.md").partition("## Exit codes")[2].partition("\n## ")[0]
    codes = [int(code) for cell in _first_cells(table) for code in re.findall(r"\d+", cell)]
    assert codes == [int(code) for code in ExitCode]


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_an_exit_code_on_a_page_is_there(path: Path) -> None:
    """``exit N`` in the text is one of the codes."""
    said = re.findall(r"\bexit (\d+)\b", path.read_text(encoding="utf-8"), re.IGNORECASE)
    assert {int(code) for code in said} <= {int(code) for code in ExitCode}


def test_every_outcome_is_described() -> None:
    """The page of outcomes has all of them, and the README those that end well."""
    assert {f"`{outcome}`" for outcome in OUTCOMES} <= set(_first_cells(page("docs/outcomes.md")))
    readme = spans(page("README.md"))
    assert {str(o) for o, rule in OUTCOMES.items() if rule.ends_well} <= set(readme)


def test_rules_beyond_the_table_are_described() -> None:
    """Rule ids that the job itself gives stand on the page too."""
    source = "".join(file.read_text("utf-8") for file in CODE if file.parent.name == "job")
    given = set(re.findall(r'Finding\(\s*"\w*", "(\w+)"', source)) - set(RULES)
    assert given
    assert given <= set(spans(page("docs/rules.md")))


def test_the_14_keys_and_their_limits_are_described() -> None:
    """docs/api.md has each key, whether it is required, and its most characters."""
    table = page("docs/api.md").partition("### The 14 keys")[2].partition("\n\n- ")[0]
    lines = re.findall(r"^\| `(\w+)` \| ([^|]+) \| (\d+) \|", table, re.MULTILINE)
    assert {name: int(most) for name, _, most in lines} == dict(LIMITS)
    required = {name for name, needed, _ in lines if needed == "yes"}
    assert required == {*REQUIRED_FIELDS, "zip_postal_code"}


def test_the_readme_names_shops_that_are_known() -> None:
    """A shop it names is one whose exports are recognised."""
    names = " ".join(platform.name for platform in platforms())
    for shop in ("Shopify", "WooCommerce", "Etsy"):
        assert shop in names
        assert shop in page("README.md")


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_configuration_key_on_a_page_is_there(path: Path) -> None:
    """No page names a key or a variable that the program does not know."""
    text = path.read_text(encoding="utf-8")
    sections = "|".join(sorted({key.partition(".")[0] for key in keys_of_config() if "." in key}))
    said = {span for span in spans(text) if re.fullmatch(rf"(?:{sections})\.[a-z_]+", span)}
    assert said <= set(keys_of_config())
    keys = {*KEY_NAMES, *(f"{name}_FILE" for name in KEY_NAMES)}
    assert set(re.findall(r"\bFINERWORKS_[A-Z_]+\b", text)) <= keys


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_module_on_a_page_is_there(path: Path) -> None:
    """Files of the project that the text names exist."""
    for span in spans(path.read_text(encoding="utf-8")):
        if re.fullmatch(
            r"(?:pipeline|core|job|sheets|sending|ledger|config|cli|tests)/[\w/.]+", span
        ):
            found = [(PROJECT / span).exists(), (PROJECT / "pipeline" / span).exists()]
            assert any(found), span


def test_the_libraries_are_those_that_are_imported() -> None:
    """Each library has its line with a reason, and each line is a library in use."""
    imported = {
        name.partition(".")[0] for file in CODE for name in _imports(file.read_text("utf-8"))
    } - set(sys.stdlib_module_names)
    dists = packages_distributions()
    used = {dists[name][0].lower() for name in imported - {"pipeline", "_typeshed"}}
    used -= {"pydantic_core", "pydantic-core"}  # pydantic's own other half
    table = re.findall(r"^\| `([^`]+)` \|", page("docs/decisions/libraries.md"), re.MULTILINE)
    assert {name.lower() for name in table} == used


def _imports(source: str) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
    return names
