"""Canvases as apps hand them over: shapes, words laid over them, and arrows that only touch what they join."""

from __future__ import annotations

import re
import uuid
from typing import Any

from drawing.canvas import CanvasObject
from drawing.own.revision import OwnRevision
from drawing.own.sketch import sketch_of
from drawing.part_edits import PartEdit
from drawing.revision import Revised

NAMESPACE = uuid.UUID(int=7)
LOOK = {"fill": "#FFF3C4", "stroke": "#B7791F", "strokeWidth": 1.5}
LINE = {"stroke": "#555555", "strokeWidth": 2}


def id_of(name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, name))


class Board:
    """An app's canvas that is being built; objects are called by names."""

    def __init__(self) -> None:
        self.objects: list[CanvasObject] = []

    def add(self, name: str, kind: Any, **properties: Any) -> None:
        self.objects.append(CanvasObject(id_of(name), kind, properties, len(self.objects)))

    def box(self, name: str, x: float, y: float, text: str = "", w: float = 160, h: float = 70) -> None:
        self.add(name, "rectangle", x=x, y=y, width=w, height=h, cornerRadius=8, **LOOK)
        if text:
            self.words(f"{name} words", x + w / 2, y + h / 2, text)

    def words(self, name: str, cx: float, cy: float, text: str) -> None:
        w = 10 * len(text)
        self.add(
            name, "text", x=cx - w / 2, y=cy - 11, width=w, height=22, text=text, fontSize=18, color="#222222"
        )

    def arrow(self, name: str, x: float, y: float, dx: float, dy: float) -> None:
        self.add(name, "arrow", x=x, y=y, points=[0, 0, dx, dy], **LINE)

    def name(self, object_name: str) -> str:
        """Return what statements call an object."""
        sketch = sketch_of(self.objects, {id_of(object_name)})
        key = sketch.key_of(id_of(object_name))
        assert key is not None, object_name
        return sketch.drawing.parts[key].id

    def change(self, text: str = "", **values: Any) -> Revised:
        """Return what becomes of the canvas; names of objects between < and > become those of statements."""
        for name in re.findall(r"<(\w+)>", text):
            text = text.replace(f"<{name}>", self.name(name))
        return OwnRevision(tuple(self.objects), NAMESPACE, text, **values).finish()

    def by_hand(self, edits: dict[str, PartEdit] | None = None, deleted: tuple[str, ...] = ()) -> Revised:
        named = {id_of(name): edit for name, edit in (edits or {}).items()}
        return self.change(edits=named, deleted=tuple(map(id_of, deleted)))


def shop() -> Board:
    """Order to Pay to Ship in a row, a decision below, a note, and nothing that says what belongs together."""
    board = Board()
    board.box("order", 40, 40, "Order")
    board.box("pay", 300, 40, "Pay")
    board.box("ship", 560, 40, "Ship")
    board.add("stock", "diamond", x=380, y=260, width=150, height=100, **(LOOK | {"fill": "#FED7D7"}))
    board.words("stock words", 380, 260, "In stock?")
    board.arrow("order-pay", 200, 75, 100, 0)
    board.arrow("pay-ship", 460, 75, 100, 0)
    board.arrow("pay-stock", 380, 110, 0, 100)
    board.words("note", 120, 400, "Drawn by Ann")
    return board
