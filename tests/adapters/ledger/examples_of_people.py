"""What people said of being called, one event of each kind."""

from datetime import UTC, datetime

from domain import recipient

RECORDED_AT = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
PERSON = "recipient:00112233445566778899aabbccddeeff"
OF_PEOPLE: tuple[tuple[str, recipient.RecipientEvent], ...] = (
    (
        PERSON,
        recipient.RecipientDeclined(
            campaign_id="spring_followup",
            purpose="renewal",
            source="keypress",
            said="in call 7113",
            said_at=RECORDED_AT,
            reason="enough",
        ),
    ),
    (
        PERSON,
        recipient.RecipientDeclineLifted(campaign_id="spring_followup", purpose="renewal", reason="asked for it"),
    ),
    (
        PERSON,
        recipient.ConsentGiven(
            consent_id="c0ffee0011223344",
            number="+15550100002",
            purpose="renewal",
            basis="express written",
            source="web form",
            given_at=RECORDED_AT,
            text="You may call me about my renewal.",
            text_version="3",
            by="clerk 7",
            until=RECORDED_AT,
        ),
    ),
    (
        PERSON,
        recipient.ConsentRevoked(
            number="+15550100002", revoked_at=RECORDED_AT, source="letter", purpose="renewal", reason="moved"
        ),
    ),
    (
        PERSON,
        recipient.ConsentUsed(campaign_id="spring_followup", attempt_id="a-1", consent_id="c0ffee0011223344"),
    ),
)
