"""The defaults, and which settings a server needs where others reach it."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from domain.errors import SettingsError
from entrypoints.settings import load_settings

DEFAULTS: dict[str, Any] = {
    "log_origin": None,
    "log_checkpoint_seconds": 60.0,
    "log_checkpoint_files": (),
    "log_witnesses": (),
    "home": Path("dialtrail-data"),
    "marks_folder": Path("/dev/shm"),
    "database_url": None,
    "host": "127.0.0.1",
    "port": 8080,
    "sandbox_port": 8099,
    "plays_sandbox": False,
    "wal_bytes_max": 67_108_864,
    "sealed": False,
    "keys_database_url": None,
    "public_url": None,
    "tokens": (),
    "token": None,
    "url": None,
    "answer_token": None,
    "digits_wait_seconds": 1.5,
    "only_numbers": None,
    "reconcile_after_seconds": 300.0,
    "account_calls_per_second": None,
    "account_calls_at_once": None,
    "api_requests_per_second": 200.0,
    "minivoice_api_key": None,
    "minivoice_base_url": "https://api.minivoice.eu",
    "minivoice_timeout_seconds": 10.0,
    "divergence_requests_a_day_max": 5_000,
    "webhook_secret": None,
    "webhook_secret_previous": None,
    "webhook_tolerance_seconds": 0.0,
    "trusted_proxies": (),
    "targets_allowed": (),
    "smtp_url": None,
    "alerts_to": (),
    "alerts_from": None,
    "alerts_unresolved_above": 0,
    "digest_at": None,
    "lookup_secret": None,
    "inbound_script": None,
    "http_head_bytes_max": 65_536,
    "http_fields_max": 100,
    "http_first_byte_seconds": 30.0,
    "http_head_seconds": 30.0,
    "http_body_seconds": 30.0,
    "http_reader_seconds": 120.0,
    "http_connections_max": 1_000,
    "http_connections_per_address_max": 500,
    "files_reserved": 640,
    "acceptors": None,
    "log_form": "auto",
    "warnings": (),
    "sources": {},
}


def test_an_empty_environment_gives_the_defaults() -> None:
    assert load_settings({}).model_dump() == DEFAULTS


def test_the_api_key_is_asked_for_by_name() -> None:
    assert load_settings({"MINIVOICE_API_KEY": "k"}).require_api_key() == SecretStr("k")
    with pytest.raises(SettingsError, match=r"^MINIVOICE_API_KEY: is not set; "):
        load_settings({}).require_api_key()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_on_loopback_it_serves_without_tokens(host: str) -> None:
    load_settings({"DIALTRAIL_HOST": host}).check_can_serve()


@pytest.mark.parametrize(
    "reach",
    [
        {"DIALTRAIL_HOST": "0.0.0.0"},
        {"DIALTRAIL_HOST": "::"},
        {"DIALTRAIL_HOST": "192.168.1.5"},
        {"DIALTRAIL_HOST": "calls.example.org"},
        {"DIALTRAIL_PUBLIC_URL": "https://calls.example.org"},
        {"DIALTRAIL_PUBLIC_URL": "http://10.0.0.7:8080"},
    ],
)
def test_where_others_reach_it_all_that_is_missing_is_named_at_once(reach: dict[str, str]) -> None:
    guards = {
        "DIALTRAIL_TOKENS": "ann:operator:sixteen-or-more-t",
        "MINIVOICE_WEBHOOK_SECRET": "s",
        "DIALTRAIL_ANSWER_TOKEN": "sixteen-or-more-a",
    }
    ((name, value),) = reach.items()

    load_settings({**reach, **guards}).check_can_serve()
    for missing in ([one] for one in guards):
        given = {name: value for name, value in guards.items() if name not in missing}
        with pytest.raises(SettingsError) as refused:
            load_settings({**reach, **given}).check_can_serve()
        assert str(refused.value).startswith(f"{missing[0]}: is not set, but {name}={value} lets others reach")
        assert all(one not in str(refused.value) for one in given)
    with pytest.raises(SettingsError) as refused:
        load_settings(reach).check_can_serve()
    assert all(f"{one}: is not set, but {name}={value} " in str(refused.value) for one in guards)


@pytest.mark.parametrize(
    ("short", "said"),
    [
        ({"DIALTRAIL_TOKENS": "ann:operator:x,bob:viewer:long-enough-token"}, ["DIALTRAIL_TOKENS: the token of ann"]),
        ({"DIALTRAIL_TOKENS": "ann:operator:fifteen-chars-t"}, ["DIALTRAIL_TOKENS: the token of ann"]),
        ({"DIALTRAIL_ANSWER_TOKEN": "s3cret"}, ["DIALTRAIL_ANSWER_TOKEN:"]),
        (
            {"DIALTRAIL_TOKENS": "ann:viewer:x,bob:viewer:y", "DIALTRAIL_ANSWER_TOKEN": "z"},
            ["DIALTRAIL_TOKENS: the token of ann", "DIALTRAIL_TOKENS: the token of bob", "DIALTRAIL_ANSWER_TOKEN:"],
        ),
    ],
)
def test_short_tokens_are_refused_where_others_reach_it_and_only_told_on_loopback(
    short: dict[str, str], said: list[str]
) -> None:
    guards = {
        "DIALTRAIL_TOKENS": "ann:operator:sixteen-or-more-t",
        "MINIVOICE_WEBHOOK_SECRET": "s",
        "DIALTRAIL_ANSWER_TOKEN": "sixteen-or-more-a",
        **short,
    }
    assert load_settings(guards).short_tokens == [f"{one} is shorter than 16 characters" for one in said]
    load_settings(guards).check_can_serve()
    for reach in ({"DIALTRAIL_HOST": "0.0.0.0"}, {"DIALTRAIL_PUBLIC_URL": "https://calls.example.org"}):
        with pytest.raises(SettingsError) as refused:
            load_settings({**guards, **reach}).check_can_serve()
        assert all(f"{one} is shorter than 16 characters, but " in str(refused.value) for one in said)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://office.example.test/v1", "has the path /v1, and /v1 is where programs on this machine find the API"),
        ("https://office.example.test/answer/a/", "has the path /answer/a, and /answer is where"),
        ("https://office.example.test//dialer", "has the path //dialer, which is not letters"),
        ("http://127.0.0.1:8080/health", "has the path /health, and /health is"),
        ("https://office.example.test/%64", "has the path /%64, which is not letters"),
    ],
)
def test_a_public_url_below_a_path_that_cannot_be_is_refused_with_all_else_that_is_missing(url: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({"DIALTRAIL_PUBLIC_URL": url}).check_can_serve()
    assert str(refused.value).startswith(f"DIALTRAIL_PUBLIC_URL: {url.rstrip('/')} {said}")
    assert "; take another, such as http" in str(refused.value)
    assert ("DIALTRAIL_TOKENS: is not set" in str(refused.value)) is ("office" in url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080",
        "http://127.0.0.1:8080/dialer",
        "http://localhost:8080/a/b/",
        "http://[::1]:1",
        "http://[::1]:1//",
    ],
)
def test_a_public_url_on_this_machine_lets_nobody_in(url: str) -> None:
    load_settings({"DIALTRAIL_PUBLIC_URL": url}).check_can_serve()
