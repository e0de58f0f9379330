"""What `dialtrail doctor` can find, as its source has it: the texts of its dangers, with `…` for what varies."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from entrypoints.doctor.finding import LEVELS

DOCTOR = Path(__file__).parents[2] / "entrypoints" / "doctor"
MAKERS = frozenset({"_found", "Finding"})


def dangers() -> list[str]:
    """The text of each finding that can be a danger. What is an error's own text is left out."""
    return sorted({text for path in DOCTOR.glob("*.py") for text in _of(ast.parse(path.read_text()))})


def found_in(paths: Iterable[Path]) -> list[str]:
    """The text of each finding of these files, of whatever level."""
    return sorted({text for path in paths for text in _of(ast.parse(path.read_text()), dangers_only=False)})


def _of(module: ast.Module, *, dangers_only: bool = True) -> Iterator[str]:
    for function in ast.walk(module):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MAKERS:
                    usual = 0 if call.func.id == "_found" else 1
                    at = next((at for at, one in enumerate(call.args) if _is_level(one)), usual)
                    level, what = call.args[at : at + 2]
                    # A level that is decided by an expression may be a danger.
                    if not dangers_only or not isinstance(level, ast.Constant) or level.value == "danger":
                        text = _text(_assigned(function, what))
                        if text is not None:
                            yield text


def _is_level(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Constant) and argument.value in LEVELS


def _assigned(function: ast.AST, what: ast.expr) -> ast.expr:
    """What a name stands for where it is used: the last that was assigned to it before."""
    if not isinstance(what, ast.Name):
        return what
    found = [
        one
        for one in ast.walk(function)
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == what.id and one.lineno < what.lineno
    ]
    return max(found, key=lambda one: one.lineno).value if found else what


def _text(value: ast.expr) -> str | None:
    if isinstance(value, ast.Constant):
        return str(value.value)
    if isinstance(value, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in value.values)
    return None
