"""A page in the system's Chromium: pictures of it, and what a machine can find wrong with it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

from playwright.sync_api import Browser, Page, Route, sync_playwright

__all__ = ["DESKTOP", "PHONE", "SCHEMES", "Looker"]

DESKTOP: Final = (1280, 800)
PHONE: Final = (390, 844)
NARROWEST: Final = (320, 700)
Scheme = Literal["light", "dark"]
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")

_AXE_RUN: Final = """
async () => {
  const found = await axe.run(document, {
    resultTypes: ['violations', 'incomplete'],
    rules: Object.fromEntries(axe.getRules().map(rule => [rule.ruleId, {enabled: true}])),
  });
  const told = kind => found[kind].map(one => [one.id, one.help, one.nodes.map(n => n.html)]);
  return {violations: told('violations'), incomplete: told('incomplete')};
}
"""
_OVERFLOW: Final = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# Rules that are off in axe itself, because they no longer hold or need what a file has not.
_NOT_OURS: Final = frozenset(
    {
        "color-contrast-enhanced",  # AAA; AA is what was promised
        "identical-links-same-purpose",  # AAA
        "meta-refresh-no-exceptions",  # AAA
    }
)


def _undecided(kind: str, rule: str, node: str) -> bool:
    """Tell what axe says it cannot decide by itself: what stands behind text in a picture, and
    what is not shown.

    That text has the colours of the page's other text, which axe does decide; and what a page does
    not show in one of its states is looked at in the other one.
    """
    if kind != "incomplete":
        return False
    in_a_picture = rule == "color-contrast" and node.startswith("<text")
    other_state = rule == "hidden-content" and re.match(r'<\w+ class="(?:[^"]* )?o(?:n|ff)\b', node)
    return in_a_picture or bool(other_state)


@dataclass
class Looker:
    """One Chromium. ``wrong`` gathers what was found, a sentence each.

    ``now`` (Unix time) is what its clock shows.
    """

    browser: Browser
    folder: Path
    now: float
    wrong: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def at_work(cls, folder: Path, now: float = 0.0) -> Iterator[Looker]:
        """Start Chromium, and end it."""
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            try:
                yield cls(browser, folder, now)
            finally:
                browser.close()

    def draw(self, name: str, file: Path, *, whole: bool = True, scripts: bool = False) -> None:
        """Draw a page on desktop, phone, light, dark and in print, as a reader with or without
        ``scripts`` sees it."""
        for device, size in (("desktop", DESKTOP), ("phone", PHONE)):
            for scheme in SCHEMES:
                with self._page(name, file, size, scheme, scripts=scripts) as page:
                    picture = self.folder / f"{name}-{device}-{scheme}.png"
                    page.screenshot(path=picture.with_stem(f"{picture.stem}-top"))
                    if whole:
                        page.screenshot(path=picture, full_page=True)
        self._print(name, file)

    def check(self, name: str, file: Path) -> None:
        """Find what is wrong: accessibility, overflow, requests, what the policy had to stop."""
        with self._page(name, file, NARROWEST, "light", scripts=True) as page:
            if page.evaluate(_OVERFLOW):
                self.wrong.append(f"{name} at {NARROWEST[0]} px: it is wider than the window")
        for size in (DESKTOP, PHONE):
            for scheme in SCHEMES:
                where = f"{name} at {size[0]} px, {scheme}"
                with self._page(name, file, size, scheme, scripts=True) as page:
                    if page.evaluate(_OVERFLOW):
                        self.wrong.append(f"{where}: it is wider than the window")
                    self._axe(where, page)

    def asked(self, name: str, file: Path, question: str) -> Any:
        """Give what an expression of JavaScript is in a page, once its own script has run."""
        with self._page(name, file, DESKTOP, "light", scripts=True) as page:
            return page.evaluate(question)

    def loads_anew(self, name: str, file: Path, seconds: float, switch: str) -> tuple[int, int]:
        """Count how often a page loads itself anew in so many seconds, and with a box unchecked."""
        with self._page(name, file, DESKTOP, "light", scripts=True) as page:
            page.clock.install(time=self.now)
            page.reload()
            counts, loads = [], []
            page.on("load", lambda _: loads.append(1))
            for _ in range(2):
                before = len(loads)
                page.clock.run_for(int(seconds * 1_000))
                page.wait_for_timeout(300)
                counts.append(len(loads) - before)
                page.locator(switch).uncheck()
            return counts[0], counts[1]

    def _axe(self, where: str, page: Page) -> None:
        for details in page.locator("details").all():  # what opens is looked at too
            details.evaluate("one => one.open = true")
        source = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
        page.evaluate(source)
        found: dict[str, Any] = page.evaluate(_AXE_RUN)
        for kind in ("violations", "incomplete"):
            for rule, words, nodes in found[kind]:
                doubted = [str(node) for node in nodes if not _undecided(kind, rule, str(node))]
                if doubted and rule not in _NOT_OURS:
                    one = " ".join(doubted[0].split())[:160]
                    self.wrong.append(f"{where}: axe {kind}: {rule}: {words} ({one})")

    def _print(self, name: str, file: Path) -> None:
        with self._page(name, file, DESKTOP, "dark", scripts=False) as page:
            pdf = self.folder / f"{name}-print.pdf"
            page.pdf(path=pdf, format="A4", prefer_css_page_size=True, print_background=True)
        drawing = ["pdftoppm", "-png", "-r", "70", str(pdf), str(pdf.with_suffix(""))]
        subprocess.run(drawing, check=True, timeout=120)

    @contextmanager
    def _page(
        self, name: str, file: Path, size: tuple[int, int], scheme: Scheme, *, scripts: bool
    ) -> Iterator[Page]:
        """Open a page that can reach nothing; whatever it asks for beside itself is wrong."""
        asked: list[str] = []
        url = file.as_uri()

        def only_itself(route: Route) -> None:
            if route.request.url.partition("#")[0] == url:
                route.continue_()
            else:
                asked.append(route.request.url)
                route.abort()

        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            java_script_enabled=scripts,
            offline=True,
            reduced_motion="reduce",
            locale="en-US",
            timezone_id="America/New_York",
        )
        try:
            page = context.new_page()
            page.clock.set_fixed_time(self.now)
            page.route("**/*", only_itself)
            page.on("console", lambda message: asked.append(message.text))
            page.on("pageerror", lambda error: asked.append(str(error)))
            page.goto(url)
            yield page
        finally:
            context.close()
        self.wrong += [f"{name}: it asked for or complained of {one[:200]}" for one in asked]
