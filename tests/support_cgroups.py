"""A machine's /proc and control groups, laid out in a folder."""

from pathlib import Path

ROOT_FILES = {2: "cgroup.controllers", 1: "cgroup.sane_behavior"}


class Machine:
    """Builds `proc` and `groups` under `folder`; memory is in bytes."""

    def __init__(self, folder: Path, available_bytes: int = 8_000_000_000) -> None:
        self.proc = folder / "proc"
        self.groups = folder / "my groups"
        (self.proc / "self").mkdir(parents=True)
        (self.proc / "meminfo").write_text(f"MemTotal: 16000000 kB\nMemAvailable: {available_bytes // 1024} kB\n")
        self._mounts: list[str] = []

    def process(self, pid: int | str, *lines: str) -> None:
        """Put a process into the groups of these lines of its /proc/PID/cgroup."""
        (self.proc / str(pid)).mkdir(exist_ok=True)
        (self.proc / str(pid) / "cgroup").write_text("".join(line + "\n" for line in lines))

    def mount(self, version: int, at: str, root: str = "/", options: str = "rw") -> Path:
        """Mount a hierarchy, or the part of it below `root`, at a folder of `groups`."""
        folder = self.groups / at
        folder.mkdir(parents=True, exist_ok=True)
        kind = "cgroup2" if version == 2 else "cgroup"
        where = str(folder).replace(" ", "\\040")
        self._mounts.append(f"31 23 0:28 {root} {where} rw,relatime shared:9 - {kind} {kind} {options}\n")
        (self.proc / "self" / "mountinfo").write_text(
            "22 1 8:1 / / rw - ext4 /dev/sda rw\nshort\n" + "".join(self._mounts)
        )
        return folder

    @staticmethod
    def group(folder: Path, **files: str | int) -> Path:
        """Make a group with these files; `memory_max` stands for `memory.max`."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name.replace("_", ".", 1)).write_text(f"{content}\n")
        return folder
