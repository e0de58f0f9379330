"""What a call shall say: the provider asks, and gets the document of the call's own script, whatever goes wrong."""

from application.answering.answerer import Answerer
from application.answering.asked import BODY_BYTES_MAX, Asked, read_asked
from application.answering.links import Links
