"""One chat model over the wire: bytes → objects → pieces → a reply, with the quirks of each server in its profile."""
