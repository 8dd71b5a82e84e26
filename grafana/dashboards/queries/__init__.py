"""What the panels ask, apart from how they show it; every metric's name comes from the exporter's declarations."""
