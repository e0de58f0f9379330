from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr

from domain.errors import SettingsError
from entrypoints.settings import VARIABLES, Settings, child_environment, load_settings
from tests.entrypoints.settings.refusing import SECRETS, refusal


@pytest.mark.parametrize("value", ["", " ", "\t"])
def test_an_empty_variable_counts_as_unset(value: str) -> None:
    assert load_settings(dict.fromkeys(VARIABLES, value)) == load_settings({})


def test_the_previous_webhook_secret_goes_with_the_present_one() -> None:
    settings = load_settings({"MINIVOICE_WEBHOOK_SECRET": "new", "MINIVOICE_WEBHOOK_SECRET_PREVIOUS": "old"})

    assert settings.webhook_secret_previous == SecretStr("old")
    assert refusal({"MINIVOICE_WEBHOOK_SECRET_PREVIOUS": "old"}) == (
        "MINIVOICE_WEBHOOK_SECRET_PREVIOUS: is set without MINIVOICE_WEBHOOK_SECRET; set that to the present secret"
    )


def test_every_wrong_variable_is_named_at_once() -> None:
    said = refusal({"DIALTRAIL_PORT": "x", "MINIVOICE_TIMEOUT_SECONDS": "y"})

    assert "DIALTRAIL_PORT: " in said
    assert "MINIVOICE_TIMEOUT_SECONDS: " in said


def test_secrets_are_not_shown() -> None:
    settings = load_settings(SECRETS)

    assert "s3cret" in str(settings.tokens[0].token.get_secret_value())
    assert "s3cret" not in f"{settings!r} {settings} {settings.model_dump()} {settings.tokens!r}"


def test_a_variable_that_nobody_reads_is_a_warning_with_what_was_meant() -> None:
    settings = load_settings({"DIALTRAIL_TOKNS": "x", "MINIVOICE_COLOUR": "red", "PATH": "/bin"})

    assert settings.warnings == (
        "DIALTRAIL_TOKNS is not a setting; did you mean DIALTRAIL_TOKENS?",
        "MINIVOICE_COLOUR is not a setting",
    )


def test_the_process_environment_is_read_where_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALTRAIL_PORT", "8123")

    assert load_settings().port == 8123
    assert Settings().port == 8080


def test_a_child_gets_our_variables_and_none_that_were_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALTRAIL_URL", "http://elsewhere")
    monkeypatch.setenv("LANG", "C.UTF-8")

    environment = child_environment({"DIALTRAIL_HOME": "/x"})

    ours = {name: value for name, value in environment.items() if name.startswith(("DIALTRAIL_", "MINIVOICE_"))}
    assert (ours, environment["LANG"]) == (dict.fromkeys(VARIABLES, "") | {"DIALTRAIL_HOME": "/x"}, "C.UTF-8")


@pytest.mark.parametrize(
    ("environ", "written", "refused"),
    [
        ({"DIALTRAIL_TOKEN": "s3cret"}, "DIALTRAIL_URL=https://elsewhere.example", True),
        ({"DIALTRAIL_URL": "https://calls.example"}, "DIALTRAIL_TOKEN=s3cret", True),
        ({"DIALTRAIL_URL": "https://calls.example"}, "DIALTRAIL_URL=https://x.example\nDIALTRAIL_TOKEN=s3cret", True),
        ({"DIALTRAIL_URL": "https://calls.example", "DIALTRAIL_TOKEN": ""}, "DIALTRAIL_TOKEN=s3cret", False),
        ({"DIALTRAIL_URL": "https://calls.example", "DIALTRAIL_TOKEN": "t"}, "DIALTRAIL_URL=https://x.example", False),
        ({}, "DIALTRAIL_URL=https://calls.example\nDIALTRAIL_TOKEN=s3cret", False),
        ({"DIALTRAIL_TOKEN": "s3cret"}, "DIALTRAIL_PORT=8081", False),
    ],
)
def test_a_token_goes_only_to_a_server_that_the_same_source_names(
    tmp_path: Path, environ: Mapping[str, str], written: str, refused: bool
) -> None:
    file = tmp_path / "dialtrail.env"
    file.write_text(written)
    file.chmod(0o600)
    if not refused:
        load_settings(environ, file)
        return
    with pytest.raises(SettingsError) as caught:
        load_settings(environ, file)
    said = str(caught.value)
    assert said.startswith("DIALTRAIL_URL: comes from ")
    assert "DIALTRAIL_TOKEN" in said
    assert str(file) in said
    assert "s3cret" not in said
