"""Deliveries that have no readable call: kept, each once, under its digest."""

from typing import Literal

from adapters.ledger.transaction import Transaction
from application.commands.command import Command
from domain import quarantine
from domain.identity import quarantine_stream
from domain.quarantine import DeliveryQuarantined


def quarantine_delivery(delivery: DeliveryQuarantined) -> Command[Literal["quarantined"]]:
    """Put it away, unless it is there already."""

    def decide(tx: Transaction) -> Literal["quarantined"]:
        known = tx.quarantined(delivery.digest)
        tx.append(quarantine_stream(delivery.digest), quarantine.quarantine(known, delivery))
        return "quarantined"

    return decide
