"""Names between back-ticks are drawn as names; everything stays escaped."""

from __future__ import annotations

from mesh.kernel.templatetags.values import coded


def test_name_between_back_ticks_is_marked() -> None:
    assert (
        coded("`a` became `b`")
        == '<code class="ident">a</code> became <code class="ident">b</code>'
    )


def test_text_without_or_with_an_odd_back_tick_stays_text() -> None:
    assert coded("plain") == "plain" and coded("a ` b") == "a ` b"


def test_markup_is_escaped_inside_and_outside() -> None:
    assert coded("<b> `<i>`") == '&lt;b&gt; <code class="ident">&lt;i&gt;</code>'
