"""Does the answer URL lead here? It is asked as MiniVoice asks, for a call that nobody has, and says the safe text.

The ledger keeps the answer as one of the call `dialtrail-doctor`, outside every campaign. The token is never shown.
"""

import httpx
import orjson

from adapters.minivoice_actions import encoded
from application.own_delivery import OWN_CALL_ID
from domain.script import safe_document
from entrypoints.doctor.finding import Finding, Level
from entrypoints.http.answer import ANSWER_PATH
from entrypoints.settings import Settings

SECONDS_MAX = 15.0
ENTER = "enter it, with the token, as answer_url of the application at MiniVoice"
SAFE = orjson.loads(encoded(safe_document().actions, lambda _: ""))


async def answer_findings(settings: Settings, server_url: str | None, http: httpx.AsyncClient) -> list[Finding]:
    """Ask `DIALTRAIL_PUBLIC_URL`, else the server's own address."""
    base = settings.public_url or server_url
    if server_url is None or base is None:
        todo = "start `dialtrail up`, then run again: dialtrail doctor"
        return [_found("note", "not checked: nothing is up that could say what a call says", todo)]
    token = settings.answer_token
    path = ANSWER_PATH if token is None else f"{ANSWER_PATH}/{token.get_secret_value()}"
    shown = base + ANSWER_PATH + ("" if token is None else "/…")
    try:
        answer = await http.get(f"{base}{path}", params={"call_id": OWN_CALL_ID}, timeout=SECONDS_MAX)
    except httpx.HTTPError as error:
        todo = "check the name, the port and the proxy in front; MiniVoice cannot ask either"
        return [_found("danger", f"{shown} cannot be reached: {type(error).__name__}", todo)]
    enter = "" if settings.public_url is None else f"; {ENTER}"
    return [_answered(answer, shown, enter, is_here=_is_ours(answer))]


def _is_ours(answer: httpx.Response) -> bool:
    """Whether it says what Dialtrail says of a call that it does not know."""
    try:
        return bool(orjson.loads(answer.content) == SAFE)
    except orjson.JSONDecodeError:
        return False


def _answered(answer: httpx.Response, shown: str, enter: str, *, is_here: bool) -> Finding:
    match answer.status_code:
        case 200 if is_here:
            return _found("ok", f"{shown} says what a call says{enter}")
        case 200:
            todo = "DIALTRAIL_PUBLIC_URL leads to something else; let it lead to `dialtrail up`"
            return _found("danger", f"{shown} answers 200, but not as Dialtrail does", todo)
        case 403:
            return _found(
                "danger",
                f"{shown} answers 403: without DIALTRAIL_ANSWER_TOKEN only this machine is answered",
                "set DIALTRAIL_ANSWER_TOKEN, and start `dialtrail up` again",
            )
        case 404:
            todo = (
                "start `dialtrail up` with the same DIALTRAIL_ANSWER_TOKEN as this command; let the proxy keep the path"
            )
            return _found("danger", f"{shown} answers 404: callers would hear nothing of their script", todo)
        case status if 300 <= status < 400:
            # Where it leads to is not shown: it may repeat the token.
            todo = "set DIALTRAIL_PUBLIC_URL, and answer_url at MiniVoice, to the final address"
            return _found("danger", f"{shown} answers {status}, and leads elsewhere", todo)
        case 502 | 504:
            todo = "point the proxy to DIALTRAIL_HOST and DIALTRAIL_PORT"
            return _found(
                "danger", f"{shown} answers {answer.status_code}: the proxy does not reach `dialtrail up`", todo
            )
        case status:
            todo = f"let the proxy pass GET and POST {ANSWER_PATH}/… on as they are, to `dialtrail up`"
            return _found("danger", f"{shown} answers {status}, where Dialtrail answers 200", todo)


def _found(level: Level, what: str, what_to_do: str = "") -> Finding:
    return Finding("answers", level, what, what_to_do)
