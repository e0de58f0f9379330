"""A script by itself or within a campaign, with all that is wrong with it and not only the first fault."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from adapters.documents.input import invalid_inputs
from adapters.documents.script import ScriptInput
from domain.errors import InvalidInput
from domain.script import Script, check_script


def script_in(given: Mapping[str, Any]) -> Any:
    """The script of a campaign, or what is given where that is a script itself. Raises `InvalidInput` for neither."""
    if "script" in given:
        return given["script"]
    if "steps" in given or "start" in given:
        return given
    raise InvalidInput("script", "is missing; write [script] with start, and [script.steps.NAME] for each step")


def read_script(given: Any) -> tuple[Script | None, list[InvalidInput]]:
    """The script, where its fields can be read at all, and what is wrong: its fields, or else how they go together."""
    if not isinstance(given, Mapping):
        return None, [InvalidInput("script", 'must be an object such as {"start": "greeting", "steps": {…}}')]
    try:
        script = ScriptInput.model_validate(given).script()
    except ValidationError as error:
        found = invalid_inputs(error, "")
        return None, [InvalidInput(f"script.{one.field}".removesuffix("."), one.message) for one in found]
    return script, [InvalidInput(fault.path, fault.says) for fault in check_script(script)]
