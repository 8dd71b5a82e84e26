"""The bot's children, theirs and so on, each with a role and a command line to know it by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from botvitals.redaction import redact
from botvitals_exporter.readings import ChildReading, ChildrenReading
from botvitals_exporter.sources.census.snapshot import CLONE_NAME
from botvitals_exporter.sources.command import displayed_command
from botvitals_exporter.sources.process_tree import Member, process_tree
from botvitals_exporter.sources.roles import COMM_LENGTH, RoleRule, base_name, role_of


@dataclass(frozen=True, slots=True)
class _Identity:
    """What a child's command line said of it, and the name that its process had, the last `readings` times."""

    kernel_name: str
    argv: tuple[str, ...]
    role: str
    name: str
    command: str
    readings: int = 1


class ChildrenSource:
    """Reads the descendants of the process `pid`, which must be running: raises psutil.NoSuchProcess otherwise.

    A child's command line is read once and kept, for the kernel may make its reader wait while the child is short of
    memory. It is read again when the process has taken another name (exec) and, as long as it is its parent's (a fork
    that may yet exec) or empty, at the second, fourth, eighth reading and so on: a pool's workers stay forks for good,
    and each look asks for the GIL. Clones that count the bot's heap are left out.
    """

    def __init__(self, pid: int, rules: Sequence[RoleRule] = (), proc: Path = Path("/proc")) -> None:
        self._pid = pid
        self._rules = tuple(rules)
        self._tree = process_tree(pid, proc)
        self._argv = self._tree.command_line(pid)
        self._identities: dict[tuple[int, float], _Identity] = {}

    def read(self) -> ChildrenReading:
        """Return the children that live now, largest RSS first; one that dies or is denied meanwhile is left out."""
        members = [member for member in self._tree.members() if member.name[:COMM_LENGTH] != CLONE_NAME[:COMM_LENGTH]]
        known, self._identities = self._identities, {}
        argv_of = {self._pid: self._argv}
        children: list[ChildReading] = []
        for member in members:
            key = (member.pid, member.started)
            identity = self._identity(member, known.get(key), argv_of.get(member.parent_pid, ()))
            self._identities[key] = identity
            argv_of[member.pid] = identity.argv
            children.append(
                ChildReading(
                    member.pid,
                    identity.role,
                    identity.name,
                    identity.command,
                    member.resident_memory_bytes,
                    member.virtual_memory_bytes,
                )
            )
        return ChildrenReading(tuple(sorted(children, key=lambda child: (-child.resident_memory_bytes, child.pid))))

    def _identity(self, member: Member, known: _Identity | None, parent_argv: tuple[str, ...]) -> _Identity:
        if known and known.kernel_name != member.name:
            known = None
        if known:
            if known.argv and known.argv != parent_argv:
                return known
            known = replace(known, readings=known.readings + 1)
            if known.readings.bit_count() > 1:
                return known
        argv = self._tree.command_line(member.pid)
        if known and known.argv == argv:
            return known
        name = _full_name(member.name, argv)
        return _Identity(member.name, argv, role_of(argv, name, self._rules), redact(name), displayed_command(argv))


def _full_name(kernel_name: str, argv: tuple[str, ...]) -> str:
    program = base_name(argv[0]) if argv else ""
    return program if len(kernel_name) == COMM_LENGTH and program.startswith(kernel_name) else kernel_name
