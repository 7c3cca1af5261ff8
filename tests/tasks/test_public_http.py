"""Requests to strangers' servers: verified TLS, public addresses only, whatever the receiver does."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.webhook_rules import check_url
from tasks import public_http
from tasks.public_http import Unreachable
from tests.waiting import PATIENCE

Conversation = Callable[[socket.socket], None]
ENOUGH = 64 * 1024 * 1024  # bytes; far more than is taken from a receiver that never stops


def send(url: str, *, allow_private: bool = True) -> int:
    return asyncio.run(public_http.post(url, b"{}", {"webhook-id": "1"}, allow_private=allow_private))


@contextlib.contextmanager
def receiver(answer: Conversation, *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Answer one connection in the given way; gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            # A sender that hangs up in mid-sentence is what some of these are about.
            with contextlib.suppress(OSError), client:
                client.settimeout(PATIENCE)
                peer = tls.wrap_socket(client, server_side=True) if tls else client
                with peer:
                    peer.recv(65536)
                    answer(peer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(timeout=PATIENCE)
        assert not thread.is_alive()


def say(data: bytes) -> Conversation:
    return lambda client: client.sendall(data)


def test_receiver_that_drips_its_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_http, "RESPONSE_SECONDS", 1.0)

    def drip(client: socket.socket) -> None:
        for byte in b"HTTP/1.1 200 OK" * 100:
            client.sendall(bytes([byte]))
            time.sleep(0.1)

    with receiver(drip) as port, pytest.raises(Unreachable, match="No response within 1 s"):
        send(f"http://127.0.0.1:{port}/")


def hear(client: socket.socket) -> None:
    client.recv(1)


def test_receiver_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_http, "RESPONSE_SECONDS", 0.5)
    with (
        receiver(hear) as port,
        pytest.raises(Unreachable, match="No response"),
    ):
        send(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "], ids=["body", "head"]
)
def test_answer_without_end_is_not_read_to_its_end(head: bytes) -> None:
    sent = []

    def pour(client: socket.socket) -> None:
        client.sendall(head)
        for _ in range(ENOUGH // 65536):
            client.sendall(b"x" * 65536)
            sent.append(65536)

    with receiver(pour) as port:
        assert send(f"http://127.0.0.1:{port}/") == 200
    assert sum(sent) < ENOUGH


def test_status_line_without_end_is_no_answer() -> None:
    with receiver(say(b"x" * 10_000_000)) as port, pytest.raises(Unreachable):
        send(f"http://127.0.0.1:{port}/")


def test_answer_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    with receiver(say(head + bomb)) as port:
        assert send(f"http://127.0.0.1:{port}/") == 200


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n", b"HTTP/1.1 OK\r\n\r\n", b"SSH-2.0-OpenSSH_9\r\n"])
def test_what_is_no_http_is_no_answer(answer: bytes) -> None:
    with receiver(say(answer)) as port, pytest.raises(Unreachable):
        send(f"http://127.0.0.1:{port}/")


HIDDEN = [  # 127.0.0.1 and its like, as a careless check does not see them
    "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.1", "0", "0.0.0.0", "localhost",
    "LOCALHOST", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::]", "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
]  # fmt: skip


@pytest.mark.parametrize("host", HIDDEN)
def test_private_address_in_disguise_is_never_connected_to(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        with pytest.raises(Unreachable, match="not public"):
            send(f"https://{host}:{server.getsockname()[1]}/", allow_private=False)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("host", [each for each in HIDDEN if "local" not in each.lower()])
def test_private_address_in_disguise_is_refused_when_it_is_named(host: str) -> None:
    with pytest.raises(ValueError, match="public address"):
        check_url(f"https://{host}/")


@pytest.mark.parametrize(
    "url",
    ["https://example.com@127.0.0.1/", "https://example.com\\@127.0.0.1/", "https://127.0.0.1#@example.com/"],
)
def test_name_before_the_host_deceives_nobody(url: str) -> None:
    with pytest.raises(ValueError):
        check_url(url)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for "localhost" that nobody has signed but itself, with its key, as one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_message_goes_over_tls_to_a_receiver_with_a_known_certificate(
    certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with receiver(say(b"HTTP/1.1 204 No Content\r\n\r\n"), tls=tls) as port:
        assert send(f"https://localhost:{port}/") == 204


@pytest.mark.parametrize(("host", "is_known"), [("localhost", False), ("127.0.0.1", True)])
def test_receiver_that_cannot_show_who_it_is_gets_nothing(
    certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, host: str, is_known: bool
) -> None:
    if is_known:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    heard = []
    with (
        receiver(lambda client: heard.append(client.recv(10)), tls=tls) as port,
        pytest.raises(Unreachable, match="TLS: CERTIFICATE_VERIFY_FAILED"),
    ):
        send(f"https://{host}:{port}/")
    assert heard == []
