"""Which steps of a script a call was told, from the answers that it was served."""

from collections.abc import Iterable, Iterator

from domain.call import AnswerServed
from domain.script import Gather, HandOver, Script
from domain.script.walk import inlined

MISSING_VARIABLE = "missing_variable"


def steps_told(script: Script, served: Iterable[AnswerServed]) -> set[str]:
    """The steps of `script` (which has passed `check_script`) that a call's answers, in their order, had.

    An answer names the last of its steps. Those before it follow from where the walk stood; where several ways lead to the
    last one, only the steps that all of them have are known to have been told.
    """
    told: set[str] = set()
    walks: dict[str | None, _Walk] = {}
    for one in served:
        if one.again or one.step is None or one.step not in script.steps:
            continue
        walk = walks.setdefault(one.walk, _Walk(script))
        told |= walk.goes_on(one.step, is_missing=one.why == MISSING_VARIABLE)
    return told


class _Walk:
    """How far a walk has come, and how often each question was asked in it."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._last: str | None = None
        self._tries: dict[str, int] = {}

    def goes_on(self, step: str, *, is_missing: bool) -> set[str]:
        """The steps of the next answer, of which `step` is the last."""
        begins = [self._script.on_missing_variable] if is_missing else self._begins()
        ways = [set(way) for one in begins if one is not None and (way := self._way(one)) and way[-1] == step]
        self._last = step
        if isinstance(self._script.steps[step].exit, Gather):
            self._tries[step] = self._tries.get(step, 0) + 1
        return set.intersection(*ways) if ways else {step}

    def _way(self, begins: str) -> list[str]:
        return list(inlined(self._script, begins, self._tries))

    def _begins(self) -> Iterator[str]:
        if self._last is None:
            yield self._script.start
            return
        match self._script.steps[self._last].exit:
            case Gather() as gather:
                yield from gather.on.values()
                yield from (gather.no_input, gather.on_invalid, gather.on_timeout)
            case HandOver(otherwise=str(otherwise)):
                yield otherwise
            case _:
                return
