"""Draw the gallery of the documentation: each kind of drawing in each style, as SVG, and a page that shows them.

python -m bench.gallery            writes docs/gallery
"""

from __future__ import annotations

import uuid
from pathlib import Path

from bench.plans import WRITTEN, load
from drawing.session import draw_plan
from drawing.svg import to_svg
from drawing.theme import ColorScheme, Style

GALLERY = Path(__file__).parent.parent / "docs" / "gallery"
NAMESPACE = uuid.UUID("3d7a2f55-1c60-4f2e-9a51-6f0b8e0c7a10")
LOOKS: tuple[tuple[Style, ColorScheme], ...] = (
    ("modern", "default"),
    ("corporate", "monochrome"),
    ("creative", "vibrant"),
    ("minimal", "pastel"),
)
PLANS = {
    "Flowchart": "flow_login",
    "Architecture": "flow_microservices",
    "Tree": "tree_company",
    "Mind map": "mind_marketing",
    "Timeline": "time_roadmap",
    "Board": "grid_kanban",
    "Freeform": "free_network",
}


def pictures() -> dict[str, str]:
    """Return every picture of the gallery, and its page, by file name."""
    files = {}
    for plan in PLANS.values():
        for style, scheme in LOOKS:
            canvas = draw_plan(
                load(WRITTEN / f"{plan}.json"), style=style, color_scheme=scheme, namespace=NAMESPACE
            )
            files[f"{plan}-{style}.svg"] = to_svg(canvas)
    files["README.md"] = page()
    return files


def page() -> str:
    """Return the page of the gallery, in Markdown."""
    lines = [
        "# Gallery",
        "",
        "Each kind of drawing in each style. `make gallery` draws these pictures anew.",
        "",
    ]
    heads = [f"{style}, {scheme}" for style, scheme in LOOKS]
    for title, plan in PLANS.items():
        lines += [f"## {title}", "", "| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
        images = [f"![{title} in the {style} style]({plan}-{style}.svg)" for style, _ in LOOKS]
        lines += ["| " + " | ".join(images) + " |", ""]
    return "\n".join(lines)


def main() -> None:
    """Write the gallery."""
    GALLERY.mkdir(parents=True, exist_ok=True)
    for name, content in pictures().items():
        (GALLERY / name).write_text(content, encoding="utf-8")
    print(f"{len(PLANS) * len(LOOKS)} pictures in {GALLERY}")


if __name__ == "__main__":
    main()
