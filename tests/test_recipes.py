"""The recipes of CONTRIBUTING.md, followed in a copy of the repository; and rolling back a migration."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from core.database import Connection
from devtools.processes import ROOT, WORKER, running
from drawing.kinds import KINDS
from drawing.plan import Kind, plan_schema
from drawing.plan_drawing import _BUILDERS
from drawing.theme import ColorScheme, PaperTheme, Style
from tasks.designers.prompts import STYLES, SYSTEM
from tests.conftest import SECRET, connect
from tests.tasks.workshop import look, post
from tests.waiting import until
from webapp.api.request_models import CreateBody

PANEL = ROOT / "webapp" / "panel"


class Copy:
    """A copy of the repository to change and to run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace what is in a file once."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} has {text.count(old)} times: {old}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def add(self, name: str, text: str) -> None:
        path = self.folder / name
        assert not path.exists()
        path.write_text(text, encoding="utf-8")

    def run(self, *arguments: str, **env: str) -> str:
        """Run Python there; return what it printed."""
        env = {"PATH": os.environ["PATH"], **env}
        ran = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    folder = tmp_path / "copy"
    for name in ("core", "drawing", "migrations", "tasks", "webapp"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "procrastinate_schema.sql"):
        shutil.copy(ROOT / name, folder)
    return Copy(folder)


def add_migration(copy: Copy) -> str:
    """Follow the recipe: a column more. Return its revision."""
    last = max(path.stem[:4] for path in (ROOT / "migrations/versions").glob("0*.py"))
    number = f"{int(last) + 1:04}"
    template = (ROOT / "migrations/script.py.mako").read_text()
    values = {
        "message": "A colour for jobs",
        "repr(up_revision)": repr(number),
        "repr(down_revision)": repr(last),
    }
    text = re.sub(r"\$\{(.*?)\}", lambda found: values[found[1]], template)
    text = text.replace(
        'op.execute("""\n', 'op.execute("""\n        ALTER TABLE ai_jobs ADD COLUMN colour text\n'
    )
    copy.add(f"migrations/versions/{number}_colour.py", text)
    return number


def test_a_migration(copy: Copy, empty_dsn: str) -> None:
    add_migration(copy)
    for _ in range(2):
        copy.run("-m", "migrations", DATABASE_URL=empty_dsn)
    with connect(empty_dsn) as conn:
        # The view has the column as well: it is made again after each migration.
        assert conn.execute("SELECT colour FROM job_view").fetchall() == []


def read_schema(conn: Connection) -> list[Any]:
    """All that says which release has been there, and the functions themselves."""
    revision = conn.execute("SELECT version_num FROM alembic_version").fetchall()
    comments = conn.execute(
        "SELECT objoid, description FROM pg_description WHERE description ~ '^procrastinate' ORDER BY objoid"
    )
    functions = conn.execute("SELECT oid, xmin, prosrc FROM pg_proc WHERE proname ~ '^canvas_' ORDER BY oid")
    return [revision, comments.fetchall(), functions.fetchall()]


def test_the_release_before_runs_on_what_a_migration_left(copy: Copy, empty_dsn: str, tmp_path: Path) -> None:
    """Forward, back, and forward again, as docs/deploy.md says under "Roll back"."""
    later, earlier = copy, Copy(ROOT)
    number = add_migration(later)
    border = later.folder / "procrastinate_schema.sql"
    border.write_text(border.read_text() + "-- A later release has another text.\n")
    env = {"DATABASE_URL": empty_dsn}
    earlier.run("-m", "migrations", **env)
    later.run("-m", "migrations", **env)
    with connect(empty_dsn) as conn:
        made = read_schema(conn)
        assert made[0] == [{"version_num": number}]
        said = earlier.run("-m", "migrations", **env)
        assert said == (
            "The database has the schema of a later release, on which this one runs too: nothing was changed.\n"
        )
        assert read_schema(conn) == made
        job = post(conn, "a mind map of tea")
        worker_env = env | {"AI_PROVIDER": "rules", "JWT_SECRET_KEY": SECRET, "VAR_DIR": str(tmp_path)}
        with running(WORKER, env=worker_env, log=tmp_path / "worker.log"):
            until(lambda: look(conn, job.id).is_final)
        assert look(conn, job.id).status == "completed"
        assert later.run("-m", "migrations", **env) == "The database has the present schema.\n"
        assert read_schema(conn) == made


def test_queue_tables_of_a_later_procrastinate_are_left_alone(conn: Connection, dsn: str) -> None:
    conn.execute("COMMENT ON TABLE procrastinate_jobs IS 'procrastinate 99.0.0'")
    before = read_schema(conn)
    assert "of a later release" in Copy(ROOT).run("-m", "migrations", DATABASE_URL=dsn)
    assert read_schema(conn) == before


def test_a_kind_of_drawing(copy: Copy) -> None:
    copy.add(
        "drawing/notation/stairs.py",
        """\"\"\"Stairs: a step a line.\"\"\"

from dataclasses import dataclass, field

from drawing.markup import unmarked
from drawing.model import Drawing, Value, label
from drawing.notation.lines import Line, Unreadable
from drawing.notation.names import Names
from drawing.notation.writing import escaped, written_title


@dataclass(slots=True)
class StairsReader:
    drawing: Drawing
    _names: Names = field(default_factory=Names)

    def read(self, line: Line) -> None:
        if not line.text.startswith("- "):
            raise Unreadable("it is no step")
        text = label(unmarked(line.said(2)))
        self.drawing.put(Value(self._names.id_of(text), text))

    def end(self) -> None:
        pass


def write_stairs(drawing: Drawing) -> list[str]:
    return ["stairs", *written_title(drawing), *(f"- {escaped(each.text)}" for each in drawing.all(Value))]
""",
    )
    copy.add(
        "drawing/layout/stairs.py",
        """\"\"\"Stairs: each step lower and further right than the one before.\"\"\"

from drawing.figure import Box, Figure, Ruler, Text
from drawing.geometry import Rect
from drawing.model import Drawing, Value, key_of


def place_stairs(drawing: Drawing, ruler: Ruler) -> Figure:
    figure = Figure()
    for number, step in enumerate(drawing.all(Value)):
        lines, key = ruler.wrap(step.text, ruler.em(9)), key_of(step)
        rect = Rect(number * ruler.em(11), number * ruler.em(4), ruler.em(10), ruler.em(3))
        figure.add(Box(key, rect), Text(f"{key}:label", rect, lines, ruler.font, "blue", of=key))
    return figure
""",
    )
    copy.edit(
        "drawing/kinds.py",
        "from drawing.layout.table",
        "from drawing.layout.stairs import place_stairs\n"
        "from drawing.notation.stairs import StairsReader, write_stairs\n"
        "from drawing.layout.table",
    )
    copy.edit(
        "drawing/kinds.py",
        '        Kind("cycle",',
        '        Kind("stairs", _header("stairs"), StairsReader, write_stairs, place_stairs, is_plain=True),\n'
        '        Kind("cycle",',
    )
    drawn = json.loads(
        copy.run(
            "-c",
            "import json, uuid\n"
            "from drawing.session import DrawingSession\n"
            "from drawing.source import read_source, write_source\n"
            "session = DrawingSession(namespace=uuid.UUID(int=1))\n"
            "session.feed('Sure:\\n```\\nstairs\\ntitle Career\\n- Learn\\n- Work\\nwhat?\\n- Lead\\n```\\n')\n"
            "canvas = session.finish()\n"
            "boxes = [o.properties for o in canvas.objects if o.object_type == 'rectangle']\n"
            "again = read_source(write_source(session.source.drawing)).drawing\n"
            "print(json.dumps([canvas.quality.score, [[b['x'], b['y']] for b in boxes], list(session.source.notes),\n"
            "                  again.parts == session.source.drawing.parts, again.title]))",
        )
    )
    score, places, notes, is_same, title = drawn
    assert score == 100
    assert places == sorted(places)
    assert len({y for _, y in places}) == 3
    assert notes == ["Line 7 (\u201cwhat?\u201d) is left out: it is no step."]
    assert (is_same, title) == (True, "Career")


def test_a_style(copy: Copy) -> None:
    copy.edit("drawing/theme.py", '"creative", "minimal"]', '"creative", "minimal", "sturdy"]')
    copy.edit(
        "drawing/theme.py",
        "\n}\n\n\ndef _swatches",
        '\n    "sturdy": StyleMetrics(4, 4, 5.0, 5.0, 1.2, 0.8, 1.1, True, True, False, False),\n}\n\n\ndef _swatches',
    )
    copy.edit(
        "tasks/designers/prompts.py",
        "\n}\n\n\ndef build_messages",
        '\n    "sturdy": "plain words",\n}\n\n\ndef build_messages',
    )
    printed = copy.run(
        "-c",
        "import uuid\n"
        "from drawing.plan import Header, Node, Plan\n"
        "from drawing.session import draw_plan\n"
        "from webapp.api.request_models import CreateBody\n"
        "style = CreateBody(instructions='A', style='sturdy').style\n"
        "plan = Plan(Header('A', 'flowchart'), (Node('a', 'A'), Node('b', 'B')))\n"
        "canvas = draw_plan(plan, style=style, namespace=uuid.UUID(int=1))\n"
        "print(max(o.properties.get('strokeWidth', 0) for o in canvas.objects))",
    )
    assert printed == "5.0\n"


@pytest.mark.parametrize(
    ("names", "field"),
    [(get_args(Style), "style"), (get_args(ColorScheme), "color_scheme"), (get_args(PaperTheme), "theme")],
)
def test_a_style_is_known_wherever_it_can_be_chosen(names: tuple[str, ...], field: str) -> None:
    assert set(get_args(CreateBody.model_fields[field].annotation)) == set(names)
    looks = (PANEL / "common/looks.js").read_text()
    types = (PANEL / "api.d.ts").read_text()
    guide = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    constant, name = {
        "style": ("STYLES", "style"),
        "color_scheme": ("COLOURS", "colorScheme"),
        "theme": ("PAPERS", "theme"),
    }[field]
    chosen = re.search(rf"const {constant} = \[(.*)\]", looks)
    typed = re.search(rf"\b{name}\??: ([^;]*);", types)
    assert chosen is not None
    assert typed is not None
    assert set(re.findall(r'"(\w+)"', chosen[1])) == set(names)
    assert set(re.findall(r'"(\w+)"', typed[1])) == set(names)
    assert all(f"`{name}`" in guide for name in names)
    if field == "style":
        assert set(STYLES) == set(names)
    if field == "color_scheme":
        swatches = (PANEL / "ai-prompt-form/ai-prompt-form.css").read_text()
        assert all(f".{name} i:nth-child" in swatches for name in names)


def test_a_diagram_kind_is_known_wherever_it_is_named() -> None:
    kinds = set(get_args(Kind))
    schema: Any = plan_schema()
    assert set(schema["properties"]["kind"]["enum"]) == kinds
    assert set(_BUILDERS) == kinds
    assert {kind for kind, _ in _BUILDERS.values()} <= set(KINDS)
    assert all(f"- {kind}: " in SYSTEM for kind in kinds)


def test_a_route(copy: Copy, dsn: str) -> None:
    copy.edit(
        "webapp/api/canvases.py",
        "def _read(canvas_id",
        '''@api.get(
    "/canvas/<canvas_id>/title", summary="Read a canvas' title", responses={200: response_models.TitleResponse}
)
def read_title(path: CanvasPath) -> Response:
    """What the canvas is called."""
    canvas, _ = _read(path.canvas_id)
    return json_response({"success": True, "title": canvas.title})


def _read(canvas_id''',
    )
    path = copy.folder / "webapp/api/response_models.py"
    path.write_text(
        path.read_text()
        + '\n\nclass TitleResponse(Response):\n    """A title."""\n\n    success: bool\n    title: str\n'
    )
    printed = copy.run(
        "-c",
        "from core.settings import load_settings\n"
        "from webapp import create_app\n"
        "from webapp.auth import make_token\n"
        "settings = load_settings()\n"
        "app = create_app(settings)\n"
        "client = app.test_client()\n"
        "path = '/api/ai-agent/canvas/{}/title'\n"
        "document = client.get('/api/openapi.json').get_json()\n"
        "print(sorted(document['paths'][path.format('{canvas_id}')]['get']['responses']))\n"
        "token = {'Authorization': 'Bearer ' + make_token(settings, 'anna')}\n"
        "missing = path.format('0198c0de-0000-7000-8000-000000000001')\n"
        "print(client.get(missing).status_code, client.get(missing, headers=token).status_code)\n"
        "app.extensions['canvas_jobs'].close()",
        DATABASE_URL=dsn,
        JWT_SECRET_KEY=SECRET,
        VAR_DIR=str(copy.folder / "var"),
    )
    documented = re.search(r"^\['200'.*'401'.*'404'.*$", printed, re.MULTILINE)
    assert documented is not None, printed
    assert "\n401 404\n" in printed


def test_a_designer(copy: Copy, env: dict[str, str], conn: Connection, tmp_path: Path) -> None:
    copy.edit("core/settings.py", 'Literal["openai", "rules"]', 'Literal["openai", "rules", "echo"]')
    copy.add(
        "tasks/designers/echo.py",
        '''"""Draws one box with the person's words."""

from collections.abc import AsyncGenerator

from core.settings import Provider
from drawing.plan import Header, Node
from tasks.designers import Request, Said


class EchoDesigner:
    """Says back what it hears."""

    generator: Provider = "echo"
    model = None

    async def design(self, request: Request) -> AsyncGenerator[Said, None]:
        """Yield the one box."""
        yield Header("Echo", "flowchart")
        yield Node("a", request.instructions)

    async def close(self) -> None:
        """Do nothing: there is no connection."""
''',
    )
    copy.edit(
        "tasks/designers/__init__.py",
        "    # Imported here,",
        '    if settings.provider == "echo":\n'
        "        from tasks.designers.echo import EchoDesigner\n\n"
        "        return EchoDesigner()\n"
        "    # Imported here,",
    )
    env |= {"AI_PROVIDER": "echo"}
    job = post(conn, "hello")
    with running(WORKER, env=env, log=tmp_path / "worker.log", folder=copy.folder):
        until(lambda: look(conn, job.id).is_final)
    done = look(conn, job.id)
    assert done.status == "completed", done.error_message
    assert done.result is not None
    assert (done.result["title"], done.result["generator"]) == ("Echo", "echo")
