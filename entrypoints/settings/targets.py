"""Which of an operator's own systems requests of ours may reach."""

from pydantic import BaseModel

from entrypoints.settings.values import TARGETS_FORM, TargetNetworks
from entrypoints.settings.wire import setting


class TargetSettings(BaseModel):
    """The bounds of what users may make Dialtrail ask; part of `Settings`."""

    targets_allowed: TargetNetworks = setting(
        "DIALTRAIL_TARGETS_ALLOWED",
        (),
        "networks that subscribers and other targets of requests may lie in although private, comma-separated",
        TARGETS_FORM.removeprefix("write "),
    )
