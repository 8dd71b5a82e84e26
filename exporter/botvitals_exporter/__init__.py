"""What publishes a bot's vitals: sources, collectors, the server, recorders, the screen, the plot and the commands."""

__all__: list[str] = []
