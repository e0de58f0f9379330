"""A day that was really played against the sandbox, written down as the judge reads it: two files in a folder."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from application.actor import OWNER
from application.queries.events import shown_event
from domain.events import Recorded
from tests.simulation.judge import Broken, judge
from tests.simulation.judge.lines import FEED, PROVIDER

NOT_ON_A_BUSY_MACHINE = frozenset({"pace"})
"""What hangs on how fast bytes get through this machine, and not on when they left: the sandbox sees the former."""


def judged(sandbox_log: Sequence[Mapping[str, Any]], events: Iterable[Recorded], folder: Path) -> list[Broken]:
    """What the judge finds broken, by the lines of a sandbox's log and the ledger's events."""
    lines = sorted(_provider_lines(sandbox_log), key=lambda line: str(line["at"]))
    (folder / PROVIDER).write_text("".join(json.dumps(line) + "\n" for line in lines))
    with (folder / FEED).open("wb") as feed:
        feed.writelines(msgspec.json.encode(shown_event(one, OWNER)) + b"\n" for one in events)
    return [broken for broken in judge(folder) if broken.rule not in NOT_ON_A_BUSY_MACHINE]


def _provider_lines(sandbox_log: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Requests as of their arrival, with what was answered; tries of deliveries. What was cut off had not come whole."""
    outcomes = {line["number"]: line for line in sandbox_log if line["kind"] == "request"}
    found: list[dict[str, Any]] = []
    for line in sandbox_log:
        if line["kind"] == "arrived" and isinstance(line["request_body"], dict):
            outcome = outcomes.get(line["number"], {})
            request = {
                "method": line["method"],
                "path": line["path"],
                "body": line["request_body"],
                "n": line["number"],
            }
            answer = {"status": outcome.get("status"), "call_id": outcome.get("call_id")}
            lost = {"answer_lost": outcome.get("closed_by") is not None}
            found.append({"at": line["at"], "what": "request", **request, **answer, **lost})
        elif line["kind"] == "delivery" and line["try"]:
            told = {"delivery": line["delivery_id"], "call_id": line["call_id"], "event": line["event"]}
            found.append(
                {"at": line["at"], "what": "webhook", **told, "sha256": line["body_sha256"], "status": line["status"]}
            )
    return found
