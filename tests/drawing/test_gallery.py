from __future__ import annotations

import pytest

from bench.gallery import GALLERY, pictures
from bench.plans import written_plans
from bench.quality import NAMESPACE
from drawing.plan import Plan
from drawing.session import draw_plan


def test_the_gallery_shows_what_is_drawn_today() -> None:
    drawn = pictures()
    kept = {path.name: path.read_text(encoding="utf-8") for path in GALLERY.iterdir()}

    changed = sorted(name for name in drawn.keys() | kept.keys() if drawn.get(name) != kept.get(name))

    assert changed == [], "run `make gallery` and look at these pictures"


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
