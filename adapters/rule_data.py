"""The versions of the data that this installation's rules look things up in."""

from functools import cache
from importlib.metadata import version

from adapters.zone_files import zones_version
from domain.dialing import RuleData
from domain.person import PERSON_RULE


@cache
def installed_rule_data() -> RuleData:
    """What verdicts of this process are made by."""
    return RuleData(
        zones=zones_version(), holidays=version("holidays"), numbers=version("phonenumbers"), persons=PERSON_RULE
    )
