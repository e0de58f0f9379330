"""What a call was told before: the same link leads to the same document, and another beginning to the same words."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

from msgspec.structs import replace

from adapters.ledger import Ledger
from application.answering.digits import SCRIPTS_OWN
from application.answering.keeping import Served
from application.answering.links import Link, Links, key_of
from application.answering.session import CallSession
from domain.call import AnswerServed
from domain.call.walks import HOW_WELL
from domain.identity import call_stream


class Earlier:
    """Looks in the call's stream.

    What leads on to elsewhere is not told again: where a request came in is said by whoever asks, unless a setting says it.
    """

    def __init__(self, ledger: Ledger, links: Links) -> None:
        self._ledger = ledger
        self._links = links

    def at(self, link: Link, session: CallSession, address: str) -> Served | None:
        """What this very link was answered with: a retry gets the same again."""
        key = key_of(link.place)
        for event in self._served(session, address):
            if event.place == key and event.walk == link.walk:
                return _again(event, session, event.actions)
        return None

    def told_beginning(self, session: CallSession, address: str) -> AnswerServed | None:
        """What another beginning of this call was told.

        Both may be the provider's, who got no answer to the first. Who names the call less well than this asker does not
        say in which version of the script it begins.
        """
        for event in self._served(session, address):
            if event.place is None and _names_as_well(event, session):
                return event
        return None

    def again(self, event: AnswerServed, session: CallSession, walk: str | None, address: str) -> Served:
        """The same, with links that lead on in a walk of its own."""
        return _again(event, session, self._led_on(event.actions, session, walk, address), walk)

    def _served(self, session: CallSession, address: str) -> Iterator[AnswerServed]:
        if session.call_id is None:
            return
        for recorded in reversed(self._ledger.read_stream(call_stream(session.call_id))):
            event = recorded.event
            if isinstance(event, AnswerServed) and event.why in SCRIPTS_OWN:
                if '"redirect":' in event.actions and f'"{address}?' not in event.actions:
                    continue
                yield event

    def _led_on(self, actions: str, session: CallSession, walk: str | None, address: str) -> str:
        def own(found: re.Match[str]) -> str:
            link = self._links.read(dict(parse_qsl(found[1])))
            return (
                found[0]
                if link is None
                else f'"{address}?{self._links.query(replace(link, session=session, walk=walk))}"'
            )

        return re.sub(rf'"{re.escape(address)}\?([^"]*)"', own, actions)


def _names_as_well(event: AnswerServed, session: CallSession) -> bool:
    if event.found_by is None or session.found_by is None:
        return True
    return HOW_WELL[event.found_by] >= HOW_WELL[session.found_by]


def _again(event: AnswerServed, session: CallSession, actions: str, walk: str | None = None) -> Served:
    return Served(
        actions=actions.encode(),
        session=session,
        call_id=session.call_id,
        step=event.step,
        version=event.version,
        place=event.place,
        walk=walk or event.walk,
        heard=event.heard,
        why=None if event.why is None else "missing_variable",
        again=True,
        questions_before=event.questions_before,
        callbacks=event.callbacks,
    )
