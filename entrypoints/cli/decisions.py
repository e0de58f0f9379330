"""`dialtrail doctor --decisions`: was every call placed by the verdict that the ledger gives for that moment?"""

from collections import Counter

from entrypoints.cli.api import Json, path_of
from entrypoints.cli.comparison import Compared, differences
from entrypoints.cli.connection import with_api
from entrypoints.cli.output import write, write_json

EVENTS_A_STEP = 500
FIELDS = ("position", "attempt_id", "campaign_id", "basis", "field", "stored", "recomputed")
ADVICE = "the ledger was changed: dialtrail explain CAMPAIGN NUMBER --as-of POSITION shows all"
SAME = "same"
OTHER_BASES = {"other rules": "other_rules", "other rule data": "other_rule_data"}
"""What a verdict may have been made by instead, and under which name a page counts those verdicts."""


class ComparedVerdicts(Compared):
    """Verdicts and what differs in them, also by what they were made by: on another basis a difference is no finding."""

    def __init__(self) -> None:
        super().__init__("verdicts recomputed")
        self.others: Counter[str] = Counter()
        self._differing: Counter[str] = Counter()

    def add(self, page: Json) -> None:
        """Count one more page."""
        super().add(page)
        self.others.update({field: page[field] for field in OTHER_BASES.values()})
        self._differing.update(item["basis"] for item in page["items"])

    @property
    def found(self) -> int:
        """How many differ that were made by the rules and the data of today."""
        return self._differing[SAME]

    def write_others(self) -> None:
        """How the verdicts on another basis came out."""
        for basis, field in OTHER_BASES.items():
            if self.others[field]:
                write(f"{self.others[field]:,} of them were made by {basis}: {differences(self._differing[basis])}")


def compare_decisions(campaign: str | None, *, as_json: bool) -> None:
    """Recompute the verdict of every attempt in the ledger, or of one campaign.

    Ends with code 1 where one comes out otherwise that was made by the rules and the data of today.
    """
    compared, path = ComparedVerdicts(), path_of("decisions", "compare")
    query = {"limit": EVENTS_A_STEP} | ({} if campaign is None else {"campaign": campaign})
    with_api("doctor", lambda api: compared.read(api, path, query), campaign=campaign)
    if as_json:
        write_json(compared.as_json(**compared.others))
    else:
        rows = [tuple(_cell(one[name]) for name in FIELDS) for one in compared.differences]
        compared.write(FIELDS, rows, ADVICE)
        compared.write_others()
    compared.end()


def _cell(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
