"""What the page for people says of why each call was made, of the events as Dialtrail stores them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import get_args

import msgspec
import pytest

from application.evidence.verifier import basis, page
from application.evidence.verifier.events import BundledEvent, bundled
from application.evidence.verifier.notes import TreeHead
from domain import recipient
from domain.events import Event
from domain.recipient import AttemptEvent, RecipientEvent

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MARY, JOHN = "recipient:mary", "recipient:john"
RENEWAL = recipient.ConsentGiven(
    consent_id="c0ffee",
    number="+15550100002",
    purpose="renewal",
    basis="express written",
    source="web form",
    given_at=T0,
    text="You may call me about my renewal.",
    text_version="3",
    by="clerk 7",
    until=T0 + 900 * HOUR,
)
RENEWAL_SAID = (
    "agreed on 2026-03-02T09:00:00Z to be called for the purpose “renewal”, on the basis “express written”, to the text "
    "“You may call me about my renewal.”, in the version “3”, source “web form”, given or taken down by “clerk 7”, until "
    "2026-04-08T21:00:00Z"
)
DECLINED = recipient.RecipientDeclined(
    campaign_id="spring", purpose="renewal", source="keypress", said="call-1", said_at=T0, reason="enough"
)
SUPPRESSED = recipient.RecipientSuppressed(number="+15550100002", source="import", reason="list of 3 March")


def stored(*events: tuple[str, Event]) -> list[BundledEvent]:
    """Recorded an hour apart, by an operator."""
    made = []
    for position, (stream, event) in enumerate(events, 1):
        whole = {"recorded_at": T0 + (position - 1) * HOUR, "metadata": {"actor": "operator:ada"}, "event": event}
        made.append(bundled(position, stream, position, event.NAME, msgspec.json.encode(whole)))
    return made


def attempt(name: str = "a-1") -> recipient.AttemptStarted:
    verdict = {"judged_at": "2026-03-02T12:00:00Z", "attempts_counted": 1, "attempts_max": 3, "reasons": []}
    more = {**verdict, "rules": 2, "rule_data": {"zones": "2026a", "numbers": "9.0"}}
    return recipient.AttemptStarted(
        attempt_id=name,
        campaign_id="spring",
        request='{"to":"+15550100002"}',
        epoch="e",
        verdict=msgspec.Raw(msgspec.json.encode(more)),
        purpose="renewal",
    )


def used(name: str = "a-1", consent: str = "c0ffee") -> recipient.ConsentUsed:
    return recipient.ConsentUsed(campaign_id="spring", attempt_id=name, consent_id=consent)


VERDICT_SAID = [
    "it was for the purpose “renewal”",
    "no rule stood against it, judged at 2026-03-02T12:00:00Z; attempts that counted before it: 1, of at most 3",
    "rules 2; numbers 9.0; zones 2026a",
]
NOTHING = "nothing in this bundle from before it says that the person declined, or was suppressed"


def said_of(events: Sequence[BundledEvent], position: int, *, one_person: bool = True) -> list[str]:
    return basis.bases(events, one_person=one_person)[position].split("\n")


def test_every_event_of_a_person_is_told_in_one_of_the_tables() -> None:
    told = [*basis.AGREED, *basis.REFUSED, *page.ABOUT_PERSON]
    assert len(told) == len(set(told))
    attempts = {one.NAME for one in get_args(AttemptEvent)}
    assert set(told) == {one.NAME for one in get_args(RecipientEvent)} - attempts


@pytest.mark.parametrize("use_first", [True, False])
def test_a_call_says_on_which_consent_it_was_made(*, use_first: bool) -> None:
    commit: list[tuple[str, Event]] = [(MARY, used()), (MARY, attempt())]
    events = stored((MARY, RENEWAL), *(commit if use_first else reversed(commit)))
    assert said_of(events, 3 if use_first else 2) == [
        f"consent c0ffee (event 1): {RENEWAL_SAID}",
        NOTHING,
        *VERDICT_SAID,
    ]


def test_a_consent_that_was_taken_back_since_says_so_and_another_one_does_not() -> None:
    revoked = recipient.ConsentRevoked(number="+15550100002", revoked_at=T0 + HOUR, source="letter", reason="moved")
    before = recipient.ConsentRevoked(number="+15550100002", revoked_at=T0 - HOUR, source="letter")
    other = recipient.ConsentRevoked(number="+15550100002", revoked_at=T0 + HOUR, source="letter", purpose="survey")
    events = stored(
        (MARY, before),
        (MARY, RENEWAL),
        (MARY, used()),
        (MARY, attempt()),
        (MARY, revoked),
        (MARY, other),
        (JOHN, revoked),
    )
    assert said_of(events, 4, one_person=False)[:3] == [
        f"consent c0ffee (event 2): {RENEWAL_SAID}",
        "consent taken back for every purpose on 2026-03-02T10:00:00Z, source “letter”, because “moved” (event 5)",
        NOTHING,
    ]


def test_a_call_without_consent_and_one_whose_consent_is_anothers_say_so() -> None:
    assert said_of(stored((MARY, RENEWAL), (MARY, attempt())), 2)[0] == (
        "no consent was used: the campaign's policy required none then"
    )
    events = stored((JOHN, RENEWAL), (MARY, used()), (MARY, attempt()))
    assert said_of(events, 3, one_person=False)[0] == "consent c0ffee; what it says is not in this bundle"
    assert said_of(events, 3)[0] == f"consent c0ffee (event 1): {RENEWAL_SAID}"


def test_what_was_declined_and_suppressed_before_a_call_stands_there_with_its_end() -> None:
    lifted = recipient.RecipientDeclineLifted(campaign_id="spring", purpose="renewal", reason="asked for it")
    events = stored(
        (MARY, DECLINED),
        (MARY, attempt("a-1")),
        (MARY, lifted),
        (MARY, SUPPRESSED),
        (MARY, attempt("a-2")),
        (JOHN, attempt("a-3")),
    )
    declined = (
        "the person declined to be called about “renewal” by pressing a key in the call call-1, said on "
        "2026-03-02T09:00:00Z, because “enough” (event 1, 2026-03-02T09:00:00Z)"
    )
    ended = "they may be called about “renewal” again, because “asked for it” (event 3, 2026-03-02T11:00:00Z)"
    suppressed = (
        "suppressed for all campaigns on the word of import, for good, because “list of 3 March” (event 4, "
        "2026-03-02T12:00:00Z)"
    )
    assert said_of(events, 2, one_person=False)[1:-3] == [declined]
    assert said_of(events, 5, one_person=False)[1:-3] == [suppressed, f"{declined}; {ended}"]
    assert said_of(events, 6, one_person=False)[1:-3] == [NOTHING]


def rows_of(events: Sequence[BundledEvent], heading: str) -> list[list[str]]:
    made = page.page("campaign", "spring", TreeHead("log.example", 9, b""), events).decode()
    part = made.partition(f"<h2>{heading}</h2>")[2].partition("<h2>")[0]
    rows = re.findall(r"<tr>(<td.*?)</tr>", part, re.DOTALL)
    return [[unescape(one) for one in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)] for row in rows]


def test_the_page_tells_consents_and_refusals_in_words() -> None:
    events = stored((MARY, RENEWAL), (MARY, used()), (MARY, attempt()), (MARY, DECLINED), (MARY, SUPPRESSED))
    assert [row[1:] for row in rows_of(events, "What was agreed to, and taken back")] == [
        ["2026-03-02T09:00:00Z", "mary", RENEWAL_SAID, "operator:ada"],
        ["2026-03-02T10:00:00Z", "mary", "the attempt a-1 was begun on the consent c0ffee", "operator:ada"],
    ]
    told = [row[3] for row in rows_of(events, "What was declined, and who shall not be called or erased")]
    assert told[0].startswith("the person declined to be called about “renewal” by pressing a key")
    assert told[1].startswith("suppressed for all campaigns on the word of import, for good")
    assert rows_of(events, "Who was called, when, and on what basis")[0][-1].startswith(
        "consent c0ffee (event 1): agreed on"
    )


def test_every_refusal_has_words_and_sealed_ones_say_that_there_is_more() -> None:
    for name in (*basis.AGREED, *basis.REFUSED):
        words = basis.agreed_words if name in basis.AGREED else basis.refusal_words
        assert words(bundled(1, MARY, 1, name, b'{"event":{"purpose":["x"],"reason":{}}}'))
        sealed = bundled(1, MARY, 1, name, b'{"event":{"purpose":"x"},"sealed":{"key":"k","personal":"AA=="}}')
        assert words(sealed).endswith(", the rest is sealed") or name == "consent.used"
