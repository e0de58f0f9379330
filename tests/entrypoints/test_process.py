import re
from datetime import UTC
from pathlib import Path

import pytest

from entrypoints import process


def test_the_clock_knows_its_zone_and_ids_are_all_different() -> None:
    assert process.utc_now().tzinfo is UTC
    ids = {process.new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)


def test_a_machine_that_does_not_name_its_boot_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boot = tmp_path / "boot_id"
    boot.write_text("a-boot\n")
    monkeypatch.setattr(process, "BOOT_ID_FILE", boot)
    assert process.boot_id() == "a-boot"
    monkeypatch.setattr(process, "BOOT_ID_FILE", tmp_path / "missing")
    assert process.boot_id() == ""
