"""What a call can be told to do, one after the other, in nobody's dialect."""

from typing import Literal

from msgspec import Struct

from domain.script.limits import GATHER_TIMEOUT_SECONDS_DEFAULT

Direction = Literal["read", "write", "both"]
Track = Literal["inbound", "outbound", "both"]


class Say(Struct, frozen=True, tag="say"):
    """Speaks a text."""

    text: str


class SendDigits(Struct, frozen=True, kw_only=True, tag="send_digits"):
    """Presses keys, after a pause."""

    digits: str
    pause_before_ms: int | None = None


class Hold(Struct, frozen=True, tag="hold"):
    """Puts the caller on hold."""


class Resume(Struct, frozen=True, tag="resume"):
    """Takes the caller off hold."""


class Mute(Struct, frozen=True, tag="mute"):
    """Silences a direction of the call."""

    direction: Direction = "both"


class Unmute(Struct, frozen=True, tag="unmute"):
    """Gives a direction of the call its sound again."""

    direction: Direction = "both"


class StartRecording(Struct, frozen=True, tag="start_recording"):
    """Records from here on."""


class StopRecording(Struct, frozen=True, tag="stop_recording"):
    """Records no longer."""


class StartStream(Struct, frozen=True, kw_only=True, tag="start_stream"):
    """Sends the sound to a `wss:` address."""

    stream_url: str
    track: Track | None = None


class StopStream(Struct, frozen=True, kw_only=True, tag="stop_stream"):
    """Sends the sound no longer; without an address, to none."""

    stream_url: str | None = None
    track: Track | None = None


class Ask(Struct, frozen=True, kw_only=True, tag="gather"):
    """Speaks a prompt and waits for digits: exactly `num_digits`, or from `min_digits` to `max_digits`; else for one."""

    prompt: str
    num_digits: int | None = None
    min_digits: int | None = None
    max_digits: int | None = None
    timeout_seconds: int = GATHER_TIMEOUT_SECONDS_DEFAULT
    finish_on_key: str | None = None

    @property
    def digits_max(self) -> int | None:
        """How many digits it takes at most; None where that is the provider's to say."""
        if self.max_digits is not None:
            return self.max_digits
        return 1 if self.num_digits is None and self.min_digits is None else self.num_digits


class Transfer(Struct, frozen=True, kw_only=True, tag="transfer"):
    """Hands the call to a number (E.164) or a SIP address."""

    destination: str


class Bridge(Struct, frozen=True, kw_only=True, tag="bridge"):
    """Connects the caller with a number (E.164) or a SIP address."""

    destination: str
    timeout_seconds: int | None = None


class Conference(Struct, frozen=True, kw_only=True, tag="conference"):
    """Brings the caller into a room; `end_on_exit` ends it for all when this call leaves."""

    room: str
    mute: bool | None = None
    end_on_exit: bool | None = None


Action = Say | SendDigits | Hold | Resume | Mute | Unmute | StartRecording | StopRecording | StartStream | StopStream
Handing = Transfer | Bridge | Conference
