"""What somebody hears who rings back: a script like any other, but for what it may say of them, which is nothing."""

from collections.abc import Iterator

from domain.script.check import ScriptFault, check_script
from domain.script.script import Script
from domain.script.text import cleaned, template_of
from domain.script.walk import texts_of


def check_inbound(script: Script) -> list[ScriptFault]:
    """All that is wrong with it as an inbound script.

    A caller's number is a claim, and their telephone may be in other hands: no text may need what is known of a recipient.
    """
    return check_script(script) or list(_needs_nobody(script))


def _needs_nobody(script: Script) -> Iterator[ScriptFault]:
    for name, step in script.steps.items():
        for field, text in texts_of(step):
            needed = next((one for one in template_of(text).names if not cleaned(script.defaults.get(one, ""))), None)
            if needed is not None:
                says = f"needs {needed}, and whoever rings is told nothing of a recipient; give it in defaults, or take it out"
                yield ScriptFault(name, field, says)
