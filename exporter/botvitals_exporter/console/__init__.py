"""What a person sees on the terminal while a bot is watched."""
