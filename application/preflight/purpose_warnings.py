"""What to look at where a campaign lets others go first."""

from collections.abc import Iterable, Iterator, Sequence

from domain.campaign import CampaignState
from domain.dialing import purpose_of, waits_for

NAMED_MAX = 5


def purpose_warnings(state: CampaignState, others: Iterable[CampaignState]) -> Iterator[tuple[str, str]]:
    """Each with its permanent name; `others` are the campaigns that run, or are paused."""
    wanted = waits_for(state)
    if not wanted:
        return
    first = [one for one in others if purpose_of(one) in wanted]
    if not first:
        purposes = ", ".join(sorted(wanted))
        yield (
            "nobody_goes_first",
            f"no campaign for {purposes} (policy.waits_for) runs or is paused: nobody is waited for",
        )
        return
    says = f"{_named(first)} {'goes' if len(first) == 1 else 'go'} first (policy.waits_for): whom it has yet to call is left alone until then"
    yield "others_go_first", says
    back = [one for one in first if purpose_of(state) in waits_for(one)]
    if back:
        yield (
            "wait_for_each_other",
            f"{_named(back)} and this campaign wait for each other: the one that was made first goes first",
        )


def _named(campaigns: Sequence[CampaignState]) -> str:
    some = ", ".join(one.campaign_id for one in campaigns[:NAMED_MAX])
    return some if len(campaigns) <= NAMED_MAX else f"{some} and others"
