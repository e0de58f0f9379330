"""Is Dialtrail up, and do its parts work?"""

import socket

import httpx

from entrypoints.doctor.finding import Finding, Level

HEALTH_SECONDS_MAX = 10.0


async def server_findings(http: httpx.AsyncClient, url: str) -> list[Finding]:
    """What `/health/ready` says."""
    try:
        answer = await http.get(f"{url}/health/ready", timeout=HEALTH_SECONDS_MAX)
        said = answer.json()
        parts = {str(name): str(state) for name, state in said["parts"].items()}
    except httpx.HTTPError as error:
        todo = "look at its log; restart it with: dialtrail up"
        return [_found("danger", f"{url} does not answer ({type(error).__name__}: {error})", todo)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [_found("danger", f"{url}/health/ready answers not as Dialtrail does", "check DIALTRAIL_URL")]
    troubled = {name: state for name, state in parts.items() if state != "ready"}
    if not troubled and answer.is_success:
        return [_found("ok", f"up at {url}, ready: {', '.join(parts)}")]
    return [
        _found("danger", f"{name} at {url}: {state}", "the server's log says more; it mends itself, or needs a restart")
        for name, state in troubled.items()
    ]


def nobody_is_up(host: str, port: int) -> list[Finding]:
    """The findings where no process owns the data folder: may one listen?"""
    found = [_found("note", "nothing runs on this data folder", "calls are placed once this runs: dialtrail up")]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            what = f"{host}:{port} cannot be listened on ({error.strerror or error}), so `dialtrail up` will not start"
            found.append(_found("danger", what, "set DIALTRAIL_PORT to another port, or correct DIALTRAIL_HOST"))
    return found


def unreachable(reason: str) -> Finding:
    """The finding where the ledger can be asked neither through an owner nor by ourselves."""
    return _found("danger", reason, "mend that, then run again: dialtrail doctor")


def _found(level: Level, what: str, what_to_do: str = "") -> Finding:
    return Finding("server", level, what, what_to_do)
