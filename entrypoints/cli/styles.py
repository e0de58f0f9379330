"""What is coloured how on a terminal: green is done, yellow wants a look, red went wrong."""

from collections.abc import Mapping

STATE_STYLES: Mapping[str, str] = {
    "created": "bold",
    "running": "bold green",
    "paused": "bold yellow",
    "canceled": "bold",
    "completed": "bold green",
}
STATUS_STYLES: Mapping[str, str] = {
    "dialing": "cyan",
    "in_progress": "cyan",
    "reached": "green",
    "held": "yellow",
    "unresolved": "yellow",
    "failed": "red",
    "refused": "red",
}
ATTEMPT_STYLES: Mapping[str, str] = {
    "started": "cyan",
    "accepted": "green",
    "refused": "red",
    "abandoned": "yellow",
    "unresolved": "yellow",
}
CHANGE_STYLES: Mapping[str, str] = {"pending": "bold yellow", "approved": "bold green", "declined": "bold red"}
CAME_TO_STYLES: Mapping[str, str] = {
    "answered": "green",
    "talking": "cyan",
    "ringing": "cyan",
    "busy": "yellow",
    "unknown": "yellow",
    "refused": "red",
    "failed": "red",
}
OUTCOME_STYLES: Mapping[str, str] = {"completed": "green", "failed": "red", "canceled": "yellow", "open": "cyan"}
NOTE_STYLES: Mapping[str, str] = {
    "contradicts": "bold red",
    "same_key": "magenta",
    "late": "yellow",
    "odd_clock": "yellow",
    "out_of_order": "yellow",
    "redelivered": "cyan",
    "no_time": "dim",
    "drifted": "yellow",
    "other_walk": "yellow",
    "erased": "yellow",
}
SOURCE_STYLES: Mapping[str, str] = {"api": "cyan", "dialtrail": "dim"}
