"""The objects of an app's canvas while a sketch of them changes, and the parts that they stand for."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from drawing.canvas import CanvasObject
from drawing.model import Drawing, Part
from drawing.own.looks import THEME, Looks, looks_of
from drawing.own.sketch import OwnSketch
from drawing.paint import Painter


@dataclass(slots=True)
class Board:
    """What is there by now; ``ids`` and ``labels`` are ids of objects by the keys of parts."""

    before: Drawing
    after: Drawing
    namespace: uuid.UUID  # what ids of new objects are made with
    z_from: int
    present: dict[str, CanvasObject]
    ids: dict[str, str]
    labels: dict[str, str]
    looks: Looks
    _new: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, sketch: OwnSketch, after: Drawing, namespace: uuid.UUID, z_from: int) -> Board:
        """Return the board as the sketch was made from it."""
        present = {item.id: item for item in sketch.objects}
        looks = looks_of(sketch.objects)
        ids, labels = dict(sketch.ids), dict(sketch.labels)
        return cls(sketch.drawing, after, namespace, z_from, present, ids, labels, looks)

    @property
    def objects(self) -> list[CanvasObject]:
        """All objects, in the order in which they came."""
        return list(self.present.values())

    def take(self, objects: Iterable[CanvasObject]) -> None:
        """Put objects on the canvas, each in the place of the one with its id."""
        self.present.update((item.id, item) for item in objects)

    def object_of(self, key: str) -> CanvasObject | None:
        """Return the object that stands for a part; None when it is not there any more."""
        return self.present.get(self.ids.get(key, ""))

    def label_of(self, key: str) -> CanvasObject | None:
        """Return the words of a part, where they are an object of their own."""
        return self.present.get(self.labels.get(key, ""))

    def changed(self) -> Iterator[tuple[str, CanvasObject, Part, Part]]:
        """Yield key, object, and how they were and are, of the parts that became different."""
        for key, old in self.before.parts.items():
            new, item = self.after.parts.get(key), self.object_of(key)
            if new is not None and new != old and item is not None:
                yield key, item, old, new

    def painter(self) -> Painter:
        """Return a painter whose objects lie on top of all that is there."""
        return Painter(THEME, self.namespace, self.next_z())

    def next_z(self) -> int:
        """Return the lowest z-index above all that is there."""
        return max([self.z_from, *(item.z_index + 1 for item in self.present.values())])

    def new_id(self, key: str) -> str:
        """Return the id of the object for a new part; an earlier change may have used the same key."""
        if key not in self._new:
            number, object_id = 1, str(uuid.uuid5(self.namespace, key))
            while object_id in self.present:
                number += 1
                object_id = str(uuid.uuid5(self.namespace, f"{key}~{number}"))
            self._new[key] = object_id
        return self._new[key]
