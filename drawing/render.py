"""Draws one canvas as PNG in a process of its own: ``python -m drawing.render``, JSON in, picture out.

Drawing holds the interpreter's lock for as long as it lasts, seconds for a large canvas.
"""

from __future__ import annotations

import json
import os
import sys

from drawing.canvas import Canvas, CanvasObject, Quality
from drawing.png import to_png

NICE = 5  # a picture can wait a little longer than everything else


def to_job(canvas: Canvas) -> bytes:
    """Return what the process reads to draw the canvas."""
    objects = [[item.id, item.object_type, item.properties, item.z_index] for item in canvas.objects]
    return json.dumps([canvas.title, objects, canvas.width, canvas.height]).encode()


def draw(job: bytes) -> bytes:
    """Return the picture."""
    title, objects, width, height = json.loads(job)
    drawn = tuple(CanvasObject(*item) for item in objects)
    return to_png(Canvas(title, drawn, width, height, Quality(score=0)))


if __name__ == "__main__":
    os.nice(NICE)
    sys.stdout.buffer.write(draw(sys.stdin.buffer.read()))
