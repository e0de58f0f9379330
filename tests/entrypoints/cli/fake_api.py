"""A server on loopback that answers as docs/api.md says, with what a test wants, and keeps what it was asked."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple, Self

CAMPAIGN: dict[str, Any] = {
    "id": "spring_followup",
    "state": "running",
    "pause": None,
    "from": "+15551230001",
    "record": False,
    "metadata": {"season": "spring"},
    "limits": {"calls_per_second": 1.5, "calls_at_once": 10},
    "created_at": "2026-05-29T12:00:00.000000Z",
    "recipients": {"queued": 12, "held": 0, "dialing": 0, "reached": 20},
    "position": 1234,
    "notes": [],
}


class Asked(NamedTuple):
    """One request: its raw target, its bearer header, its JSON body."""

    method: str
    target: str
    authorization: str | None
    body: Any


class FakeApi:
    """Answers from `answers`, in order where several are given for one request; the last one stays."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._answers: dict[tuple[str, str], list[tuple[int, bytes]]] = {}
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                parsed = json.loads(body) if body else None
                fake.asked.append(Asked(self.command, self.path, self.headers.get("authorization"), parsed))
                status, content = fake.next_answer(self.command, self.path)
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_DELETE = do_GET  # noqa: N815

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))

    def answers(self, method: str, target: str, value: Any, status: int = 200) -> None:
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        self._answers.setdefault((method, target), []).append((status, content))

    def next_answer(self, method: str, target: str) -> tuple[int, bytes]:
        waiting = self._answers.get((method, target))
        if waiting is None:
            return 404, json.dumps({"title": "Not Found", "detail": f"nothing at {method} {target}"}).encode()
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
