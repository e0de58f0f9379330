"""One verdict on disk once more: what an attempt was begun by, and whether the ledger still gives the same."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Struct

from adapters.rule_data import installed_rule_data
from application.fields import CampaignId, Instant, Position, means
from application.installation import Installation
from domain.dialing import RULES_KEPT, RuleData, Verdict
from domain.errors import NotFound
from domain.events import Recorded
from domain.recipient import AttemptStarted
from projections.decisions import Basis, DecisionDifference, compare_decisions

Recomputes = Literal["equal", "differs", "not_recomputable"]
NO_SUCH_ATTEMPT = "no attempt with this id; `dialtrail status CAMPAIGN NUMBER` shows those of a recipient"


class DecisionShown(Struct, frozen=True, kw_only=True):
    """The verdict that an attempt was begun by. Only on the same basis does a difference say that something is wrong."""

    attempt_id: str
    campaign_id: CampaignId
    position: Annotated[Position, means("of its `attempt.started`")]
    judged_at: Annotated[Instant | None, means("null where the verdict cannot be read")]
    rules: Annotated[int | None, means("the number of the rules that it was made by")]
    rule_data: Annotated[RuleData | None, means("the versions of their data; null where they were not kept then")]
    consent_id: Annotated[str | None, means("the consent that it rests on, where one was required")]
    recomputes: Annotated[
        Recomputes, means("whether the ledger gives the same for the moment just before, by the same rules and data")
    ]
    why: Annotated[
        str | None, means("why it cannot be recomputed: `other rules`, or `other rule data` with a difference")
    ]
    differences: Annotated[list[DecisionDifference], means("what comes out otherwise, on whatever basis")]
    verdict: Annotated[Any, means("as it is stored")]


def decision_of(parts: Installation, attempt_id: str, stream: str) -> DecisionShown:
    """Of the attempt with this id, in this recipient's stream; in full: it is for those who may see everything. Raises `NotFound`."""
    found = next((one for one in parts.ledger.read_stream(stream) if _begins(one, attempt_id)), None)
    if found is None or not isinstance(found.event, AttemptStarted):
        raise NotFound(NO_SUCH_ATTEMPT)
    compared = compare_decisions(
        parts.ledger.read_feed,
        parts.ledger.read_streams,
        parts.ledger.recipient_stream,
        parts.in_flight.fingerprint,
        found.position - 1,
        1,
        found.position,
        installed_rule_data(),
        None,
        parts.reads.known_campaigns.at,
    )
    verdict = _read(found.event)
    basis: Basis = "same"
    if compared.other_rules:
        basis = "other rules"
    elif compared.other_rule_data:
        basis = "other rule data"
    recomputes = recomputes_as(verdict, basis, differs=bool(compared.differences))
    return DecisionShown(
        attempt_id=attempt_id,
        campaign_id=found.event.campaign_id,
        position=found.position,
        judged_at=None if verdict is None else verdict.judged_at,
        rules=None if verdict is None else verdict.rules,
        rule_data=None if verdict is None else verdict.rule_data,
        consent_id=None if verdict is None else verdict.consent_id,
        recomputes=recomputes,
        why=basis if recomputes == "not_recomputable" else None,
        differences=compared.differences,
        verdict=msgspec.json.decode(found.event.verdict),
    )


def recomputes_as(verdict: Verdict | None, basis: Basis, *, differs: bool) -> Recomputes:
    """What a comparison says of a verdict. Equal by rules that were changed since is chance; different by newer data is no finding."""
    if verdict is not None and verdict.rules not in RULES_KEPT:
        return "not_recomputable"
    if not differs:
        return "equal"
    return "differs" if basis == "same" else "not_recomputable"


def _begins(recorded: Recorded, attempt_id: str) -> bool:
    event = recorded.event
    return isinstance(event, AttemptStarted) and event.attempt_id == attempt_id


def _read(event: AttemptStarted) -> Verdict | None:
    try:
        return msgspec.json.decode(event.verdict, type=Verdict)
    except msgspec.DecodeError:
        return None
