"""The colour tokens keep WCAG contrast in both themes; the styles keep their budget and their manners."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLES = Path(__file__).parents[3] / "static" / "css"
TOKENS = (STYLES / "tokens.css").read_text(encoding="utf-8")
TEXTS = ("text-1", "text-2", "text-3", "accent", "ok", "warn", "bad", "unknown", "stale", "info")
SURFACES = ("surface-0", "surface-1", "surface-2")
STATES = ("ok", "warn", "bad", "unknown", "stale", "info")
TEXT_RATIO, SHAPE_RATIO = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11
COMMON = ("tokens.css", "tributary.css")  # what every page loads
BUDGET_BYTES, OWN_BUDGET_BYTES, OWN_SHEETS = 40 * 1024, 5 * 1024, 3
PAIRS: dict[str, str] = dict(re.findall(r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\);", TOKENS))


def colour(name: str, theme: str) -> str:
    """The value of a token in a theme."""
    light, dark = PAIRS[name].split(", ")
    return light if theme == "light" else dark


def luminance(value: str) -> float:
    """Relative luminance (WCAG 2.2, glossary)."""
    channels = [int(value[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours."""
    brighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_contrast_of_black_on_white_is_the_known_figure() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("text", TEXTS)
def test_every_text_is_readable_on_every_surface(text: str, surface: str, theme: str) -> None:
    assert contrast(colour(text, theme), colour(surface, theme)) >= TEXT_RATIO


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_readable_on_its_soft_ground(state: str, theme: str) -> None:
    assert contrast(colour(state, theme), colour(f"{state}-soft", theme)) >= TEXT_RATIO
    assert contrast(colour("text-1", theme), colour(f"{state}-soft", theme)) >= TEXT_RATIO


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_main_button_and_the_chosen_row_are_readable(theme: str) -> None:
    assert contrast(colour("accent-ink", theme), colour("accent", theme)) >= TEXT_RATIO
    assert contrast(colour("text-1", theme), colour("accent-soft", theme)) >= TEXT_RATIO


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["line-strong", *(f"series-{number}" for number in range(1, 9))])
def test_borders_of_controls_and_chart_lines_are_visible(name: str, theme: str) -> None:
    assert contrast(colour(name, theme), colour("surface-1", theme)) >= SHAPE_RATIO


def test_registered_colours_say_the_light_value() -> None:
    registered = dict(
        re.findall(
            r'@property --([\w-]+) \{ syntax: "<color>"; inherits: true; initial-value: (#\w+); \}',
            TOKENS,
        )
    )
    assert {"series-1", "line", "text-1", "text-3", "unknown"} <= set(registered)
    assert {name: colour(name, "light") for name in registered} == registered


def test_every_token_that_is_used_exists() -> None:
    style = "".join(file.read_text(encoding="utf-8") for file in STYLES.glob("*.css"))
    used = set(re.findall(r"var\(--([\w-]+)", style + TOKENS))
    defined = set(re.findall(r"--([\w-]+):", style + TOKENS))
    assert used - defined == set()


def test_the_styles_keep_their_budget_and_never_shout() -> None:
    files = sorted(STYLES.glob("*.css"))
    own = [file for file in files if file.name not in COMMON]
    assert sum(file.stat().st_size for file in files if file not in own) <= BUDGET_BYTES
    assert all(file.stat().st_size <= OWN_BUDGET_BYTES for file in own)
    assert len(own) <= OWN_SHEETS
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert "!important" not in text
        assert "http" not in text
