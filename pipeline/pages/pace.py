"""Requests a second over time, as bars that a template can draw; no picture of under 3 seconds.

A long run is shown in at most :data:`MOST_BARS` bars, each of so many seconds. A run that was cut
off and went on later has a long hole in it; such a hole is a narrow column of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from pipeline.core.account import Moment

__all__ = ["MOST_BARS", "Bar", "Lane", "Pace", "Tick", "pace_of"]

MOST_BARS: Final = 120
LEAST_SECONDS: Final = 3
"""What took less is told in a sentence."""
_WIDTHS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600)
_LONGEST: Final = 600
"""A hole that is longer than this, and than all the rest, is a break between two sittings."""
_IDLE_SECONDS: Final = 5
PLOT: Final = 150.0
"""Height of the bars' part of the picture, in pixels."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Some seconds of a run. ``x`` and ``width`` in percent of the picture, ``height`` in pixels.

    ``begins`` and ``ends`` are seconds of sending; ``idle``: part of a time in which nothing ended;
    ``rest`` is how long the run was at rest, where the bar stands for that.
    """

    x: float
    width: float
    begins: int
    ends: int
    sent: int
    retried: int
    throttled: int
    failed: int
    height: float
    idle: bool = False
    rest: int = 0

    @property
    def per_second(self) -> float:
        """Tries that ended a second."""
        return self.sent / max(1, self.ends - self.begins)


@dataclass(frozen=True, slots=True)
class Lane:
    """A strip below the bars: what happened when, as (x, width, height) of each mark."""

    name: str
    total: int
    marks: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, in percent (time) or in pixels from the top (rate)."""

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Pace:
    """The whole picture. ``learned_y``: where the line of the learned rate goes, if it fits."""

    bars: tuple[Bar, ...]
    lanes: tuple[Lane, ...]
    seconds_a_bar: int
    seconds: int
    peak: float
    rates: tuple[Tick, ...]
    times: tuple[Tick, ...]
    learned_y: float | None
    idle: bool
    rests: tuple[int, ...]


LANE: Final = 22.0
"""Height of the marks of a lane, in pixels."""


def pace_of(moments: Sequence[Moment], learned: float | None) -> Pace | None:
    """Lay out what each second saw; ``None`` where there is too little of it for a picture."""
    sittings = _sittings(moments)
    seconds = sum(len(sitting) for sitting in sittings)
    if seconds < LEAST_SECONDS:
        return None
    room = max(MOST_BARS // 4, MOST_BARS - 2 * len(sittings))
    width = next((w for w in _WIDTHS if seconds / w <= room), -(-seconds // room))
    raw = list(_bars(sittings, width))
    peak = max(bar.per_second for bar in raw)
    top = _nice(max(peak, learned) if learned and learned <= 2 * peak else peak)
    bars = tuple(_laid_out(raw, top))
    return Pace(
        bars=bars,
        lanes=tuple(_lanes(bars)),
        seconds_a_bar=width,
        seconds=seconds,
        peak=peak,
        rates=tuple(Tick(PLOT * (1 - part), top * part) for part in (1.0, 0.5)),
        times=tuple(_times(bars, seconds)),
        learned_y=PLOT * (1 - learned / top) if learned and learned <= top else None,
        idle=any(bar.idle for bar in bars),
        rests=tuple(bar.rest for bar in bars if bar.rest),
    )


@dataclass(slots=True)
class _Sitting:
    """A stretch of seconds without a break."""

    begins: int
    ends: int
    moments: list[Moment]

    def __len__(self) -> int:
        return self.ends - self.begins


def _sittings(moments: Sequence[Moment]) -> list[_Sitting]:
    if not moments:
        return []
    gaps = [later.at - one.at for one, later in pairwise(moments)]
    active = sum(gap for gap in gaps if gap <= _LONGEST)
    longest = max(_LONGEST, active)
    sittings = [_Sitting(moments[0].at, moments[0].at + 1, [])]
    for one in moments:
        if one.at - sittings[-1].ends >= longest:
            sittings.append(_Sitting(one.at, one.at + 1, []))
        sittings[-1].moments.append(one)
        sittings[-1].ends = one.at + 1
    return sittings


def _bars(sittings: Sequence[_Sitting], width: int) -> Iterator[Bar]:
    before, ended = 0, None
    for sitting in sittings:
        if ended is not None:
            yield Bar(0, 0, before, before, 0, 0, 0, 0, 0, rest=sitting.begins - ended)
        counts: dict[int, list[int]] = {}
        for one in sitting.moments:
            seen = counts.setdefault((one.at - sitting.begins) // width, [0, 0, 0, 0])
            for at, value in enumerate((one.sent, one.retried, one.throttled, one.failed)):
                seen[at] += value
        for number in range(-(-len(sitting) // width)):
            begins = number * width
            ends = min(begins + width, len(sitting))
            sent, retried, throttled, failed = counts.get(number, [0, 0, 0, 0])
            yield Bar(0, 0, before + begins, before + ends, sent, retried, throttled, failed, 0)
        before, ended = before + len(sitting), sitting.ends


_REST_WIDTH: Final = 3.0
"""Width of a break, in percent; many of them share what is left for them."""
_ALL_RESTS: Final = 30.0


def _laid_out(raw: Sequence[Bar], top: float) -> Iterator[Bar]:
    rests = sum(1 for bar in raw if bar.rest)
    a_rest = min(_REST_WIDTH, _ALL_RESTS / max(1, rests))
    a_second = (100 - rests * a_rest) / max(1, sum(bar.ends - bar.begins for bar in raw))
    idle = _idle(raw)
    x = 0.0
    for at, bar in enumerate(raw):
        width = a_rest if bar.rest else (bar.ends - bar.begins) * a_second
        yield Bar(
            x,
            width,
            bar.begins,
            bar.ends,
            bar.sent,
            bar.retried,
            bar.throttled,
            bar.failed,
            PLOT * bar.per_second / top,
            at in idle,
            bar.rest,
        )
        x += width


def _idle(bars: Sequence[Bar]) -> set[int]:
    """Find the times of some seconds in which nothing ended."""
    found: set[int] = set()
    quiet: list[int] = []
    for at, bar in enumerate([*bars, None]):
        if bar is not None and not bar.sent and not bar.rest:
            quiet.append(at)
            continue
        if sum(bars[one].ends - bars[one].begins for one in quiet) >= _IDLE_SECONDS:
            found.update(quiet)
        quiet = []
    return found


def _lanes(bars: Sequence[Bar]) -> Iterator[Lane]:
    for name, kind in (
        ("Turned away as too many (429, 503)", "throttled"),
        ("Failed for another cause", "failed"),
        ("Retries", "retried"),
    ):
        counts = [getattr(bar, kind) for bar in bars]
        if most := max(counts, default=0):
            yield Lane(
                name,
                sum(counts),
                tuple(
                    (bar.x, bar.width, max(4.0, LANE * count / most))
                    for bar, count in zip(bars, counts, strict=True)
                    if count
                ),
            )


def _nice(value: float) -> float:
    """Round up to 1, 2, 3, 4, 5, 6 or 8 times a power of ten."""
    power = 1.0
    while value > 10 * power:
        power *= 10
    while value < power:
        power /= 10
    return next(step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= value - 1e-9)


def _times(bars: Sequence[Bar], seconds: int) -> Iterator[Tick]:
    """Give at most five ticks of round times within the run; the picture itself shows its ends."""
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600)
    step = next((one for one in steps if seconds / one <= 5), -(-seconds // 5 // 86_400) * 86_400)
    for second in range(step, seconds, step):
        bar = next(one for one in bars if one.begins <= second < one.ends)
        part = (second - bar.begins) / (bar.ends - bar.begins)
        at = bar.x + bar.width * part
        if at <= 94:  # the label would hang over the edge
            yield Tick(at, second)
