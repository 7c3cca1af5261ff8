"""Several hosts on one machine: network namespaces on a switch of their own, which can be disconnected."""

from __future__ import annotations

import ctypes
import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

CLONE_NEWNET = 0x40000000
ADDRESSES = "198.18.0."  # for tests of networks (RFC 2544); nothing of it is seen outside the namespaces

_numbers = itertools.count(1)
_libc = ctypes.CDLL(None, use_errno=True)


class Network:
    """A switch and the hosts at it. ``ip netns list`` shows them as canvas-<process>-<number>-<host>."""

    def __init__(self, *hosts: str) -> None:
        self._prefix = f"canvas-{os.getpid()}-{next(_numbers)}"
        self._hosts = hosts
        self._namespaces: list[str] = []

    def __enter__(self) -> Network:
        try:
            self._add("switch")
            self._ip("switch", "link add switch type bridge")
            self._ip("switch", "link set switch up")
            for host in self._hosts:
                self._add(host)
                self._ip(host, "link set lo up")
                self._ip(host, f"link add eth0 type veth peer name {host} netns {self._name('switch')}")
                self._ip("switch", f"link set {host} master switch up")
                self._ip(host, f"address add {self.address(host)}/24 dev eth0")
                self._ip(host, "link set eth0 up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in self._namespaces:
            _run("ip", "netns", "delete", name)

    def address(self, host: str) -> str:
        """Return the host's address."""
        return f"{ADDRESSES}{self._hosts.index(host) + 1}"

    def cut(self, host: str) -> None:
        """Disconnect the host: what is sent is lost silently."""
        self._ip("switch", f"link set {host} down")

    def join(self, host: str) -> None:
        """Connect the host again."""
        self._ip("switch", f"link set {host} up")

    @contextmanager
    def at(self, host: str) -> Iterator[None]:
        """Be on that host: sockets and processes that this thread makes meanwhile are, and stay, there."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self._name(host)}", os.O_RDONLY)
        try:
            _enter(there)
            yield
        finally:
            _enter(home)
            os.close(there)
            os.close(home)

    def _name(self, host: str) -> str:
        return f"{self._prefix}-{host}"

    def _add(self, host: str) -> None:
        _run("ip", "netns", "add", self._name(host))
        self._namespaces.append(self._name(host))

    def _ip(self, host: str, command: str) -> None:
        _run("ip", "-netns", self._name(host), *command.split())


def require_namespaces() -> None:
    """Skip the test where hosts cannot be made."""
    if shutil.which("ip") is None:
        pytest.skip("no ip on this machine: apt-get install iproute2")
    try:
        with Network("probe"):
            pass
    except subprocess.CalledProcessError as exc:
        pytest.skip(f"network namespaces are not permitted here: {exc.stderr.strip()}")


def _enter(namespace: int) -> None:
    # os.setns is there from Python 3.12 on.
    if _libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
