"""Units that make a picture's numbers short."""

from dataclasses import dataclass

from botvitals_exporter.plot.grouping import Value

_UNITS = (("KB", 1024), ("MB", 1024**2), ("GB", 1024**3), ("TB", 1024**4), ("PB", 1024**5), ("EB", 1024**6))


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of `size` bytes or things; `name` is empty for a count."""

    name: str
    size: float

    def format(self, amount: float) -> str:
        """Return `amount`, given in bytes or things, in this unit with three digits that mean something."""
        number = amount / self.size
        if not self.name:
            return f"{number:,.0f}"
        digits = 0 if number >= 100 else 1 if number >= 10 else 2
        return f"{number:,.{digits}f} {self.name}"


def unit_for(value: Value, amount: float) -> Unit:
    """Return the unit in which `amount` is best read; a KB is 1,024 bytes."""
    if value == "count":
        return Unit("", 1)
    fitting = [Unit(name, size) for name, size in _UNITS if amount >= size]
    return fitting[-1] if fitting else Unit("KB", 1024)
