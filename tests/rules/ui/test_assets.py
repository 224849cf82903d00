"""Vendored files are what the manifest says; scripts and templates keep the house's manners."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"
MANIFEST = json.loads((STATIC / "vendor" / "manifest.json").read_text(encoding="utf-8"))
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
PAGES = sorted(TEMPLATES.rglob("*.html"))
PARTS = sorted((TEMPLATES / "parts").rglob("*.html"))
LINES_OF_A_MODULE = 200
WITHOUT_INPUTS = {"figures.html", "lineage_legend.html"}


@pytest.mark.parametrize("asset", MANIFEST, ids=lambda asset: asset["name"])
def test_a_vendored_asset_is_unchanged_and_licensed(asset: dict[str, object]) -> None:
    assert {"name", "version", "source", "files", "licence", "licence_file"} <= set(asset)
    assert (STATIC / str(asset["licence_file"])).read_text(encoding="utf-8").strip()
    for file in asset["files"]:  # type: ignore[attr-defined]  # a list, by the manifest's form
        assert hashlib.sha256((STATIC / file["path"]).read_bytes()).hexdigest() == file["sha256"], (
            file["path"]
        )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_module_is_small_and_imports_by_bare_name(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LINES_OF_A_MODULE
    names = {path.stem for path in SCRIPTS} | {"uplot"}
    imports = re.findall(r'^import [^"]*"([^"]+)"|import\("([^"]+)"\)', text, flags=re.M)
    assert {static or dynamic for static, dynamic in imports} <= names
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert "eval(" not in text
    assert text.startswith("/**")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_carries_no_inline_style_or_script(page: Path) -> None:
    text = re.sub(
        r"\{% comment %\}.*?\{% endcomment %\}", "", page.read_text(encoding="utf-8"), flags=re.S
    )
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"|hx-on|\|safe\b|autoescape off", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text)


@pytest.mark.parametrize("part", PARTS, ids=lambda path: path.name)
def test_a_part_says_what_it_is_and_declares_its_inputs(part: Path) -> None:
    text = part.read_text(encoding="utf-8")
    assert text.startswith("{% comment %}")
    assert part.name in WITHOUT_INPUTS or "<c-vars " in text


def test_every_icon_and_module_that_a_template_names_exists() -> None:
    sprite = set(
        re.findall(
            r'<symbol id="([^"]+)"', (STATIC / "icons" / "icons.svg").read_text(encoding="utf-8")
        )
    )
    words = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    icons = set(re.findall(r"\{% icon \"([\w-]+)\"", words)) | set(
        re.findall(r"<c-[^>]*\sicon=\"([\w-]+)\"", words)
    )
    assert icons - sprite == set()
    modules = set(re.findall(r'data-module="([\w-]+)"', words))
    assert modules - {path.stem for path in SCRIPTS} == set()


def test_the_icons_that_states_choose_exist() -> None:
    from mesh.kernel.navigation import ROOMS, TOOLS
    from mesh.kernel.templatetags import shapes

    sprite = set(
        re.findall(
            r'<symbol id="([^"]+)"', (STATIC / "icons" / "icons.svg").read_text(encoding="utf-8")
        )
    )
    tables = (
        shapes.STATE_ICONS,
        shapes.CELL_ICONS,
        shapes.CHANGE_ICONS,
        shapes.NODE_ICONS,
        shapes.STEP_ICONS,
    )
    chosen = {name for table in tables for name in table.values()}
    assert (chosen | {place.icon for place in (*ROOMS, *TOOLS)}) - sprite == set()
