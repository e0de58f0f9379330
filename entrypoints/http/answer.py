"""GET and POST /answer/{token}: what a call says next. Whatever is wrong, the answer is a document that can be spoken."""

import hmac
import re

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from application.answering import BODY_BYTES_MAX, Answerer, read_asked
from entrypoints.http.direct import is_from_a_program
from entrypoints.http.parts import whole_body
from entrypoints.http.problems import KINDS, problem
from entrypoints.settings import Settings

ANSWER_PATH = "/answer"
ONLY_FROM_HERE = (
    "without DIALTRAIL_ANSWER_TOKEN only a program on this machine is answered, directly; "
    "set it, and the application's answer_url at MiniVoice to end with it"
)
_HOST = re.compile(r"[A-Za-z0-9.\-_]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


def is_answer_path(path: str) -> bool:
    """Whether a path is one of this endpoint's, with whatever token."""
    return path == ANSWER_PATH or path.startswith(f"{ANSWER_PATH}/")


class AnswerEndpoint:
    """The endpoint, straight on ASGI: a caller is on the line, and its path has a secret that no log shall see."""

    def __init__(self, answerer: Answerer, settings: Settings) -> None:
        self._answerer = answerer
        token = settings.answer_token
        self._has_token = token is not None
        self._path = ANSWER_PATH if token is None else f"{ANSWER_PATH}/{token.get_secret_value()}"
        self._public_url = settings.public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if not hmac.compare_digest(scope["path"].encode(), self._path.encode()):
            await problem(404, "no-such-route", "Not Found", "there is no such path")(scope, receive, send)
            return
        if not self._has_token and not is_from_a_program(scope):
            await problem(403, "not-allowed", KINDS["not-allowed"].title, ONLY_FROM_HERE)(scope, receive, send)
            return
        if scope["method"] not in {"GET", "POST"}:
            answer = problem(405, "no-such-method", "Method Not Allowed", "documents are asked for by GET or POST")
            answer.headers["allow"] = "GET, POST"
            await answer(scope, receive, send)
            return
        try:
            body = await whole_body(receive, BODY_BYTES_MAX)
        except ClientDisconnect:
            return
        asked = read_asked(scope["method"], scope.get("query_string", b""), scope["headers"], body)
        document = await self._answerer.answer(asked, f"{self._address(scope)}{self._path}")
        headers = [*_HEADERS, (b"content-length", str(len(document)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": document})

    def _address(self, scope: Scope) -> str:
        """Where the provider reaches this server: as the setting says, else as it has just done."""
        if self._public_url is not None:
            return self._public_url
        for name, value in scope["headers"]:
            if name == b"host" and _HOST.fullmatch(host := value.decode("latin-1")):
                return f"{scope.get('scheme', 'http')}://{host}"
        server = scope.get("server") or ("127.0.0.1", None)
        return f"{scope.get('scheme', 'http')}://{server[0]}" + (f":{server[1]}" if server[1] else "")
