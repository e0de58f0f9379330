"""Snapshots taken while a campaign runs, and the same questions asked again later, as of their positions."""

import random  # noqa: TID251 - seeded; chance comes in here
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct

from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, sandbox_process, until

CAMPAIGN = "/v1/campaigns/spring"
STATUSES = ("queued", "dialing", "in_progress", "reached", "not_reached", "failed", "unresolved")
RUN_SECONDS_MAX = 120.0
MISBEHAVIOURS = {
    "--duplicate-rate": "0.2",
    "--shuffle-rate": "0.3",
    "--shuffle-seconds": "1",
    "--drop-rate": "0.05",
    "--error-502-rate": "0.05",
    "--early-webhook-rate": "0.2",
    "--foreign-calls-per-minute": "60",
    "--ring-seconds": "0.1:0.6",
    "--talk-seconds": "0.1:0.8",
    "--retry-seconds": "0.2",
}


class Snapshot(Struct, frozen=True):
    """An answer of the API, and the position of the ledger that it was true for."""

    path: str
    position: int
    answer: Mapping[str, Any]


class Past(Struct, frozen=True):
    """What came of asking again: the snapshots whose answer was another one, and how many there were of each kind."""

    snapshots: int
    positions: int
    differing: list[tuple[Snapshot, Mapping[str, Any]]]


def ask_the_past(
    folder: Path, *, recipients: int, calls_per_second: int, seed: int, snapshots_min: int = 0, positions_min: int = 0
) -> Past:
    """Run a campaign, take snapshots all the while, and ask for each again when it is over.

    A busy machine takes few while it runs: until there are so many, at so many positions, somebody is suppressed between two more.
    """
    port = free_port()
    options = [text for pair in MISBEHAVIOURS.items() for text in pair]
    options += ["--seed", str(seed), "--webhook-secret", WEBHOOK_SECRET]
    options += ["--webhook-url", f"http://127.0.0.1:{port}/webhooks/minivoice"]
    with (
        sandbox_process(folder, *options) as (sandbox_url, _),
        Up(
            folder, sandbox_url, port, DIALTRAIL_RECONCILE_AFTER_SECONDS="1.5", DIALTRAIL_API_REQUESTS_PER_SECOND="0"
        ) as up,
        httpx.Client(base_url=up.url, trust_env=False, timeout=30) as client,
    ):
        numbers = [f"+1555200{n:04}" for n in range(recipients)]
        _begin(up, numbers, calls_per_second)
        snapshots, look = list[Snapshot](), _Looking(client, numbers, random.Random(seed))

        def is_over() -> bool:
            snapshots.extend(look.around())
            counts = snapshots[-1].answer["recipients"]
            if any(counts[status] for status in ("queued", "held", "dialing", "in_progress")):
                return False
            positions = len({snapshot.position for snapshot in snapshots})
            if len(snapshots) >= snapshots_min and positions >= positions_min:
                return True
            up.api("POST", "/v1/suppressions", json={"number": look.somebody(), "source": "test"})
            return False

        until("the campaign is over", is_over, RUN_SECONDS_MAX)
        again = [look.at(snapshot.path, {"as_of": str(snapshot.position)}) for snapshot in snapshots]
        differing = [(one, other.answer) for one, other in zip(snapshots, again, strict=True) if other != one]
    return Past(len(snapshots), len({snapshot.position for snapshot in snapshots}), differing)


def _begin(up: Up, numbers: list[str], calls_per_second: int) -> None:
    limits = {"calls_per_second": calls_per_second, "calls_at_once": 200}
    up.api("POST", "/v1/campaigns", json={"id": "spring", "from": "+15551230001", "limits": limits})
    up.api("POST", f"{CAMPAIGN}/recipients", json={"recipients": [{"number": one} for one in numbers]})
    up.api("POST", f"{CAMPAIGN}/start")
    # On a busy machine the views may not have heard of the campaign yet, and lists are theirs.
    up.api("GET", f"/v1/campaigns?at_least={up.api('GET', '/v1/account')['position']}")


class _Looking:
    def __init__(self, client: httpx.Client, numbers: list[str], chance: random.Random) -> None:
        self._client = client
        self._numbers = numbers
        self._chance = chance
        self._calls: list[str] = []

    def around(self) -> list[Snapshot]:
        """One snapshot of each kind; the campaign's comes last."""
        status = self._chance.choice(STATUSES)
        taken = [
            self.at(f"{CAMPAIGN}/recipients", {"limit": "50"}),
            self.at(f"{CAMPAIGN}/recipients", {"limit": "50", "status": status}),
            self.at(f"{CAMPAIGN}/recipients/{self._chance.choice(self._numbers).replace('+', '%2B')}"),
        ]
        self._calls += [item["call_id"] for item in taken[0].answer["items"] if item["call_id"]]
        if self._calls:
            call = f"/v1/calls/{self._chance.choice(self._calls)}"
            taken += [self.at(call), self.at(f"{call}/timeline"), self.at(f"{call}/events")]
        return [*taken, self.at(CAMPAIGN)]

    def somebody(self) -> str:
        """One of the numbers."""
        return self._chance.choice(self._numbers)

    def at(self, path: str, query: Mapping[str, str] | None = None) -> Snapshot:
        """One answer, without the instant at which it was judged, which is another one each time."""
        url = httpx.URL(path, params=query) if query else httpx.URL(path)
        if "?" in path:
            url = httpx.URL(path).copy_merge_params(query or {})
        answer = self._client.get(url)
        assert answer.status_code == 200, (str(url), answer.text)
        said = answer.json()
        said.pop("judged_at", None)
        said.pop("notes", None)
        (said.get("summary") or {}).pop("pace", None)  # the minutes before the instant at which it was judged
        if "verdict" in said:
            del said["verdict"]["judged_at"]
        kept = {name: value for name, value in url.params.items() if name != "as_of"}
        return Snapshot(str(httpx.URL(path.partition("?")[0], params=kept)) if kept else path, said["position"], said)
