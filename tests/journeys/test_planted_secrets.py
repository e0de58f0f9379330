"""Secrets that are planted in every place that takes one, and every byte that a running `up` and its commands give away."""

import base64
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from entrypoints.cli.program import run
from entrypoints.settings import VARIABLES
from scripts.proofs.soak import children
from tests.entrypoints.cli.terminal import Terminal
from tests.entrypoints.serving import FROM, TO, payload, signature
from tests.journeys.processes import Up, free_port, until

NOWHERE = "127.0.0.1:9"
WORD = "canary"
SECONDS_MAX = 300


def planted(name: str) -> str:
    """A secret that nothing else looks like, and that may stand in a path, a header and an address."""
    return f"{WORD}-{name}-7Qx9ZsLm42"


SIGNING = {name: "whsec_" + base64.b64encode(planted(name).encode()).decode() for name in ("lookup", "subscriber")}
ENVIRON: Mapping[str, str] = {
    "MINIVOICE_API_KEY": planted("api-key"),
    "MINIVOICE_WEBHOOK_SECRET": planted("webhook"),
    "MINIVOICE_WEBHOOK_SECRET_PREVIOUS": planted("webhook-before"),
    "DIALTRAIL_ANSWER_TOKEN": planted("answer"),
    "DIALTRAIL_TOKENS": ",".join(f"{role}:{role}:{planted(role)}" for role in ("viewer", "auditor", "operator")),
    "DIALTRAIL_LOOKUP_SECRET": SIGNING["lookup"],
    "DIALTRAIL_SMTP_URL": f"smtp://mailer:{planted('smtp')}@{NOWHERE}",
    "DIALTRAIL_ALERTS_TO": "ops@example.org",
    "DIALTRAIL_ALERTS_FROM": "dialtrail@example.org",
    "DIALTRAIL_SEALED": "1",
    "DIALTRAIL_TARGETS_ALLOWED": "127.0.0.1/32",
    "DIALTRAIL_RECONCILE_AFTER_SECONDS": "1",
    "DIALTRAIL_LOG_FORM": "json",
}
WRONG: tuple[Mapping[str, str], ...] = (
    {"DIALTRAIL_DATABASE_URL": f"postgresql://dialtrail:{planted('database')}@{NOWHERE}/calls?connect_timeout=1"},
    {"DIALTRAIL_DATABASE_URL": f"mysql://dialtrail:{planted('database')}@{NOWHERE}/calls"},
    {"DIALTRAIL_DATABASE_URL": f"postgresql://dialtrail:{planted('database')}@[broken/calls"},
    {"DIALTRAIL_KEYS_DATABASE_URL": f"postgres:/dialtrail:{planted('keys')}@{NOWHERE}/calls"},
    {"DIALTRAIL_TOKENS": f"anna:nobody:{planted('operator')}"},
    {"DIALTRAIL_TOKENS": f"anna:{planted('operator')}"},
    {"DIALTRAIL_TOKENS": f"anna:viewer:{planted('viewer')},otto:viewer:{planted('viewer')}"},
    {"DIALTRAIL_SMTP_URL": f"ftp://mailer:{planted('smtp')}@{NOWHERE}"},
    {"DIALTRAIL_SMTP_URL": f"smtp://mailer:{planted('smtp')}@{NOWHERE}:x"},
    {"DIALTRAIL_SMTP_URL": f"smtp://mailer:{planted('smtp')}/with-a-slash@{NOWHERE}"},
    {"DIALTRAIL_DATABASE_URL": f"postgresql://dialtrail:{planted('database')}/with-a-slash@{NOWHERE}/calls"},
    {"DIALTRAIL_DATABASE_URL": f"postgresql://dialtrail:{planted('database')}%zz@{NOWHERE}/calls"},
    {"DIALTRAIL_DATABASE_URL": f"postgresql://dialtrail@{NOWHERE}/calls?passwort={planted('database')}"},
    {"DIALTRAIL_KEYS_DATABASE_URL": f"postgresql://dialtrail:{planted('keys')}/with-a-slash@{NOWHERE}/calls"},
    {"DIALTRAIL_URL": f"http://me:{planted('operator')}/with-a-slash@{NOWHERE}"},
    {"DIALTRAIL_PUBLIC_URL": f"https://me:{planted('operator')}/with-a-slash@{NOWHERE}"},
    {"MINIVOICE_BASE_URL": f"https://me:{planted('api-key')}/with-a-slash@{NOWHERE}"},
    {"DIALTRAIL_LOOKUP_SECRET": planted("lookup")},
    {"DIALTRAIL_ANSWER_TOKEN": f"{planted('answer')}/ä"},
    {"MINIVOICE_API_KEY": f"{planted('api-key')}\nx: y"},
    {"DIALTRAIL_TOKEN": planted("operator"), "DIALTRAIL_URL": f"http://{NOWHERE}"},
    {"DIALTRAIL_TOKEN": planted("operator"), "DIALTRAIL_URL": f"http://me:{planted('operator')}@{NOWHERE}"},
)
COMMANDS = (
    "doctor",
    "doctor --settings",
    "doctor --json",
    "doctor --upgrade",
    "verify",
    "forensics",
    "log keys",
    "tokens",
)


def seen_in(text: str) -> list[str]:
    """Which secrets can be read there, as they are, or as base64, hexadecimal or part of an address has them."""
    names = {"lookup", "subscriber", "api-key", "webhook", "webhook-before", "answer", "viewer", "auditor", "operator"}
    names |= {"smtp", "database", "keys", "sealed"}
    ways: tuple[Callable[[str], str], ...] = (
        str,
        lambda one: base64.b64encode(one.encode()).decode().rstrip("=")[:-1],
        lambda one: one.encode().hex(),
        lambda one: quote(one, safe="")[1:],
    )
    return sorted(name for name in names if any(way(planted(name)) in text for way in ways))


class Witness:
    """All that was answered, by what was asked."""

    def __init__(self, up: Up) -> None:
        self.answers: dict[str, str] = {}
        self._url = up.url

    def ask(self, method: str, path: str, token: str | None = "operator", **more: object) -> httpx.Response:
        """As the holder of that token; the answer is kept."""
        headers = {} if token is None else {"authorization": f"Bearer {planted(token)}"}
        answer = httpx.request(method, self._url + path, trust_env=False, timeout=60, headers=headers, **more)  # type: ignore[arg-type]
        self.answers[f"{method} {path} {token}"] = f"{answer.headers} {answer.text}"
        return answer


def live(up: Up, witness: Witness) -> None:
    """A campaign that cannot be dialled, deliveries that hold and do not, and every question that anybody may ask."""
    ask = witness.ask
    ask("POST", "/v1/campaigns", json={"id": "spring", "from": FROM})
    rows = [{"number": TO, "variables": {"name": planted("sealed")}}]
    ask("POST", "/v1/campaigns/spring/recipients", json={"recipients": rows})
    made = {"id": "crm", "url": f"http://{NOWHERE}/calls", "secret": SIGNING["subscriber"]}
    assert httpx.post(  # the one answer that may have it: whoever chose it is told once
        f"{up.url}/v1/subscriptions",
        json=made,
        headers={"authorization": f"Bearer {planted('operator')}"},
        trust_env=False,
    ).is_success
    ask("POST", "/v1/campaigns/spring/start")
    for secret, body in (("webhook", payload("call.answered")), ("webhook-before", b"no JSON"), ("no", b"{}")):
        httpx.post(
            f"{up.url}/webhooks/minivoice", content=body, headers=signature(planted(secret), body), trust_env=False
        )
    for path in (f"/answer/{planted('answer')}", f"/answer/{planted('answer')}x"):
        httpx.post(up.url + path, json={"call_id": "call_1"}, trust_env=False)
    ask("POST", "/v1/alerts/test")
    ask("POST", "/sign-in", None, data={"token": planted("operator") + "x"})
    session = ask("POST", "/sign-in", None, data={"token": planted("auditor")}).cookies
    paths = json.loads(ask("GET", "/openapi.json").text)["paths"]
    for path in ("/", "/docs", "/integrity", "/subscriptions/crm", "/tokens", "/deliveries", "/calls/call_1?view=full"):
        assert ask("GET", path, None, cookies=session).status_code == 200
    for path in paths:
        if "{" not in path and path != "/v1/stream" and "get" in paths[path]:
            ask("GET", path, "viewer")
            ask("GET", path)
    ask("GET", "/v1/subscriptions/crm")
    until("the provider was not reached", lambda: "MiniVoice did not answer" in up.log.read_text(), 60)


def given_away(up: Up, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What each command prints, with settings that are right and with each that is wrong."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("COLUMNS", "100000")
    printed: dict[str, str] = {}
    right = {name: value for name, value in up.environ.items() if name in VARIABLES}
    lines: list[tuple[str, Mapping[str, str]]] = [(line, {}) for line in COMMANDS]
    lines += [(line, wrong) for wrong in WRONG for line in ("doctor", "campaign list")]
    for place, (line, wrong) in enumerate(lines):
        screen = Terminal()
        with monkeypatch.context() as given:
            for name, value in {**right, **wrong}.items():
                given.setenv(name, value)
            given.setattr(sys, "stdout", screen)
            given.setattr(sys, "stderr", screen)
            run(line.split())
        printed[f"{place} {line} {sorted(wrong)}"] = screen.getvalue()
    return printed


@pytest.mark.no_cover
@pytest.mark.timeout(SECONDS_MAX)
def test_no_secret_leaves_what_it_was_given_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    up = Up(tmp_path, f"http://{NOWHERE}", free_port(), **ENVIRON)
    with up:
        witness = Witness(up)
        live(up, witness)
        told = {
            f"the arguments of {pid}": Path(f"/proc/{pid}/cmdline").read_text() for pid in (up.pid, *children(up.pid))
        }
        assert up.stop() == 0
    # Who may read all reads what is sealed.
    told |= {what: text.replace(planted("sealed"), "") for what, text in witness.answers.items() if "operator" in what}
    told |= {what: text for what, text in witness.answers.items() if "operator" not in what}
    told |= given_away(up, monkeypatch)
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_relative_to(up.home)]
    outside += up.home.glob("ledger.db*")
    told |= {str(path): path.read_bytes().decode(errors="replace") for path in outside}
    assert up.log in outside
    assert up.home.stat().st_mode & 0o077 == 0
    assert [f"{what}: {seen}" for what, text in told.items() if (seen := seen_in(text))] == []
