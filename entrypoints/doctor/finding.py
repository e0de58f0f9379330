"""What a look at one part of an installation gives: findings, from all is well to do not dial."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

Part = Literal[
    "settings", "ledger", "server", "clock", "provider", "webhooks", "answers", "alerts", "pending", "rule data"
]
Level = Literal["ok", "note", "warning", "danger"]
LEVELS: tuple[Level, ...] = ("danger", "warning", "note", "ok")


class Finding(Struct, frozen=True):
    """One thing found. `danger`: do not dial before it is mended. `what_to_do` is empty where nothing is to be done."""

    part: Part
    level: Level
    what: str
    what_to_do: str = ""


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """The same findings, those first that matter most; of one level they stay in their order."""
    return sorted(findings, key=lambda finding: LEVELS.index(finding.level))


def is_safe(findings: Iterable[Finding]) -> bool:
    """Whether nothing found speaks against dialling."""
    return all(finding.level != "danger" for finding in findings)
