"""The parts gallery (every component in every state) and the page of licences."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mesh.kernel import specimens


@dataclass(frozen=True, slots=True)
class Asset:
    """A vendored asset and its licence."""

    name: str
    version: str
    licence: str
    words: str


@cache
def vendored_assets() -> tuple[Asset, ...]:
    """What static/vendor/manifest.json lists, with the licences' words; read once per process."""
    static = settings.BASE_DIR / "static"
    listed = json.loads((static / "vendor" / "manifest.json").read_text())
    return tuple(
        Asset(
            each["name"],
            each["version"],
            each["licence"],
            (static / each["licence_file"]).read_text(),
        )
        for each in listed
    )


def parts_gallery(request: HttpRequest) -> HttpResponse:
    """The page of all parts."""
    return render(request, "developer/parts.html", specimens.everything())


def chart_specimen(request: HttpRequest) -> HttpResponse:
    """The columnar answer the chart of the gallery draws."""
    return HttpResponse(json.dumps(specimens.lag_answer()), content_type="application/json")


def licences(request: HttpRequest) -> HttpResponse:
    """Everything from others that is sent to browsers."""
    return render(request, "developer/licences.html", {"assets": vendored_assets()})
