"""Doctor names the versions by which verdicts are made, and warns of old ones."""

import pytest

from adapters.zone_files import ZoneFiles
from domain.dialing import RuleData
from entrypoints.doctor.rule_data_part import rule_data_findings

DATA = RuleData(zones="2026f", holidays="0.77", numbers="9.1")


@pytest.mark.parametrize(
    ("machine", "levels"),
    [("2025b", ["ok", "warning"]), ("unknown", ["ok", "warning"]), ("2026f", ["ok"]), (None, ["ok"])],
)
def test_all_versions_are_named_and_old_files_of_the_machine_are_a_warning(
    machine: str | None, levels: list[str]
) -> None:
    found = rule_data_findings(DATA, ZoneFiles(used="2026f", machine=machine, package="2026f"))
    assert [one.level for one in found] == levels
    assert found[0].what == (
        f"time zones 2026f (this machine's own: {machine or 'none'}, the installed package: 2026f), holidays 0.77, "
        "numbering plans 9.1"
    )
    assert all(str(machine) in one.what and one.what_to_do for one in found[1:])
