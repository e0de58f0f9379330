"""A receiver on loopback that checks signatures as docs/api.md says MiniVoice makes them, and keeps what it took."""

import hashlib
import hmac
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self


class Receiver:
    """Takes what is signed with its secret: 204, else 401. After `goes_after` deliveries it hangs up instead."""

    def __init__(self, secret: str, goes_after: int | None = None) -> None:
        self.taken: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self._asked = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver._asked += 1
                if goes_after is not None and receiver._asked > goes_after:
                    self.connection.close()
                    self.close_connection = True
                    return
                timestamp = self.headers.get("x-minivoice-timestamp") or ""
                made = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
                holds = self.headers.get("x-minivoice-signature") == f"v1={made}"
                if holds:
                    receiver.taken.append(body)
                    receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
                self.send_response(204 if holds else 401)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/minivoice"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
