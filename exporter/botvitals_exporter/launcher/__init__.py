"""Running the bot: beside us as a process of its own, or in this very process."""
