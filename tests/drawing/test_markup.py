"""Markup in labels is broken, decoded, dropped or emboldened; what only looks like it stays."""

from __future__ import annotations

import time

import pytest

from drawing.markup import PlainText, read_markup

SEEN = {
    "Customer<br/>visits shop": "Customer\nvisits shop",
    "a<br>b<BR />c": "a\nb\nc",
    "Browse\\nproducts": "Browse\nproducts",
    "one\\r\\ntwo": "one\ntwo",
    "**Pay** & `confirm`": "Pay & confirm",
    "Total &lt; 50 &amp; in stock?": "Total < 50 & in stock?",
    "yes &rarr;": "yes →",
    "it&#39;s &#x2713; caf&eacute;": "it's ✓ café",
    "&amp;lt;": "&lt;",
    "*maybe* and _perhaps_, ~~never~~": "maybe and perhaps, never",
    "<i>soft</i> <span style='color:red'>words</span>": "soft words",
    "<p>First</p><p>Second</p>": "First\nSecond",
    "<ul><li>pick</li><li>pack</li></ul>": "pick\npack",
    "see [the guide](https://example.com/a_b)": "see the guide",
    "a<!-- hidden -->b": "ab",
    "5 \\* 3": "5 * 3",
    "H<sub>2</sub>O": "H2O",
    "&lt;br&gt;": "<br>",
}
KEPT = [
    "List<String>",
    "Map<K, V>",
    "a < b and c > d",
    "2*3*4 = 24",
    "snake_case_name",
    "__init__",
    "C:\\new\\notes",
    "\\\\server\\names",
    "docs\\plans\\new",
    "Use the <b> tag",
    "AT&T, R&D",
    "- pick\n- pack",
    "# of users",
    "*args, **kwargs",
    "array[0](x)",
    "5 * 3 * 2",
    "key=`open",
    "~home",
]
BOLD = ["**Pay**", "<b>Pay</b>", "<strong>Pay</strong>", "## Pay", "__Pay now__", "**Pay &amp; go**"]
NOT_BOLD = [
    "**Pay** now",
    "**Pay** or **go**",
    "<b>Pay</b> or <b>go</b>",
    "Pay",
    "<i>Pay</i>",
    "__pay__",
]


@pytest.mark.parametrize(("written", "seen"), SEEN.items())
def test_markup_is_read(written: str, seen: str) -> None:
    assert read_markup(written).text == seen


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_like_markup_stays(text: str) -> None:
    assert read_markup(text) == PlainText(text)


@pytest.mark.parametrize("text", BOLD)
def test_a_text_that_is_bold_as_a_whole_stays_bold(text: str) -> None:
    assert read_markup(text).is_bold


@pytest.mark.parametrize("text", NOT_BOLD)
def test_a_text_that_is_bold_in_part_is_not(text: str) -> None:
    assert not read_markup(text).is_bold


@pytest.mark.parametrize("part", ["**a", "<b>", "&lt", "<!--", "_a", "`", "[a](", "\\n", "<a <a", "* *"])
def test_hostile_text_takes_linear_time(part: str) -> None:
    times = []
    for count in (1_000, 8_000):
        text = part * count
        started = time.process_time()
        read_markup(text)
        times.append(time.process_time() - started)
    assert times[1] < 0.02 + 30 * times[0]
