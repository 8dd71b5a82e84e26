"""How spans leave the process: bounded, quiet, never in the bot's way. Brings the SDK: import it only when asked."""
