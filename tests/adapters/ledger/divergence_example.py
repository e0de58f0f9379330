"""A last part of a look at a day's calls, with everything that it may hold."""

from datetime import UTC, datetime

from domain import divergence

DIVERGENCE = divergence.DivergenceObserved(
    window_from=datetime(2026, 3, 1, tzinfo=UTC),
    window_to=datetime(2026, 3, 2, tzinfo=UTC),
    part=2,
    ended=120,
    every=2,
    through=9_000,
    asked=60,
    requests=61,
    unanswered=1,
    unclear=1,
    counts={"missing": 1, "outcome": 1},
    differences=(
        divergence.CallDiffers(call_id="call/1 é", kind="missing", ours="completed"),
        divergence.CallDiffers(call_id="call_2", kind="outcome", ours="completed", theirs="failed"),
    ),
    is_last=True,
    totals=divergence.TotalsBeside(
        calls=12,
        billsec_seconds=345,
        cost_amount="0.1250",
        cost_currency="USD",
        body='{"calls":12}',
        is_settled=True,
        ours_ended=120,
        ours_answered=11,
        talk_seconds=340,
        others_ended=2,
        at_edge=1,
    ),
    left_out=60,
    left_out_why="sampled",
    on_request=True,
)
