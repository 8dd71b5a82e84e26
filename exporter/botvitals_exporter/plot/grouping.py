"""What the lines of a picture stand for."""

from typing import Literal, get_args

Grouping = Literal["type", "module", "process"]
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)

Value = Literal["bytes", "count"]
VALUES: tuple[Value, ...] = get_args(Value)

# Of the processes, those that stand for no role. Brackets keep them apart from programs' names.
BOT_ROW = "<bot>"
TOTAL_ROW = "<total>"

# What the recorders sum the rest up in. It is no type and no module, so it takes no part in the ranking.
REST_ROW = "other"
