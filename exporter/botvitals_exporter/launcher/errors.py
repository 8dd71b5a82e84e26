"""What keeps a bot from being started or watched, in words for the person who asked for it."""


class LauncherError(Exception):
    """The bot cannot be started or watched; the text is one line in the language in use, free of secrets.

    The commands say it on stderr and end with exit code 1, as for whatever else is no mistake in the command line
    itself. A shell's 126 and 127 are left to the bot: a command that starts another one ends with them.
    """
