"""A client of Dialtrail's HTTP API: `requests` makes typed requests, `DialtrailClient` sends them."""

from dialtrail_client import models, requests
from dialtrail_client.api_request import ApiRequest
from dialtrail_client.asynchronous import AsyncDialtrailClient
from dialtrail_client.deliveries import DeliveryRefused, VerifiedDelivery, verified
from dialtrail_client.exchange import DialtrailProblem
from dialtrail_client.following import OutcomeBatch
from dialtrail_client.synchronous import DialtrailClient

__all__ = [
    "ApiRequest",
    "AsyncDialtrailClient",
    "DeliveryRefused",
    "DialtrailClient",
    "DialtrailProblem",
    "OutcomeBatch",
    "VerifiedDelivery",
    "models",
    "requests",
    "verified",
]
