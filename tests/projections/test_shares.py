"""Views made by several, each a share of the streams, are row for row those that one makes."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args
from unittest.mock import patch
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.call import CallClaimed
from domain.events import Recorded
from domain.identity import call_stream
from domain.policy import ConsentRules, Policy
from domain.recipient import AttemptAccepted, RecipientEvent
from projections import sharing
from projections.changes import NAMES_A_NUMBER, recipient_changes
from projections.merging import merge_into_schema
from projections.shares import LINKS, NotShared, Shares
from projections.store import postgres_store, sqlite_store
from projections.views import VERSIONS
from tests.adapters.ledger.postgres_server import Server
from tests.projections.chance import Random, mixed_histories, small_history
from tests.projections.feed_ledger import FeedLedger
from tests.projections.history import NUMBERS, World
from tests.projections.kept_views import all_rows, catch_up, new_store
from tests.projections.kept_world import FINGERPRINT, stream_of
from tests.projections.recording import recorded
from tests.projections.sharing import merged, parts_of, progress_of, shares_of

ONE, TWO, _ = NUMBERS
GERMAN, SAME_GERMAN = "+4930123456", "+49030123456"
FOLD = "projections.campaign_summary.fold.CHECKPOINT_POSITIONS"


@contextmanager
def scratch() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


def made_by_one(ledger: FeedLedger, folder: Path, fingerprint: str | None = FINGERPRINT) -> Any:
    with new_store(folder / "one.db") as store:
        return catch_up(store, ledger, fingerprint).progress, all_rows(store)


def made_by(of: int, ledger: FeedLedger, folder: Path, looked_at_max: int, fingerprint: str | None) -> Any:
    with closing(sqlite_store(merged(ledger, of, folder, fingerprint, looked_at_max))) as store:
        return catch_up(store, ledger, fingerprint).progress, all_rows(store)


@given(
    rng=st.randoms(use_true_random=False),
    acts=st.integers(1, 40),
    of=st.integers(1, 4),
    fingerprint=st.sampled_from([FINGERPRINT, None]),
    looked_at_max=st.sampled_from([1, 7, 1_000]),
    checkpoint=st.sampled_from([1, 10, 1_000]),
    kept=st.sampled_from([0, 3, 10_000]),
)
def test_shares_merged_are_row_for_row_what_one_makes(
    rng: Random, acts: int, of: int, fingerprint: str | None, looked_at_max: int, checkpoint: int, kept: int
) -> None:
    ledger = small_history(rng, acts).ledger
    with scratch() as folder, patch(FOLD, checkpoint), patch.object(sharing, "FOLDS_KEPT_MAX", kept):
        assert made_by(of, ledger, folder, looked_at_max, fingerprint) == made_by_one(ledger, folder, fingerprint)


@pytest.mark.parametrize("of", [2, 3])
def test_many_peoples_histories_are_divided_and_what_one_makes_comes_of_it(tmp_path: Path, of: int) -> None:
    ledger = mixed_histories(Random(of), 8, 20).ledger
    shares = shares_of(ledger, of)
    sizes = [sum(shares.share_of(one.stream) == share for one in ledger.feed) for share in range(of)]
    assert min(sizes) > ledger.position / 20
    with patch(FOLD, 100):
        assert made_by(of, ledger, tmp_path, 1_000, FINGERPRINT) == made_by_one(ledger, tmp_path)


def test_what_follows_on_merged_views_goes_on_as_on_others(tmp_path: Path) -> None:
    made = small_history(Random(5), 40)
    first = FeedLedger(made.ledger.feed[: made.ledger.position // 2])
    with closing(sqlite_store(merged(first, 3, tmp_path, FINGERPRINT))) as store:
        progress = catch_up(store, made.ledger).progress
        assert (progress, all_rows(store)) == made_by_one(made.ledger, tmp_path)


def test_two_spellings_of_a_number_and_the_calls_of_both_are_in_one_share() -> None:
    made = World()
    made.create("spring")
    made.change("spring", "start")
    for number in (GERMAN, SAME_GERMAN, ONE, TWO):
        made.enroll(number, "spring")
        made.start(number, "spring")
        made.accept(number)
    shares = shares_of(made.ledger, 1_000)
    assert shares.share_of(stream_of(GERMAN)) == shares.share_of(stream_of(SAME_GERMAN))
    assert shares.share_of(stream_of(ONE)) != shares.share_of(stream_of(TWO))
    claims = [(one.stream, one.event) for one in made.ledger.feed if isinstance(one.event, CallClaimed)]
    assert len(claims) == 3
    assert all(shares.share_of(call) == shares.share_of(claim.recipient) for call, claim in claims)
    assert shares.share_of("campaign:spring") is None
    assert shares.share_of("account:f00d") is None
    assert shares.share_of("quarantine:abc") == 0


def consented(made: World) -> None:
    made.consent(SAME_GERMAN, "spring")


def revoked(made: World) -> None:
    made.consent(GERMAN, "spring")
    made.revoke(SAME_GERMAN, None)


@pytest.mark.parametrize("act", [consented, revoked])
def test_a_consent_and_its_end_are_with_the_person_whose_other_spelling_was_enrolled(
    tmp_path: Path, act: Callable[[World], None]
) -> None:
    made = World()
    made.create("spring", Policy(consent=ConsentRules(required=True)))
    made.enroll(GERMAN, "spring")
    act(made)
    of = next(of for of in range(2, 20) if len({crc32(stream_of(n).encode()) % of for n in (GERMAN, SAME_GERMAN)}) == 2)
    shares = shares_of(made.ledger, of)
    assert shares.share_of(stream_of(GERMAN)) == shares.share_of(stream_of(SAME_GERMAN))
    assert made_by(of, made.ledger, tmp_path, 1_000, FINGERPRINT) == made_by_one(made.ledger, tmp_path)


def test_every_event_of_a_person_that_has_a_number_links_its_spellings() -> None:
    named = {one for one in get_args(RecipientEvent) if "number" in one.__struct_fields__}
    assert named == set(NAMES_A_NUMBER)
    assert {one.NAME for one in named} <= LINKS


def claim(position: int, call_id: str, number: str) -> Recorded:
    event = CallClaimed(attempt_id=f"a{number}", campaign_id="spring", recipient=stream_of(number), how="response")
    return recorded(position, call_stream(call_id), event)


def test_a_call_is_with_those_whose_attempt_it_is_and_all_whom_it_is_claimed_for() -> None:
    accepted = AttemptAccepted(attempt_id="a", campaign_id="spring", call_id="one", status=201, response="")
    events = [recorded(1, stream_of(ONE), accepted), claim(2, "two", ONE), claim(3, "two", TWO), claim(4, "three", TWO)]
    shares = Shares(1_000, stream_of)
    assert len({shares.share_of(stream_of(number)) for number in (ONE, TWO)}) == 2
    shares.take(events)
    shares.settled()
    together = [stream_of(ONE), stream_of(TWO), *(call_stream(call_id) for call_id in ("one", "two", "three"))]
    assert len({shares.share_of(stream) for stream in together}) == 1
    assert shares.share_of(call_stream("four")) not in {None, shares.share_of(stream_of(ONE))}


def test_a_clock_that_was_set_right_and_what_cannot_be_judged_are_for_one(tmp_path: Path) -> None:
    made = small_history(Random(1), 10)
    with (
        patch.object(recipient_changes, "standing_of", side_effect=OverflowError),
        pytest.raises(NotShared, match=r"OverflowError in .* could not be judged"),
    ):
        parts_of(made.ledger, 1, tmp_path, FINGERPRINT)
    made.set_right(timedelta(hours=3), FINGERPRINT)
    with pytest.raises(NotShared, match="the clock was set right"):
        shares_of(made.ledger, 2)


def test_a_schema_takes_the_same_rows_by_copy(postgres: Server, tmp_path: Path) -> None:
    ledger = mixed_histories(Random(9), 3, 20).ledger
    parts = parts_of(ledger, 2, tmp_path, FINGERPRINT)
    with closing(postgres_store(postgres.new_database(), "made")) as store:
        merge_into_schema(store, parts, VERSIONS.items(), progress_of(ledger))
        assert (catch_up(store, ledger).progress, all_rows(store)) == made_by_one(ledger, tmp_path)
