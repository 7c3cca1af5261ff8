from __future__ import annotations

import pytest

from bench.gallery import DOCS, GALLERY, LOOKS, Exhibit, exhibits, pictures, requests
from bench.plans import written_plans
from bench.quality import NAMESPACE
from drawing.kinds import KINDS
from drawing.plan import Plan
from drawing.session import draw_plan, draw_source
from drawing.source import read_source
from drawing.theme import ColorScheme, Style


def test_the_gallery_shows_what_is_drawn_today() -> None:
    drawn = pictures()
    kept = {path.name: path.read_text(encoding="utf-8") for path in GALLERY.iterdir()}

    changed = sorted(name for name in drawn.keys() | kept.keys() if drawn.get(name) != kept.get(name))

    assert changed == [], "run `make gallery` and look at these pictures"


def test_the_guide_to_notation_shows_every_kind_once() -> None:
    assert sorted(exhibit.name for exhibit in exhibits()) == sorted(KINDS)
    text = (DOCS / "notation.md").read_text(encoding="utf-8")
    for exhibit in exhibits():
        assert f"![{exhibit.title}](gallery/{exhibit.name}-modern.svg)" in text


@pytest.mark.parametrize("exhibit", exhibits(), ids=[exhibit.name for exhibit in exhibits()])
def test_what_the_guide_shows_is_read_whole_and_drawn_without_a_defect(exhibit: Exhibit) -> None:
    assert read_source(exhibit.source).notes == ()
    canvas = draw_source(exhibit.source, namespace=NAMESPACE)
    assert canvas.quality.defects == ()
    assert canvas.dropped == ()


def test_every_everyday_request_has_its_picture() -> None:
    text = (DOCS / "everyday.md").read_text(encoding="utf-8")
    assert len(requests()) == text.count("```text") == text.count("\n## ") == 20


@pytest.mark.parametrize("request_", requests(), ids=[each.name for each in requests()])
@pytest.mark.parametrize(("style", "scheme"), LOOKS)
@pytest.mark.parametrize("is_dark", [False, True])
def test_everyday_requests_are_drawn_without_a_defect_in_every_look(
    request_: Exhibit, style: Style, scheme: ColorScheme, is_dark: bool
) -> None:
    assert read_source(request_.source).notes == ()
    canvas = draw_source(
        request_.source, style=style, color_scheme=scheme, is_dark=is_dark, namespace=NAMESPACE
    )
    # Seventeen messages are high, and their words small on a slide.
    assert [each for each in canvas.quality.defects if "too small for a slide" not in each] == []
    assert canvas.quality.score >= 95 or request_.name == "everyday-oauth"
    assert canvas.dropped == ()


@pytest.mark.parametrize(("name", "plan"), written_plans().items(), ids=list(written_plans()))
def test_every_written_plan_is_drawn_without_a_defect(name: str, plan: Plan) -> None:
    canvas = draw_plan(plan, namespace=NAMESPACE)
    quality = canvas.quality

    # What names nothing cannot be drawn, and some of these plans are long: their text is small on a slide.
    others = [
        each for each in quality.defects if "small for a slide" not in each and each not in canvas.dropped
    ]
    assert others == []
    assert quality.score >= 75
