"""What the demo plays: its campaign, its people, and the trouble that the sandbox makes."""

import csv
import json
from pathlib import Path

from msgspec import Struct

CAMPAIGN_ID = "demo"
FROM_NUMBER = "+15551230001"
FIRST_NUMBER = 15_551_240_000
CALLS_PER_SECOND, CALLS_AT_ONCE = 10, 15
API_KEY, WEBHOOK_SECRET = "mv_live_demo", "demo-webhook-secret"
BAD_NUMBER = "555-1234"
NAMES = ("Ada", "Ben", "Chen", "Dora", "Emil", "Farah", "Gus", "Hana")
TROUBLE = {
    "calls-per-second": CALLS_PER_SECOND,
    "calls-at-once": CALLS_AT_ONCE,
    "duplicate-rate": 0.25,
    "shuffle-rate": 0.25,
    "shuffle-seconds": 1.5,
    "early-webhook-rate": 0.2,
    "refuse-429-rate": 0.03,
    "lose-responses": 1,
    "retry-seconds": 0.3,
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
    def campaign_file(self) -> Path:
        return self.folder / "campaign.json"

    @property
    def recipients_file(self) -> Path:
        return self.folder / "recipients.csv"

    def write_files(self) -> None:
        """The campaign, and its people with one bad row and one repeated row among them."""
        limits = {"calls_per_second": CALLS_PER_SECOND, "calls_at_once": CALLS_AT_ONCE}
        campaign = {"id": CAMPAIGN_ID, "from": FROM_NUMBER, "metadata": {"played_by": "demo"}, "limits": limits}
        self.campaign_file.write_text(json.dumps(campaign, indent=2) + "\n")
        people = [(f"+{FIRST_NUMBER + nth}", NAMES[nth % len(NAMES)]) for nth in range(self.recipients)]
        with self.recipients_file.open("w", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(("number", "first_name"))
            rows.writerows([*people[:3], (BAD_NUMBER, "Iris"), *people[3:], people[0]])

    def sandbox_arguments(self) -> list[str]:
        """The sandbox's command line; where its webhooks go is told later, once the receiver listens."""
        options = {"port": 0, "seed": self.seed, "api-key": API_KEY, "webhook-secret": WEBHOOK_SECRET, **TROUBLE}
        return ["sandbox", *(word for name, value in options.items() for word in (f"--{name}", str(value)))]

    def environment(self, provider_url: str) -> dict[str, str]:
        """Dialtrail's settings in this demo."""
        return {
            "DIALTRAIL_HOME": str(self.home),
            "DIALTRAIL_PORT": "0",
            "DIALTRAIL_RECONCILE_AFTER_SECONDS": "5",
            "MINIVOICE_API_KEY": API_KEY,
            "MINIVOICE_BASE_URL": provider_url,
            "MINIVOICE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }
