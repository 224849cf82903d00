"""The parts in the browser's eyes: whole pages, every state, escaped, under the strict policy."""

from __future__ import annotations

import json
import re

import pytest
from django.template import engines
from django.test import Client
from django_cotton.compiler_regex import CottonCompiler

from tests.faces.markup import Page

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.faces.parts_urls")]
HOSTILE = "<script>alert(1)</script>\"'"
HOSTILE_ESCAPED = "&lt;script&gt;"


def drawn(source: str, **context: object) -> str:
    """A piece of template with cotton's tags, rendered."""
    text = engines["django"].from_string(CottonCompiler().process(source)).render(context)
    assert "<c-" not in text
    return text


@pytest.fixture
def gallery(client: Client) -> Page:
    answer = client.get("/gallery")
    assert answer.status_code == 200
    return Page(answer.content.decode())


def test_the_gallery_is_balanced_labelled_and_names_its_regions_once(gallery: Page) -> None:
    assert gallery.faults == []


def test_every_state_is_said_in_words(gallery: Page) -> None:
    for words in (
        "not measured",
        "nobody answers for this",
        "Restricted",
        "fields not known",
        "incomplete",
        "Loading",
    ):
        assert words in gallery.text


def test_a_page_carries_one_script_inline_and_it_has_the_nonce_of_the_policy(
    client: Client,
) -> None:
    answer = client.get("/gallery")
    inline = re.findall(
        r"<script(?![^>]*\ssrc=)([^>]*)>(.*?)</script>", answer.content.decode(), flags=re.S
    )
    assert len(inline) == 1
    attributes, text = inline[0]
    nonce = re.search(r'nonce="([^"]+)"', attributes)
    assert nonce and f"'nonce-{nonce[1]}'" in answer.headers["Content-Security-Policy"]
    imports = json.loads(text)["imports"]
    assert imports["app"].endswith(".js") and imports["uplot"].endswith("uPlot.esm.js")


def test_the_page_of_licences_shows_every_vendored_asset(client: Client) -> None:
    page = Page(client.get("/licences").content.decode())
    assert page.faults == []
    for name in ("uplot", "lucide-static", "MIT", "OFL-1.1"):
        assert name in page.text


def test_a_wrong_address_offers_a_search_with_its_words(client: Client) -> None:
    answer = client.get("/products/no-such/thing")
    assert answer.status_code in (
        302,
        404,
    )  # a signed-out reader may be sent to the log-in page first
    missing = client.get("/nowhere/at-all")
    assert missing.status_code == 404
    assert 'value="at all"' in missing.content.decode()
    assert Page(missing.content.decode()).faults == []


def test_the_log_in_page_keeps_the_login_and_says_what_was_wrong(client: Client) -> None:
    answer = client.post("/login", {"login": "somebody", "password": "wrong"})
    page = Page(answer.content.decode())
    assert answer.status_code == 422
    assert page.faults == []
    assert 'value="somebody"' in answer.content.decode()
    assert "try again" in page.text


def test_a_dead_frame_still_shows_a_page() -> None:
    page = Page(engines["django"].get_template("500.html").render({"request_id": "7c1e-40b2"}))
    assert page.faults == []
    assert "7c1e-" in page.text


@pytest.mark.parametrize(
    "source",
    [
        '<c-badge state="bad" label="{{ words }}" />',
        '<c-identifier text="{{ words }}" :copy="True" />',
        '<c-team name="{{ words }}" />',
        '<c-stripe name="{{ words }}" say="{{ words }}" domain="{{ words }}" />',
        '<c-field name="x" label="{{ words }}" value="{{ words }}" error="{{ words }}" />',
        '<c-textarea name="x" label="x" :value="words" />',
        '<c-select name="x" label="x" :options="options" :value="words" />',
        '<c-code text="{{ words }}" label="{{ words }}" />',
        '<c-callout state="warn" title="{{ words }}">{{ words }}</c-callout>',
        '<c-tree caption="x" :fields="fields" />',
        '<c-diff :changes="changes" />',
        '<c-lineage label="{{ words }}" :nodes="nodes" />',
        '<c-facts :items="facts" />',
        '<c-chips :chips="facts" />',
        '<c-problem title="{{ words }}" why="{{ words }}" request_id="{{ words }}" />',
        '<c-strip :days="options" label="{{ words }}" />',
        '<c-gauge value="{{ words }}" :low="words" state="{{ words }}" />',
    ],
)
def test_a_part_never_lets_text_become_markup(source: str) -> None:
    text = drawn(
        source,
        words=HOSTILE,
        options=[HOSTILE],
        fields=[
            {
                "name": HOSTILE,
                "type": HOSTILE,
                "doc": HOSTILE,
                "path": HOSTILE,
                "default": HOSTILE,
                "tags": [HOSTILE],
            }
        ],
        changes=[
            {"word": HOSTILE, "path": HOSTILE, "then": HOSTILE, "before": HOSTILE, "after": HOSTILE}
        ],
        nodes=[
            {
                "id": "1",
                "name": HOSTILE,
                "sub": HOSTILE,
                "kind": HOSTILE,
                "x": 0,
                "y": 0,
                "href": HOSTILE,
            }
        ],
        facts=[{"label": HOSTILE, "value": HOSTILE, "href": HOSTILE}],
    )
    assert "<script" not in text.lower()
    assert "alert(1)" not in re.sub(r'"[^"]*"|>[^<]*<', "", text)


def test_an_unknown_figure_is_never_a_number() -> None:
    text = drawn('<c-figure label="Bad records" state="unknown" note="no READ right" />')
    assert "not measured" in text
    assert not re.search(r">\s*0\s*<", text)


def test_a_zero_is_a_value() -> None:
    assert ">0" in drawn('<c-figure label="Lag" :value="0" unit="records" />')
    assert 'value="0"' in drawn('<c-field name="n" label="n" :value="0" />')


def test_a_field_ties_its_fault_and_help_to_its_control() -> None:
    text = drawn(
        '<c-field name="retention_ms" label="Retention" error="Too long." help="In days." />'
    )
    assert 'aria-describedby="field-retention-ms-fault field-retention-ms-help"' in text
    assert 'aria-invalid="true"' in text
    assert 'id="field-retention-ms-fault"' in text


def test_what_may_stay_empty_says_so_in_words() -> None:
    assert "optional" in drawn('<c-field name="n" label="n" :optional="True" />')
    assert "optional" not in drawn('<c-field name="n" label="n" />')


def test_a_bound_field_brings_its_own_words_and_choices() -> None:
    from django import forms

    class Choice(forms.Form):
        tier = forms.ChoiceField(
            label="Tier of it",
            choices=[("gold", "Gold"), ("silver", "Silver")],
            help_text="Pick one.",
        )
        purpose = forms.CharField(widget=forms.Textarea, min_length=20)
        sampled = forms.BooleanField(required=False)

    form = Choice({"tier": "silver", "purpose": "short", "sampled": "true"})
    text = drawn(
        '<c-errors :form="form" /><c-field :field="form.tier" />'
        '<c-field :field="form.purpose" /><c-field :field="form.sampled" />',
        form=form,
    )
    assert '<option value="silver" selected>' in text
    assert "Pick one." in text and "Tier of it" in text
    assert "<textarea" in text and "at least 20 characters" in text
    assert re.search(r'type="checkbox"[^>]*checked', text)
    assert 'href="#field-purpose"' in text


def test_a_sortable_heading_turns_round_and_forgets_the_page(client: Client) -> None:
    from django.test import RequestFactory

    request = RequestFactory().get("/x", {"sort": "name", "after": "abc", "q": "orders"})
    text = drawn('<c-th label="Name" sort="name" />', request=request)
    assert 'aria-sort="ascending"' in text
    assert "sort=-name" in text and "q=orders" in text and "after" not in text


def test_a_table_is_reachable_by_keyboard_and_has_a_caption() -> None:
    text = drawn(
        '<c-table caption="4 groups"><c-slot name="head"><c-th label="Group" /></c-slot>'
        '<tr><th scope="row">a</th></tr></c-table>'
    )
    assert 'tabindex="0" role="region" aria-label="4 groups, table"' in text
    assert '<caption class="unheard">4 groups</caption>' in text


def test_a_button_that_is_off_says_why() -> None:
    text = drawn('<c-button label="Approve" why="you asked for this; two people are needed" />')
    assert "disabled" in text and "two people are needed" in text


def test_a_restricted_node_is_drawn_without_a_link() -> None:
    text = drawn(
        '<c-lineage label="x" :nodes="nodes" />',
        nodes=[
            {
                "id": "1",
                "name": "Restricted",
                "kind": "restricted",
                "x": 0,
                "y": 0,
                "href": "/secret",
            }
        ],
    )
    assert "/secret" not in text and 'role="img"' in text
