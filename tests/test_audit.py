"""scripts/audit against a stand-in for the index of known holes, and where there is none."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
HASH = "0" * 64
HOLE = {
    "id": "PYSEC-2026-1",
    "summary": "a made-up hole",
    "aliases": [],
    "affected": [
        {
            "package": {"name": "leaky", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.3"}]}],
        }
    ],
}
Answer = Callable[[dict[str, Any]], tuple[int, bytes]]


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "some.lock"
    path.write_text("".join(f"{pin} \\\n    --hash=sha256:{HASH}\n" for pin in ("leaky==1.2", "sound==2.0")))
    return path


@contextmanager
def index(answer: Answer) -> Iterator[str]:
    """An OSV service on this machine; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status, body = answer(asked)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()


def audit(url: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environ = [f"AUDIT_OSV_URL={url}", "NO_PROXY=127.0.0.1"]
    command = ["env", *environ, CHECKOUT / "scripts" / "audit", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_known_hole_is_listed_with_what_mends_it(lock: Path) -> None:
    def answer(asked: dict[str, Any]) -> tuple[int, bytes]:
        is_leaky = (asked["package"]["name"], asked["version"]) == ("leaky", "1.2")
        return 200, json.dumps({"vulns": [HOLE]} if is_leaky else {}).encode()

    with index(answer) as url:
        done = audit(url, lock)

    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[-1].split() == ["leaky", "1.2", "PYSEC-2026-1", "1.3"]
    assert "pins what has known holes" in done.stderr


def test_where_none_is_known_it_says_who_was_asked(lock: Path) -> None:
    with index(lambda _: (200, b"{}")) as url:
        done = audit(url, lock)

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"scripts/audit: no known holes in what {lock} pins, says {url}\n"


@pytest.mark.parametrize("answered", [(500, b"{}"), (200, b"<html>"), (404, b"{}")])
def test_an_index_that_gives_no_answer_leaves_it_unknown_and_says_so(lock: Path, answered: tuple[int, bytes]) -> None:
    with index(lambda _: answered) as url:
        done = audit(url, lock)

    assert (done.returncode, done.stdout) == (3, "")
    assert f"{url} could not be asked for known holes" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_network_it_is_unknown_too(lock: Path) -> None:
    with index(lambda _: (200, b"{}")) as url:
        pass
    done = audit(url, lock)

    assert (done.returncode, done.stdout) == (3, "")
    assert "so nothing is known of them" in done.stderr


@pytest.mark.parametrize("arguments", [["no.lock"], ["requirements.lock", "another"]])
def test_a_lock_that_is_not_there_is_told_from_a_hole(arguments: list[str]) -> None:
    done = audit("http://127.0.0.1:1/", *arguments)

    assert (done.returncode, done.stderr) == (
        2,
        "usage: scripts/audit [LOCK], a file such as requirements-runtime.lock\n",
    )
