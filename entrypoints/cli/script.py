"""`dialtrail script …`: look at what a campaign's calls say, before anybody is called. Needs no server."""

from typing import Annotated

import msgspec
import typer

from domain.errors import InvalidInput
from entrypoints.cli import script_versions
from entrypoints.cli.campaign_file import CampaignFile, read_campaign_file
from entrypoints.cli.failure import EXIT_USAGE
from entrypoints.cli.options import AsJson, File
from entrypoints.cli.output import say, write, write_json
from entrypoints.cli.variables import Variables, variables_of

Inbound = Annotated[bool, typer.Option("--inbound", help="The script that somebody hears who rings back.")]

app = typer.Typer(
    help="Check a campaign's script, and see what a caller can hear.",
    epilog="Example: dialtrail script check spring.toml",
)


@app.command(epilog="Example: dialtrail script check spring.toml")
def check(file: File, inbound: Inbound = False, as_json: AsJson = False) -> None:
    """Check the script in a campaign file, or in a file of its own, and name all that is wrong with it."""
    # Here and below: these draw with Rich, and know numbers; help would wait for them.
    from entrypoints.cli.script_tree import figures, in_words, read  # noqa: PLC0415

    content = read_campaign_file(file)
    script, faults = read(content, inbound=inbound)
    if as_json:
        shown = [{"field": fault.field, "reason": fault.message} for fault in faults]
        write_json({"ok": not faults, "faults": shown, **(figures(script) if script and not faults else {})})
    elif not faults and script is not None:
        write(f"{content.name}: {in_words(script)}")
    else:
        _complain(content, faults)
    if faults:
        raise typer.Exit(EXIT_USAGE)


@app.command(epilog="Example: dialtrail script preview spring.toml --var name=Ada")
def preview(file: File, var: Variables = None, inbound: Inbound = False, as_json: AsJson = False) -> None:
    """Show the tree of what a caller can hear. Each step is told once; variables without a value stay in the texts."""
    from rich.text import Text  # noqa: PLC0415

    from domain.script import SAFE_TEXT, required_variables, scenes  # noqa: PLC0415
    from domain.script.text import spoken_values  # noqa: PLC0415
    from entrypoints.cli.script_tree import figures, read, told, write_tree  # noqa: PLC0415

    variables = variables_of(var)
    content = read_campaign_file(file)
    script, faults = read(content, inbound=inbound)
    if faults or script is None:
        _complain(content, faults)
        raise typer.Exit(EXIT_USAGE)
    trees = scenes(script, variables)
    spoken = spoken_values(script.defaults, variables)
    missing = sorted(name for name in required_variables(script) if name not in spoken)
    if as_json:
        shown = [msgspec.to_builtins(tree) for tree in trees]
        write_json({"trees": shown, "safe_text": script.safe_text or SAFE_TEXT, "missing": missing, **figures(script)})
        return
    write_tree(told(trees[0], Text("ringing back" if inbound else "answered")))
    for tree in trees[1:]:
        write_tree(told(tree, Text("where a variable is missing")))
    if missing and script.on_missing_variable is None:
        write(f"where a variable is missing: say “{script.safe_text or SAFE_TEXT}”")
    elif missing and len(trees) == 1:
        write(f"where a variable is missing: {script.on_missing_variable}")
    if missing:
        say(f"without a value here: {', '.join(missing)}; give it like --var {missing[0]}=VALUE")


app.command("history", epilog=script_versions.HISTORY_EPILOG)(script_versions.history)
app.command("diff", epilog=script_versions.DIFF_EPILOG)(script_versions.diff)
app.command("rollback", epilog=script_versions.ROLLBACK_EPILOG)(script_versions.rollback)


def _complain(content: CampaignFile, faults: list[InvalidInput]) -> None:
    for fault in faults:
        say(f"dialtrail: {content.blamed(fault)}")
