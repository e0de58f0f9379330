"""What is heard on a call: the provider asks what to do, says it, and lets the person press a key. Model: all of it.

It speaks the documents as the provider's page describes them, and shares no code with who writes them.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any
from urllib.parse import urlsplit

from tests.simulation.journal import Journal
from tests.simulation.loop import VirtualLoop
from tests.simulation.talk import Asked, ask
from tests.simulation.wires import Network

SCRIPT: Mapping[str, Any] = {
    "start": "menu",
    "safe_text": "We will call again.",
    "steps": {
        "menu": {
            "gather": {"prompt": "Press 1 or 2.", "timeout_seconds": 5},
            "on": {"1": "one", "2": "two"},
            "no_input": "none",
            "invalid": "none",
            "tries_max": 1,
        },
        "one": {"actions": [{"say": "You have pressed one."}], "next": "goodbye"},
        "two": {"actions": [{"say": "You have pressed two."}], "next": "goodbye"},
        "none": {"actions": [{"say": "You have pressed nothing that we know."}], "next": "goodbye"},
        "goodbye": {"actions": [{"say": "Goodbye."}], "end": True},
    },
}
ONLY_AFTER = {"You have pressed one.": "1", "You have pressed two.": "2"}
"""What is said only to whoever has pressed this: who pressed it may hear something else, where nobody knew in time."""
ASK_SECONDS_MAX = 8.0
DOCUMENTS_MAX = 8
CHARS_A_SECOND = 15.0
PRESSES = ("1", "2", "3", "")
Tell = Callable[[str, dict[str, Any]], None]


class Phone:
    """One for a provider."""

    def __init__(self, loop: VirtualLoop, chance: Random, journal: Journal, network: Network) -> None:
        self._loop, self._chance, self._journal, self._network = loop, chance, journal, network
        self._talking: set[asyncio.Task[None]] = set()
        self.place, self.path = ("", 0), ""

    def pick_up(self, about: Mapping[str, str], tell: Tell, is_on: Callable[[], bool]) -> None:
        """Somebody has answered. `about` are the fields of a request for a document; `tell` sends a webhook of the call."""
        task = self._loop.create_task(self._talk(about, tell, is_on))
        self._talking.add(task)
        task.add_done_callback(self._talking.discard)

    async def _talk(self, about: Mapping[str, str], tell: Tell, is_on: Callable[[], bool]) -> None:
        path, pressed = self.path, None
        for nth in range(DOCUMENTS_MAX):
            asked = Asked("POST", path, {"content-type": "application/json"}, json.dumps(dict(about)).encode())
            answered = await ask(self._network, self.place, asked, ASK_SECONDS_MAX)
            status = None if answered is None else answered.status
            actions = [] if answered is None or status != 200 else json.loads(answered.body)["actions"]
            said = [action["say"]["text"] for action in actions if "say" in action]
            line = {"call_id": about["call_id"], "n": nth, "status": status, "said": said, "pressed": pressed}
            self._journal.note("answer", **line)
            following = None
            for action in actions:
                if not is_on():
                    return
                if "say" in action:
                    await self._sleep(len(action["say"]["text"]) / CHARS_A_SECOND)
                elif "gather" in action:
                    pressed = await self._gather(action["gather"], tell)
                elif "redirect" in action:
                    following = urlsplit(action["redirect"]["url"])
                    break
            if following is None:
                return
            path = f"{following.path}?{following.query}" if following.query else following.path

    async def _gather(self, asked: Mapping[str, Any], tell: Tell) -> str:
        digits, seconds = self._chance.choice(PRESSES), float(asked.get("timeout_seconds", 5))
        await self._sleep(self._chance.uniform(0.5, seconds) if digits else seconds)
        tell("call.gathered", {"digits": digits, "status": "completed", "timed_out": not digits})
        return digits

    async def _sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = self._loop.create_future()
        self._loop.exactly_in(seconds, lambda: None if woken.done() else woken.set_result(None))
        await woken
