"""The real servers that integration tests talk to: built once, kept in a cache outside the checkout.

`python tests/support_servers.py` builds what is missing. Needs Go for Prometheus and Jaeger, and the package index that
pip is set up for.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

RECIPES = Path(__file__).parent / "integration" / "servers"
LOCKS = {"prometheus": "go.sum", "jaeger": "go.sum", "chromadb": "requirements.txt"}


def folder(server: str) -> Path:
    """Return where `server` is kept; its name changes with the lock file, so that a new version is built anew."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    key = hashlib.sha256((RECIPES / server / LOCKS[server]).read_bytes()).hexdigest()[:12]
    return caches / "botvitals" / f"{server}-{key}"


def is_built(server: str) -> bool:
    """Whether `server` is in the cache, whole."""
    return (folder(server) / "complete").exists()


def build(server: str) -> Path:
    """Build `server` unless it is in the cache, and return its folder."""
    target = folder(server)
    if not is_built(server):
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        install = _build_go_tools if LOCKS[server] == "go.sum" else _install_requirements
        install(RECIPES / server, target)
        (target / "complete").touch()
    return target


def _build_go_tools(recipe: Path, target: Path) -> None:
    # The flags leave out symbols: half the size, and nobody debugs these.
    command = ["go", "build", "-mod=readonly", "-ldflags", "-s -w", "-o", f"{target}/", "tool"]
    subprocess.run(command, cwd=recipe, check=True)


def _install_requirements(recipe: Path, target: Path) -> None:
    """Install into a virtual environment of its own: ChromaDB pins packages that botvitals uses too."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", target], check=True)
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    pip = [sys.executable, "-m", "pip", "--python", str(target / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*pip, "--requirement", recipe / "requirements.txt"], check=True, env=environment)


if __name__ == "__main__":
    for name in LOCKS:
        began = time.monotonic()
        print(f"{name}: {build(name)} ({time.monotonic() - began:.0f} s)", flush=True)  # noqa: T201 - a script's output
