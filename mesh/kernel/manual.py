"""Pages of help: one short text per room, from docs/help."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import nh3
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from mesh.kernel.navigation import ROOMS, TOOLS

ELSEWHERE = {"account": "account", "notifications": "account", "lineage": "lineage"}


def topic_of(path: str) -> str:
    """The page of help for an address; home's where there is none of its own."""
    topic = next((place.topic for place in (*ROOMS, *TOOLS) if place.holds(path)), "")
    return topic or ELSEWHERE.get(path.split("/")[1], "home")


@cache
def chapter(topic: str) -> tuple[str, SafeString]:
    """Heading and text of a page of help. Raises KeyError when there is none."""
    page = Path(settings.BASE_DIR) / "docs" / "help" / f"{topic}.md"
    if not page.is_file():
        raise KeyError(topic)
    heading, _, words = page.read_text().partition("\n")
    text = nh3.clean(MarkdownIt("commonmark").render(words))
    return heading.removeprefix("# "), mark_safe(text)  # noqa: S308  (our own text, sanitised)


def help_page(request: HttpRequest, topic: str) -> HttpResponse:
    """What a room shows and what can be done there."""
    try:
        heading, words = chapter(topic)
    except KeyError as error:
        raise Http404 from error
    return render(request, "help.html", {"heading": heading, "words": words})
