"""A clock that was ahead and was set right: nobody is called by the wrong time, and nothing waits for it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.ledger import Ledger
from adapters.recipient_file import RecipientRow
from adapters.rule_data import installed_rule_data
from application.commands import campaigns, recipients
from application.commands.account import Resumption, resume_account
from application.commands.attempts import StartedAttempt, start_attempt
from application.commands.outcomes import settle_attempt
from domain.campaign import Plan
from domain.dial_outcome import Refused
from domain.dialing import Verdict
from domain.policy import WEEKDAYS, Policy, Probe, Retry, Window
from projections.decisions import DecisionDifference, compare_decisions
from tests.adapters.ledger.stage import T0, Clock, ask, do, feed, gathering, open_ledger, outcome
from tests.application.commands.starting import start_campaign

SPRING, NUMBER = "spring", "+12025550123"
PLAN = Plan(
    caller_number="+15551230001",
    policy=Policy(
        hours=dict.fromkeys(WEEKDAYS, (Window(8 * 60, 20 * 60),)),
        attempts_max=3,
        retry={"originate_failed": Retry(after_seconds=2)},
    ),
)
LONG = Policy(attempts_max=10, retry={"originate_failed": Retry(after_seconds=2)})
CARRIER_SAID_NO = Refused(status=502, code="originate_failed", body="{}", concerns="recipient", counts=True)
HOUR = timedelta(hours=1)


class Restarted:
    """A ledger that may be closed and opened again; its clock says what it is told to."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self.clock = Clock(now)
        self._folder = folder
        self.ledger: Ledger = open_ledger(folder, self.clock)
        self._attempts = 0

    def restart(self) -> None:
        """Close, and open again."""
        self.ledger.close()
        self.ledger = open_ledger(self._folder, self.clock)

    def begin(self, plan: Plan = PLAN) -> None:
        """A campaign with one recipient, that runs."""
        row = RecipientRow(2, NUMBER, "Etc/UTC", {})
        stream = self.ledger.recipient_stream(NUMBER)
        do(self.ledger, campaigns.create_campaign(SPRING, plan))
        do(self.ledger, recipients.enroll_recipients(SPRING, "file", [(stream, row)]), "imports")
        do(self.ledger, start_campaign(SPRING))

    def call(
        self, fingerprint: str = "f", outcome: Refused = CARRIER_SAID_NO, *, is_probe: bool = False
    ) -> StartedAttempt | list[str]:
        """An attempt that the carrier refuses, or the rules that stand against it."""
        self._attempts += 1
        found: Any = do(
            self.ledger,
            start_attempt(
                attempt_id=f"att_{self._attempts}",
                campaign_id=SPRING,
                stream=self.ledger.recipient_stream(NUMBER),
                fingerprint=fingerprint,
                epoch="e",
                only_numbers=None,
                is_probe=is_probe,
            ),
            "attempts",
        )
        if isinstance(found, Verdict):
            return [reason.rule for reason in found.reasons]
        assert isinstance(found, StartedAttempt)
        do(self.ledger, settle_attempt(found, outcome, fingerprint), "answers")
        return found

    def differences(self, fingerprint: str) -> Sequence[DecisionDifference]:
        """What `doctor --decisions` finds, asked with a key."""
        end, ledger = self.ledger.position, self.ledger
        return compare_decisions(
            ledger.read_feed,
            ledger.read_streams,
            ledger.recipient_stream,
            fingerprint,
            0,
            1_000,
            end,
            installed_rule_data(),
        ).differences

    def resume(self) -> Resumption:
        """What an operator does."""
        found = do(self.ledger, resume_account("f", self.ledger.position))
        assert isinstance(found, Resumption)
        return found


@pytest.fixture(params=[False, True], ids=["goes-on", "restarted"])
def it(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Restarted, bool]]:
    made = Restarted(tmp_path, T0)
    yield made, request.param
    made.ledger.close()


@pytest.mark.parametrize("ahead", [3 * HOUR, 27 * HOUR, 365 * 24 * HOUR + 3 * HOUR], ids=str)
def test_nobody_is_called_until_it_is_acknowledged_and_then_by_the_clock_that_is_right(
    it: tuple[Restarted, bool], ahead: timedelta
) -> None:
    made, restarts = it
    closed = T0 - 3 * HOUR  # six in the morning; by the wrong clock it is nine
    made.clock.now = closed + ahead
    made.begin()
    made.clock.now = closed
    if restarts:
        made.restart()

    found = made.call()
    assert isinstance(found, list)
    assert found[0] == "outside_hours"
    assert found[-1] == "clock_ahead"
    made.clock.now = closed + 2 * HOUR
    found = made.call()
    assert found == ["clock_ahead"]

    end = made.ledger.position
    assert made.resume() == Resumption(
        lifted=None, acknowledged_position=end, ahead_seconds=int((ahead - 2 * HOUR).total_seconds())
    )
    if restarts:
        made.restart()
    assert isinstance(made.call(), StartedAttempt)
    made.clock.now += timedelta(seconds=1)
    assert made.call() == ["retry_gap"]
    made.clock.now += timedelta(seconds=1)
    if restarts:
        made.restart()
    assert isinstance(made.call(), StartedAttempt)
    times = [one.recorded_at for one in feed(made.ledger)]
    assert times == sorted(times)


def test_who_was_tried_by_the_wrong_clock_waits_no_longer_than_from_when_it_was_set_right(
    it: tuple[Restarted, bool],
) -> None:
    made, restarts = it
    made.clock.now = T0 + 365 * 24 * HOUR
    made.begin()
    assert isinstance(made.call(), StartedAttempt)
    made.clock.now = T0
    made.resume()
    if restarts:
        made.restart()
    assert made.call() == ["retry_gap"]
    made.clock.now += timedelta(seconds=2)
    assert isinstance(made.call(), StartedAttempt)


def test_a_clock_that_goes_wrong_once_more_is_acknowledged_once_more(it: tuple[Restarted, bool]) -> None:
    made, restarts = it
    made.clock.now = T0 + 365 * 24 * HOUR
    made.begin()
    made.clock.now = T0
    made.resume()
    # Less far ahead than before: what was recorded before does not hide it.
    made.clock.now = T0 + 2 * HOUR
    assert isinstance(made.call(), StartedAttempt)
    made.clock.now = T0 + HOUR
    if restarts:
        made.restart()
    # What was acknowledged before says nothing of what the clock said since.
    assert made.call() == ["retry_gap", "attempt_gap", "clock_ahead"]
    assert made.resume().ahead_seconds == HOUR.total_seconds()
    assert made.call() == ["retry_gap"]


@pytest.mark.parametrize(("behind", "against"), [(5.0, []), (5.000_01, ["clock_ahead"])])
def test_a_ledger_may_be_a_little_ahead_and_both_times_count(tmp_path: Path, behind: float, against: list[str]) -> None:
    made = Restarted(tmp_path, T0)
    made.begin()
    made.clock.now = T0 - timedelta(seconds=behind)
    found = made.call()
    assert against == ([] if isinstance(found, StartedAttempt) else found)
    if not against:
        # By both clocks: at eight in the evening by the ledger's the hours are over.
        made.clock.now = T0 + 11 * HOUR - timedelta(seconds=1)
        do(made.ledger, campaigns.create_campaign("autumn", PLAN))
        made.clock.now += timedelta(seconds=1)
        do(made.ledger, campaigns.create_campaign("winter", PLAN))
        made.clock.now -= timedelta(seconds=2)
        assert made.call() == ["outside_hours"]
    made.ledger.close()


def test_nothing_is_acknowledged_where_nothing_was_ahead(it: tuple[Restarted, bool]) -> None:
    made, _ = it
    made.begin()
    assert made.resume() == Resumption(lifted=None, acknowledged_position=None, ahead_seconds=None)
    assert [one.name for one in feed(made.ledger)][-1] == "campaign.started"


@pytest.mark.parametrize("ahead", [2 * HOUR, 26 * HOUR, 365 * 24 * HOUR], ids=str)
@pytest.mark.parametrize("key", ["f", "another"])
def test_a_wrong_time_stays_wrong_when_the_clock_has_come_to_it_and_with_another_key(
    it: tuple[Restarted, bool], ahead: timedelta, key: str
) -> None:
    made, restarts = it
    gap = ahead + HOUR
    made.clock.now = T0 + ahead
    made.begin(
        replace(PLAN, policy=replace(LONG, retry={"originate_failed": Retry(after_seconds=int(gap.total_seconds()))}))
    )
    assert isinstance(made.call(), StartedAttempt)
    made.clock.now = T0
    made.resume()
    if restarts:
        made.restart()
    for passed in (HOUR, ahead, ahead + HOUR / 2, gap - timedelta(seconds=1)):
        made.clock.now = T0 + passed
        assert made.call(key) == ["retry_gap"]
    made.clock.now = T0 + gap
    assert isinstance(made.call(key), StartedAttempt)
    for asked_with in ("f", key):
        assert made.differences(asked_with) == []


def test_an_acknowledgement_changes_nothing_of_what_was_decided_before_it(tmp_path: Path) -> None:
    made = Restarted(tmp_path, T0 + HOUR)
    made.begin(replace(PLAN, policy=LONG))
    for _ in range(2):  # by the wrong clock the second waited for its gap
        assert isinstance(made.call(), StartedAttempt)
        made.clock.now += timedelta(seconds=2)
    made.clock.now = T0
    made.resume()
    for moved in (timedelta(seconds=2), HOUR, -HOUR):
        made.clock.now += moved
        made.resume()
        assert isinstance(made.call(), StartedAttempt) == (moved > timedelta())
    assert made.differences("f") == []
    made.ledger.close()


def test_a_pause_of_the_provider_by_the_wrong_clock_is_tried_after_the_probes_delay(it: tuple[Restarted, bool]) -> None:
    made, restarts = it
    said_no = Refused(status=403, code="forbidden", body="{}", concerns="campaign", counts=False)
    made.clock.now = T0 + 365 * 24 * HOUR
    made.begin(replace(PLAN, policy=replace(LONG, probe=Probe(after_seconds=60))))
    assert isinstance(made.call(outcome=said_no), StartedAttempt)
    made.clock.now += timedelta(seconds=60)
    assert isinstance(made.call(outcome=said_no, is_probe=True), StartedAttempt)
    made.clock.now = T0
    made.resume()
    if restarts:
        made.restart()
    made.clock.now += timedelta(seconds=119)
    assert made.call(is_probe=True) == ["campaign_not_running"]
    made.clock.now += timedelta(seconds=1)
    assert isinstance(made.call(is_probe=True), StartedAttempt)


def test_what_waits_beside_the_acknowledgement_is_decided_by_it(tmp_path: Path) -> None:
    made = Restarted(tmp_path, T0 + 24 * HOUR)
    made.begin(replace(PLAN, policy=LONG))
    assert isinstance(made.call(), StartedAttempt)
    made.clock.now = T0
    stream = made.ledger.recipient_stream(NUMBER)
    with gathering(made.ledger):
        folded = ask(made.ledger, lambda tx: tx.person(stream).attempts[0].started_at)
        ask(made.ledger, resume_account("f", made.ledger.position))
        after = ask(made.ledger, lambda tx: tx.person(stream).attempts[0].started_at)
    assert (outcome(folded).result, outcome(after).result) == (T0 + 24 * HOUR, T0)
    made.ledger.close()
