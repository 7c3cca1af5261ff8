"""The commands of ``docs/operate.md`` on a live system: what an operator types, what it prints, what it does."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.database import Connection
from devtools.model_server import ModelServer, Script, refused
from devtools.processes import ROOT, WORKER, running
from devtools.receiver import Receiver
from tests.tasks.workshop import look, post
from tests.test_processes import queue_statuses
from tests.waiting import until

DOCUMENT = ROOT / "docs" / "operate.md"
WEBHOOK_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD1sJqGZk0C2s="
QUEUE_TOOL = "python -m procrastinate --app=tasks.app.app"


@pytest.fixture
def worker(env: dict[str, str], model: ModelServer, tmp_path: Path) -> Iterator[None]:
    with running(WORKER, env=env, log=tmp_path / "worker.log"):
        yield


class Shell:
    """Types commands as the document prints them."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", **env}

    def type(self, command: str, *, expect: int = 0, errors: bool = False, words: str = "") -> str:
        """Return what the command prints, ``errors`` too, given these words as its input.

        Its form must be in the document, its arguments aside.
        """
        assert form(command) in documented(), f"docs/operate.md does not show: {form(command)}"
        ran = subprocess.run(
            ["sh", "-c", command],
            cwd=ROOT,
            env=self._env,
            input=words,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == expect, ran.stderr + ran.stdout
        return ran.stdout + (ran.stderr if expect or errors else "")


def form(command: str) -> str:
    """Return a command with ids, numbers and quoted words replaced, to compare with others."""
    command = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\$JOB|\$DELIVERY", "ID", command)
    command = re.sub(r'"[^"]*"', "TEXT", command)
    return re.sub(r"(?<![\w-])\d+(\.\d+)?", "N", command)


def documented() -> set[str]:
    """Return the commands of the document's shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.split("   #")[0].strip() for block in blocks for line in block.splitlines()]
    return {form(line) for line in lines if line and not line.startswith("#")}


def test_plain_script_of_the_queue_finds_the_app(env: dict[str, str], tmp_path: Path) -> None:
    """``make setup`` tells the environment where the project is, and the image sets the path."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    subprocess.run(["make", "--silent", f"VENV={venv}", "link"], cwd=ROOT, check=True)
    installed = Path(sysconfig.get_path("purelib"))
    script = f"import sys; sys.path.append({str(installed)!r}); from procrastinate.cli import main; main()"
    command = [str(venv / "bin" / "python"), "-c", script, "--app=tasks.app.app", "healthchecks"]
    # Python puts the current folder on the path for -c; a script has its own folder there.
    ran = subprocess.run(command, cwd="/", env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("OK") == 3
    assert "PYTHONPATH=/app" in (ROOT / "Dockerfile").read_text()


def test_every_command_of_the_document_is_typed_by_a_test() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    calls = re.findall(r"""shell\.type\(\s*f?(["'])(.*?)\1[,)]""", source)
    typed = {
        re.sub(r"\{[^}]*queue_job_id\}", "17", text.replace("{QUEUE_TOOL}", QUEUE_TOOL)) for _, text in calls
    }
    assert documented() - {form(re.sub(r"\{[^}]*\}", "$JOB", text)) for text in typed} == set()


@pytest.fixture
def shell(env: dict[str, str]) -> Shell:
    return Shell(env)


@pytest.mark.usefixtures("worker")
def test_queue_tool_shows_what_is_there(conn: Connection, shell: Shell) -> None:
    job = post(conn)
    until(lambda: look(conn, job.id).is_final)
    until(lambda: queue_statuses(conn) == ["succeeded"])
    assert shell.type(f"{QUEUE_TOOL} healthchecks").count("OK") == 3
    line = f"#{job.queue_job_id} create_canvas on canvas - [succeeded]"
    assert line in shell.type(f"{QUEUE_TOOL} shell list_jobs")
    assert shell.type(f"{QUEUE_TOOL} shell list_jobs status=failed details") == ""
    assert str(job.id) in shell.type(f"{QUEUE_TOOL} shell list_jobs id={job.queue_job_id} details")
    assert "canvas: 1 jobs" in shell.type(f"{QUEUE_TOOL} shell list_queues")
    assert "create_canvas: 1 jobs" in shell.type(f"{QUEUE_TOOL} shell list_tasks")
    assert shell.type(f"{QUEUE_TOOL} shell list_locks") == ""


def test_job_cancelled_with_the_queue_tool_is_cancelled_here(
    conn: Connection, shell: Shell, env: dict[str, str], model: ModelServer, tmp_path: Path
) -> None:
    job = post(conn)
    assert "[cancelled]" in shell.type(f"{QUEUE_TOOL} shell cancel {job.queue_job_id}")
    assert look(conn, job.id).status == "queued"
    with running(WORKER, env=env, log=tmp_path / "worker.log"):
        until(lambda: look(conn, job.id).is_final)
    assert look(conn, job.id).status == "cancelled"
    assert model.requests == []


@pytest.mark.usefixtures("worker")
def test_failed_job_retried_with_the_queue_tool_runs_again(
    conn: Connection, shell: Shell, model: ModelServer
) -> None:
    model.script(refused(401))
    job = post(conn)
    until(lambda: look(conn, job.id).is_final)
    until(lambda: queue_statuses(conn) == ["failed"])
    failed = look(conn, job.id)
    # It prints the row's state, which a worker may have changed again by then.
    assert f"#{job.queue_job_id} create_canvas" in shell.type(f"{QUEUE_TOOL} shell retry {job.queue_job_id}")
    until(lambda: look(conn, job.id).status == "completed")
    done = look(conn, job.id)
    assert (failed.status, failed.error_code) == ("failed", "model_unauthorized")
    assert (done.attempt, done.first_attempt, done.error_code) == (2, 1, None)
    until(lambda: queue_statuses(conn) == ["succeeded"])


@pytest.mark.usefixtures("worker")
def test_running_job_retried_with_the_queue_tool_still_makes_one_canvas(
    conn: Connection, shell: Shell, model: ModelServer
) -> None:
    model.script(Script(chunk_delay=0.1))
    job = post(conn)
    until(lambda: look(conn, job.id).progress_objects)
    assert shell.type(f"{QUEUE_TOOL} shell retry {job.queue_job_id}")
    until(lambda: look(conn, job.id).is_final)
    assert look(conn, job.id).status == "completed"
    assert conn.execute("SELECT count(*) AS n FROM canvases").fetchone() == {"n": 1}
    until(lambda: not {"todo", "doing"} & set(queue_statuses(conn)))


@pytest.mark.usefixtures("worker")
def test_job_is_shown_with_its_history_and_without_its_words(
    conn: Connection, shell: Shell, model: ModelServer
) -> None:
    model.script(refused(500))
    job = post(conn, "a very private plan")
    until(lambda: look(conn, job.id).is_final)
    until(lambda: queue_statuses(conn) == ["succeeded"])
    shown = shell.type(f"flask --app webapp jobs show {job.id}")
    assert f"Job {job.id}: completed" in shown
    for expected in (
        "(carries the job)",
        "deferred_for_retry",
        '"attempt": 2',
        "retry_count          1",
        "done",
    ):
        assert expected in shown
    assert "private" not in shown
    assert '"kind": "object"' not in shell.type(f"flask --app webapp jobs show {job.id} --json")
    assert "a very private plan" in shell.type(f"flask --app webapp jobs show {job.id} --prompt")
    missing = str(job.id)[:-1] + ("0" if str(job.id)[-1] != "0" else "1")
    assert "no such job" in shell.type(f"flask --app webapp jobs show {missing}", expect=1)


def test_stuck_jobs_and_what_to_do_about_them(conn: Connection, shell: Shell) -> None:
    job = post(conn)
    assert "No worker is alive." in shell.type("flask --app webapp jobs stuck --seconds 0")
    assert "No unfinished job was quiet" in shell.type("flask --app webapp jobs stuck")
    assert "queued as row" in shell.type(f"flask --app webapp jobs requeue {job.id}")
    assert queue_statuses(conn) == ["failed", "todo"]
    assert look(conn, job.id).queue_job_id != job.queue_job_id
    assert "cancelled" in shell.type(f"flask --app webapp jobs cancel {job.id}")
    assert look(conn, job.id).status == "cancelled"
    assert "queued as row" in shell.type(f"flask --app webapp jobs requeue {job.id}")
    assert look(conn, job.id).status == "queued"
    shell.type(f"flask --app webapp jobs cancel {job.id}")
    assert "0 jobs forgotten" in shell.type("flask --app webapp jobs purge")
    assert "1 jobs forgotten" in shell.type("flask --app webapp jobs purge --days 0")
    assert queue_statuses(conn) == []


def test_paused_workers_go_on_with_what_they_run_and_fetch_nothing_new(
    conn: Connection, shell: Shell, env: dict[str, str], model: ModelServer, tmp_path: Path
) -> None:
    model.script(Script(chunk_delay=0.1))
    log = tmp_path / "worker.log"
    with running(WORKER, env=env, log=log):
        first = post(conn)
        until(lambda: look(conn, first.id).progress_objects)
        assert "workers paused" in shell.type('flask --app webapp jobs pause workers --reason "new model"')
        until(lambda: "worker_paused" in log.read_text())
        second = post(conn)
        until(lambda: look(conn, first.id).status == "completed")
        assert look(conn, second.id).status == "queued"
        assert "new model" in shell.type("flask --app webapp jobs pauses")
        assert "The workers are paused." in shell.type("flask --app webapp jobs stuck --seconds 0")
        assert "workers resumed" in shell.type("flask --app webapp jobs resume workers")
        until(lambda: look(conn, second.id).status == "completed")


def test_intake_is_paused_and_resumed(conn: Connection, shell: Shell) -> None:
    assert "intake paused" in shell.type("flask --app webapp jobs pause intake")
    rows = conn.execute("SELECT what, reason FROM ai_pauses").fetchall()
    assert rows == [{"what": "intake", "reason": None}]
    assert "intake resumed\nworkers was not paused" in shell.type("flask --app webapp jobs resume all")
    assert conn.execute("SELECT what FROM ai_pauses").fetchall() == []


def test_webhooks_are_listed_shown_and_sent_again(
    conn: Connection, shell: Shell, env: dict[str, str], tmp_path: Path
) -> None:
    env |= {"WEBHOOK_SECRET": WEBHOOK_SECRET, "WEBHOOK_ALLOW_PRIVATE": "true"}
    assert shell.type("flask --app webapp webhooks list") == "There are no deliveries.\n"
    with Receiver(WEBHOOK_SECRET) as receiver:
        receiver.statuses.append(410)
        job = post(conn, webhook_url=receiver.url)
        shell.type(f"flask --app webapp jobs cancel {job.id}")
        with running(WORKER, env=env, log=tmp_path / "worker.log"):
            until(lambda: receiver.messages)
            until(lambda: "given up" in shell.type("flask --app webapp webhooks list --undelivered"))
            listed = shell.type(f"flask --app webapp webhooks list --job {job.id}")
            assert "job.cancelled" in listed
            delivery = listed.split()[0]
            assert "responded with 410" in shell.type(f"flask --app webapp webhooks show {delivery}")
            assert "queued" in shell.type("flask --app webapp webhooks replay --undelivered")
            until(lambda: len(receiver.messages) == 2)
            assert "queued" in shell.type(f"flask --app webapp webhooks replay {delivery}")
            until(lambda: len(receiver.messages) == 3)


@pytest.mark.usefixtures("worker")
def test_queue_tool_does_nothing_to_a_running_job(conn: Connection, shell: Shell, model: ModelServer) -> None:
    model.script(Script(chunk_delay=0.1))
    job = post(conn)
    until(lambda: look(conn, job.id).progress_objects)
    assert "[doing]" in shell.type(f"{QUEUE_TOOL} shell cancel {job.queue_job_id}")
    until(lambda: look(conn, job.id).is_final)
    assert look(conn, job.id).status == "completed"


@pytest.mark.usefixtures("worker")
def test_row_that_carried_a_job_before_changes_nothing_when_it_is_retried(
    conn: Connection, shell: Shell, model: ModelServer
) -> None:
    model.script(refused(401))
    job = post(conn)
    until(lambda: look(conn, job.id).is_final)
    until(lambda: queue_statuses(conn) == ["failed"])
    shell.type(f"flask --app webapp jobs requeue {job.id}")
    until(lambda: look(conn, job.id).status == "completed")
    until(lambda: queue_statuses(conn) == ["failed", "succeeded"])
    done = look(conn, job.id)
    shell.type(f"{QUEUE_TOOL} shell retry {job.queue_job_id}")
    until(lambda: queue_statuses(conn) == ["succeeded", "succeeded"])
    assert look(conn, job.id) == done
    assert len(model.requests) == 2


def test_job_whose_row_was_deleted_gets_another(
    conn: Connection, env: dict[str, str], tmp_path: Path, model: ModelServer
) -> None:
    job = post(conn)
    conn.execute("DELETE FROM procrastinate_jobs")
    with running(WORKER, env=env, log=tmp_path / "worker.log"):
        until(lambda: look(conn, job.id).status == "completed")
    assert len(model.requests) == 1


def test_queue_tool_asks_for_commands_until_exit(conn: Connection, shell: Shell) -> None:
    job = post(conn)
    shown = shell.type(f"{QUEUE_TOOL} shell", words="list_queues\nexit\n")
    assert "canvas: 1 jobs" in shown
    # A command of the shell that fails says so, and exits with 0.
    assert "Traceback" in shell.type(f"{QUEUE_TOOL} shell cancel 999999", errors=True)
    assert look(conn, job.id).status == "queued"
