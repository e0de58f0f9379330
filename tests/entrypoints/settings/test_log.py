"""Settings of the verifiable log."""

from pathlib import Path

import pytest

from entrypoints.log_made import log_orders
from entrypoints.settings import load_settings
from tests.entrypoints.settings.refusing import refusal


def test_all_of_it_is_read() -> None:
    settings = load_settings(
        {
            "DIALTRAIL_LOG_ORIGIN": "example.org/calls",
            "DIALTRAIL_LOG_CHECKPOINT_SECONDS": "5",
            "DIALTRAIL_LOG_CHECKPOINT_FILES": "/mnt/a, /mnt/b/checkpoint",
        }
    )

    assert (settings.log_origin, settings.log_checkpoint_seconds) == ("example.org/calls", 5)
    assert settings.log_checkpoint_files == (Path("/mnt/a"), Path("/mnt/b/checkpoint"))
    assert log_orders(settings, "abc").origin == "example.org/calls"
    assert log_orders(load_settings({}), "abc").origin == "dialtrail/abc"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DIALTRAIL_LOG_ORIGIN", "our log", "is not a name that a key can have; write a name"),
        ("DIALTRAIL_LOG_ORIGIN", "x" * 256, "has to be one line of 1 to 255 bytes"),
        ("DIALTRAIL_LOG_CHECKPOINT_SECONDS", "0", "cannot be used; write seconds from 1"),
        ("DIALTRAIL_LOG_CHECKPOINT_FILES", ",", "names no place"),
        ("DIALTRAIL_LOG_CHECKPOINT_FILES", ",".join("abcdefghi"), "names more than 8 places"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(name: str, value: str, said: str) -> None:
    assert refusal({name: value}).startswith(f"{name}: {said}")
