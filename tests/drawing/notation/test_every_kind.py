"""What holds for every kind of notation: streaming, round trips, damage, and drawings without a fault."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawing.figure import Ruler
from drawing.kinds import KINDS
from drawing.model import Drawing, Node
from drawing.plan import PlanUnusable
from drawing.session import DrawingSession, draw_source
from drawing.source import SourceReader, read_source, write_source
from drawing.theme import ColorScheme, Style, get_theme
from tests.drawing.notation.samples import IDS, SAMPLES, text_of

NAMESPACE = uuid.UUID(int=7)
MANNERS = (
    pytest.param("modern", "default", id="modern"),
    pytest.param("corporate", "monochrome", id="corporate", marks=pytest.mark.slow),
    pytest.param("creative", "vibrant", id="creative", marks=pytest.mark.slow),
    pytest.param("minimal", "pastel", id="minimal", marks=pytest.mark.slow),
)
every_sample = pytest.mark.parametrize("path", SAMPLES, ids=IDS)


def content(drawing: Drawing | None) -> tuple[object, ...]:
    """What a drawing says: its parts by key, and where a placer puts them, which depends on their order."""
    assert drawing is not None
    figure = KINDS[drawing.kind].place(drawing, Ruler(get_theme("modern", "default").metrics, 16.0))
    return (drawing.kind, drawing.title, drawing.direction, drawing.settings, drawing.parts, figure.elements)


def test_every_kind_has_eight_samples() -> None:
    counts = {kind: sum(path.parent.name == kind for path in SAMPLES) for kind in KINDS}
    assert {kind: count for kind, count in counts.items() if count < 8} == {}


@every_sample
def test_a_sample_is_of_the_kind_of_its_folder(path: Path) -> None:
    drawing = read_source(text_of(path)).drawing
    assert drawing is not None
    assert drawing.kind == path.parent.name


@pytest.mark.slow
@every_sample
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_cutting_reads_the_same(path: Path, data: st.DataObject) -> None:
    text = text_of(path)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    reader = SourceReader()
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        reader.feed(text[start:end])
    reader.close()
    whole = read_source(text)
    assert content(reader.drawing) == content(whole.drawing)
    assert reader.notes == whole.notes


@every_sample
def test_what_is_written_reads_the_same(path: Path) -> None:
    drawing = read_source(text_of(path)).drawing
    assert drawing is not None
    written = write_source(drawing)
    again = read_source(written)
    assert content(again.drawing) == content(drawing)
    assert again.notes == ()
    assert write_source(drawing) == written


@pytest.mark.slow
@every_sample
def test_what_surrounds_a_text_changes_nothing(path: Path) -> None:
    text = text_of(path).replace("\r\n", "\n")
    whole = content(read_source(text).drawing)
    assert content(read_source(text.replace("\n", "\r\n")).drawing) == whole
    assert content(read_source("\ufeff" + text.replace("\n", "  \n")).drawing) == whole
    if not any(sign in text for sign in ("```", "~~~", "---\n", "<think>")):
        said = f"Sure, here it is:\n\n```mermaid\n{text}\n```\n\nNext steps: a -> b; or more -> detail."
        assert content(read_source(said).drawing) == whole


@pytest.mark.slow
@every_sample
@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_raises(path: Path, data: st.DataObject) -> None:
    text = text_of(path)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    text = text[:start] + data.draw(st.text(max_size=12)) + text[end:]
    drawing = read_source(text).drawing
    if drawing is not None:
        again = read_source(write_source(drawing))
        assert content(again.drawing) == content(drawing)
    session = DrawingSession(namespace=NAMESPACE)
    session.feed(text)
    try:
        session.finish()
    except PlanUnusable:
        assert drawing is None or not content(drawing)[-1], "something could have been drawn"


@every_sample
@pytest.mark.parametrize(("style", "scheme"), MANNERS)
def test_a_sample_is_drawn_without_a_fault(path: Path, style: Style, scheme: ColorScheme) -> None:
    session = DrawingSession(style=style, color_scheme=scheme, namespace=NAMESPACE)
    session.feed(text_of(path))
    canvas = session.finish()
    # A long diagram is small on a slide, however well it is drawn.
    assert [each for each in canvas.quality.defects if "small for a slide" not in each] == []


@every_sample
def test_ids_and_texts_are_those_of_the_last_stage(path: Path) -> None:
    """Line by line: every stage is a whole drawing, and what has an id keeps it."""
    session = DrawingSession(namespace=NAMESPACE)
    seen: dict[str, str] = {}
    for line in text_of(path).splitlines(keepends=True):
        session.feed(line)
        for item in session.render_changes():
            assert seen.setdefault(item.id, item.object_type) in (
                item.object_type,
                "line",
                "arrow",
                "rectangle",
            )
    canvas = session.finish()
    ids = {item.id for item in canvas.objects}
    assert len(ids) == len(canvas.objects)
    assert len({item.z_index for item in canvas.objects}) >= 1


@settings(max_examples=200, deadline=None)
@given(kind=st.sampled_from(sorted(KINDS)), text=st.text(max_size=300))
def test_no_text_raises(kind: str, text: str) -> None:
    header = write_source(Drawing(kind)).splitlines()[0]
    read_source(f"{header}\n{text}")
    read_source(text)


@pytest.mark.parametrize(
    "text",
    [
        "gitGraph TB:\ncommit\nbranch a-branch-with-a-name\ncommit\nbranch another-long-name\ncommit",
        "sequenceDiagram\nA->>B: Hi\ncreate actor D as Donald\nB->>D: You\ncreate actor E\nD->>E: And you\nE->>A: All",
        'C4Deployment\nDeployment_Node(b, "Web Browser", "Google Chrome, Mozilla Firefox,<br/>Apple Safari or Edge"){\n'
        'Container(spa, "App", "JavaScript", "Shows it")\n}',
        "xychart-beta\nbar [52, 96, 35, 10]\nline [5, 4, 33, 2]\nline [22, 3, 75, 33]",
    ],
    ids=["names of branches", "people created", "a long caption of a frame", "lines over values of bars"],
)
def test_what_was_found_in_foreign_sources_is_drawn_without_a_defect(text: str) -> None:
    canvas = draw_source(text, namespace=uuid.UUID(int=1))
    assert canvas.quality.defects == ()


@pytest.mark.parametrize("kind", ["zenuml", "wardley-beta", "eventmodeling"])
def test_a_kind_that_is_not_drawn_is_said_plainly(kind: str) -> None:
    with pytest.raises(PlanUnusable, match=f"“{kind}” is a kind of notation that is not drawn here"):
        draw_source(f"{kind}\nA->B: hello\n", namespace=uuid.UUID(int=1))
    with pytest.raises(PlanUnusable, match="names the kind of drawing"):
        draw_source("information about us\nA and B\n", namespace=uuid.UUID(int=1))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('participant A@{ "type": "database", "alias": "Inner" } as Outer', "Outer"),
        ('participant A@{ "type": "database", "alias": "Inner" }', "Inner"),
        ('participant A@{ "type": "database" } as Outer', "Outer"),
        ('participant A@{ "type": "database" }', "A"),
    ],
)
def test_a_participant_is_called_what_is_said_last(line: str, name: str) -> None:
    drawing = read_source(f"sequenceDiagram\n{line}\nA->>A: Hi").drawing
    assert drawing is not None
    assert [(node.id, node.text) for node in drawing.all(Node)] == [("A", name)]
