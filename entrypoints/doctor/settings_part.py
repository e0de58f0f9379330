"""Do the settings fit together?"""

from urllib.parse import urlsplit

from domain.counted import counted
from domain.errors import SettingsError
from entrypoints import this_machine
from entrypoints.doctor.finding import Finding, Level
from entrypoints.settings import LONGER, NO_SETTING, Settings

TOLERANCE_SECONDS_MIN = 60.0


def settings_findings(settings: Settings) -> list[Finding]:
    """What is wrong with the settings, or odd; one `ok` where nothing is."""
    found = [*odd_settings(settings), *_keys(settings), *_reach(settings), *_oddities(settings)]
    if all(one.level in {"ok", "note"} for one in found):
        found.insert(0, _found("ok", f"{counted(len(settings.sources), 'variable')} set, and all fit together"))
    return found


def odd_settings(settings: Settings) -> list[Finding]:
    """Names that are none, and what is odd about the settings file, which says itself what to do."""
    return [
        _found("warning", text, "correct its name, or take it out" if NO_SETTING in text else "")
        for text in settings.warnings
    ]


def wrong_settings(error: SettingsError) -> list[Finding]:
    """The finding where the settings cannot even be read."""
    return [_found("danger", str(error), "mend it, then run again: dialtrail doctor; no other part was looked at")]


def _keys(settings: Settings) -> list[Finding]:
    found = []
    if settings.minivoice_api_key is None:
        todo = "write the key into dialtrail.env (dialtrail init makes one), or export it"
        found.append(_found("danger", "MINIVOICE_API_KEY is not set: nothing can be dialled", todo))
    if settings.webhook_secret is None:
        what = "MINIVOICE_WEBHOOK_SECRET is not set: programs on this machine can report calls, and MiniVoice cannot"
        todo = "configure a webhook secret at MiniVoice, and set MINIVOICE_WEBHOOK_SECRET to it"
        found.append(_found("danger" if settings.lets_others_in is not None else "warning", what, todo))
    if settings.webhook_secret_previous is not None:
        what = "MINIVOICE_WEBHOOK_SECRET_PREVIOUS is set: deliveries signed with the old secret are believed, too"
        found.append(_found("note", what, "take it out once MiniVoice signs with the new one"))
    return found


def _reach(settings: Settings) -> list[Finding]:
    found = []
    try:
        settings.check_can_serve()
    except SettingsError as error:
        found.append(_found("danger", str(error), "`dialtrail up` refuses to start until then"))
    if not settings.listens_to_this_machine_only:
        what = (
            f"DIALTRAIL_HOST={settings.host} is reachable from other machines, over HTTP that anybody between can read"
        )
        found.append(_found("warning", what, "let a proxy that speaks HTTPS stand in front, and listen on 127.0.0.1"))
    elif not settings.tokens and settings.lets_others_in is None:
        found.append(_found("note", "no DIALTRAIL_TOKENS: everybody on this machine is operator"))
    if settings.lets_others_in is None:
        found += [_found("warning", short, LONGER) for short in settings.short_tokens]
    if settings.plays_sandbox:
        what = "`dialtrail up --sandbox` owns the data folder: what it says of MiniVoice is the sandbox's word, and nobody is called"
        found.append(_found("note", what))
    elif settings.public_url is None:
        todo = "set it to the address that MiniVoice's webhook_url has, without /webhooks/minivoice"
        found.append(_found("warning", "DIALTRAIL_PUBLIC_URL is not set: nothing can be said about the way in", todo))
    elif _in_clear(settings.public_url):
        what = f"DIALTRAIL_PUBLIC_URL={settings.public_url} is not HTTPS, which MiniVoice wants for webhooks"
        found.append(_found("warning", what, "set the https:// address"))
    if settings.tokens and settings.lets_others_in is not None and not settings.trusted_proxies:
        what = "no DIALTRAIL_TRUSTED_PROXIES: whoever guesses tokens shares an address with all that come by the same proxy"
        found.append(_found("note", what, "set it to your proxy's address, if there is one"))
    if _in_clear(settings.minivoice_base_url):
        what = f"MINIVOICE_BASE_URL={settings.minivoice_base_url} is not HTTPS: the key travels in clear"
        found.append(_found("warning", what, "set the https:// address"))
    return found


def _oddities(settings: Settings) -> list[Finding]:
    found = []
    tolerance = settings.webhook_tolerance_seconds
    if tolerance:
        level: Level = "warning" if tolerance < TOLERANCE_SECONDS_MIN else "note"
        what = f"MINIVOICE_WEBHOOK_TOLERANCE_SECONDS={tolerance:g}: what MiniVoice retries later than that is refused"
        found.append(_found(level, what, "set it to 0: a repeated delivery changes nothing, a refused one is lost"))
    if settings.only_numbers is not None:
        what = f"DIALTRAIL_ONLY_NUMBERS: nobody but {counted(len(settings.only_numbers), 'number')} is dialled"
        found.append(_found("note", what, "take it out where this is no test installation"))
    if settings.lookup_secret is not None:
        found.append(_found("note", "DIALTRAIL_LOOKUP_SECRET is set: questions to campaigns' lookups are signed"))
    if settings.targets_allowed:
        networks = ", ".join(str(one) for one in settings.targets_allowed)
        what = f"DIALTRAIL_TARGETS_ALLOWED={networks}: whoever may name a target makes Dialtrail ask what is there"
        found.append(_found("note", what, "take out what none of your systems needs"))
    if settings.token is not None and settings.url is None:
        found.append(_found("note", "DIALTRAIL_TOKEN is set without DIALTRAIL_URL, and not used"))
    return found


def _in_clear(url: str) -> bool:
    return urlsplit(url).scheme == "http" and not this_machine.is_named_in(url)


def _found(level: Level, what: str, what_to_do: str = "") -> Finding:
    return Finding("settings", level, what, what_to_do)
