import pytest

from domain.errors import SettingsError
from entrypoints.doctor.finding import Finding
from entrypoints.doctor.upgrade.settings_part import settings_findings, unreadable_settings
from entrypoints.settings import load_settings

OF_0_1_0 = {
    "DIALTRAIL_PUBLIC_URL": "https://calls.example.com",
    "DIALTRAIL_TOKENS": "olga:operator:operator-token-of-olga",
    "MINIVOICE_API_KEY": "k3y",
    "MINIVOICE_WEBHOOK_SECRET": "s3cret",
}
WHOLE = {**OF_0_1_0, "DIALTRAIL_ANSWER_TOKEN": "4nswer-long-enough", "DIALTRAIL_TRUSTED_PROXIES": "127.0.0.1"}
HERE = {"DIALTRAIL_PUBLIC_URL": ""}


def found(environ: dict[str, str]) -> list[Finding]:
    return settings_findings(load_settings(environ))


def test_what_starts_is_ok_and_what_goes_otherwise_for_everybody_is_noted() -> None:
    assert [(one.part, one.level) for one in found(WHOLE)] == [
        ("settings", "ok"),
        ("settings", "note"),
        ("server", "note"),
        ("pending", "note"),
    ]


def test_each_variable_that_is_missing_is_a_danger_of_its_own() -> None:
    dangers = [one for one in found({"DIALTRAIL_PUBLIC_URL": "https://calls.example.com"}) if one.level == "danger"]

    assert [one.what.partition(":")[0] for one in dangers] == [
        "DIALTRAIL_TOKENS",
        "MINIVOICE_WEBHOOK_SECRET",
        "DIALTRAIL_ANSWER_TOKEN",
        "MINIVOICE_API_KEY",
    ]


@pytest.mark.parametrize(
    ("environ", "level", "said"),
    [
        (OF_0_1_0, "danger", "DIALTRAIL_ANSWER_TOKEN: is not set, but DIALTRAIL_PUBLIC_URL="),
        (OF_0_1_0, "warning", "with DIALTRAIL_ANSWER_TOKEN the answer URL is another one"),
        (OF_0_1_0, "note", "no DIALTRAIL_TRUSTED_PROXIES: all who come by one proxy"),
        ({**WHOLE, "DIALTRAIL_ANSWER_TOKEN": "short"}, "danger", "DIALTRAIL_ANSWER_TOKEN: is shorter than 16"),
        ({**WHOLE, "DIALTRAIL_TOKENS": "ann:operator:x"}, "danger", "DIALTRAIL_TOKENS: the token of ann is shorter"),
        ({**WHOLE, **HERE, "DIALTRAIL_TOKENS": "ann:operator:x"}, "warning", "DIALTRAIL_TOKENS: the token of ann is"),
        ({**WHOLE, **HERE, "DIALTRAIL_TOKENS": ""}, "warning", "no DIALTRAIL_PUBLIC_URL, and DIALTRAIL_HOST is this"),
        ({**WHOLE, "DIALTRAIL_TOKENS": "vera:viewer:view-token-of-vera"}, "warning", "viewers (vera) are answered 403"),
        ({**WHOLE, "DIALTRAIL_PUBLIC_URL": "https://calls.example.com/v1"}, "danger", "DIALTRAIL_PUBLIC_URL: "),
        ({**WHOLE, "DIALTRAIL_PROT": "1"}, "warning", "DIALTRAIL_PROT is not a setting; did you mean DIALTRAIL_PORT?"),
        (
            WHOLE,
            "note",
            "once a day MiniVoice is asked again for the calls of the day before, with up to 5,000 requests",
        ),
    ],
)
def test_each_refusal_and_each_change_is_told(environ: dict[str, str], level: str, said: str) -> None:
    matching = [one for one in found(environ) if one.what.startswith(said)]

    assert [one.level for one in matching] == [level]
    assert matching[0].what_to_do


def test_a_default_that_was_decided_is_not_told() -> None:
    decided = found({**WHOLE, "DIALTRAIL_DIVERGENCE_REQUESTS_A_DAY_MAX": "5000"})

    assert not any("once a day" in one.what for one in decided)


def test_settings_that_cannot_be_read_are_a_danger_with_the_variable() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({**WHOLE, "DIALTRAIL_PORT": "many"})

    (one,) = unreadable_settings(refused.value)
    assert (one.level, one.what.partition(":")[0]) == ("danger", "DIALTRAIL_PORT")


def test_no_secret_is_shown() -> None:
    told = str(found({**OF_0_1_0, "DIALTRAIL_TOKENS": "vera:viewer:s3cr3t", "DIALTRAIL_ANSWER_TOKEN": "s3cr3t"}))

    assert "s3cr3t" not in told
    assert "k3y" not in told
