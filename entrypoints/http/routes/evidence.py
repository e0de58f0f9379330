"""Bundles of evidence over HTTP."""

import asyncio
import re
from asyncio import Future
from typing import Annotated, Any

import structlog
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from application.actor import Actor
from application.evidence.gathering import SubjectKind
from application.evidence.making import BundleOrder, HeldBundle
from domain.errors import InvalidInput, NotReady
from entrypoints.http.access import FULL_READS, allow
from entrypoints.http.openapi.operation import READ, DescribedRoute, Operation
from entrypoints.http.parameters import AS_OF, OneOf, Text, WholeNumber
from entrypoints.http.parts import parts_of

CHUNK_BYTES = 256 * 1024
HAND_OVER_SECONDS_MAX = 600.0
NAME_CHARS_MAX = 60
SUBJECT_CHARS_MAX = 200
log = structlog.get_logger("dialtrail.evidence")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")

ABOUT = Text(
    name="about",
    kind=Annotated[str, Meta(min_length=1, max_length=SUBJECT_CHARS_MAX)],
    means="a call's id, a person's number in E.164 form, or a campaign's id",
    is_needed=True,
)
AS: OneOf[SubjectKind] = OneOf(
    name="as", words=("call", "number", "campaign"), means="which of these it is, where a name is more than one of them"
)
CHECKPOINT = WholeNumber(
    name="checkpoint", means="as the checkpoint over so many events has it; 0, or without it, the newest"
)
SEALED = OneOf(
    name="sealed",
    words=("true", "false"),
    means="true: what is sealed stays closed, with no numbers and no bodies, but all the proofs",
)


class BundleAnswer(Response):
    """A bundle that is handed over in pieces, and is gone then; whoever does not take it in time is left without the rest."""

    def __init__(self, bundle: HeldBundle) -> None:
        self.status_code = 200
        self.background = None
        self.bundle = bundle
        subject = bundle.made.subject
        name = _NOT_IN_NAMES.sub("_", subject.name)[:NAME_CHARS_MAX].strip("_.")
        self.init_headers(
            {
                "content-type": "application/zip",
                "content-length": str(bundle.length),
                "content-disposition": f'attachment; filename="evidence-{subject.kind}-{name}.zip"',
            }
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - of ASGI
        """Send it, piece by piece."""
        try:
            async with asyncio.timeout(HAND_OVER_SECONDS_MAX):
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                left = 0 if scope["method"] == "HEAD" else self.bundle.length
                while left > 0:
                    piece = await asyncio.to_thread(self.bundle.file.read, CHUNK_BYTES)
                    left -= len(piece)
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            log.warning("a bundle was not taken in time, and was broken off", seconds=HAND_OVER_SECONDS_MAX)
        finally:
            self.bundle.close()


async def show(request: Request) -> Response:
    """GET /v1/evidence."""
    actor, parts = allow(request, FULL_READS), parts_of(request)
    order = BundleOrder(
        subject=_subject(request),
        kind=AS.read(request),
        size=CHECKPOINT.read(request) or None,
        opens=SEALED.read(request) != "true",
    )
    if parts.bundles is None:
        raise NotReady("this process makes no bundles")
    making = asyncio.get_running_loop().run_in_executor(None, parts.bundles.make, order)
    try:
        bundle = await asyncio.shield(making)
    except asyncio.CancelledError:
        making.add_done_callback(_gone)
        raise
    except InvalidInput as error:
        raise InvalidInput(ABOUT.name, error.message) from None
    _tell(actor, bundle)
    return BundleAnswer(bundle)


def _subject(request: Request) -> str:
    given = ABOUT.read(request)
    if not given or len(given) > SUBJECT_CHARS_MAX:
        raise InvalidInput(
            ABOUT.name, f"must be a call's id, a number or a campaign's id, of at most {SUBJECT_CHARS_MAX} characters"
        )
    # A plus that nobody encoded arrives as a space.
    return f"+{given[1:]}" if given.startswith(" ") else given


def _gone(making: "Future[Any]") -> None:
    """Nobody waits for it any more."""
    if not making.cancelled() and making.exception() is None:
        making.result().close()


def _tell(actor: Actor, bundle: HeldBundle) -> None:
    """Who took what is in the log: a bundle leaves the house."""
    made = bundle.made
    named = {} if made.subject.kind == "number" else {made.subject.kind: made.subject.name}
    log.info(
        "a bundle of evidence was made",
        actor=actor.name,
        role=actor.role,
        request_id=actor.request_id,
        about=made.subject.kind,
        checkpoint=made.size,
        events=made.events,
        bytes=bundle.length,
        **named,
    )


ROUTES = [
    DescribedRoute(
        show,
        Operation(
            method="GET",
            path="/v1/evidence",
            tag="process",
            summary="A bundle of evidence about a call, a person or a campaign, which others can check without Dialtrail",
            description=(
                "A ZIP file, the same byte for byte for the same ledger and checkpoint. At most 50,000 events and 64 MiB of "
                "them; a process makes and hands over one at a time, and says 429 to whoever asks meanwhile. It is made where "
                "the log's key is. Roles: auditor, operator."
            ),
            parameters=(ABOUT, AS, CHECKPOINT, SEALED),
            not_taken={AS_OF.name: "is not taken here: name a checkpoint by its size"},
            answers={200: str},
            problems=(*READ, "not-found"),
            media_type="application/zip",
        ),
    )
]
