import pytest

from domain.errors import SettingsError
from entrypoints.beside import beside_sandbox
from entrypoints.doctor.finding import Finding
from entrypoints.doctor.settings_part import settings_findings, wrong_settings
from entrypoints.settings import load_settings

WHOLE = {
    "MINIVOICE_API_KEY": "k3y",
    "MINIVOICE_WEBHOOK_SECRET": "s3cret",
    "DIALTRAIL_PUBLIC_URL": "https://calls.example.org",
    "DIALTRAIL_TOKENS": "ann:operator:t0k3n-of-ann-long",
    "DIALTRAIL_ANSWER_TOKEN": "4nswer-long-enough",
}
HERE = {"DIALTRAIL_PUBLIC_URL": ""}


def found(**environ: str) -> list[Finding]:
    return settings_findings(load_settings({**WHOLE, **environ}))


def test_settings_that_fit_together_are_ok() -> None:
    assert found(DIALTRAIL_TRUSTED_PROXIES="127.0.0.1") == [
        Finding("settings", "ok", "6 variables set, and all fit together")
    ]


def test_what_the_sandbox_has_fits_together_and_is_called_that() -> None:
    findings = settings_findings(beside_sandbox(load_settings({})))

    assert {one.level for one in findings} == {"ok", "note"}
    assert any("the sandbox's word, and nobody is called" in one.what for one in findings)


@pytest.mark.parametrize(
    ("environ", "level", "said"),
    [
        ({"MINIVOICE_API_KEY": ""}, "danger", "MINIVOICE_API_KEY is not set"),
        ({"MINIVOICE_WEBHOOK_SECRET": ""}, "danger", "MINIVOICE_WEBHOOK_SECRET is not set"),
        ({"MINIVOICE_WEBHOOK_SECRET": "", "DIALTRAIL_PUBLIC_URL": ""}, "warning", "MINIVOICE_WEBHOOK_SECRET is not"),
        ({"MINIVOICE_WEBHOOK_SECRET_PREVIOUS": "old"}, "note", "MINIVOICE_WEBHOOK_SECRET_PREVIOUS is set"),
        ({"DIALTRAIL_HOST": "0.0.0.0", "DIALTRAIL_TOKENS": ""}, "danger", "DIALTRAIL_TOKENS: is not set, but"),
        ({"DIALTRAIL_HOST": "0.0.0.0"}, "warning", "DIALTRAIL_HOST=0.0.0.0 is reachable from other machines"),
        ({"DIALTRAIL_TOKENS": ""}, "danger", "DIALTRAIL_TOKENS: is not set, but DIALTRAIL_PUBLIC_URL="),
        ({"DIALTRAIL_ANSWER_TOKEN": ""}, "danger", "DIALTRAIL_ANSWER_TOKEN: is not set, but DIALTRAIL_PUBLIC_URL="),
        (
            {"DIALTRAIL_PUBLIC_URL": "https://example.org/v1"},
            "danger",
            "DIALTRAIL_PUBLIC_URL: https://example.org/v1 has the path /v1",
        ),
        ({"DIALTRAIL_TOKENS": "", **HERE}, "note", "no DIALTRAIL_TOKENS: everybody on this machine"),
        ({"DIALTRAIL_PUBLIC_URL": ""}, "warning", "DIALTRAIL_PUBLIC_URL is not set"),
        ({"DIALTRAIL_PUBLIC_URL": "http://example.org"}, "warning", "DIALTRAIL_PUBLIC_URL=http://example.org is not"),
        ({"MINIVOICE_BASE_URL": "http://api.example.org"}, "warning", "MINIVOICE_BASE_URL=http://api.example.org is"),
        ({"MINIVOICE_WEBHOOK_TOLERANCE_SECONDS": "59"}, "warning", "MINIVOICE_WEBHOOK_TOLERANCE_SECONDS=59: "),
        ({"MINIVOICE_WEBHOOK_TOLERANCE_SECONDS": "300"}, "note", "MINIVOICE_WEBHOOK_TOLERANCE_SECONDS=300: "),
        ({"DIALTRAIL_ONLY_NUMBERS": "+15551230002"}, "note", "DIALTRAIL_ONLY_NUMBERS: nobody but 1 number is"),
        ({"DIALTRAIL_TARGETS_ALLOWED": "10.2.0.0/16"}, "note", "DIALTRAIL_TARGETS_ALLOWED=10.2.0.0/16: whoever may"),
        ({"DIALTRAIL_LOOKUP_SECRET": "whsec_eHh4eHh4eHh4eHh4eHh4eA=="}, "note", "DIALTRAIL_LOOKUP_SECRET is set"),
        ({"DIALTRAIL_TOKEN": "t0k3n"}, "note", "DIALTRAIL_TOKEN is set without DIALTRAIL_URL"),
        ({"DIALTRAIL_TOKENS": "ann:operator:x", **HERE}, "warning", "DIALTRAIL_TOKENS: the token of ann is shorter"),
        ({"DIALTRAIL_ANSWER_TOKEN": "x", **HERE}, "warning", "DIALTRAIL_ANSWER_TOKEN: is shorter than 16 characters"),
        ({"DIALTRAIL_ANSWER_TOKEN": "x"}, "danger", "DIALTRAIL_ANSWER_TOKEN: is shorter than 16 characters, but"),
        ({}, "note", "no DIALTRAIL_TRUSTED_PROXIES: whoever guesses tokens"),
        ({"DIALTRAIL_PROT": "1"}, "warning", "DIALTRAIL_PROT is not a setting; did you mean DIALTRAIL_PORT?"),
    ],
)
def test_each_oddity_is_told_with_what_to_do(environ: dict[str, str], level: str, said: str) -> None:
    findings = found(**environ)

    matching = [one for one in findings if one.what.startswith(said)]
    assert [one.level for one in matching] == [level]
    assert matching[0].what_to_do or level == "note"
    assert [one.level for one in findings].count("ok") == (
        0 if {"warning", "danger"} & {f.level for f in findings} else 1
    )


def test_no_secret_is_shown() -> None:
    said = repr(found(MINIVOICE_WEBHOOK_SECRET_PREVIOUS="s3cret", DIALTRAIL_DATABASE_URL="postgresql://u:s3cret@db/x"))

    assert all(secret not in said for secret in ("s3cret", "t0k3n", "k3y"))


def test_against_this_machine_http_is_no_fault() -> None:
    assert [
        one.level for one in found(MINIVOICE_BASE_URL="http://127.0.0.1:1", DIALTRAIL_PUBLIC_URL="http://[::1]:2")
    ] == ["ok"]


def test_settings_that_cannot_be_read_are_a_danger() -> None:
    (finding,) = wrong_settings(SettingsError("DIALTRAIL_PORT: cannot be used"))

    assert (finding.level, finding.what) == ("danger", "DIALTRAIL_PORT: cannot be used")
