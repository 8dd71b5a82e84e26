"""A query as a panel shows it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression and what its series are called; `legend` may name labels: `{{role}}`.

    `is_instant` asks for the end of the range alone, `has_exemplars` for the traces behind the numbers too.
    """

    expression: str
    legend: str = ""
    is_instant: bool = False
    has_exemplars: bool = False
