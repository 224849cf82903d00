"""Asking web and registry: ready, not ready and why, and which queues are silent."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from mesh.quickstart.faces import heartbeat_ages, http_unready, switched_off

PAGES = {
    "/readyz": (200, b'{"status": "ok"}'),
    "/waiting/readyz": (503, b'{"reason": "migration 0002 is not applied"}'),
    "/readyz?verbose": (200, b'{"heartbeat_age_seconds": {"streams": 3.5, "default": 70}}'),
    "/unsafe/readyz?verbose": (200, b'{"database_switched_off": ["fsync"]}'),
    "/old/readyz?verbose": (200, b'{"status": "ok"}'),
    "/odd/readyz?verbose": (200, b"<html>"),
}


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = PAGES[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_ready_face_gives_no_reason(web: str) -> None:
    assert http_unready(f"{web}/readyz") == ""


def test_unready_face_is_quoted(web: str) -> None:
    assert (
        http_unready(f"{web}/waiting/readyz")
        == 'status 503: {"reason": "migration 0002 is not applied"}'
    )


def test_absent_face_is_said_in_words() -> None:
    assert http_unready("http://127.0.0.1:9/readyz") == "connection refused"


def test_age_of_each_queue_is_read(web: str) -> None:
    assert heartbeat_ages(web) == {"streams": 3.5, "default": 70.0}


@pytest.mark.parametrize("path", ["/old", "/odd"])
def test_unknown_ages_are_no_reason_to_restart_anything(web: str, path: str) -> None:
    assert heartbeat_ages(f"{web}{path}") == {}


def test_proxy_of_the_shell_is_not_asked(web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert http_unready(f"{web}/readyz") == ""


def test_safeguards_that_are_off_are_told_and_silence_is_not_safety(web: str) -> None:
    assert switched_off(f"{web}/unsafe") == ["fsync"]
    assert switched_off(f"{web}/old") is None
    assert switched_off(f"{web}/odd") is None
    assert switched_off("http://127.0.0.1:9") is None
