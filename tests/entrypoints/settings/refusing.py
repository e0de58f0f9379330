"""What is said of settings that are refused."""

from collections.abc import Mapping

import pytest

from domain.errors import SettingsError
from entrypoints.settings import load_settings

SECRETS = {
    "DIALTRAIL_DATABASE_URL": "postgresql://someone:s3cret@db/ledger",
    "DIALTRAIL_TOKENS": "ann:operator:s3cret",
    "DIALTRAIL_TOKEN": "s3cret",
    "DIALTRAIL_SMTP_URL": "smtps://someone:s3cret@mail.example.org",
    "DIALTRAIL_ALERTS_TO": "ops@example.org",
    "DIALTRAIL_ALERTS_FROM": "dialtrail@example.org",
    "DIALTRAIL_ANSWER_TOKEN": "s3cret",
    "MINIVOICE_API_KEY": "mv_live_s3cret",
    "MINIVOICE_WEBHOOK_SECRET": "s3cret",
    "MINIVOICE_WEBHOOK_SECRET_PREVIOUS": "s3cret",
}


def refusal(environ: Mapping[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    return str(caught.value)
