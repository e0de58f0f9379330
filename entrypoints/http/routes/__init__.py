"""One file a resource: admit, parse, ask or command, answer."""
