"""Which data do the rules go by, and is the machine's own old?"""

from adapters.zone_files import ZoneFiles
from domain.dialing import RuleData
from entrypoints.doctor.finding import Finding

TODO = (
    "update the machine's time zone files (the package is often named tzdata): Dialtrail goes by the newer ones, and "
    "other programs on this machine go by the old"
)


def rule_data_findings(data: RuleData, zones: ZoneFiles) -> list[Finding]:
    """The versions by which verdicts are made."""
    machine, package = zones.machine or "none", zones.package or "none"
    what = (
        f"time zones {data.zones} (this machine's own: {machine}, the installed package: {package}), "
        f"holidays {data.holidays}, numbering plans {data.numbers}"
    )
    found = [Finding("rule data", "ok", what)]
    if zones.is_machine_older:
        older = f"this machine's own time zone files ({machine}) are older than those that are used ({zones.used})"
        found.append(Finding("rule data", "warning", older, TODO))
    return found
