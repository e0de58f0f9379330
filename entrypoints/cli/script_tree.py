"""A script as a person reads it: its figures in words, and the tree of what a caller can hear."""

from typing import Any

import msgspec
import orjson
from rich.text import Text
from rich.tree import Tree

from adapters.documents.disclosure import faults_of
from adapters.documents.inbound_script import inbound_in, read_inbound
from adapters.documents.input import validated
from adapters.documents.policy import PolicyInput
from adapters.documents.script_reading import read_script, script_in
from adapters.printable import visible
from domain.counted import counted
from domain.errors import InvalidInput
from domain.policy import Policy
from domain.script import Ask, Branch, Say, Script, StepPreview, documents_max, required_variables
from entrypoints.cli.campaign_file import CampaignFile
from entrypoints.cli.output import console, styled
from entrypoints.script_wording import way_in_words

UNCUT_COLUMNS = 100_000


def read(content: CampaignFile, *, inbound: bool = False) -> tuple[Script | None, list[InvalidInput]]:
    """The script of a file, or its inbound one, where it can be read, and all that is wrong with it."""
    written = orjson.loads(content.body)
    try:
        if inbound:
            return read_inbound(inbound_in(written))
        script, faults = read_script(script_in(written))
        return script, faults if faults or script is None else faults_of(_policy_in(written), script)
    except InvalidInput as error:
        return None, [error]


def _policy_in(written: Any) -> Policy | None:
    """The policy of a campaign file; none of a file that is a script alone. Raises `InvalidInput`."""
    given = written.get("policy") if isinstance(written, dict) and "script" in written else None
    try:
        return None if given is None else validated(PolicyInput, given, "").policy()
    except InvalidInput as error:
        raise InvalidInput(f"policy.{error.field}".removesuffix("."), error.message) from None


def figures(script: Script) -> dict[str, Any]:
    """What a program reads of it."""
    return {
        "steps": len(script.steps),
        "answers_max": documents_max(script),
        "variables": sorted(required_variables(script)),
        "defaults": sorted(script.defaults),
    }


def in_words(script: Script) -> str:
    """That nothing is wrong, and its figures."""
    found = figures(script)
    steps, answers = counted(found["steps"], "step"), counted(found["answers_max"], "answer")
    told = [f"nothing is wrong; {steps}, at most {answers} in one call"]
    if found["variables"]:
        told.append(f"every recipient needs {', '.join(found['variables'])}")
    if found["defaults"]:
        told.append(f"with a default: {', '.join(found['defaults'])}")
    return "; ".join(told)


def told(scene: StepPreview, when: Text) -> Tree:
    """What is heard in a scene, and below it each way on."""
    times = f" (asked up to {scene.tries_max} times)" if scene.tries_max is not None and scene.tries_max > 1 else ""
    tree = Tree(Text.assemble(when, ": ", styled(scene.step, "bold"), times), guide_style="dim")
    for action in scene.actions:
        tree.add(_action(action))
    if not scene.ways:
        tree.add(styled("the end", "dim"))
    for way in scene.ways:
        if way.scene is not None:
            tree.add(told(way.scene, _when(way)))
        else:
            tree.add(Text.assemble(_when(way), ": ", styled(way.step, "bold"), styled(" (told elsewhere)", "dim")))
    return tree


def _when(way: Branch) -> Text:
    return styled(way_in_words(way), "cyan")


def _action(action: Any) -> Text:
    match action:
        case Say(text):
            return Text.assemble("say ", styled(f"“{visible(text)}”", "green"))
        case Ask(prompt=prompt):
            told = _fields(action, "prompt")
            return Text.assemble("ask ", styled(f"“{visible(prompt)}”", "green"), styled(f" ({told})", "dim"))
        case _:
            told = _fields(action)
            return Text(str(action.__struct_config__.tag).replace("_", " ") + (f" ({told})" if told else ""))


def _fields(action: Any, *without: str) -> str:
    fields = msgspec.structs.asdict(action).items()
    return ", ".join(
        f"{name}={visible(str(value).lower() if isinstance(value, bool) else str(value))}"
        for name, value in fields
        if value is not None and name not in without
    )


def write_tree(tree: Tree) -> None:
    """Print it, on a terminal as wide as that is."""
    # Off a terminal nothing is cut or wrapped: as wide as its longest line.
    shown = console()
    if not shown.is_terminal:
        shown.width = UNCUT_COLUMNS
    shown.print(tree, soft_wrap=not shown.is_terminal)
