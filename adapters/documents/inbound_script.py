"""An inbound script as people and programs write it, in a campaign or in the installation's file."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, UnsetType
from pydantic import ValidationError

from adapters.documents.input import invalid_inputs
from adapters.documents.script import ScriptInput
from domain.errors import InvalidInput
from domain.script import Script, check_inbound, written_script

FIELD = "inbound_script"


class InboundScript(ScriptInput):
    """`inbound_script` of a campaign: what somebody hears who rings back. Its texts have no variables but with defaults."""


def inbound_of(given: InboundScript | None) -> dict[str, Any] | UnsetType:
    """The script in the form in which it is stored, unset where there is none. Raises `InvalidInput` for the first fault."""
    if given is None:
        return UNSET
    script = given.script()
    faults = _faults(script)
    if faults:
        raise faults[0]
    return written_script(script)


def read_inbound(given: Any) -> tuple[Script | None, list[InvalidInput]]:
    """The script, where its fields can be read at all, and all that is wrong with it."""
    if not isinstance(given, Mapping):
        return None, [InvalidInput(FIELD, 'must be an object such as {"start": "greeting", "steps": {…}}')]
    try:
        script = InboundScript.model_validate(given).script()
    except ValidationError as error:
        found = invalid_inputs(error, "")
        return None, [InvalidInput(f"{FIELD}.{one.field}".removesuffix("."), one.message) for one in found]
    return script, _faults(script)


def inbound_in(given: Mapping[str, Any]) -> Any:
    """The inbound script of a campaign, or what is given where that is a script itself. Raises `InvalidInput` for neither."""
    if FIELD in given:
        return given[FIELD]
    if "steps" in given or "start" in given:
        return given
    raise InvalidInput(FIELD, f"is missing; write [{FIELD}] with start, and [{FIELD}.steps.NAME] for each step")


def _faults(script: Script) -> list[InvalidInput]:
    return [InvalidInput(f"{FIELD}{fault.path.removeprefix('script')}", fault.says) for fault in check_inbound(script)]
