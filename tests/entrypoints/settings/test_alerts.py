"""Settings of alerts."""

import pytest

from domain.digest import read_digest_time
from entrypoints.settings import load_settings
from entrypoints.settings.loading import described
from tests.entrypoints.settings.refusing import refusal

WHOLE = {
    "DIALTRAIL_SMTP_URL": "smtps://dialtrail:s3cret@mail.example.org",
    "DIALTRAIL_ALERTS_TO": "ops@example.org, night@example.org,ops@example.org",
    "DIALTRAIL_ALERTS_FROM": "dialtrail@example.org",
}


def test_all_of_it_is_read_and_the_login_is_not_shown() -> None:
    settings = load_settings({**WHOLE, "DIALTRAIL_DIGEST_AT": "07:30 Europe/Berlin"})
    assert settings.alerts_to == ("ops@example.org", "night@example.org")
    assert settings.digest_at == read_digest_time("07:30 Europe/Berlin")
    shown = {variable: value for variable, value, _, _ in described(settings)}
    assert shown["DIALTRAIL_SMTP_URL"] == "set"
    assert shown["DIALTRAIL_DIGEST_AT"] == "07:30 Europe/Berlin"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize("missing", list(WHOLE))
def test_some_of_it_without_the_rest_is_refused_by_name(missing: str) -> None:
    said = refusal({name: value for name, value in WHOLE.items() if name != missing})
    assert said.startswith(f"{missing}: is not set, but DIALTRAIL_")
    assert "s3cret" not in said


def test_a_digest_without_e_mail_is_refused() -> None:
    said = refusal({"DIALTRAIL_DIGEST_AT": "07:30 UTC"})
    assert said.startswith("DIALTRAIL_SMTP_URL: is not set, but DIALTRAIL_DIGEST_AT is")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DIALTRAIL_SMTP_URL", "smtp://u:s3cret@mail.example.org?tls=none", "would send the password in clear"),
        ("DIALTRAIL_SMTP_URL", "mail.example.org", "is not an smtp or smtps address; write smtps://"),
        ("DIALTRAIL_ALERTS_TO", "ops@example.org,Night <n@example.org>", "entry 2 is not a plain e-mail address"),
        ("DIALTRAIL_ALERTS_TO", ",", "names nobody"),
        ("DIALTRAIL_ALERTS_TO", ",".join(f"a{n}@example.org" for n in range(21)), "names more than 20"),
        ("DIALTRAIL_ALERTS_FROM", "Dialtrail <d@example.org>", "is not one plain e-mail address"),
        ("DIALTRAIL_ALERTS_FROM", "d@example.org\nBcc: eve@example.org", "is not one plain e-mail address"),
        ("DIALTRAIL_DIGEST_AT", "7 Uhr", "is not an hour and a zone; write an hour and a zone like 07:30"),
        ("DIALTRAIL_DIGEST_AT", "07:30 Europe/Atlantis", "names a zone that is not known"),
        ("DIALTRAIL_ALERTS_UNRESOLVED_ABOVE", "-1", "cannot be used; write a whole number from 0"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(name: str, value: str, said: str) -> None:
    refused = refusal({**WHOLE, name: value})
    assert refused.startswith(f"{name}: {said}")
    assert "s3cret" not in refused
