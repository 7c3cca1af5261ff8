"""Parts of a cluster that nothing connects with anything else: packed into one box."""

from __future__ import annotations

from collections.abc import Sequence

from drawing.geometry import Rect
from drawing.layout.layered.model import Layout
from drawing.layout.layered.nest import Nest
from drawing.layout.layered.packing import pack, pack_grid
from drawing.layout.layered.part_layout import lay_out_part
from drawing.layout.layered.parts import merge, size_of

PAGE_ASPECT = 1.7  # width by height of what most drawings end up on


def pack_loose(nest: Nest, key: str) -> None:
    """Make one box of the parts of a cluster that nothing connects with anything else."""
    children = nest.children(key)
    if any(child in nest.clusters and nest.clusters[child].lane for child in children):
        return
    groups = _groups(nest, key, children)
    if len(groups) < 2:
        return
    loose = [group for group, is_tied in groups if not is_tied]
    if len(loose) < 2 and not any(len(group) > 1 for group in loose):
        return
    direction = nest.direction_of(key)
    looped = {arc.source for arc in nest.arcs if arc.source == arc.target}
    singles = [
        group[0]
        for group in loose
        if len(group) == 1 and group[0] not in nest.clusters and group[0] not in looped
    ]
    blocks = [
        lay_out_part(nest, group, direction) for group in loose if group[0] not in singles or len(group) > 1
    ]
    if len(singles) > 1:
        blocks.append(_grid(nest, singles))
    elif singles:
        blocks.append(lay_out_part(nest, singles, direction))
    blocks.sort(key=lambda block: _rank(nest, block))
    for group in loose:
        nest.blocks.update(dict.fromkeys(group, group[0]))
    places, size = pack([size_of(block) for block in blocks], nest.spacing.component, PAGE_ASPECT)
    whole = Layout(direction)
    for block, (x, y) in zip(blocks, places, strict=True):
        merge(whole, block, x, y)
    nest.become_box(f"pack {key}", key, [item for group in loose for item in group], whole, size)


def _rank(nest: Nest, block: Layout) -> tuple[float, float]:
    """Return what blocks are packed by: where they stood before, or else the largest first."""
    before = nest.before.rects if nest.before else {}
    stood = [before[key] for key in block.rects if key in before]
    if stood:
        return (-1e9 + min(rect.y for rect in stood), min(rect.x for rect in stood))
    w, h = size_of(block)
    return (-w * h, 0.0) if nest.before is None else (0.0, -w * h)


def _groups(nest: Nest, key: str, children: list[str]) -> list[tuple[list[str], bool]]:
    """Return the children that hang together, and whether something outside of the cluster holds them."""
    root = {item: item for item in children}
    owner = {inner: child for child in children for inner in nest.inner(child)}

    def find(item: str) -> str:
        while root[item] != item:
            root[item] = root[root[item]]
            item = root[item]
        return item

    tied: set[str] = set()
    for arc in nest.arcs:
        ends = [owner.get(nest.holder(end)) for end in (arc.source, arc.target)]
        if ends[0] is not None and ends[1] is not None:
            root[find(ends[0])] = find(ends[1])
        else:
            tied |= {end for end in ends if end is not None}
    if nest.before is not None:
        # What was one part before stays one, or all of it would be packed again.
        first: dict[str, str] = {}
        for child in children:
            if child in nest.before.rects or child in nest.before.frames:
                block = nest.before.blocks.get(child, "")
                root[find(child)] = find(first.setdefault(block, child))
    groups: dict[str, list[str]] = {}
    for child in children:
        groups.setdefault(find(child), []).append(child)
    held = {find(child) for child in tied}
    return [(group, name in held) for name, group in groups.items()]


def _grid(nest: Nest, keys: Sequence[str]) -> Layout:
    sizes = [(nest.vertices[key].w, nest.vertices[key].h) for key in keys]
    places, _ = pack_grid(sizes, nest.spacing.node, PAGE_ASPECT)
    out = Layout(nest.direction)
    for key, (x, y), (w, h) in zip(keys, places, sizes, strict=True):
        nest.put(out, key, Rect(x, y, w, h))
    return out
