import json
import re
from pathlib import Path

from support_programs import BOTVITALS, eventually, free_port, get, running, server_folder

BOT = """
import signal, subprocess, sys
chroma, folder, port = sys.argv[1:]
with subprocess.Popen([chroma, "run", "--path", folder, "--port", port]) as server:
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    print("the server is my child", flush=True)
    server.wait()
"""
MEGABYTE = 1024 * 1024


def test_a_chromadb_server_shows_under_a_role_of_its_own_with_its_memory(tmp_path: Path) -> None:
    chroma = server_folder("chromadb") / "bin" / "chroma"
    script = tmp_path / "bot.py"
    script.write_text(BOT)
    chroma_port, port = free_port(), free_port()
    log = tmp_path / "log"
    with (
        log.open("w") as output,
        running(
            *BOTVITALS,
            *("--lang", "en", "monitor", "--interval", "0.5", "--port", str(port), "--output-dir", str(tmp_path)),
            *(str(script), str(chroma), str(tmp_path / "store"), str(chroma_port)),
            stdout=output,
            cwd=tmp_path,
        ),
    ):
        eventually(lambda: get(f"http://127.0.0.1:{chroma_port}/api/v2/heartbeat"), "ChromaDB answers")

        def chroma_bytes() -> float | None:
            found = re.search(
                r'^botvitals_child_resident_memory_bytes\{role="chroma"\} (\S+)$',
                get(f"http://127.0.0.1:{port}/metrics"),
                re.MULTILINE,
            )
            return float(found[1]) if found and float(found[1]) > 40 * MEGABYTE else None

        published = eventually(chroma_bytes, "the server's memory under the role chroma")
        assert published < 2000 * MEGABYTE
    [recording] = tmp_path.glob("**/process_monitor_*.jsonl")
    *_, last = map(json.loads, recording.read_text().splitlines())
    [server] = [child for child in last["process"]["children"] if child["role"] == "chroma"]
    assert server["resident_memory_bytes"] > 40 * MEGABYTE
    assert "[Bot] the server is my child" in log.read_text()
    assert "chroma run" in log.read_text()
