"""A client of Dialtrail's HTTP API: `requests` makes typed requests."""

from dialtrail_client import models, requests
from dialtrail_client.api_request import ApiRequest

__all__ = ["ApiRequest", "models", "requests"]
