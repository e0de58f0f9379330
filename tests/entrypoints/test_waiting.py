"""What a process says that it waits for."""

import asyncio

import pytest

from entrypoints import waiting
from entrypoints.roles import DIAL, UP, Role
from entrypoints.waiting import tell_what_it_waits_for

DIALS = "this process does not dial: dialtrail up (process 7 on a) dials"


class Parts:
    """Stands otherwise at each look."""

    def __init__(self) -> None:
        self.looks = iter(
            [
                ([], None),
                ([DIALS], "at position 3 of 9"),
                ([DIALS], "at position 8 of 9"),
                ([DIALS], None),
                ([], None),
                ([], None),
            ]
        )
        self._trouble: str | None = None

    def troubles(self) -> dict[str, str | None]:
        return {"ledger": None, "in_flight": self._trouble}

    def waits_for(self) -> list[str]:
        waits, self._trouble = next(self.looks)
        return waits


def said(role: Role, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0)
    told: list[str] = []

    async def scenario() -> None:
        with pytest.raises(RuntimeError, match="StopIteration"):
            await tell_what_it_waits_for(Parts(), role, told.append)

    asyncio.run(scenario())
    return told


def test_a_part_by_itself_says_each_change_and_not_each_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(DIAL, monkeypatch) == [
        f"waiting: {DIALS}; in_flight: at position 3 of 9",
        f"waiting: {DIALS}",
        "waiting for nothing any more",
    ]


def test_up_says_who_else_dials_and_leaves_all_else_to_its_health(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(UP, monkeypatch) == [f"waiting: {DIALS}", "waiting for nothing any more"]
