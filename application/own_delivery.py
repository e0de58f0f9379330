"""The delivery that `dialtrail doctor` makes to itself: always the same bytes, of a call that no campaign has."""

OWN_CALL_ID = "dialtrail-doctor"
OWN_DELIVERY = (
    b'{"event":"call.canceled","call":{"id":"dialtrail-doctor"},"variables":{},'
    b'"data":{"event_key":"dialtrail-doctor:2","says":"a delivery of dialtrail doctor to itself, no call"}}'
)
