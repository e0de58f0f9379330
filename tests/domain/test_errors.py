"""The tree of errors that is drawn on top of the file is the tree that there is."""

import inspect

from domain import errors
from domain.errors import DialtrailError, InvalidInput


def drawn_tree() -> dict[str, int]:
    """Each name in the drawing, with how deep it hangs."""
    lines = (errors.__doc__ or "").splitlines()
    drawn = [line for line in lines if "── " in line]
    return {line.split("── ")[1].split()[0]: line.index("── ") // 4 + 1 for line in drawn}


def test_every_error_is_in_the_drawing_at_its_depth() -> None:
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if c is not DialtrailError]

    assert {c.__name__: len(c.__mro__) - len(DialtrailError.__mro__) for c in classes} == drawn_tree()


def test_every_error_is_one_of_ours() -> None:
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass)]

    assert [c for c in classes if not issubclass(c, DialtrailError)] == []


def test_invalid_input_names_its_field_first() -> None:
    error = InvalidInput("limits.calls_at_once", "must be at least 1")

    assert (str(error), error.field, error.message) == (
        "limits.calls_at_once: must be at least 1",
        "limits.calls_at_once",
        "must be at least 1",
    )
