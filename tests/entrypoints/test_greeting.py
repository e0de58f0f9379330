from collections.abc import Mapping
from pathlib import Path

import pytest

from entrypoints import roles
from entrypoints.beside import beside_sandbox
from entrypoints.greeting import greeting, next_commands
from entrypoints.settings import load_settings

URL, HOME = "http://127.0.0.1:8080", Path("dialtrail-data")
UP = "dialtrail is up at http://127.0.0.1:8080, data in dialtrail-data"
TOKENS = "olga:operator:a-token-that-is-long"
NO_ADDRESS = {"DIALTRAIL_TOKENS": TOKENS, "MINIVOICE_WEBHOOK_SECRET": "s"}
REAL = {
    **NO_ADDRESS,
    "DIALTRAIL_ANSWER_TOKEN": "an-answer-token-of-32-characters",
    "DIALTRAIL_PUBLIC_URL": "https://calls.example.org",
}


def said(environ: Mapping[str, str], *, shows_secrets: bool = True) -> list[str]:
    return greeting(load_settings(environ), roles.UP, URL, HOME, shows_secrets=shows_secrets)


def test_what_is_to_be_entered_at_minivoice_is_told_to_a_person_whole() -> None:
    assert said(REAL) == [
        UP,
        "enter at https://api.minivoice.eu: webhook_url https://calls.example.org/webhooks/minivoice",
        "enter at https://api.minivoice.eu: answer_url https://calls.example.org/answer/an-answer-token-of-32-characters",
    ]


def test_below_a_path_both_addresses_have_it() -> None:
    lines = said({**REAL, "DIALTRAIL_PUBLIC_URL": "https://example.org/dialtrail/"})

    assert [line.rpartition(" ")[2] for line in lines[1:]] == [
        "https://example.org/dialtrail/webhooks/minivoice",
        "https://example.org/dialtrail/answer/an-answer-token-of-32-characters",
    ]


def test_what_goes_into_a_log_has_no_token() -> None:
    lines = said(REAL, shows_secrets=False)

    assert lines[-1].endswith("answer_url https://calls.example.org/answer/(DIALTRAIL_ANSWER_TOKEN)")
    assert "an-answer-token" not in "".join(lines)


def test_without_a_public_address_it_says_that_minivoice_cannot_come() -> None:
    lines = said(NO_ADDRESS)

    assert lines[1].startswith(
        "no DIALTRAIL_PUBLIC_URL: MiniVoice cannot reach this server; set it to the https:// address"
    )
    assert [line.split(": ", 1)[1] for line in lines[2:]] == [
        "webhook_url https://…/webhooks/minivoice",
        "answer_url https://…/answer",
    ]


@pytest.mark.parametrize("base", ["http://127.0.0.1:8099", "http://localhost:8099"])
def test_a_sandbox_of_ones_own_is_given_the_address_on_this_machine(base: str) -> None:
    assert said({**NO_ADDRESS, "MINIVOICE_BASE_URL": base})[1:] == [
        f"enter at {base}: webhook_url {URL}/webhooks/minivoice",
        f"enter at {base}: answer_url {URL}/answer",
    ]


def test_what_is_not_set_is_told() -> None:
    lines = said({})

    assert lines[1:3] == [
        "no DIALTRAIL_TOKENS: everybody on this machine is operator",
        "no MINIVOICE_WEBHOOK_SECRET: programs on this machine can report calls, and MiniVoice cannot",
    ]


def test_beside_the_sandbox_nothing_is_to_be_entered() -> None:
    lines = greeting(
        beside_sandbox(load_settings({"DIALTRAIL_TOKENS": TOKENS})), roles.UP, URL, HOME, shows_secrets=True
    )

    assert lines == [UP, "the sandbox at http://127.0.0.1:8099 plays MiniVoice's part: nobody is called"]


def test_the_next_commands_are_said_as_dialtrail_was_called() -> None:
    assert next_commands(URL, ".venv/bin/dialtrail", is_new=True) == [
        "its pages: http://127.0.0.1:8080/campaigns/example",
        "next, in another terminal, a call that you can follow, and then the campaign:",
        "  .venv/bin/dialtrail try +12025550100 +12025550142 --campaign example --yes",
        "  .venv/bin/dialtrail campaign start example",
    ]


def test_the_example_is_offered_once_and_its_pages_are_named_each_time() -> None:
    assert next_commands(URL, "dialtrail", is_new=False) == [
        "its pages: http://127.0.0.1:8080",
        "a call that you can follow, in another terminal:",
        "  dialtrail try +12025550100 +12025550142 --campaign example --yes",
    ]
