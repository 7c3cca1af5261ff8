"""Which parts of a graph are laid out on their own: clusters with another direction, parts that nothing connects.

Each becomes one box for what is around it, the innermost first; then comes the page, then the lines across.
"""

from __future__ import annotations

from drawing.layout.layered.detours import Detours
from drawing.layout.layered.fitting import fit_page
from drawing.layout.layered.loose import pack_loose
from drawing.layout.layered.model import Layout
from drawing.layout.layered.nest import Nest
from drawing.layout.layered.part_layout import lay_out_part
from drawing.layout.layered.parts import at_origin, over, size_of


def lay_out_nest(nest: Nest) -> Layout:
    """Return the layout of the whole."""
    for key in nest.outward():
        pack_loose(nest, key)
        if nest.direction_of(key) != nest.direction_of(nest.parents[key]):
            _close(nest, key)
    pack_loose(nest, "")
    layout = fit_page(nest)
    detours = Detours(layout, nest.vertices, nest.clusters, nest.around, nest.flow, nest.spacing)
    detours.mend(nest.arcs, nest.strips, is_quick=nest.effort.is_quick)
    layout = at_origin(layout) if nest.before is None else over(layout, nest.before)
    layout.blocks = nest.blocks
    return layout


def _close(nest: Nest, key: str) -> None:
    """Make a box of a cluster whose content runs in another direction than what is around it."""
    inner = lay_out_part(nest, [key], nest.direction_of(key))
    nest.become_box(f"box {key}", nest.parents[key], [key], inner, size_of(inner))
