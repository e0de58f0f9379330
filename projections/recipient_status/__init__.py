"""Where every recipient of every campaign stands, and stood: the rows, their tables, the queries and the fold."""

from projections.recipient_status.by_status import LOOKS_A_PAGE_MAX, page_with_status
from projections.recipient_status.candidates import with_statuses
from projections.recipient_status.counting import counts
from projections.recipient_status.fold import write
from projections.recipient_status.left import WhoWaits
from projections.recipient_status.reads import (
    beginnings,
    enrolled_streams,
    enrollments_at,
    first_zone_keys,
    judged_singly,
    kinds,
    page,
    references_taken,
    rows_in,
    spellings_of,
    standings_at,
    streams_enrolled,
    streams_held_by_calls,
    streams_judged,
    streams_referred_to,
    streams_standing_since,
    streams_with_prefix,
)
from projections.recipient_status.rows import EnrollmentRow, StatusRow, enrollment_of
from projections.recipient_status.suppressions import SuppressedRow, suppressions_page
from projections.recipient_status.tables import (
    DECLINED,
    ENROLLMENT,
    HISTORY,
    KIND,
    NAME,
    SPELLING,
    STATUS,
    SUPPRESSION,
    VERSION,
)
from projections.recipient_status.wished import (
    WISHES_LOOKED_AT_MAX,
    OpenWish,
    callbacks_open,
    latest_wishes,
    next_wishes,
    streams_to_give_up,
    streams_wished_from,
    wished_now,
    wished_page,
    wishes_counted,
)
