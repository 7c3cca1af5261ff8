"""Names of shapes in notation: brackets, ``@{ shape: … }`` and its aliases, by the name that the shape has here."""

from __future__ import annotations

# Opening brackets, longest first, with the closing ones and the shape that each pair means.
BRACKETS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("(((", ((")))", "double_circle"),)),
    ("((", (("))", "circle"),)),
    ("([", (("])", "stadium"),)),
    ("(-", (("-)", "ellipse"),)),
    ("[[", (("]]", "subroutine"),)),
    ("[(", ((")]", "cylinder"),)),
    ("[/", (("/]", "parallelogram"), ("\\]", "trapezoid"))),
    ("[\\", (("\\]", "parallelogram_left"), ("/]", "trapezoid_down"))),
    ("[|", (("|]", "rectangle"),)),
    ("{{", (("}}", "hexagon"),)),
    ("{", (("}", "diamond"),)),
    (">", (("]", "flag"),)),
    ("(", ((")", "rounded"),)),
    ("[", (("]", "rectangle"),)),
)

# The first name of each is the one that is written.
_NAMES: dict[str, str] = {
    "rectangle": "rect proc process rectangle squareRect",
    "rounded": "rounded event roundedRect",
    "stadium": "stadium terminal pill",
    "subroutine": "fr-rect subprocess subproc framed-rectangle subroutine",
    "cylinder": "cyl db database cylinder",
    "open_store": "datastore data-store",
    "circle": "circle circ",
    "ellipse": "ellipse oval",
    "burst": "bang",
    "cloud": "cloud",
    "diamond": "diam decision diamond question",
    "hexagon": "hex hexagon prepare",
    "parallelogram": "lean-r lean-right in-out lean_right parallelogram",
    "parallelogram_left": "lean-l lean-left out-in lean_left",
    "trapezoid": "trap-b priority trapezoid-bottom trapezoid",
    "trapezoid_down": "trap-t manual trapezoid-top inv-trapezoid inv_trapezoid",
    "double_circle": "dbl-circ double-circle doublecircle",
    "text": "text",
    "card": "notch-rect card notched-rectangle",
    "lined": "lin-rect lined-rectangle lined-process lin-proc shaded-process",
    "start": "sm-circ start small-circle stateStart",
    "stop": "fr-circ stop framed-circle stateEnd",
    "fork": "fork join forkJoin",
    "hourglass": "hourglass collate",
    "brace_left": "brace comment brace-l",
    "brace_right": "brace-r",
    "braces": "braces",
    "bolt": "bolt com-link lightning-bolt",
    "document": "doc document",
    "delay": "delay half-rounded-rectangle",
    "queue": "h-cyl das horizontal-cylinder queue",
    "disk": "lin-cyl disk lined-cylinder",
    "display": "curv-trap curved-trapezoid display",
    "divided": "div-rect div-proc divided-rectangle divided-process",
    "triangle": "tri extract triangle",
    "window_pane": "win-pane internal-storage window-pane",
    "junction": "f-circ junction filled-circle",
    "loop_limit": "notch-pent loop-limit notched-pentagon",
    "triangle_down": "flip-tri manual-file flipped-triangle",
    "sloped": "sl-rect manual-input sloped-rectangle",
    "documents": "docs documents st-doc stacked-document",
    "stack": "st-rect procs processes stacked-rectangle",
    "bow_tie": "bow-rect stored-data bow-tie-rectangle",
    "crossed_circle": "cross-circ summary crossed-circle",
    "tagged_document": "tag-doc tagged-document",
    "tagged": "tag-rect tagged-rectangle tag-proc tagged-process",
    "paper_tape": "flag paper-tape",
    "flag": "odd rect_left_inv_arrow",
    "lined_document": "lin-doc lined-document",
    "note": "note",
    "sticky": "sticky",
    "star": "star",
    "heart": "heart",
    "person": "person actor",
    "chevron": "chevron",
}
_SHAPES = {alias.lower(): shape for shape, aliases in _NAMES.items() for alias in aliases.split()}

UNLABELLED = frozenset(("start", "stop", "fork", "junction", "bolt", "hourglass", "crossed_circle"))


def shape_named(name: str) -> str | None:
    """Return the shape that a name of ``@{ shape: … }`` means; None for an unknown one."""
    return _SHAPES.get(name.strip().strip("\"'").lower())


def name_of_shape(shape: str) -> str:
    """Return the name that ``@{ shape: … }`` has for a shape."""
    return _NAMES.get(shape, "rect").split()[0]


def brackets_of(shape: str) -> tuple[str, str] | None:
    """Return the brackets that a shape is written with; None when it has only a name."""
    for opening, closings in BRACKETS:
        for closing, meant in closings:
            if meant == shape and opening != "[|":
                return opening, closing
    return None
