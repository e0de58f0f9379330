"""What a setting's text may be, and what it becomes."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from entrypoints.settings import AccessToken, load_settings
from tests.entrypoints.settings.refusing import refusal


@pytest.mark.parametrize(
    ("variable", "value", "attribute", "expected"),
    [
        ("DIALTRAIL_HOME", "/data/calls", "home", Path("/data/calls")),
        ("DIALTRAIL_MARKS_FOLDER", "/run/dialtrail", "marks_folder", Path("/run/dialtrail")),
        ("DIALTRAIL_DATABASE_URL", "postgresql://db/l", "database_url", SecretStr("postgresql://db/l")),
        ("DIALTRAIL_HOST", " 127.0.0.2 ", "host", "127.0.0.2"),
        ("DIALTRAIL_PORT", "0", "port", 0),
        ("DIALTRAIL_PUBLIC_URL", "https://calls.example.org/", "public_url", "https://calls.example.org"),
        ("DIALTRAIL_TOKEN", "t0", "token", SecretStr("t0")),
        ("DIALTRAIL_URL", "http://[::1]:9/base/", "url", "http://[::1]:9/base"),
        ("DIALTRAIL_ANSWER_TOKEN", "a-._~1", "answer_token", SecretStr("a-._~1")),
        ("DIALTRAIL_ONLY_NUMBERS", "+15551, +4930", "only_numbers", frozenset({"+15551", "+4930"})),
        ("DIALTRAIL_RECONCILE_AFTER_SECONDS", "0.5", "reconcile_after_seconds", 0.5),
        ("DIALTRAIL_API_REQUESTS_PER_SECOND", "0", "api_requests_per_second", 0.0),
        ("DIALTRAIL_API_REQUESTS_PER_SECOND", "0.5", "api_requests_per_second", 0.5),
        ("MINIVOICE_API_KEY", "mv_live_1", "minivoice_api_key", SecretStr("mv_live_1")),
        ("MINIVOICE_BASE_URL", "http://127.0.0.1:8099", "minivoice_base_url", "http://127.0.0.1:8099"),
        ("MINIVOICE_TIMEOUT_SECONDS", "2", "minivoice_timeout_seconds", 2.0),
        ("MINIVOICE_WEBHOOK_SECRET", " kept as it is ", "webhook_secret", SecretStr(" kept as it is ")),
        ("MINIVOICE_WEBHOOK_TOLERANCE_SECONDS", "300", "webhook_tolerance_seconds", 300.0),
    ],
)
def test_each_variable_sets_its_attribute(variable: str, value: str, attribute: str, expected: Any) -> None:
    assert getattr(load_settings({variable: value}), attribute) == expected


def test_tokens_have_a_name_and_a_role_and_may_contain_colons() -> None:
    assert load_settings({"DIALTRAIL_TOKENS": "ann:operator:a:1, bob:viewer:b2 ,"}).tokens == (
        AccessToken(name="ann", role="operator", token=SecretStr("a:1")),
        AccessToken(name="bob", role="viewer", token=SecretStr("b2")),
    )


@pytest.mark.parametrize(
    ("variable", "value", "fault"),
    [
        ("DIALTRAIL_DATABASE_URL", "mysql://u:s3cret@db", "does not name a PostgreSQL database"),
        ("DIALTRAIL_PORT", "s3cret", "cannot be used; write a port from 0 (any free one) to 65535"),
        ("DIALTRAIL_PORT", "65536", "cannot be used; write a port"),
        ("DIALTRAIL_PUBLIC_URL", "ftp://x", "is not an http or https address"),
        ("DIALTRAIL_URL", "http://", "is not an http or https address"),
        ("DIALTRAIL_URL", "http://u:s3cret@x", "has more in it than a host"),
        ("DIALTRAIL_URL", "http://x:99999", "is no address, or has a port that is no number up to 65535"),
        ("DIALTRAIL_PUBLIC_URL", "https://me:s3cret/x@example.org", "is no address, or has a port"),
        ("DIALTRAIL_SMTP_URL", "smtp://me:s3cret/x@example.org", "is no address, or has a port"),
        ("DIALTRAIL_TOKEN", "s3cret s3cret", "has spaces or characters that no HTTP header may carry"),
        ("DIALTRAIL_TRUSTED_PROXIES", "10.0.0.0/8,proxy.local", "entry 2 is not an address, nor a network; write addr"),
        ("DIALTRAIL_TRUSTED_PROXIES", "10.0.0.1/8", "entry 1 is not an address, nor a network; write addresses"),
        ("DIALTRAIL_TRUSTED_PROXIES", "0.0.0.0/0", "entry 1 is every address"),
        ("DIALTRAIL_TRUSTED_PROXIES", ",", "names no network"),
        ("DIALTRAIL_TARGETS_ALLOWED", "crm.local", "entry 1 is not an address, nor a network; write networks like"),
        (
            "DIALTRAIL_TARGETS_ALLOWED",
            "10.0.0.0/8,::/0",
            "entry 2 is every address, so that nothing would be out of reach",
        ),
        ("DIALTRAIL_TOKENS", ",", "names nobody; write name:role:token"),
        ("DIALTRAIL_TOKENS", "s3cret", "entry 1 is not complete"),
        ("DIALTRAIL_TOKENS", "a:viewer:x,b:admin:s3cret", "entry 2 has no known role"),
        ("DIALTRAIL_TOKENS", "a:viewer:s3cret,b:viewer:s3cret", "entry 2 repeats the name or the token"),
        ("DIALTRAIL_TOKENS", "a:viewer:s3crét", "the token of entry 1 has characters"),
        ("DIALTRAIL_ANSWER_TOKEN", "s3cret/x", "has characters that a web address would have to escape"),
        ("DIALTRAIL_ONLY_NUMBERS", ",", "names no number; write numbers like"),
        ("DIALTRAIL_ONLY_NUMBERS", "+15551,s3cret", "entry 2 is not a phone number in E.164 form"),
        ("DIALTRAIL_RECONCILE_AFTER_SECONDS", "inf", "cannot be used; write seconds above 0"),
        ("DIALTRAIL_API_REQUESTS_PER_SECOND", "-1", "cannot be used; write requests a second, such as 200"),
        ("DIALTRAIL_API_REQUESTS_PER_SECOND", "inf", "cannot be used; write requests a second, such as 200"),
        ("DIALTRAIL_API_REQUESTS_PER_SECOND", "nan", "cannot be used; write requests a second, such as 200"),
        ("MINIVOICE_API_KEY", "s3cret\u00e9", "has spaces or characters"),
        ("MINIVOICE_BASE_URL", "api.minivoice.eu", "is not an http or https address"),
        ("MINIVOICE_TIMEOUT_SECONDS", "nan", "cannot be used; write seconds above 0 and up to 600"),
        ("MINIVOICE_WEBHOOK_TOLERANCE_SECONDS", "-1", "cannot be used; write seconds, or 0"),
    ],
)
def test_a_wrong_value_is_named_by_its_variable_and_never_shown(variable: str, value: str, fault: str) -> None:
    said = refusal({variable: value})

    assert said.startswith(f"{variable}: {fault}")
    assert "; write " in said
    assert "s3cr" not in said
