"""What the command line does when the other side is away, odd, or asks for something else."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from mesh.cli.__main__ import main
from tests.house.tree import CHECKOUT

PROBLEM = {
    "title": "The input is not valid", "detail": "One value is wrong.",
    "errors": [{"pointer": "/q", "code": "x", "detail": "Write a word."}],
}  # fmt: skip


class Odd(BaseHTTPRequestHandler):
    """Answers what a test wrote down, and keeps what it was asked."""

    answer: ClassVar[tuple[int, str, dict[str, str]]] = (200, "{}", {})
    asked: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization")))
        status, body, headers = self.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *words: Any) -> None:
        pass


@pytest.fixture
def odd() -> Iterator[str]:
    Odd.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def search(url: str, **environment: str) -> int:
    return main(["search", "orders"], {"TRIBUTARY_URL": url, **environment})


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ((422, json.dumps(PROBLEM), {}), 1, "  /q: Write a word."),
        ((404, json.dumps(PROBLEM), {}), 1, "One value is wrong."),
        ((503, json.dumps(PROBLEM), {}), 3, "The input is not valid"),
        ((500, "<html>", {}), 3, "The server answered with status 500"),
        ((418, '"text"', {}), 1, "The server answered with status 418"),
        ((200, "<html>", {}), 3, "The answer is not JSON"),
        ((302, "", {"Location": "http://127.0.0.1:1/"}), 3, "status 302"),
    ],
)
def test_each_answer_has_its_exit_code(
    odd: str, capsys: Any, answer: tuple[int, str, dict[str, str]], code: int, words: str
) -> None:
    Odd.answer = answer
    assert search(odd) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert len(Odd.asked) == 1, "a redirect is not followed"


def test_nobody_at_the_address_exits_three(capsys: Any) -> None:
    assert search("http://127.0.0.1:1") == 3
    assert "http://127.0.0.1:1 does not answer" in capsys.readouterr().err


def test_the_key_travels_in_the_header_and_is_never_printed(
    odd: str, capsys: Any, tmp_path: Path
) -> None:
    Odd.answer = (401, json.dumps({"title": "Sign in or send an API key"}), {})
    file = tmp_path / "key"
    file.write_text("trb_secret\n")
    assert search(odd, TRIBUTARY_TOKEN_FILE=str(file)) == 1
    assert search(odd, TRIBUTARY_TOKEN="trb_secret") == 1
    assert [header for _, header in Odd.asked] == ["Bearer trb_secret"] * 2
    assert "trb_secret" not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"TRIBUTARY_URL": "ftp://x"}, "must look like https://host:port"),
        ({"TRIBUTARY_URL": "localhost:8000"}, "must look like https://host:port"),
        ({"TRIBUTARY_URL": "http://a:b@localhost"}, "holds credentials"),
        ({"TRIBUTARY_TOKEN": "a b"}, "not one word"),
        ({"TRIBUTARY_TOKEN": "é"}, "not one word"),
        ({"TRIBUTARY_TOKEN": "a", "TRIBUTARY_TOKEN_FILE": "x"}, "both set: keep one"),
        ({"TRIBUTARY_TOKEN_FILE": "/nowhere/key"}, "cannot be read: No such file"),
    ],
)
def test_an_environment_that_cannot_be_meant_is_wrong_usage(
    capsys: Any, environment: dict[str, str], words: str
) -> None:
    assert main(["search", "orders"], environment) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        [], ["fly"], ["plan"], ["export"], ["export", "orders", "--all"], ["search"],
        ["search", "x", "--limit", "0"], ["search", "x", "-o", "xml"],
        ["apply", "f", "--wait", "soon"], ["apply", "f", "--wait", "-1"], ["check-schema", "s"],
        ["search", "x", "--token", "trb_x"],
    ],
)  # fmt: skip
def test_words_nobody_knows_are_wrong_usage(words: list[str], capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words, {})
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: tributary")


def test_the_script_runs_from_any_folder_through_a_link(tmp_path: Path) -> None:
    link = tmp_path / "tributary"
    link.symlink_to(CHECKOUT / "tributary")
    asked = subprocess.run(
        [str(link), "--help"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert asked.returncode == 0, asked.stderr
    for command in ("plan", "apply", "export", "search", "lag", "check-schema"):
        assert command in asked.stdout


@pytest.mark.parametrize(
    "words", [["search", "a\udced"], ["lag", "\ud800"], ["plan", "\udcff.yaml"]]
)
def test_bytes_that_are_no_text_are_a_usage_error(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words, {"TRIBUTARY_URL": "http://127.0.0.1:1"})
    assert ended.value.code == 2
    assert "not UTF-8 text" in capsys.readouterr().err
