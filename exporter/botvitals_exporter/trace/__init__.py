"""Showing recorded spans offline: the slowest operations as waterfalls, and where the time went."""
