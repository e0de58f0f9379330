"""A wish, whatever happens in whichever order: kept at most once, and never gone without a word."""

import tempfile
from contextlib import suppress
from datetime import timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.ledger import Ledger
from adapters.ledger.transaction import Transaction
from adapters.recipient_file import RecipientRow
from application.commands import campaigns, recipients
from application.commands.attempts import StartedAttempt, start_attempt
from application.commands.callbacks import drop_callback, give_up_callback, wish_callback
from application.commands.outcomes import settle_attempt
from domain import recipient
from domain.campaign import Plan
from domain.dial_outcome import Abandoned, DialOutcome, Refused
from domain.errors import Conflict
from domain.events import Recorded
from domain.policy import Policy
from domain.recipient import RecipientState, Wish, open_callback
from projections.callback_story import CallbackLine, callback_story
from projections.folded import recipient_of
from tests.adapters.ledger.stage import Clock, do, open_ledger
from tests.application.commands.starting import start_campaign
from tests.examples import examples

SPRING = "spring"
ONE, OTHER = "+442079460018", "+4402079460018"
"""One person, in two spellings."""
GRACE_SECONDS = 600
POLICY = Policy(attempts_max=3, callback_grace_seconds=GRACE_SECONDS)
ACTS = (
    "wish",
    "wish later",
    "drop",
    "call",
    "call, not sent",
    "call, refused",
    "watch",
    "suppress",
    "release",
    "withdraw",
)
STEPS = st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from((0, 60, 300, 700))), min_size=2, max_size=14)


class Played:
    """A campaign of one person, and what people, the dialer and the watch do about them."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.ledger: Ledger = open_ledger(folder, self.clock)
        self.streams = [self.ledger.recipient_stream(number) for number in (ONE, OTHER)]
        self._numbers = count(1)
        plan = Plan(caller_number="+15551230001", policy=POLICY)
        do(self.ledger, campaigns.create_campaign(SPRING, plan))
        row = (self.streams[0], RecipientRow(2, ONE, None, {}))
        do(self.ledger, recipients.enroll_recipients(SPRING, "file", [row]), "imports")
        do(self.ledger, start_campaign(SPRING))

    def act(self, act: str) -> None:
        """One of `ACTS`."""
        match act:
            case "wish" | "wish later":
                seconds = 120 if act == "wish" else 500
                self._wish(seconds)
            case "drop":
                do(self.ledger, drop_callback(SPRING, self.streams))
            case "call":
                self._call(Refused(status=502, code="originate_failed", body="", concerns="recipient", counts=True))
            case "call, not sent":
                self._call(Abandoned(why="connection refused"))
            case "call, refused":
                self._call(Refused(status=400, code="invalid_request", body="", concerns="recipient", counts=False))
            case "watch":
                self.watch()
            case "suppress":
                # In the other spelling: it is the person who is meant.
                do(self.ledger, recipients.suppress_recipient(self.streams[1], OTHER, "letter", None, None))
            case "release":
                do(self.ledger, recipients.release_recipient(self.streams[0], ONE))
            case "withdraw":
                do(self.ledger, self._withdraw)
            case _:
                raise ValueError(act)

    def watch(self) -> str | None:
        """What the watch does each second."""
        why: str | None = do(self.ledger, give_up_callback(SPRING, self.streams[0], "f00d", None))
        return why

    @property
    def person(self) -> RecipientState:
        return recipient_of(self._read(self.streams[0]))

    @property
    def story(self) -> list[CallbackLine]:
        return callback_story([self._read(stream) for stream in self.streams], self.person.attempts)

    def _read(self, stream: str) -> list[Recorded]:
        return list(self.ledger.read_stream(stream))

    def _withdraw(self, tx: Transaction) -> None:
        tx.append(self.streams[0], recipient.withdraw(tx.recipient(self.streams[0]), SPRING, "lookup_said_no", "moved"))

    def _wish(self, seconds: int) -> None:
        at = self.clock.now + timedelta(seconds=seconds)
        with suppress(Conflict):  # nobody may call them any more
            do(self.ledger, wish_callback(SPRING, self.streams, Wish(at=at, source="operator")))

    def _call(self, outcome: DialOutcome) -> None:
        found = do(
            self.ledger,
            start_attempt(
                attempt_id=f"att_{next(self._numbers)}",
                campaign_id=SPRING,
                stream=self.streams[0],
                fingerprint="f00d",
                epoch="e",
                only_numbers=None,
            ),
            "attempts",
        )
        if isinstance(found, StartedAttempt):
            do(self.ledger, settle_attempt(found, outcome, "f00d"), "answers")


@pytest.mark.no_cover
@settings(max_examples=examples(200, 15), deadline=None)
@given(steps=STEPS)
def test_in_any_order_a_wish_is_kept_at_most_once_and_ends_with_a_word(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory(dir=tempfile.gettempdir()) as folder:
        played = Played(Path(folder))
        try:
            for act, seconds in steps:
                played.act(act)
                _check(played)
                played.clock.now += timedelta(seconds=seconds)
                _check(played)
            played.clock.now += timedelta(days=2)
            played.watch()
            _check(played)
            assert open_callback(played.person, SPRING) is None
        finally:
            played.ledger.close()


def _check(played: Played) -> None:
    """The story and the person agree, and each wish but the open one has its end."""
    story = played.story
    wish = open_callback(played.person, SPRING)
    last = story[-1] if story else None
    assert (wish is not None) == (last is not None and last.act in {"wished", "moved"})
    assert wish is None or (last is not None and wish.at == last.at)
    for before, after in pairwise(story):
        assert (after.act == "wished") == (before.act in {"kept", "given_up"}), story
    assert all(one.why for one in story if one.act == "given_up")
    kept = [one.attempt.attempt_id for one in story if one.attempt is not None]
    assert len(kept) == len(set(kept))


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        (["wish", "suppress", "watch"], ["wished", "given_up: suppressed"]),
        (["wish", "withdraw", "watch"], ["wished", "given_up: withdrawn"]),
        (["wish", "late", "call"], ["wished", "given_up: not_called_in_time"]),
        (["wish", "due", "call, not sent", "call"], ["wished", "kept"]),
        (["wish", "due", "call, refused", "watch"], ["wished", "given_up: refused"]),
        (["wish", "wish later", "late", "watch"], ["wished", "moved", "given_up: not_called_in_time"]),
        (["wish", "suppress", "release", "due", "call"], ["wished", "kept"]),
    ],
)
def test_how_a_wish_ends(tmp_path: Path, acts: list[str], expected: list[str]) -> None:
    played = Played(tmp_path)
    for act in acts:
        match act:
            case "due":
                played.clock.now += timedelta(seconds=200)
            case "late":
                played.clock.now += timedelta(seconds=2_000)
            case _:
                played.act(act)
    assert [f"{one.act}: {one.why}" if one.why else one.act for one in played.story] == expected
    played.ledger.close()
