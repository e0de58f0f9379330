"""Somebody at a browser: signing in, loading pages, and a strict reader of their HTML."""

import re
from collections.abc import Mapping
from hashlib import sha256
from html.parser import HTMLParser

import httpx
from msgspec import structs

from adapters.outbox_rows import Letter, Try
from domain.dial_outcome import Refused, Unresolved
from entrypoints.http.sessions import SESSION_COOKIE
from tests.entrypoints.serving import FROM, NOON, OTHER, SECRET, TO, TOKENS, Serving, payload

GUARDED = {"DIALTRAIL_TOKENS": f"{TOKENS},otto:operator:second-token", "MINIVOICE_WEBHOOK_SECRET": SECRET}
TOKEN_OF = {"viewer": "look-only-token", "auditor": "read-all-token", "operator": "command-token"}
ROLES = tuple(TOKEN_OF)
PAGES = [
    "/",
    "/?range=week",
    "/?range=hour",
    "/campaigns",
    "/campaigns?tries=shown",
    "/campaigns/spring_followup",
    "/campaigns/spring_followup?range=hour",
    "/campaigns/spring_followup?pace=15",
    "/campaigns/spring_followup/recipients",
    "/campaigns/spring_followup/recipients?status=refused",
    f"/campaigns/spring_followup/recipients/{TO}",
    "/campaigns/spring_followup/plan",
    "/campaigns/careful",
    f"/people/{TO}",
    "/search",
    "/search?q=r",
    "/search?q=1",
    "/suppressions",
    "/calls",
    "/calls/call_1",
    "/calls/call_1?view=timeline",
    "/calls/call_1?view=full",
    "/calls/call_1?view=full&step=2",
    "/calls/call_1/compare/call_2",
    "/compare",
    "/deliveries",
    "/deliveries?result=quarantined",
    "/subscriptions",
    "/subscriptions/crm",
    "/quarantine",
    "/divergence",
    f"/quarantine/{sha256(b'not json').hexdigest()}",
    "/integrity",
    "/docs",
]
ACT_PAGES = [
    "/campaigns/careful/start",
    "/campaigns/spring_followup/pause",
    "/campaigns/spring_followup/resume",
    "/campaigns/spring_followup/cancel",
    "/integrity/rebuild",
    "/new-campaign",
    "/campaigns/careful/revise",
    "/campaigns/careful/import",
    "/attempts/att_3/resolve",
    "/suppressions/+15551230005/suppress",
    "/suppressions/+15551230005/release",
    f"/people/{TO}/erase",
    f"/people/{TO}/consent",
    f"/campaigns/spring_followup/recipients/{TO}/declined",
    *(f"/subscriptions/crm/{verb}" for verb in ("rotate", "pause", "resume", "replay", "resend", "delete")),
]
VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})
FOCUSED = frozenset({"a", "button", "input", "select", "summary"})


def cookie_of(answer: httpx.Response) -> str:
    found = re.match(rf"{SESSION_COOKIE}=([^;]*);", answer.headers["set-cookie"])
    assert found, answer.headers
    return found[1]


async def sign_in(stage: Serving, role: str) -> httpx.Response:
    """With the token of that role; the client keeps the cookie."""
    stage.client.cookies.clear()
    answer = await stage.client.post("/sign-in", data={"token": TOKEN_OF[role], "next": "/"})
    assert answer.status_code == 303, answer.text
    return answer


async def load(stage: Serving, path: str, status: int = 200) -> str:
    """A page's HTML."""
    answer = await stage.client.get(path)
    assert (path, answer.status_code) == (path, status), answer.text[-2_000:]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def form_token(html: str) -> str:
    """The one of the page's own form."""
    found = re.findall(r'name="form_token" value="([0-9a-f]*)"', html)
    assert found, html
    return str(found[-1])


async def confirm(stage: Serving, path: str, **fields: str) -> httpx.Response:
    """Open a page that asks, and say yes."""
    html = await load(stage, path)
    return await stage.client.post(path, data={"form_token": form_token(html), **fields})


WORDS = {
    "name": "Ada Lovelace",
    "season": "spring",
    "note": "said-by-the-provider",
    "event": "call.sneezed",
    "digits": "31415926",
    "status": "completed",
    "code": "invalid_request",
    "reason": "asked by phone",
    "source": "crm",
    "unreadable": "not json",
    "answer": "said by your own system",
    "file": "recording.wav",
}


async def fill(stage: Serving, said: Mapping[str, str] | None = None) -> None:
    """Campaigns, people and calls in all their states; `said` are texts that come from outside."""
    words = {**WORDS, **(said or {})}
    client = stage.client
    client.headers["authorization"] = "Bearer command-token"
    made = {"id": "spring_followup", "from": FROM, "metadata": {"season": words["season"]}}
    assert (await client.post("/v1/campaigns", json=made)).status_code == 201
    rows = [{"number": TO, "variables": {"name": words["name"]}}, {"number": OTHER}, {"number": "+15551230004"}]
    rows += [{"number": "+15551230005"}]
    done = await client.post("/v1/campaigns/spring_followup/recipients", json={"recipients": rows})
    assert done.json()["rejected"] == 0
    assert (await client.post("/v1/campaigns/spring_followup/start")).status_code == 200
    careful = {"id": "careful", "from": FROM, "policy": {"needs_approval": True}}
    assert (await client.post("/v1/campaigns", json=careful)).status_code == 201
    revision = {"record": True, "reason": words["reason"]}
    assert (await client.post("/v1/campaigns/careful/revise", json=revision)).status_code == 202
    suppressed = {"number": "+15551230005", "source": words["source"], "reason": words["reason"]}
    assert (await client.post("/v1/suppressions", json=suppressed)).status_code == 201
    await _call(stage, words)
    assert (await stage.deliver(words["unreadable"].encode())).status_code == 204
    said_by_provider = f'{{"error":{{"message":"{words["note"]}"}}}}'
    refused = Refused(status=400, code=words["code"], body=said_by_provider, concerns="recipient", counts=False)
    await stage.settle(await stage.start(OTHER, "att_2"), refused)
    lost = Unresolved(why=words["reason"], status=None, body=None)
    await stage.settle(await stage.start("+15551230004", "att_3"), lost)
    await subscribe(stage, words["answer"])
    del client.headers["authorization"]


async def subscribe(stage: Serving, answer: str) -> None:
    """A subscriber that failed twice, and of which a delivery was given up."""
    body = {"id": "crm", "url": "https://93.184.215.14/calls?token=inner", "role": "auditor"}
    made = await stage.client.post("/v1/subscriptions", json=body)
    assert made.status_code == 201, made.text
    assert stage.parts.subscriptions is not None
    outbox = stage.parts.subscriptions.outbox
    place = outbox.place("crm")
    assert place is not None
    failing = structs.replace(place, failing_since=NOON, failing_last="answered 500")
    letter = Letter(position=4, nth=0, lane="someone", tries=3, dead_at=NOON, status=500, why="answered 500")
    refused = Try(
        position=4,
        nth=0,
        at=NOON,
        seconds=0.25,
        status=500,
        why=None,
        request='{"webhook-id":"e_crm"}',
        answer=answer.encode(),
    )
    late = structs.replace(refused, status=None, why="it did not answer within 10 seconds", answer=b"")
    outbox.write(failing, [letter], [], [refused, late])


async def _call(stage: Serving, words: Mapping[str, str]) -> None:
    await stage.dial(TO, "call_1")
    data = {"digits": words["digits"], "file": words["file"]}
    answered = payload("call.answered", seconds=3, note=words["note"], status=words["status"])
    for body in (
        payload("call.created", seconds=0),
        answered,
        payload("call.gathered", seconds=5, data=data),
        answered,
        payload(words["event"], seconds=6, data={"file": words["file"]}),
        payload("recording.completed", seconds=8, data=data),
        payload("call.completed", seconds=9, status=words["status"]),
        payload("call.failed", seconds=4, status=words["status"]),
        payload("call.answered", "call_2", seconds=1, note=words["note"], to="+15551230099"),
    ):
        assert (await stage.deliver(body)).status_code == 204


class Reader(HTMLParser):
    """Reads a page strictly. `faults` are tags that do not fit, and what has no accessible name."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self._texts: list[str] = []
        self._labelled: set[str] = set()
        self._fields: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if len(given) != len(attrs):
            self.faults.append(f"{tag} has an attribute twice")
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in given.items()]
        if "id" in given:
            self.ids.append(given["id"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "label":
            self._labelled.add(given.get("for", ""))
        if tag in {"input", "select"} and given.get("type") != "hidden":
            self._fields.append(given)
        if "tabindex" not in given and (tag == "pre" or "scroll" in given.get("class", "").split()):
            self.faults.append(f"{tag} may scroll, and takes no focus")
        if tag == "th" and "scope" not in given:
            self.faults.append("a th without a scope")
        has_name = given.get("role") == "img" and (given.get("aria-label") or given.get("aria-labelledby"))
        if tag == "svg" and not self._is_inside("svg") and not has_name and "aria-hidden" not in given:
            self.faults.append("a drawing without a name")
        if tag not in VOID:
            self._open.append((tag, given))
            self._texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            self.faults.append(f"</{tag}> closes {self._open[-1][0] if self._open else 'nothing'}")
            return
        _, given = self._open.pop()
        text = self._texts.pop()
        if self._texts:
            self._texts[-1] += text
        if tag in FOCUSED and not (text.strip() or given.get("aria-label")):
            self.faults.append(f"{tag} without a name: {given}")
        if tag == "table" and "caption" not in self.tags:
            self.faults.append("a table without a caption")

    def handle_data(self, data: str) -> None:
        if self._texts:
            self._texts[-1] += data

    def close(self) -> None:
        super().close()
        self.faults += [f"<{tag}> is not closed" for tag, _ in self._open]
        self.faults += [f"the id {one} is there twice" for one in set(self.ids) if self.ids.count(one) > 1]
        for field in self._fields:
            if field.get("id") not in self._labelled and "aria-label" not in field:
                self.faults.append(f"a field without a label: {field}")
        steps = zip([0, *self.headings], self.headings, strict=False)
        self.faults += [f"h{after} follows h{before}" for before, after in steps if after > before + 1]
        if self.headings.count(1) != 1:
            self.faults.append(f"{self.headings.count(1)} first headings")
        if self.tags.count("table") != self.tags.count("caption"):
            self.faults.append("a table without a caption")

    def _is_inside(self, tag: str) -> bool:
        return any(name == tag for name, _ in self._open)


def read(html: str) -> Reader:
    """A page, read strictly."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader
