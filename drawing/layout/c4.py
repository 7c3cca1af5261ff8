"""C4 diagrams: cards with a name, a kind and a description, in dashed boundaries."""

from __future__ import annotations

from drawing.figure import SMALL, Box, Element, Figure, Ruler, Text
from drawing.geometry import Rect
from drawing.layout.compound import DASH, Block, Compound, Frame, place_compound
from drawing.layout.flowchart import connectors, in_order
from drawing.layout.shape_fit import fit_shape, label_centre
from drawing.model import Drawing, Group, Node, key_of
from drawing.theme import Tone, tint

WIDTH = 14.0  # em of a card's words
PERSON = 1.9  # em: the figure over a person's name
_TONES: dict[str, Tone] = {"person": "strong", "system": "blue", "container": "teal", "component": "green"}
_KINDS = {"person": "Person", "system": "Software system", "container": "Container", "component": "Component"}


def place_c4(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the diagram in its own coordinates, from 0, 0 to the right and down."""
    ordered = list(in_order(drawing))
    blocks = [_card(part, ruler) for part in ordered if isinstance(part, Node)]
    frames = [
        Frame(key_of(part), part.text, f"group:{part.parent}" if part.parent else None, tone=tint(part.color),
              dash=DASH, caption=_boundary_kind(part))
        for part in ordered
        if isinstance(part, Group)
    ]  # fmt: skip
    return place_compound(
        Compound(blocks, frames, list(connectors(drawing)), drawing.direction or "down", 3.4, 2.6), ruler
    )


def _boundary_kind(group: Group) -> str:
    facts = dict(group.details)
    words = " · ".join(facts[name] for name in ("kind", "description") if facts.get(name))
    return f"[{words}]" if words else ""


def _card(node: Node, ruler: Ruler) -> Block:
    facts, key = dict(node.details), key_of(node)
    kind = facts.get("kind", "system")
    tone: Tone = node.color or ("gray" if "outside" in facts else _TONES.get(kind, "blue"))
    shape = node.shape or "rectangle"
    width = max(ruler.em(WIDTH), ruler.longest_word([node.text], bold=True))
    technology = f": {facts['technology']}" if facts.get("technology") else ""
    title = ruler.wrap(node.text, width, bold=True)
    small = ruler.wrap(f"[{_KINDS.get(kind, kind)}{technology}]", width, scale=SMALL)
    words = ruler.wrap(facts.get("description", ""), width, scale=SMALL)
    is_person = node.role == "person"
    air = ruler.em(0.5) if words.lines else 0.0
    height = title.height + small.height + words.height + air + (ruler.em(PERSON + 0.3) if is_person else 0.0)
    inner = max(title.width, small.width, words.width, ruler.em(9))
    w, h = fit_shape(shape, inner, height, ruler.em(ruler.style.pad_x), ruler.em(ruler.style.pad_y))
    frame = f"group:{node.parent}" if node.parent else None
    corner = min(ruler.style.corner, 14.0)

    def draw(rect: Rect) -> list[Element]:
        x, y = label_centre(shape, rect)
        y -= height / 2
        out: list[Element] = [Box(key, rect, shape, tone, corner, group=frame)]
        if is_person:
            size = ruler.em(PERSON)
            icon: Tone = "plain" if tone == "strong" else tone
            out.append(
                Box(f"{key}:icon", Rect(x - size * 0.4, y, size * 0.8, size), "person", icon, role="mark")
            )
            y += size + ruler.em(0.3)
        for name, lines, gap in (("label", title, 0.0), ("kind", small, air), ("description", words, 0.0)):
            if lines.lines:
                place = Rect(x - lines.width / 2 - 2, y, lines.width + 4, lines.height)
                size = ruler.font if name == "label" else ruler.size(SMALL)
                out.append(Text(f"{key}:{name}", place, lines, size, tone, is_bold=name == "label", of=key))
            y += lines.height + gap
        return out

    return Block(key, w, h, draw, shape, frame, corner if shape == "rectangle" else 0.0)
