"""An exception of the bot's leaves the interpreter with the traceback that it has when Python runs the bot."""

import sys
from types import TracebackType

_OUR_PACKAGE = __name__.partition(".")[0]


class BotTraceback:
    """Entered around the bot: what it raises goes on as it is, and is shown without the frames that led to the bot.

    The frames above ours join the traceback only while the exception goes on upwards, so they are cut when Python
    shows it: `sys.excepthook`, the bot's own too, gets the bot's part. SystemExit is never shown and needs nothing.
    """

    def __enter__(self) -> None:
        """Do nothing yet: the bot sets its own `sys.excepthook` while it runs."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None and not isinstance(error, SystemExit):
            _cut_when_shown(error, _below_our_frames(traceback))


def _below_our_frames(traceback: TracebackType | None) -> TracebackType | None:
    while traceback is not None and _is_ours(traceback):
        traceback = traceback.tb_next
    return traceback


def _is_ours(traceback: TracebackType) -> bool:
    return str(traceback.tb_frame.f_globals.get("__name__")).partition(".")[0] == _OUR_PACKAGE


def _cut_when_shown(bot_error: BaseException, bot_traceback: TracebackType | None) -> None:
    hook = sys.excepthook

    def show(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        sys.excepthook = hook
        if error is bot_error:
            sys.last_traceback = traceback = bot_traceback
            error.__traceback__ = bot_traceback
        try:
            hook(kind, error, traceback)
        except SystemExit:
            raise
        except BaseException as hook_error:  # noqa: BLE001 - said in Python's words, without this frame of ours
            # PyErr_PrintEx does and says the same.
            own_traceback = hook_error.__traceback__
            hook_error.__traceback__ = own_traceback and own_traceback.tb_next
            sys.stderr.write("Error in sys.excepthook:\n")
            sys.__excepthook__(type(hook_error), hook_error, hook_error.__traceback__)
            sys.stderr.write("\nOriginal exception was:\n")
            sys.__excepthook__(kind, error, error.__traceback__)

    sys.excepthook = show
