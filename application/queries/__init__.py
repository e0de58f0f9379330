"""What may be asked: typed answers for an actor at a moment, masked as they are made, for the API and the pages alike.

What reads ledger or views is synchronous, and called in a thread: webhooks are acknowledged on the event loop. What is
asynchronous sees to that itself.
"""
