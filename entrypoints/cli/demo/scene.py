"""What the demo plays: its campaign, its people, and the trouble that the sandbox makes."""

import csv
import json
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from entrypoints.cli.api import Json

CAMPAIGN_ID = "demo"
FROM_NUMBER = "+15551230001"
FIRST_NUMBER = 15_551_240_000
API_KEY, WEBHOOK_SECRET = "mv_live_demo", "demo-webhook-secret"
SOMEBODY_ELSE = {"placed_by": "somebody else"}
BAD_NUMBER = "555-1234"
NAMES = ("Ada", "Ben", "Chen", "Dora", "Emil", "Farah", "Gus", "Hana")

CALLS_PER_SECOND_MIN, CALLS_AT_ONCE_MIN = 8, 20
RECIPIENTS_PER_CALL_A_SECOND = 20
RECONCILE_AFTER_SECONDS = 3
"""More than any of the demo's calls takes, so that most are asked for once only, when they have ended."""

PRICE = Decimal("0.05")
SHARE_PAID_FOR = 0.35
ENDS = ("call.completed", "call.failed", "call.canceled")
DROP_RATE, SHUFFLE_RATE, REFUSE_429_RATE = 0.1, 0.25, 0.05
ANSWER_DELAY_SECONDS = 0.5
TROUBLE = {
    "duplicate-rate": 0.25,
    "shuffle-rate": SHUFFLE_RATE,
    "shuffle-seconds": 1.5,
    "early-webhook-rate": 0.2,
    "drop-events": ",".join(ENDS),
    "drop-rate": 1,  # until the first end of a call is lost for good
    "ring-seconds": "0.2:0.8",
    "talk-seconds": "0.5:1.8",
    "retry-seconds": 0.3,
    "retry-max-seconds": 1,
    "cost-per-call": PRICE,
    "cost-per-second": 0,
    "reserve-per-call": PRICE,
    "log-lines-max": 1_000_000,
}


class Scene(Struct, frozen=True):
    """One run of the demo and its files, all below `folder`."""

    folder: Path
    recipients: int
    seed: int

    @property
    def home(self) -> Path:
        return self.folder / "data"

    @property
    def recipients_file(self) -> Path:
        return self.folder / "recipients.csv"

    @property
    def provider_log(self) -> Path:
        return self.folder / "sandbox.jsonl"

    @property
    def calls_per_second(self) -> int:
        return max(CALLS_PER_SECOND_MIN, self.recipients // RECIPIENTS_PER_CALL_A_SECOND)

    @property
    def calls_at_once(self) -> int:
        return max(CALLS_AT_ONCE_MIN, 2 * self.calls_per_second)

    @property
    def balance(self) -> Decimal:
        """What pays for the first third of the calls."""
        return PRICE * max(4, round(self.recipients * SHARE_PAID_FOR))

    @property
    def top_up(self) -> Decimal:
        """More than all calls can cost."""
        return PRICE * 4 * self.recipients

    @property
    def campaign(self) -> Json:
        limits = {"calls_per_second": self.calls_per_second, "calls_at_once": self.calls_at_once}
        return {"id": CAMPAIGN_ID, "from": FROM_NUMBER, "metadata": {"played_by": "demo"}, "limits": limits}

    def write_files(self) -> None:
        """The campaign, and its people with one bad row and one repeated row among them."""
        (self.folder / "campaign.json").write_text(json.dumps(self.campaign, indent=2) + "\n")
        people = [(f"+{FIRST_NUMBER + nth}", NAMES[nth % len(NAMES)]) for nth in range(self.recipients)]
        with self.recipients_file.open("w", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(("number", "first_name"))
            rows.writerows([*people[:3], (BAD_NUMBER, "Iris"), *people[3:], people[0]])

    def sandbox_arguments(self) -> list[str]:
        """The sandbox's command line; where its webhooks go is told later, once the receiver listens.

        The account may do a little more than the campaign, because somebody else is on it, too.
        """
        options = {
            "port": 0,
            "seed": self.seed,
            "log": self.provider_log,
            "api-key": API_KEY,
            "webhook-secret": WEBHOOK_SECRET,
            "calls-per-second": self.calls_per_second + 2,
            "calls-at-once": self.calls_at_once + 2,
            "balance": self.balance,
            **TROUBLE,
        }
        return ["sandbox", *(word for name, value in options.items() for word in (f"--{name}", str(value)))]

    def environment(self, provider_url: str, port: int = 0) -> dict[str, str]:
        """Dialtrail's settings in this demo."""
        return {
            "DIALTRAIL_HOME": str(self.home),
            "DIALTRAIL_PORT": str(port),
            "DIALTRAIL_RECONCILE_AFTER_SECONDS": str(RECONCILE_AFTER_SECONDS),
            "MINIVOICE_API_KEY": API_KEY,
            "MINIVOICE_BASE_URL": provider_url,
            "MINIVOICE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }
