"""A page filled better: a long drawing is folded into rows or columns where that lets it be drawn larger."""

from __future__ import annotations

from collections.abc import Sequence

from drawing.geometry import Rect
from drawing.layout.layered.folding import fold
from drawing.layout.layered.layers import assign_layers
from drawing.layout.layered.model import Layout
from drawing.layout.layered.nest import Nest
from drawing.layout.layered.part_layout import lay_out_part
from drawing.layout.layered.parts import fit, merge, size_of
from drawing.layout.layered.scope import Scope
from drawing.layout.layered.scoping import make_scope
from drawing.model import Direction

MAX_ROWS = 7
SMALL = 0.8  # of its size is what fits on the page: a drawing is folded
TINY = 0.5  # the same: it is folded even where that takes more lines around
FOLD_GAIN = 1.15  # times larger must a folded drawing be

_BACK: dict[Direction, Direction] = {"right": "left", "left": "right"}


def fit_page(nest: Nest) -> Layout:
    """Return the layout of the page; folded into rows or columns where that lets it be drawn larger."""
    if nest.before is not None and nest.before.rows > 1:
        return _folded_as_before(nest, nest.before)
    done = set(nest.done)
    layout = lay_out_part(nest, [""], nest.direction)
    if nest.page is None or nest.inside:
        return layout
    all_done = set(nest.done)
    best = fit(size_of(layout), nest.page)
    most = 2 if best < TINY else 1
    for rows in range(2, MAX_ROWS + 1) if nest.before is None else ():
        if best >= SMALL:
            break
        nest.done = set(done)
        folded = _folded(nest, rows, most)
        if folded is None:
            continue
        layouts, turned_keys = folded
        tried, strips = _stacked(nest, layouts)
        scale = fit(size_of(tried), nest.page)
        if scale > best * FOLD_GAIN:
            best, layout, all_done = scale, tried, set(nest.done)
            nest.turned, nest.strips = turned_keys, strips
    nest.done = all_done
    return layout


def _folded_as_before(nest: Nest, before: Layout) -> Layout:
    """Return the page in the rows of the drawing before; what is new stands in the row of what it is linked with."""
    scope, _ = make_scope(nest, nest.everything(), nest.direction)
    known = {v: before.row_of[key] for v, key in enumerate(scope.keys) if key in before.row_of}
    for link in scope.links:
        for one, other in ((link.source, link.target), (link.target, link.source)):
            if one in known:
                known.setdefault(other, known[one])
    rows = [known.get(v, 0) for v in range(len(scope.keys))]
    used = sorted(set(rows))
    layouts, turned_keys = _laid_out(nest, scope, [used.index(row) for row in rows], len(used))
    layout, nest.strips = _stacked(nest, layouts)
    nest.turned = turned_keys
    layout.row_of = dict(zip(scope.keys, rows, strict=True))
    return layout


def _folded(nest: Nest, count: int, most: int) -> tuple[list[Layout], dict[str, Direction]] | None:
    """Return the layouts of so many rows, every second one running back where rows lie under one another."""
    scope, _ = make_scope(nest, nest.everything(), nest.direction)
    rows = fold(scope, assign_layers(scope), count, most)
    return None if rows is None else _laid_out(nest, scope, rows, count)


def _laid_out(
    nest: Nest, scope: Scope, rows: Sequence[int], count: int
) -> tuple[list[Layout], dict[str, Direction]]:
    layouts: list[Layout] = []
    turned_keys: dict[str, Direction] = {}
    for number in range(count):
        vertices = {key for key, row in zip(scope.keys, rows, strict=True) if row == number}
        items = [child for child in nest.children("") if vertices.intersection(nest.inner(child))]
        direction = nest.direction
        if number % 2 and direction in _BACK:
            direction = _BACK[direction]
            turned_keys.update(dict.fromkeys(items, direction))
        layouts.append(lay_out_part(nest, items, direction))
        layouts[-1].row_of = dict.fromkeys(sorted(vertices), number)
    return layouts, turned_keys


def _stacked(nest: Nest, layouts: Sequence[Layout]) -> tuple[Layout, list[Rect]]:
    """Put rows under one another, each second one to the side where it begins; columns side by side.

    Return the whole and the box of each row or column.
    """
    whole = Layout(nest.direction, len(layouts))
    sizes = [size_of(layout) for layout in layouts]
    widest, highest = max(w for w, _ in sizes), max(h for _, h in sizes)
    strips: list[Rect] = []
    gap, at = 1.5 * nest.spacing.component, 0.0
    for number, (layout, (w, h)) in enumerate(zip(layouts, sizes, strict=True)):
        if nest.direction in _BACK:
            is_right = (number % 2 == 1) == (nest.direction == "right")
            strips.append(Rect(widest - w if is_right else 0.0, at, w, h))
            at += h + gap
        else:
            strips.append(Rect(at, highest - h if nest.direction == "up" else 0.0, w, h))
            at += w + gap
        merge(whole, layout, strips[-1].x, strips[-1].y)
        whole.row_of |= layout.row_of
    return whole, strips
