"""Processes beside the one that writes: they accept connections, and take plain webhooks off its hands."""
