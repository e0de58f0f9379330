"""One example of every event about a subscription, and about the ledger itself."""

from domain import ledger_life, subscription

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
ONE_OF_EACH_LEDGER: tuple[ledger_life.LedgerEvent, ...] = (
    ledger_life.LedgerClosed(copy_id="c0ffee", copied_to="postgresql://db.example.org/dialtrail", last_position=1200),
    ledger_life.LedgerRestored(why="elsewhere", was={"inode": 7}, now={"inode": 8}),
)
