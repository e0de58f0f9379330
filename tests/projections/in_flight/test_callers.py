"""How the numbers of a pool were used is known again after a restart, also of a campaign that has no pool at the time."""

from collections.abc import Collection, Mapping, Sequence

import msgspec
import pytest
from msgspec import UNSET, Raw
from msgspec.structs import replace

from domain.caller_pool import NOT_USED, CallerChoice, CallerPool, CallerUse
from domain.campaign import CampaignRevised, CampaignStarted
from domain.events import Recorded
from projections.in_flight.callers import Callers
from tests.domain.given import NUMBER, PLAN, SPRING, campaign_after, started
from tests.projections.recording import recorded

PERSON, A = f"recipient:{NUMBER}", "+15551230001"
POOLED = replace(PLAN, pool=CallerPool(numbers=(A,), calls_a_day_max=1))
CHOICE = CallerChoice(number=A, why="round", use=CallerUse(turns=4, day=None))


def read_streams(streams: Collection[str], position: int) -> Mapping[str, Sequence[Recorded]]:
    del position
    verdict = Raw(msgspec.json.encode({"caller": CHOICE}))
    return {stream: [recorded(9, stream, replace(started(), verdict=verdict))] for stream in streams}


@pytest.mark.parametrize(
    ("revisions", "use"),
    [
        ([POOLED], CHOICE.use_after),
        ([POOLED, replace(PLAN, pool=UNSET)], CHOICE.use_after),
        ([POOLED, replace(PLAN, pool=UNSET), replace(POOLED, record=True)], CHOICE.use_after),
        ([], NOT_USED),
    ],
)
def test_what_was_counted_is_loaded_wherever_there_is_or_was_a_pool(revisions: list[object], use: CallerUse) -> None:
    plans = [CampaignRevised(plan=plan) for plan in revisions]  # type: ignore[arg-type]
    state = campaign_after(CampaignStarted(), *plans)
    callers = Callers({SPRING: state}.get)

    callers.load(SPRING, [], [PERSON], read_streams, 9)

    assert callers.use(SPRING) == use
