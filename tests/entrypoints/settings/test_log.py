"""Settings of the verifiable log."""

from pathlib import Path

import pytest

from adapters.verifiable_log import witness_client
from entrypoints.log_orders import log_orders
from entrypoints.settings import load_settings
from entrypoints.settings.log import WITNESSES_MAX
from tests.adapters.verifiable_log.examples import LOG, WITNESS, WITNESS_2
from tests.entrypoints.settings.refusing import refusal

TOLD = f"https://w.example.org {WITNESS.key.text}"


def test_all_of_it_is_read() -> None:
    settings = load_settings(
        {
            "DIALTRAIL_LOG_ORIGIN": "example.org/calls",
            "DIALTRAIL_LOG_CHECKPOINT_SECONDS": "5",
            "DIALTRAIL_LOG_CHECKPOINT_FILES": "/mnt/a, /mnt/b/checkpoint",
            "DIALTRAIL_LOG_WITNESSES": f"{TOLD}, https://10.0.0.7/w {WITNESS_2.key.text}",
            "DIALTRAIL_TARGETS_ALLOWED": "10.0.0.0/8",
        }
    )

    assert (settings.log_origin, settings.log_checkpoint_seconds) == ("example.org/calls", 5)
    assert settings.log_checkpoint_files == (Path("/mnt/a"), Path("/mnt/b/checkpoint"))
    orders = log_orders(settings, "abc")
    assert orders.origin == "example.org/calls"
    assert orders.targets_allowed == ["10.0.0.0/8"]
    assert orders.witnesses == [
        ("https://w.example.org", WITNESS.key.text),
        ("https://10.0.0.7/w", WITNESS_2.key.text),
    ]
    assert WITNESSES_MAX == witness_client.WITNESSES_MAX
    assert log_orders(load_settings({}), "abc").origin == "dialtrail/abc"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DIALTRAIL_LOG_ORIGIN", "our log", "is not a name that a key can have; write a name"),
        ("DIALTRAIL_LOG_ORIGIN", "x" * 256, "has to be one line of 1 to 255 bytes"),
        ("DIALTRAIL_LOG_CHECKPOINT_SECONDS", "0", "cannot be used; write seconds from 1"),
        ("DIALTRAIL_LOG_CHECKPOINT_FILES", ",", "names no place"),
        ("DIALTRAIL_LOG_WITNESSES", ",", "names nobody"),
        ("DIALTRAIL_LOG_WITNESSES", "https://w.example.org", "entry 1 is not an address and a verifier key"),
        ("DIALTRAIL_LOG_WITNESSES", f"ftp://w.example.org {WITNESS.key.text}", "entry 1 is not an address and"),
        ("DIALTRAIL_LOG_WITNESSES", f"https://w.example.org {LOG.key.text}", "the key of entry 1 is no witness's"),
        ("DIALTRAIL_LOG_WITNESSES", ",".join([TOLD] * 17), "names more than 16"),
        ("DIALTRAIL_LOG_CHECKPOINT_FILES", ",".join("abcdefghi"), "names more than 8 places"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(name: str, value: str, said: str) -> None:
    assert refusal({name: value}).startswith(f"{name}: {said}")
