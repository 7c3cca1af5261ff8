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
    quality = draw_plan(plan, namespace=NAMESPACE).quality

    assert quality.defects == ()
    assert quality.score >= 85
