"""Trend of a lag: Theil-Sen slope, Mann-Kendall test, the word for it, and the catch-up time."""

from __future__ import annotations

import enum
import math
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from statistics import median

from streams.lag.model import CatchUp

TREND_SAMPLES = 5  # with fewer, Mann-Kendall cannot reach p < 0.05 at all
SIGNIFICANT_P = 0.05
SLOPE_POINTS = 15  # 105 pairs instead of 435, and the median hardly moves
NOTABLE_RECORDS = 10  # a change below this, or below NOTABLE_SHARE, is noise
NOTABLE_SHARE = 0.01

Point = tuple[int, int]  # time in ms, lag in records


class Trend(enum.StrEnum):
    RISING = "rising"
    FALLING = "falling"
    STEADY = "steady"
    UNKNOWN = "unknown"


def slope_per_s(points: Sequence[Point]) -> float:
    """Theil-Sen: the median of pairwise slopes, records per second; 0.0 without two times.

    At most 15 evenly spread points are paired: the cost grows with their square.
    """
    step = -(-len(points) // SLOPE_POINTS) or 1
    slopes = [
        (later_lag - lag) / (later_ms - t_ms)
        for (t_ms, lag), (later_ms, later_lag) in combinations(points[::-step][::-1], 2)
        if later_ms > t_ms
    ]
    return median(slopes) * 1000 if slopes else 0.0


def p_value(values: Sequence[int]) -> float:
    """Two-sided Mann-Kendall test with the correction for ties; 1.0 when nothing can be said."""
    count = len(values)
    if count < 3:
        return 1.0
    pairs = list(combinations(values, 2))
    score = sum(later > value for value, later in pairs)
    score -= sum(later < value for value, later in pairs)
    ties = sum(size * (size - 1) * (2 * size + 5) for size in Counter(values).values())
    variance = (count * (count - 1) * (2 * count + 5) - ties) / 18
    if variance <= 0 or score == 0:
        return 1.0
    return math.erfc((abs(score) - 1) / math.sqrt(2 * variance))


def is_notable(first: int, last: int) -> bool:
    """Whether a lag changed by more than ten records and more than one per cent."""
    return abs(last - first) > max(NOTABLE_RECORDS, NOTABLE_SHARE * first)


def trend(points: Sequence[Point]) -> Trend:
    """The word for where a lag is going; `UNKNOWN` with fewer than five points."""
    if len(points) < TREND_SAMPLES:
        return Trend.UNKNOWN
    lags = [lag for _, lag in points]
    if not is_notable(lags[0], lags[-1]) or p_value(lags) >= SIGNIFICANT_P:
        return Trend.STEADY
    slope = slope_per_s(points)
    if slope > 0 and lags[-1] > lags[0]:
        return Trend.RISING
    if slope < 0 and lags[-1] < lags[0]:
        return Trend.FALLING
    return Trend.STEADY


def catch_up_s(due: int, commits: Sequence[Point], ends: Sequence[Point]) -> float | CatchUp:
    """Seconds until nothing is due if both rates stay as they were over the points given."""
    if due == 0:
        return 0.0
    read, written = _rate_per_s(commits), _rate_per_s(ends)
    if read is None or written is None:
        return CatchUp.UNKNOWN
    return due / (read - written) if read > written else CatchUp.NOT_CATCHING_UP


def _rate_per_s(points: Sequence[Point]) -> float | None:
    if len(points) < 2 or points[-1][0] <= points[0][0]:
        return None
    return (points[-1][1] - points[0][1]) * 1000 / (points[-1][0] - points[0][0])
