"""`dialtrail script …`: look at what a campaign's calls say, before anybody is called. Needs no server."""

from collections.abc import Mapping
from typing import Any

import msgspec
import orjson
import typer
from rich.text import Text
from rich.tree import Tree

from adapters.documents.script_reading import read_script, script_in
from adapters.printable import visible
from domain.errors import InvalidInput
from domain.script import (
    SAFE_TEXT,
    Ask,
    Branch,
    Say,
    Script,
    StepPreview,
    documents_max,
    required_variables,
    scenes,
)
from domain.script.text import spoken_values
from entrypoints.cli import script_versions
from entrypoints.cli.campaign_file import CampaignFile, read_campaign_file
from entrypoints.cli.failure import EXIT_USAGE
from entrypoints.cli.options import AsJson, File
from entrypoints.cli.output import console, say, styled, write, write_json
from entrypoints.cli.variables import Variables, variables_of

UNCUT_COLUMNS = 100_000
WHEN: Mapping[str, str] = {
    "next": "then",
    "otherwise": "if that fails and MiniVoice goes on",
    "no_input": "nothing pressed",
    "invalid": "other digits",
    "timeout": "not known in time what was pressed",
    "exhausted": "no try left",
}

app = typer.Typer(
    help="Check a campaign's script, and see what a caller can hear.",
    epilog="Example: dialtrail script check spring.toml",
)


@app.command(epilog="Example: dialtrail script check spring.toml")
def check(file: File, as_json: AsJson = False) -> None:
    """Check the script in a campaign file, or in a file of its own, and name all that is wrong with it."""
    content = read_campaign_file(file)
    script, faults = _read(content)
    if as_json:
        shown = [{"field": fault.field, "reason": fault.message} for fault in faults]
        write_json({"ok": not faults, "faults": shown, **(_figures(script) if script and not faults else {})})
    elif not faults and script is not None:
        write(f"{content.name}: {_in_words(script)}")
    else:
        _complain(content, faults)
    if faults:
        raise typer.Exit(EXIT_USAGE)


@app.command(epilog="Example: dialtrail script preview spring.toml --var name=Ada")
def preview(file: File, var: Variables = None, as_json: AsJson = False) -> None:
    """Show the tree of what a caller can hear. Each step is told once; variables without a value stay in the texts."""
    variables = variables_of(var)
    content = read_campaign_file(file)
    script, faults = _read(content)
    if faults or script is None:
        _complain(content, faults)
        raise typer.Exit(EXIT_USAGE)
    trees = scenes(script, variables)
    spoken = spoken_values(script.defaults, variables)
    missing = sorted(name for name in required_variables(script) if name not in spoken)
    if as_json:
        shown = [msgspec.to_builtins(tree) for tree in trees]
        write_json({"trees": shown, "safe_text": script.safe_text or SAFE_TEXT, "missing": missing, **_figures(script)})
        return
    _write_tree(_told(trees[0], Text("answered")))
    for tree in trees[1:]:
        _write_tree(_told(tree, Text("where a variable is missing")))
    if missing and script.on_missing_variable is None:
        write(f"where a variable is missing: say “{script.safe_text or SAFE_TEXT}”")
    elif missing and len(trees) == 1:
        write(f"where a variable is missing: {script.on_missing_variable}")
    if missing:
        say(f"without a value here: {', '.join(missing)}; give it like --var {missing[0]}=VALUE")


app.command("history", epilog=script_versions.HISTORY_EPILOG)(script_versions.history)
app.command("diff", epilog=script_versions.DIFF_EPILOG)(script_versions.diff)
app.command("rollback", epilog=script_versions.ROLLBACK_EPILOG)(script_versions.rollback)


def _read(content: CampaignFile) -> tuple[Script | None, list[InvalidInput]]:
    try:
        return read_script(script_in(orjson.loads(content.body)))
    except InvalidInput as error:
        return None, [error]


def _complain(content: CampaignFile, faults: list[InvalidInput]) -> None:
    for fault in faults:
        say(f"dialtrail: {content.blamed(fault)}")


def _figures(script: Script) -> dict[str, Any]:
    return {
        "steps": len(script.steps),
        "answers_max": documents_max(script),
        "variables": sorted(required_variables(script)),
        "defaults": sorted(script.defaults),
    }


def _in_words(script: Script) -> str:
    figures = _figures(script)
    told = [f"nothing is wrong; {figures['steps']} steps, at most {figures['answers_max']} answers in one call"]
    if figures["variables"]:
        told.append(f"every recipient needs {', '.join(figures['variables'])}")
    if figures["defaults"]:
        told.append(f"with a default: {', '.join(figures['defaults'])}")
    return "; ".join(told)


def _told(scene: StepPreview, when: Text) -> Tree:
    times = f" (asked up to {scene.tries_max} times)" if scene.tries_max is not None and scene.tries_max > 1 else ""
    tree = Tree(Text.assemble(when, ": ", styled(scene.step, "bold"), times), guide_style="dim")
    for action in scene.actions:
        tree.add(_action(action))
    if not scene.ways:
        tree.add(styled("the end", "dim"))
    for way in scene.ways:
        if way.scene is not None:
            tree.add(_told(way.scene, _when(way)))
        else:
            tree.add(Text.assemble(_when(way), ": ", styled(way.step, "bold"), styled(" (told elsewhere)", "dim")))
    return tree


def _when(way: Branch) -> Text:
    pressed = [f"pressed {' or '.join(way.pressed)}"] if way.pressed else []
    return styled(", ".join([*pressed, *(WHEN[reason] for reason in way.when)]), "cyan")


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


def _write_tree(tree: Tree) -> None:
    # Off a terminal nothing is cut or wrapped: as wide as its longest line.
    shown = console()
    if not shown.is_terminal:
        shown.width = UNCUT_COLUMNS
    shown.print(tree, soft_wrap=not shown.is_terminal)
