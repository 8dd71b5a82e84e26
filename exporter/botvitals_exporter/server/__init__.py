"""The web server that Prometheus scrapes."""
