"""Pushing by OTLP what /metrics shows, for bots that nobody can scrape."""
