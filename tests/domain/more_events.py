"""One example of every event about a subscription, about consent, about the ledger itself, and of a look at the provider."""

from datetime import UTC, datetime, timedelta

from domain import ledger_life, recipient, subscription
from domain.divergence import CallDiffers, DivergenceObserved, TotalsBeside
from domain.recipient import ConsentGiven, ConsentRevoked, ConsentUsed

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)

A_DIVERGENCE = DivergenceObserved(
    window_from=datetime(2026, 5, 29, tzinfo=UTC),
    window_to=datetime(2026, 5, 30, tzinfo=UTC),
    part=1,
    ended=3,
    through=7,
    asked=3,
    requests=4,
    counts={"missing": 1},
    differences=(CallDiffers(call_id="call_1", kind="missing", ours="completed"),),
    is_last=True,
    totals=TotalsBeside(calls=2, cost_amount="0.0420", cost_currency="EUR", body="{}", ours_ended=3),
)
ONE_OF_EACH_SUBSCRIPTION: tuple[subscription.SubscriptionEvent, ...] = (
    subscription.SubscriptionCreated(
        subscription_id="crm",
        wanted=subscription.Wanted(url="https://crm.example.org/", campaigns=("spring_followup",)),
    ),
    subscription.SubscriptionChanged(wanted=subscription.Wanted(url="https://crm.example.org/2"), has_new_secret=True),
    subscription.SubscriptionPaused(cause="operator", reason="moving"),
    subscription.SubscriptionResumed(),
    subscription.SubscriptionDead(deliveries=2, first_position=3, last_position=7, status=500, why="answered 500"),
)
ONE_OF_EACH_ERASURE: tuple[recipient.ErasureEvent, ...] = (
    recipient.RecipientErased(calls=3, spellings=("recipient:other",), reason="asked for"),
    recipient.RecipientErasureRequested(requested_by="ada", expires_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC)),
    recipient.LegalHoldSet(reason="case 7"),
    recipient.LegalHoldLifted(),
)
ONE_OF_EACH_LEDGER: tuple[ledger_life.LedgerEvent, ...] = (
    ledger_life.LedgerClosed(copy_id="c0ffee", copied_to="postgresql://db.example.org/dialtrail", last_position=1200),
    ledger_life.LedgerRestored(why="elsewhere", was={"inode": 7}, now={"inode": 8}),
    ledger_life.LedgerSealed(copy_id="c0ffee", origin="dialtrail/abc", size=3, root="AAAA", last_position=3),
    ledger_life.KeysDestroyed(keys=("b.0", "b.7"), cause="erasure", kinds={"number": 1, "body": 1}, streams=1),
)
ONE_OF_EACH_OTHER = (*ONE_OF_EACH_SUBSCRIPTION, *ONE_OF_EACH_ERASURE, *ONE_OF_EACH_LEDGER)
ONE_OF_EACH_CONSENT = (
    ConsentGiven(
        consent_id="c0ffee",
        number="+15551230001",
        purpose="renewal",
        basis="express written",
        source="web form",
        given_at=AT,
        text="You may call me.",
        text_version="3",
        by="ada",
        until=AT + timedelta(days=365),
    ),
    ConsentRevoked(number="+15551230001", revoked_at=AT, source="letter", purpose="renewal", reason="moved"),
    ConsentUsed(campaign_id="spring_followup", attempt_id="a1", consent_id="c0ffee"),
)
