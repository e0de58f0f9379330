"""That a call says at its beginning what it has to say of itself, such as that a machine speaks."""

from collections.abc import Iterator

from domain.script.actions import Say
from domain.script.check import ScriptFault
from domain.script.script import Gather, Script, ScriptStep


def says_it(text: str, wanted: str) -> bool:
    """Whether a text has a sentence, or a part of one, however it is spaced and capitalised."""
    return _plain(wanted) in _plain(text)


def disclosure_faults(script: Script, wanted: str) -> Iterator[ScriptFault]:
    """The steps with which a call may begin and that do not say it: the first, and that of whoever lacks a variable."""
    for name in dict.fromkeys((script.start, script.on_missing_variable)):
        step = None if name is None else script.steps.get(name)
        if name is not None and step is not None and not any(says_it(text, wanted) for text in _said(step)):
            what = f'does not say "{wanted}", with which policy.disclosure.says has each call begin; add it to a say'
            yield ScriptFault(name, "actions", what)


def _said(step: ScriptStep) -> Iterator[str]:
    yield from (action.text for action in step.actions if isinstance(action, Say))
    if isinstance(step.exit, Gather):
        yield step.exit.ask.prompt


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
