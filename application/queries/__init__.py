"""What may be asked: typed answers for an actor at a moment, read off the event loop and masked as they are made."""
