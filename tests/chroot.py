"""A clean Debian in a folder, a Dockerfile executed there step by step, and containers started from the result.

What Docker does to a container is done with the kernel's own namespaces: its files, processes and network are its own,
the root folder is read-only and ``/tmp`` empty, as ``compose.yaml`` asks.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.waiting import PATIENCE

SUITE = "bookworm"
PACKAGES = "python3-venv,git,curl,ca-certificates"  # Python, and what docs/deploy.md says is needed
MIRRORED = "/usr/share/debootstrap/scripts/" + SUITE

# A network of its own begins with its loopback down; 0x8914 is SIOCSIFFLAGS, 0x41 IFF_UP and IFF_RUNNING.
NETWORK = """
import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh", b"lo", 0x41))
print("up", flush=True)
input()
"""
# As root: make the files of a container, then become its user and its command.
ENTER = """
mount --bind "$ROOT" "$ROOT"
mount -t proc proc "$ROOT/proc"
mount -t tmpfs tmpfs "$ROOT/tmp"
chmod 1777 "$ROOT/tmp"
for socket in $SOCKETS; do
    touch "$ROOT/tmp/$(basename "$socket")"
    mount --bind "$socket" "$ROOT/tmp/$(basename "$socket")"
done
mount -o remount,bind,ro "$ROOT"
exec chroot --userspec="$USER_ID:$USER_ID" "$ROOT" env -i -C "$WORKDIR" "$@"
"""


def why_not() -> str | None:
    """Return why this machine cannot make one; None when it can."""
    if os.geteuid() != 0:
        return "a chroot needs root"
    if not shutil.which("debootstrap") or not Path(MIRRORED).exists():
        return "no debootstrap on this machine: apt-get install debootstrap"
    return None


def make_debian(folder: Path) -> Path:
    """Return a new Debian, as small as it goes, with Python and git."""
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    return folder


def run_in(root: Path, script: str, *, folder: str, env: Mapping[str, str], user: str = "0") -> str:
    """Run a shell script in the chroot; return what it printed."""
    command = [
        "chroot", f"--userspec={user}:{user}", str(root), "env", "-i", "-C", folder,
        *(f"{name}={value}" for name, value in env.items()), "sh", "-ec", script,
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{script}\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}"
    return ran.stdout


@dataclass
class Stage:
    """What a Dockerfile has made so far."""

    root: Path
    workdir: str = "/"
    user: str = "0"
    env: dict[str, str] = field(
        default_factory=lambda: {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"}
    )
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)


class Builder:
    """Follows a Dockerfile; each ``FROM`` begins with a copy of a clean Debian."""

    def __init__(self, debian: Path, context: Path, folder: Path, *, build_env: Mapping[str, str]) -> None:
        self._debian = debian
        self._context = context
        self._folder = folder
        self._build_env = build_env  # what only RUN sees
        self._arguments: dict[str, str] = {}
        self._stages: dict[str, Stage] = {}

    def build(self, dockerfile: str, **build_args: str) -> Stage:
        """Return the last stage, with ``build_args`` as Docker's --build-arg. An unknown instruction fails."""
        self._arguments = {}
        text = re.sub(r"^\s*#.*\n", "", dockerfile, flags=re.MULTILINE).replace("\\\n", " ")
        stage: Stage | None = None
        for line in filter(str.strip, text.splitlines()):
            name, value = line.split(None, 1)
            match name:
                case "ARG":
                    key, _, default = value.partition("=")
                    self._arguments[key] = build_args.get(key, default)
                case "FROM":
                    stage = self._begin(value)
                case _:
                    assert stage is not None, line
                    self._follow(stage, name, value)
        assert stage is not None
        return stage

    def _begin(self, value: str) -> Stage:
        image, _, name = value.partition(" AS ")
        for key, default in self._arguments.items():
            image = image.replace(f"${{{key}}}", default)
        root = self._folder / (name or "last")
        shutil.rmtree(root, ignore_errors=True)
        subprocess.run(["cp", "--archive", "--reflink=auto", self._debian, root], check=True)
        stage = Stage(root)
        installed = run_in(root, "python3 --version", folder="/", env=stage.env).split()[1]
        expected = re.fullmatch(r"python:([\d.]+)-slim", image)
        assert expected is not None, f"what is in {image}?"
        assert installed.startswith(f"{expected[1]}."), f"{image}, and here is {installed}"
        (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
        self._stages[name] = stage
        return stage

    def _follow(self, stage: Stage, name: str, value: str) -> None:
        match name:
            case "WORKDIR":
                stage.workdir = value
                (stage.root / value.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "RUN":
                env = {**self._arguments, **stage.env, **self._build_env}
                run_in(stage.root, value, folder=stage.workdir, env=env, user=stage.user)
            case "COPY":
                self._copy(stage, value)
            case "ENV":
                for pair in shlex.split(value):
                    key, _, text = pair.partition("=")
                    stage.env[key] = re.sub(r"\$(\w+)", lambda found: stage.env[found[1]], text)
            case "USER":
                stage.user = value
            case "CMD":
                stage.command = json.loads(value)
            case "HEALTHCHECK":
                stage.healthcheck = json.loads(value.partition("CMD ")[2])
            case "EXPOSE":
                pass
            case _:
                raise AssertionError(f"{name} is not known here")

    def _copy(self, stage: Stage, value: str) -> None:
        words = shlex.split(value)
        source_root = self._context
        if words[0].startswith("--from="):
            source_root = self._stages[words.pop(0).removeprefix("--from=")].root
        *sources, target = words
        # An absolute path replaces what it is joined to.
        place = stage.root / str(Path(stage.workdir) / target).lstrip("/")
        for source in sources:
            found = source_root / source.lstrip("/")
            if found.is_dir():
                shutil.copytree(found, place, symlinks=True)
                continue
            into = place / found.name if target in (".", "./") else place
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(found, into)


def copy_context(repository: Path, folder: Path) -> Path:
    """Copy what ``.dockerignore`` lets into the image, which names it line by line."""
    lines = (repository / ".dockerignore").read_text().splitlines()
    assert "*" in lines, "everything is left out unless it is named"
    ignored = shutil.ignore_patterns(*(line.removeprefix("**/") for line in lines if line.startswith("**/")))
    for name in (line[1:] for line in lines if line.startswith("!")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (repository / name).is_dir():
            shutil.copytree(repository / name, folder / name, ignore=ignored)
        else:
            shutil.copy(repository / name, folder / name)
    return folder


@dataclass(frozen=True)
class Container:
    """A running command; its first process has the number 1 inside."""

    stage: Stage
    env: Mapping[str, str]
    pid: int  # as seen from here
    launcher: subprocess.Popen[bytes]

    def execute(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run one more command inside, as ``docker exec`` does."""
        settings = [f"{name}={value}" for name, value in self.env.items()]
        entered = [
            "nsenter", f"--target={self.pid}", "--net", "--pid", "--mount", "--root", f"--setuid={self.stage.user}",
            f"--setgid={self.stage.user}", "env", "-i", "-C", self.stage.workdir, *settings, *command,
        ]  # fmt: skip
        return subprocess.run(entered, capture_output=True, text=True, check=False)

    def is_healthy(self) -> bool:
        """Return what the image's own check says."""
        return self.execute(self.stage.healthcheck).returncode == 0

    def stop(self) -> int:
        """Ask it to end as ``docker stop`` does; return its exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return self.launcher.wait(timeout=PATIENCE)


class Host:
    """Runs containers on a network of their own, which reaches this machine by the given sockets only."""

    def __init__(self, sockets: list[Path]) -> None:
        self._sockets = sockets

    def __enter__(self) -> Host:
        self._network = subprocess.Popen(
            ["unshare", "--net", sys.executable, "-c", NETWORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._network.stdout is not None
        assert self._network.stdout.readline() == b"up\n"
        return self

    def __exit__(self, *_: object) -> None:
        self._network.communicate(b"\n")

    @contextlib.contextmanager
    def running(
        self, stage: Stage, command: list[str], *, env: Mapping[str, str], log: Path
    ) -> Iterator[Container]:
        """Run a container while the body runs."""
        env = {**stage.env, **env}
        settings = [f"{name}={value}" for name, value in env.items()]
        entered = [
            "nsenter", f"--net=/proc/{self._network.pid}/ns/net", "unshare", "--mount", "--pid", "--fork",
            "--kill-child", "sh", "-ec", ENTER, "sh", *settings, *command,
        ]  # fmt: skip
        outer = {
            "PATH": os.environ["PATH"],
            "ROOT": str(stage.root),
            "SOCKETS": " ".join(map(str, self._sockets)),
            "USER_ID": stage.user,
            "WORKDIR": stage.workdir,
        }
        with log.open("ab") as output:
            launcher = subprocess.Popen(entered, env=outer, stdout=output, stderr=output)
        try:
            yield Container(stage, env, _first_process(launcher, command), launcher)
        finally:
            launcher.kill()
            launcher.wait()


def _first_process(launcher: subprocess.Popen[bytes], command: list[str]) -> int:
    """Return the number of the launcher's child once it has become the command."""
    path = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children")

    def find() -> int | None:
        children = path.read_text().split()
        if not children:
            return None
        line = Path(f"/proc/{children[0]}/cmdline").read_bytes().split(b"\0")
        return int(children[0]) if command[-1].encode() in line and b"env" not in line else None

    return _until(find, launcher)


def _until(find: Callable[[], int | None], launcher: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert launcher.poll() is None, "the container ended at once"
        if found := find():
            return found
        time.sleep(0.02)
    raise AssertionError("the container did not start")
