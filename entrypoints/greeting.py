"""What `dialtrail up`, or a part of it, tells the person who started it, once it listens."""

from pathlib import Path

from entrypoints import this_machine
from entrypoints.example import FROM_NUMBER, OFFERED_ID, TRY_NUMBER
from entrypoints.http.answer import ANSWER_PATH
from entrypoints.http.webhooks import WEBHOOK_PATH
from entrypoints.roles import Role
from entrypoints.settings import LONGER, Settings


def greeting(settings: Settings, role: Role, url: str, folder: Path, *, shows_secrets: bool) -> list[str]:
    """Where it is, who may use it, and what MiniVoice has to know. The answer token is in it only if `shows_secrets`."""
    if not role.serves:
        return [f"dialtrail {role.command} runs, data in {folder}"]
    lines = [f"dialtrail is up at {url}, data in {folder}"]
    if not settings.tokens:
        lines.append("no DIALTRAIL_TOKENS: everybody on this machine is operator")
    lines += [f"{short}: {LONGER}" for short in settings.short_tokens]
    if settings.webhook_secret is None:
        lines.append("no MINIVOICE_WEBHOOK_SECRET: programs on this machine can report calls, and MiniVoice cannot")
    if settings.plays_sandbox:
        return [*lines, f"the sandbox at {settings.minivoice_base_url} plays MiniVoice's part: nobody is called"]
    return [*lines, *_to_enter(settings, url, shows_secrets=shows_secrets)]


def next_commands(url: str, program: str, *, is_new: bool) -> list[str]:
    """What to do with the example that the sandbox's data begins with; `program` is how Dialtrail was called."""
    one_call = f"  {program} try {FROM_NUMBER} {TRY_NUMBER} --campaign {OFFERED_ID} --yes"
    if not is_new:
        return [f"its pages: {url}", "a call that you can follow, in another terminal:", one_call]
    return [
        f"its pages: {url}/campaigns/{OFFERED_ID}",
        "next, in another terminal, a call that you can follow, and then the campaign:",
        one_call,
        f"  {program} campaign start {OFFERED_ID}",
    ]


def _to_enter(settings: Settings, url: str, *, shows_secrets: bool) -> list[str]:
    """The two addresses that the application at MiniVoice, or whatever plays it on this machine, has to have."""
    token = settings.answer_token
    shown = "" if token is None else f"/{token.get_secret_value() if shows_secrets else '(DIALTRAIL_ANSWER_TOKEN)'}"
    plays = settings.minivoice_base_url
    base = settings.public_url or (url if this_machine.is_named_in(plays) else None)
    lines = []
    if base is None:
        base = "https://…"
        lines = [
            "no DIALTRAIL_PUBLIC_URL: MiniVoice cannot reach this server; set it to the https:// address that leads here"
        ]
    return [
        *lines,
        f"enter at {plays}: webhook_url {base}{WEBHOOK_PATH}",
        f"enter at {plays}: answer_url {base}{ANSWER_PATH}{shown}",
    ]
