"""What keeps an answer from being as things are: nothing runs here, or no webhook comes in."""

from domain.errors import DialtrailError
from entrypoints.cli.api import Api, path_of
from entrypoints.cli.times import Times


async def nothing_runs(api: Api, times: Times) -> list[str]:
    """Where this very command answers: that nothing runs here, and from when what it answers from is."""
    if not api.in_process:
        return []
    at = times.shown((await api.get(path_of("integrity")))["recorded_at"])
    since = f"what is shown is as of the ledger's last event, {at}" if at else "nothing was recorded yet"
    says = "nothing runs on this data folder: calls are placed, and webhooks taken in, once `dialtrail up` runs"
    return [f"{says}; {since}"]


async def no_webhooks(api: Api) -> list[str]:
    """Where calls are open and no webhook tells of them: that, and what to do. A server that cannot say it says nothing."""
    try:
        silence = (await api.get(path_of("integrity"))).get("silence")
    except DialtrailError:
        return []
    return [] if silence is None else [f"{silence['says']}: {silence['what_to_do']}"]
