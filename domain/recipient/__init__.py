"""The recipient: one stream a person, because suppression, caps and "one open attempt" are about the person."""

from domain.recipient.attempt import Attempt
from domain.recipient.callback import Callback, RecipientCallbackDropped, RecipientCallbackSet, said_in, said_in_call
from domain.recipient.consent import (
    Consent,
    ConsentGiven,
    ConsentRevoked,
    Consents,
    ConsentUsed,
    consent_ends_at,
    consent_id_of,
    consents_together,
    give_consent,
    revoke_consent,
)
from domain.recipient.decisions import (
    abandon,
    accept,
    enroll,
    leave_unresolved,
    lose_call,
    opt_out,
    refuse,
    release,
    resolve,
    start_attempt,
    suppress,
)
from domain.recipient.declined import (
    Declined,
    DeclineSource,
    RecipientDeclined,
    RecipientDeclineLifted,
    decline,
    declines_concerning,
    lift_decline,
)
from domain.recipient.enrollment import Enrollment
from domain.recipient.erasing import ask_second_person, erased, hold, require_no_hold, unhold
from domain.recipient.erasure import (
    ErasureEvent,
    LegalHoldLifted,
    LegalHoldSet,
    RecipientErased,
    RecipientErasureRequested,
)
from domain.recipient.events import (
    ATTEMPT_SENT,
    AttemptAbandoned,
    AttemptAccepted,
    AttemptEvent,
    AttemptRefused,
    AttemptResolved,
    AttemptStarted,
    AttemptUnresolved,
    Concerns,
    RecipientEnrolled,
    RecipientEvent,
    RecipientReleased,
    RecipientSuppressed,
    RecipientWithdrawn,
    Resolution,
)
from domain.recipient.looked_up import answered_before, lookup_failed, variables_for, withdraw
from domain.recipient.lookups import LookupAnswer, LookupFailure, RecipientLookupFailed, WithdrawnCause
from domain.recipient.pressed import press_callback
from domain.recipient.rang_back import RANG_BACK_KEPT_MAX, RangBack, RecipientRangBack
from domain.recipient.rang_back import together as rang_back_together
from domain.recipient.reference import REFERENCE, REFERENCE_CHARS_MAX, is_reference, reference_of
from domain.recipient.spelled import (
    Spelled,
    StreamOf,
    all_spelled,
    as_person,
    call_ids,
    each_spelled,
    other_streams,
    spelled_streams,
)
from domain.recipient.state import INITIAL, RecipientState, evolve, without_attempt
from domain.recipient.suppression import Suppression
from domain.recipient.wishes import (
    BY_OPERATOR,
    NOT_CALLED_IN_TIME,
    Wish,
    check_wished,
    drop_callback,
    is_lapsed,
    never_rule,
    open_callback,
    set_callback,
)
