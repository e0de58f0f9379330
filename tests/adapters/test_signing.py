import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from adapters.signing import SigningSecret, made_secret, signed_by
from domain.errors import InvalidInput

KEY = base64.b64encode(bytes(range(32))).decode()
NOW = datetime(2026, 5, 29, 12, 0, 0, 999_999, tzinfo=UTC)


def test_the_schemes_own_example_is_signed_as_it_is_there() -> None:
    secret = SigningSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    assert secret.headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', datetime.fromtimestamp(1614265330, UTC)
    ) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_zone_of_the_clock_does_not_matter() -> None:
    secret = made_secret(bytes(range(32)))

    there = NOW.astimezone(timezone(timedelta(hours=5)))
    assert secret.headers("m", b"{}", there) == secret.headers("m", b"{}", NOW)


def test_what_is_signed_verifies_and_what_is_changed_does_not() -> None:
    now = datetime.now(UTC)  # noqa: TID251 - the library's own clock judges the age
    headers = dict(SigningSecret(KEY).headers("m", '{"ü": 1}'.encode(), now))

    assert Webhook(KEY).verify('{"ü": 1}', headers) == {"ü": 1}
    with pytest.raises(WebhookVerificationError):
        Webhook(KEY).verify("{}", headers)


def test_whoever_knows_any_of_several_secrets_verifies_and_nobody_else() -> None:
    now = datetime.now(UTC)  # noqa: TID251 - the library's own clock judges the age
    new, old, other = (made_secret(bytes([n]) * 32) for n in range(3))
    headers = dict(signed_by([new, old], "m", b"{}", now))

    assert len(headers["webhook-signature"].split(" ")) == 2
    assert headers["webhook-id"] == "m"
    for known in (new, old):
        assert Webhook(known.text).verify("{}", headers) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook(other.text).verify("{}", headers)
    assert signed_by([new], "m", b"{}", now) == new.headers("m", b"{}", now)


@pytest.mark.parametrize("text", ["", "whsec_", "short", "whsec_" + "A" * 8, "not base64!", "A" * 400, "whsec_ä"])
def test_another_text_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        SigningSecret(text)
    assert refused.value.field == "secret"
    assert text not in str(refused.value) or text in {"", "whsec_"}


def test_it_is_shown_on_purpose_only() -> None:
    secret = SigningSecret(KEY)

    assert secret.text == f"whsec_{KEY}"
    assert KEY not in f"{secret!r} {secret}"
