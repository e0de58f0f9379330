"""By what the user's own system knows a recipient: the column of that name, which is a variable as well."""

from collections.abc import Mapping

REFERENCE = "reference"
REFERENCE_CHARS_MAX = 500


def reference_of(variables: Mapping[str, str]) -> str | None:
    """The reference among a recipient's variables, without the space around it; None where there is none, or an empty one."""
    written = variables.get(REFERENCE)
    if written is None:
        written = next((value for name, value in variables.items() if is_reference(name)), "")
    return written.strip() or None


def is_reference(column: str) -> bool:
    """Whether a column of this name has the reference, however it is written."""
    return column.casefold() == REFERENCE
