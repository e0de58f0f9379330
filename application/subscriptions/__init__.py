"""The user's own systems are told what happens: at least once, in order per recipient, and nobody waits for them."""
