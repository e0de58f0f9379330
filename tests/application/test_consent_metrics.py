"""What the metrics say of consents, of who declined, and of who was forgotten."""

from application.metrics import Metrics
from domain.events import Event
from domain.ledger_life import KeysDestroyed
from domain.recipient import (
    ConsentGiven,
    ConsentRevoked,
    ConsentUsed,
    LegalHoldLifted,
    LegalHoldSet,
    RecipientDeclined,
    RecipientDeclineLifted,
    RecipientErased,
    RecipientErasureRequested,
)
from tests.application.metrics.scraping import of, read
from tests.domain.given import SPRING, at
from tests.projections.recording import recorded

NUMBER = "+15551230002"
GIVEN = ConsentGiven(
    consent_id="c1", number=NUMBER, purpose="renewal", basis="express written", source="web form", given_at=at(0)
)


def test_what_is_recorded_of_consents_declines_and_erasures_is_counted() -> None:
    metrics = Metrics()
    declined = RecipientDeclined(campaign_id=SPRING, purpose="renewal", source="operator")
    events: list[Event] = [
        GIVEN,
        GIVEN,
        ConsentRevoked(number=NUMBER, revoked_at=at(1), source="letter"),
        ConsentUsed(campaign_id=SPRING, attempt_id="a1", consent_id="c1"),
        declined,
        RecipientDeclineLifted(campaign_id=SPRING, purpose="renewal"),
        RecipientErasureRequested(requested_by="olga", expires_at=at(9)),
        LegalHoldSet(),
        LegalHoldLifted(),
        RecipientErased(calls=1),
        KeysDestroyed(keys=("k1", "k2"), cause="erasure", kinds={"number": 2}, streams=1),
        KeysDestroyed(keys=("k3",), cause="retention", kinds={"body": 1}, streams=1),
    ]
    metrics.recorded([recorded(place, "recipient:ada", event) for place, event in enumerate(events, start=1)])
    values = read(metrics.text().decode())
    assert of(values, "dialtrail_consents_total") == {("given",): 2, ("revoked",): 1, ("used",): 1}
    assert of(values, "dialtrail_declines_total") == {("declined",): 1, ("lifted",): 1}
    erasures = {("requested",): 1, ("erased",): 1, ("hold_set",): 1, ("hold_lifted",): 1}
    assert of(values, "dialtrail_erasures_total") == erasures
    assert of(values, "dialtrail_keys_destroyed_total") == {("erasure",): 2, ("retention",): 1}


def test_before_anything_is_recorded_each_of_them_is_zero() -> None:
    values = read(Metrics().text().decode())
    for name in ("consents", "declines", "erasures", "keys_destroyed"):
        assert set(of(values, f"dialtrail_{name}_total").values()) == {0}
