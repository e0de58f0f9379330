"""What a call says: named steps, checked before anybody is called, and the document that each request is answered with."""

from domain.script.actions import (
    Action,
    Ask,
    Bridge,
    Conference,
    Handing,
    Hold,
    Mute,
    Resume,
    Say,
    SendDigits,
    StartRecording,
    StartStream,
    StopRecording,
    StopStream,
    Transfer,
    Unmute,
)
from domain.script.callbacks import after_in_words, offered, offers_callbacks
from domain.script.check import ScriptFault, check_script, documents_max, required_variables
from domain.script.disclosure import disclosure_faults, says_it
from domain.script.inbound import check_inbound
from domain.script.preview import Branch, StepPreview, scenes
from domain.script.script import End, Exit, Gather, HandOver, Next, Script, ScriptStep
from domain.script.text import cleaned
from domain.script.walk import (
    BEGINNING,
    SAFE_TEXT,
    Document,
    Heard,
    NotHeard,
    NothingPressed,
    Place,
    Pressed,
    Redirect,
    ServedAction,
    document,
    heard_of,
    next_step,
    safe_document,
)
from domain.script.written import script_of, written_script
