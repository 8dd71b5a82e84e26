"""The spans of a bot that sets up no tracing of its own: a private provider, and a file."""
