"""Plans for property tests: any kind and size, ids that repeat, lead nowhere or in circles."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from drawing.plan import Edge, Group, Header, Item, Kind, Node, Outline, Plan, Role, Shape

IDS = st.sampled_from([f"n{i}" for i in range(14)])
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "Check the order",
            "注文を確認する",
            "مراجعة الطلب",
            "👩‍👩‍👧 family",
            "<b>&amp;</b>",
            "a" * 120,
            "e\u0301" * 20,
        ]
    ),
)
COORDINATES = st.one_of(st.integers(-50, 1050).map(float), st.floats(allow_nan=True, allow_infinity=True))
ACCENTS = st.none() | st.integers(0, 5)

NODES = st.builds(
    Node, IDS, TEXTS, st.sampled_from(get_args(Role)), st.none() | IDS, st.none() | TEXTS, ACCENTS
)
SHAPES = st.builds(
    Shape,
    IDS,
    st.sampled_from(get_args(Outline)),
    COORDINATES,
    COORDINATES,
    COORDINATES,
    COORDINATES,
    st.none() | TEXTS,
    ACCENTS,
)
EDGES = st.builds(Edge, IDS, IDS, st.none() | TEXTS, st.booleans())
GROUPS = st.builds(Group, IDS, TEXTS)
HEADERS = st.builds(Header, TEXTS, st.sampled_from(get_args(Kind)), st.sampled_from(("down", "right")))


def plans(max_items: int = 22) -> st.SearchStrategy[Plan]:
    """Return plans with at least one node."""
    items: st.SearchStrategy[list[Item]] = st.lists(
        st.one_of(NODES, NODES, EDGES, GROUPS, SHAPES), max_size=max_items
    )
    return st.builds(lambda header, first, rest: Plan(header, (first, *rest)), HEADERS, NODES, items)
