"""The kinds of drawings: for each its header line, its reader, its writer and its placer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from drawing.figure import Figure, Ruler
from drawing.layout.architecture import place_architecture
from drawing.layout.blocks import place_blocks
from drawing.layout.board import place_board
from drawing.layout.branching import place_branching
from drawing.layout.c4 import place_c4
from drawing.layout.class_diagram import place_class_diagram
from drawing.layout.cycle import place_cycle
from drawing.layout.entities import place_entities
from drawing.layout.family import place_family
from drawing.layout.flowchart import place_flowchart, place_swimlanes
from drawing.layout.gantt import place_gantt
from drawing.layout.gitgraph import place_gitgraph
from drawing.layout.ishikawa import place_ishikawa
from drawing.layout.journey import place_journey
from drawing.layout.kanban import place_kanban
from drawing.layout.orgchart import place_orgchart
from drawing.layout.packet import place_packet
from drawing.layout.periods import place_periods
from drawing.layout.pie import place_pie
from drawing.layout.quadrant import place_quadrant
from drawing.layout.radar import place_radar
from drawing.layout.requirements import place_requirements
from drawing.layout.sankey import place_sankey
from drawing.layout.sequence import place_sequence
from drawing.layout.sketch import place_sketch
from drawing.layout.stages import place_funnel, place_process, place_pyramid
from drawing.layout.states import place_states
from drawing.layout.table import place_table
from drawing.layout.treemap import place_treemap
from drawing.layout.treeview import place_treeview
from drawing.layout.usecase import place_usecase
from drawing.layout.venn import place_venn
from drawing.layout.xychart import place_xychart
from drawing.model import Drawing
from drawing.notation.architecture import HEADER as ARCHITECTURE
from drawing.notation.architecture import ArchitectureReader, write_architecture
from drawing.notation.blocks import HEADER as BLOCKS
from drawing.notation.blocks import BlockReader, write_blocks
from drawing.notation.board import BoardReader, write_board
from drawing.notation.c4 import HEADER as C4
from drawing.notation.c4 import C4Reader, write_c4
from drawing.notation.class_diagram import HEADER as CLASS_DIAGRAM
from drawing.notation.class_diagram import ClassDiagramReader
from drawing.notation.class_writing import write_class_diagram
from drawing.notation.entities import HEADER as ENTITIES
from drawing.notation.entities import EntityReader, write_entities
from drawing.notation.flowchart import HEADER as FLOWCHART
from drawing.notation.flowchart import SWIMLANES, FlowchartReader
from drawing.notation.flowchart_writing import write_flowchart, write_swimlanes
from drawing.notation.gantt import GanttReader, write_gantt
from drawing.notation.gitgraph import GitGraphReader, write_gitgraph
from drawing.notation.indented import (
    FAMILY,
    MINDMAP,
    ORGCHART,
    TREEVIEW,
    read_family,
    read_mindmap,
    read_orgchart,
    read_treeview,
    write_family,
    write_mindmap,
    write_orgchart,
    write_treeview,
)
from drawing.notation.ishikawa import IshikawaReader, write_ishikawa
from drawing.notation.journey import JourneyReader, write_journey
from drawing.notation.kanban import KanbanReader, write_kanban
from drawing.notation.lines import KindReader
from drawing.notation.packet import PacketReader, write_packet
from drawing.notation.pie import PieReader, write_pie
from drawing.notation.quadrant import QuadrantReader, write_quadrant
from drawing.notation.radar import RadarReader, write_radar
from drawing.notation.requirements import HEADER as REQUIREMENTS
from drawing.notation.requirements import RequirementReader, write_requirements
from drawing.notation.sankey import SankeyReader, write_sankey
from drawing.notation.sequence import SequenceReader, write_sequence
from drawing.notation.sketch import SketchReader, write_sketch
from drawing.notation.stages import StageReader, write_stages
from drawing.notation.state_writing import write_states
from drawing.notation.states import HEADER as STATES
from drawing.notation.states import StateReader
from drawing.notation.table import TableReader, write_table
from drawing.notation.timeline import TimelineReader, write_timeline
from drawing.notation.treemap import TreemapReader, write_treemap
from drawing.notation.usecase import HEADER as USECASE
from drawing.notation.usecase import UsecaseReader, write_usecase
from drawing.notation.venn import VennReader, write_venn
from drawing.notation.xychart import XYChartReader, write_xychart


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of drawing is read, written and placed.

    ``header`` matches the first line; its group ``rest``, if any, is a first statement. A header that is ``plain`` is a
    common word and begins a second drawing only behind a fence.
    """

    name: str
    header: re.Pattern[str]
    read: Callable[[Drawing], KindReader]
    write: Callable[[Drawing], list[str]]
    place: Callable[[Drawing, Ruler], Figure]
    is_plain: bool = False


def _header(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})\s*:?\s*;?$", re.IGNORECASE)


# The word, or the first row itself.
_TABLE_HEADER = re.compile(
    r"(?:markdown[- ]?)?table(?:\s*:?\s*|(?:\s*:\s*|\s+(?=\"))(?P<title>\S.*))$"
    r"|(?P<rest>\|.*\|.*|[^|<>{}()\[\]]+(?:\|[^|<>{}]*){2,})$",
    re.IGNORECASE,
)

_BOARD_HEADER = re.compile(
    r"(?:board|swot(?:[- ]analysis)?|retro(?:spective)?|(?:business model|lean) canvas)"
    r"(?:\s*:?\s*(?P<setting>\d{1,2}(?:\s*[x\u00d7*]\s*\d{1,2})?))?(?:\s*:?|\s*:\s*(?P<title>\S.*))$",
    re.IGNORECASE,
)

_QUADRANT_HEADER = re.compile(
    r"(?:quadrant[- ]?chart|(?P<setting>(?:eisenhower[- ]?)?matrix))\s*(?::\s*(?P<title>\S.*))?:?\s*;?$",
    re.IGNORECASE,
)
_XY_HEADER = re.compile(
    r"(?:xychart(?:-beta)?|(?:bar|line)[- ]?chart)\b\s*:?\s*(?P<setting>horizontal)?\s*;?$", re.IGNORECASE
)
_PIE_HEADER = re.compile(
    r"pie(?:[- ]?chart)?\b\s*:?\s*(?P<setting>showData)?\s*(?:title\s+(?P<title>\S.*))?;?$", re.IGNORECASE
)
_GIT_HEADER = re.compile(r"git-?graph\b\s*:?\s*(?P<direction>TD|TB|LR|BT|RL)?\s*:?\s*;?$", re.IGNORECASE)
_TIMELINE_HEADER = re.compile(r"timeline\b\s*:?\s*(?P<direction>TD|TB|LR)?\s*;?$", re.IGNORECASE)

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("flowchart", FLOWCHART, FlowchartReader, write_flowchart, place_flowchart),
        Kind("swimlanes", SWIMLANES, FlowchartReader, write_swimlanes, place_swimlanes),
        Kind("class", CLASS_DIAGRAM, ClassDiagramReader, write_class_diagram, place_class_diagram),
        Kind("er", ENTITIES, EntityReader, write_entities, place_entities),
        Kind("state", STATES, StateReader, write_states, place_states),
        Kind("mindmap", MINDMAP, read_mindmap, write_mindmap, place_branching, is_plain=True),
        Kind("orgchart", ORGCHART, read_orgchart, write_orgchart, place_orgchart, is_plain=True),
        Kind("familytree", FAMILY, read_family, write_family, place_family, is_plain=True),
        Kind("treeview", TREEVIEW, read_treeview, write_treeview, place_treeview),
        Kind(
            "architecture",
            ARCHITECTURE,
            ArchitectureReader,
            write_architecture,
            place_architecture,
            is_plain=True,
        ),
        Kind("c4", C4, C4Reader, write_c4, place_c4),
        Kind("requirement", REQUIREMENTS, RequirementReader, write_requirements, place_requirements),
        Kind("usecase", USECASE, UsecaseReader, write_usecase, place_usecase, is_plain=True),
        Kind("block", BLOCKS, BlockReader, write_blocks, place_blocks, is_plain=True),
        Kind("sequence", _header("sequence-?diagram"), SequenceReader, write_sequence, place_sequence),
        Kind("timeline", _TIMELINE_HEADER, TimelineReader, write_timeline, place_periods, is_plain=True),
        Kind(
            "journey",
            _header("(?:user[- ])?journey(?:[- ]?map)?"),
            JourneyReader,
            write_journey,
            place_journey,
            is_plain=True,
        ),
        Kind("gitgraph", _GIT_HEADER, GitGraphReader, write_gitgraph, place_gitgraph),
        Kind("pie", _PIE_HEADER, PieReader, write_pie, place_pie, is_plain=True),
        Kind("xychart", _XY_HEADER, XYChartReader, write_xychart, place_xychart),
        Kind(
            "radar",
            _header("radar(?:-beta|[- ]?chart)?"),
            RadarReader,
            write_radar,
            place_radar,
            is_plain=True,
        ),
        Kind("quadrant", _QUADRANT_HEADER, QuadrantReader, write_quadrant, place_quadrant, is_plain=True),
        Kind("gantt", _header("gantt(?:[- ]?(?:chart|diagram))?"), GanttReader, write_gantt, place_gantt),
        Kind("board", _BOARD_HEADER, BoardReader, write_board, place_board, is_plain=True),
        Kind(
            "kanban",
            _header("kanban(?:[- ]?board)?"),
            KanbanReader,
            write_kanban,
            place_kanban,
            is_plain=True,
        ),
        Kind("sketch", _header("sketch|wireframe"), SketchReader, write_sketch, place_sketch, is_plain=True),
        Kind("cycle", _header("cycle"), StageReader, write_stages, place_cycle, is_plain=True),
        Kind("funnel", _header("funnel"), StageReader, write_stages, place_funnel, is_plain=True),
        Kind("pyramid", _header("pyramid"), StageReader, write_stages, place_pyramid, is_plain=True),
        Kind("process", _header("process|chevrons"), StageReader, write_stages, place_process, is_plain=True),
        Kind(
            "venn", _header("venn(?:-beta|[- ]?diagram)?"), VennReader, write_venn, place_venn, is_plain=True
        ),
        Kind(
            "ishikawa",
            _header("ishikawa(?:-beta)?|fish-?bone(?:[- ]diagram)?"),
            IshikawaReader,
            write_ishikawa,
            place_ishikawa,
            is_plain=True,
        ),
        Kind(
            "treemap",
            _header("treemap(?:-beta)?"),
            TreemapReader,
            write_treemap,
            place_treemap,
            is_plain=True,
        ),
        Kind("packet", _header("packet(?:-beta)?"), PacketReader, write_packet, place_packet, is_plain=True),
        Kind(
            "sankey",
            _header("sankey(?:-beta|[- ]?diagram)?"),
            SankeyReader,
            write_sankey,
            place_sankey,
            is_plain=True,
        ),
        Kind("table", _TABLE_HEADER, TableReader, write_table, place_table, is_plain=True),
    )
}


# One look for all headers, as nearly every line is none.
_ANY_HEADER = re.compile(
    "|".join(f"(?:{re.sub(r'[(][?]P<[a-z_]+>', '(?:', kind.header.pattern)})" for kind in KINDS.values()),
    re.IGNORECASE,
)


def kind_of(header: str) -> tuple[Kind, re.Match[str]] | None:
    """Return the kind that a line is the header of, and how it matches."""
    if not _ANY_HEADER.match(header):
        return None
    for kind in KINDS.values():
        match = kind.header.match(header)
        if match:
            return kind, match
    return None
