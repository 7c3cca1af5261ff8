"""Draw the pictures of the documentation: each kind of drawing in each style, and everyday requests, as SVG.

python -m bench.gallery            writes docs/gallery from the sources in docs/notation.md and docs/everyday.md
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from drawing.session import draw_source
from drawing.source import read_source
from drawing.svg import to_svg
from drawing.theme import ColorScheme, Style

DOCS = Path(__file__).parent.parent / "docs"
GALLERY = DOCS / "gallery"
NAMESPACE = uuid.UUID("3d7a2f55-1c60-4f2e-9a51-6f0b8e0c7a10")
LOOKS: tuple[tuple[Style, ColorScheme], ...] = (
    ("modern", "default"),
    ("corporate", "monochrome"),
    ("creative", "vibrant"),
    ("minimal", "pastel"),
)
_SECTION = re.compile(r"^### (?P<title>[^\n]+)\n\n```text\n(?P<source>.*?)^```$", re.MULTILINE | re.DOTALL)
_REQUEST = re.compile(
    r"^## (?P<title>[^\n]+)\n\n(?:>[^\n]*\n)+\n```text\n(?P<source>.*?)^```\n\n"
    r"!\[[^\]]*\]\(gallery/(?P<name>[\w-]+)\.svg\)$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A drawing of the gallery: what it shows, its files' name, and its notation."""

    title: str
    name: str
    source: str


def exhibits() -> list[Exhibit]:
    """Return the sources of docs/notation.md; each is named by the kind that it is of."""
    text = (DOCS / "notation.md").read_text(encoding="utf-8")
    out = []
    for section in _SECTION.finditer(text):
        drawing = read_source(section["source"]).drawing
        if drawing is None:
            raise ValueError(f"docs/notation.md: the source of {section['title']} is of no kind.")
        out.append(Exhibit(section["title"], drawing.kind, section["source"]))
    return out


def requests() -> list[Exhibit]:
    """Return the sources of docs/everyday.md; each is named by its picture."""
    text = (DOCS / "everyday.md").read_text(encoding="utf-8")
    return [Exhibit(match["title"], match["name"], match["source"]) for match in _REQUEST.finditer(text)]


def pictures() -> dict[str, str]:
    """Return every picture of the gallery, and its page, by file name."""
    files = {}
    for style, scheme in LOOKS:
        for exhibit in exhibits():
            canvas = draw_source(exhibit.source, style=style, color_scheme=scheme, namespace=NAMESPACE)
            files[f"{exhibit.name}-{style}.svg"] = to_svg(canvas)
    for request in requests():
        files[f"{request.name}.svg"] = to_svg(draw_source(request.source, namespace=NAMESPACE))
    files["README.md"] = page()
    return files


def page() -> str:
    """Return the page of the gallery, in Markdown."""
    lines = [
        "# Gallery",
        "",
        "Each kind of drawing in each style; [the notation](../notation.md) has their sources, and",
        "[everyday requests](../everyday.md) shows larger ones. `make gallery` draws these pictures again.",
        "",
    ]
    heads = [f"{style}, {scheme}" for style, scheme in LOOKS]
    for title, name in ((exhibit.title, exhibit.name) for exhibit in exhibits()):
        lines += [f"## {title}", "", "| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
        images = [f"![{title} in the {style} style]({name}-{style}.svg)" for style, _ in LOOKS]
        lines += ["| " + " | ".join(images) + " |", ""]
    return "\n".join(lines)


def main() -> None:
    """Write the gallery, and take out pictures of what is no longer in it."""
    GALLERY.mkdir(parents=True, exist_ok=True)
    files = pictures()
    for path in GALLERY.iterdir():
        if path.name not in files:
            path.unlink()
    for name, content in files.items():
        (GALLERY / name).write_text(content, encoding="utf-8")
    print(f"{len(files) - 1} pictures in {GALLERY}")


if __name__ == "__main__":
    main()
