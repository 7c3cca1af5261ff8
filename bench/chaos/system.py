"""The system under test: database, model server, one web process and some workers, all on this machine."""

from __future__ import annotations

import contextlib
import random
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from bench.chaos.books import PAGE, Books
from core.database import Connection, connection_options
from core.settings import load_settings
from core.webhook_rules import secret_of_user
from devtools.client import Client
from devtools.model_server import Received, Script
from devtools.poison import PoisonedModelServer
from devtools.postgres import PostgresServer
from devtools.processes import WEB, WORKER, free_port, running, wait_until_healthy
from devtools.receiver import Receiver
from devtools.tarpit import Tarpit
from migrations import migrate
from webapp.auth import make_token

SECRET = "a secret for an hour of chaos, long enough"
WEBHOOK_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD1sJqGZk0C2s="
HONEST = "honest"  # the user whose messages must arrive
WORKERS = 3
WORKER_TIMEOUT = 3  # seconds; the default of 20 only makes the run longer


class ChaosModelServer(PoisonedModelServer):
    """Draws the usual plan for a new drawing, and adds the page that a change asks for."""

    def take(self, received: Received) -> Script:
        """Record a request and return what it is answered with."""
        script = super().take(received)
        page = PAGE.search(received.body["messages"][-1]["content"])
        return Script(text=f'a --> p{page[1]}["Page {page[1]}"]', chunk_delay=0.02) if page else script


class System:
    """The running processes, and the books of what happens to them."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.books = Books()
        self.postgres = PostgresServer(folder / "postgres")
        self.dsn = self.postgres.dsn
        self.workers: list[subprocess.Popen[bytes]] = []
        self._stack = contextlib.ExitStack()
        self._threads: list[threading.Thread] = []
        self.is_over = threading.Event()

    def __enter__(self) -> System:
        with contextlib.ExitStack() as stack:
            stack.callback(self.postgres.cleanup)
            migrate(self.dsn)
            self.model = stack.enter_context(ChaosModelServer(default=Script(chunk_delay=0.02)))
            self.tarpit = stack.enter_context(Tarpit())
            self.receiver = stack.enter_context(Receiver(secret_of_user(WEBHOOK_SECRET, HONEST)))
            self.env = {
                "DATABASE_URL": self.dsn,
                "JWT_SECRET_KEY": SECRET,
                "VAR_DIR": str(self.folder),
                "OPENAI_BASE_URL": self.model.base_url,
                "WORKER_TIMEOUT_SECONDS": str(WORKER_TIMEOUT),
                "SHUTDOWN_GRACE_SECONDS": "1",
                "MAX_ACTIVE_JOBS_PER_USER": "100000",
                "RATE_LIMIT_PER_MINUTE": "100000",
                "REQUESTS_PER_SECOND_PER_USER": "1000000",
                "WEBHOOK_SECRET": WEBHOOK_SECRET,
                "WEBHOOK_ALLOW_PRIVATE": "true",
                "LOG_FORMAT": "json",
            }
            port = free_port()
            web_env = {**self.env, "PORT": str(port)}
            web = stack.enter_context(running(WEB, env=web_env, log=self.folder / "web.log"))
            self.url = f"http://127.0.0.1:{port}"
            self._stack = stack.pop_all()
            for _ in range(WORKERS):
                self.start_worker()
            wait_until_healthy(self.url, {"web": web}, logs=self.folder)
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        for thread in self._threads:
            thread.join()
        self._stack.close()

    def start_worker(self) -> None:
        """Start one more worker process."""
        log = self.folder / "workers.log"
        self.workers.append(self._stack.enter_context(running(WORKER, env=self.env, log=log)))

    def connect(self) -> Connection:
        """Return a connection; retries while the database restarts."""
        while True:
            try:
                return psycopg.connect(self.dsn, **connection_options(application_name="chaos"))
            except psycopg.OperationalError:
                time.sleep(0.1)

    def client(self, user_id: str = "chaos") -> Client:
        """Return a caller of the API."""
        return Client(self.url, make_token(load_settings(_env_file=None, jwt_secret_key=SECRET), user_id))

    def replace_dead_workers(self) -> None:
        """Start another worker for each that ended by itself, as a platform does."""
        for worker in [worker for worker in self.workers if worker.poll() is not None]:
            self.workers.remove(worker)
            self.start_worker()

    def take_worker(self) -> subprocess.Popen[bytes]:
        """Return any worker, which is no longer ours to stop."""
        return self.workers.pop(self.random.randrange(len(self.workers)))

    def spawn(self, target: Callable[[], None]) -> None:
        """Run in a thread that is joined at the end; it looks at ``is_over``."""
        thread = threading.Thread(target=target, daemon=True)
        thread.start()
        self._threads.append(thread)
