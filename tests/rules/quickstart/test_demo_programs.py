"""The demo's programs start when, and only when, every topic they touch is there."""

from __future__ import annotations

import inspect
import re

import pytest

from mesh.quickstart.fleet.catalogue import layout
from mesh.quickstart.fleet.teams import NEEDS, TEAMS
from mesh.quickstart.seed import inputs_of

NAMED = re.compile(r'topic\("([a-z-]+)"\)|for slug in \("([a-z-]+)", "([a-z-]+)"\)')


@pytest.mark.parametrize("team", TEAMS)
def test_a_team_waits_for_the_topics_its_programs_name(team: str) -> None:
    text = "".join(inspect.getsource(program) for program in TEAMS[team])
    named = {slug for found in NAMED.findall(text) for slug in found if slug}
    assert named
    assert NEEDS[team] == named


def test_every_program_starts_once_the_mesh_stands() -> None:
    assert set(NEEDS) == set(TEAMS)
    assert frozenset().union(*NEEDS.values()) == set(layout()["order"])


def test_each_product_can_come_to_life() -> None:
    order = layout()["order"]
    for place, slug in enumerate(order):
        assert inputs_of(slug) <= set(order[:place])
