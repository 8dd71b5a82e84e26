import ast
import io
import logging
import os
import socket
import subprocess
import sys
import textwrap
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from wsgiref.types import WSGIApplication

import pytest
from prometheus_client import CollectorRegistry, Gauge, generate_latest

import botvitals_exporter
from botvitals_exporter import Exporter, start, wsgi_app
from botvitals_exporter.exporter import running_exporter
from botvitals_exporter.recorders.recorder import JSON_SUFFIX
from support_inside import nothing_left_running, our_threads
from support_programs import BOTVITALS, eventually

HOUR = 3600.0


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    with nothing_left_running():
        yield


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOTVITALS_LANG", "en")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def asked(app: WSGIApplication, path: str = "/metrics") -> tuple[str, str]:
    statuses: list[str] = []
    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "QUERY_STRING": "", "wsgi.errors": io.StringIO()}

    def start_response(status: str, headers: object, error: object = None) -> object:
        statuses.append(status)
        return None

    body = b"".join(app(environ, start_response))  # type: ignore[arg-type]
    return statuses[0], body.decode()


def got(url: str | None) -> str:
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
        return str(answer.read().decode())


def run_bot(code: str, folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run a script that uses the library, by Python or by `command` put before it."""
    (folder / "bot.py").write_text(textwrap.dedent(code), encoding="utf-8")
    return subprocess.run(
        [*(command or (sys.executable,)), "bot.py"],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "BOTVITALS_LANG": "en"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_public_names_are_those_that_are_exported() -> None:
    tree = ast.parse(Path(botvitals_exporter.__file__).read_text())
    imported = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(botvitals_exporter.__all__) == imported
    assert all(hasattr(botvitals_exporter, name) for name in botvitals_exporter.__all__)


def test_an_import_starts_registers_and_binds_nothing(tmp_path: Path) -> None:
    ended = run_bot(
        """
        import gc, logging, os, signal, sys, threading
        from prometheus_client import REGISTRY

        made, hooks = [], []
        sys.addaudithook(lambda event, args: made.append(event) if event in {"socket.bind", "os.fork"} else None)
        if hasattr(os, "register_at_fork"):
            register = os.register_at_fork
            os.register_at_fork = lambda **hook: (hooks.append(str(hook)), register(**hook))

        def state():
            return (threading.active_count(), list(gc.callbacks), set(REGISTRY._collector_to_names),
                    signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT), sys.excepthook,
                    logging.getLogger("botvitals").handlers, logging.getLogger().handlers)

        before = state()
        import botvitals, botvitals_exporter
        assert state() == before, (state(), before)
        assert made == [], made
        assert not [hook for hook in hooks if "botvitals" in hook], hooks
        assert not {"matplotlib", "msgspec", "pympler"} & set(sys.modules)
        """,
        tmp_path,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": -1},
        {"port": 65536},
        {"port": "9464"},
        {"host": None},
        {"interval": 0},
        {"interval": -1.0},
        {"interval": float("nan")},
        {"interval": float("inf")},
        {"interval": 1e300},
        {"interval": "10"},
        {"engine": "fast"},
        {"child_roles": ["chroma"]},
        {"child_roles": ["chroma=("]},
        {"child_roles": "chroma=x"},
    ],
    ids=str,
)
def test_a_wrong_argument_raises_before_anything_has_started(wrong: dict[str, object]) -> None:
    registry = CollectorRegistry()
    with pytest.raises(ValueError, match=r"\S"):
        start(**{"port": 0, "registry": registry, **wrong})  # type: ignore[arg-type]
    assert running_exporter() is None
    assert our_threads() == []
    assert generate_latest(registry) == b""


def test_a_registry_with_metrics_of_our_names_raises_and_leaves_the_port_free() -> None:
    registry = CollectorRegistry()
    Gauge("botvitals_threads", "The bot's own", registry=registry)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(ValueError, match="botvitals_threads"):
        start(port=port, registry=registry)
    assert running_exporter() is None
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_it_serves_the_bots_metrics_until_it_is_stopped() -> None:
    with start(port=0, interval=HOUR) as vitals:
        assert vitals.url == f"http://127.0.0.1:{vitals.port}"
        page = got(vitals.url)
        port = vitals.port
    assert "botvitals_process_resident_memory_bytes" in page
    assert 'mode="library"' in page
    with socket.create_server(("127.0.0.1", port or 0)):
        pass


def test_without_a_port_nothing_is_served() -> None:
    with start(port=None, interval=HOUR) as vitals:
        assert (vitals.port, vitals.url) == (None, None)
        assert "botvitals-server" not in our_threads()
        assert "botvitals_process_resident_memory_bytes" in asked(vitals.app)[1]


def test_a_port_in_use_is_logged_once_and_counted_and_the_rest_runs(
    taken_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), start(port=taken_port, interval=HOUR) as vitals:
        page = asked(vitals.app)[1]
    assert (vitals.port, vitals.url) == (None, None)
    assert [(record.name, record.levelname, record.message) for record in caplog.records] == [
        ("botvitals", "WARNING", f"no metrics are served: Port {taken_port} on 127.0.0.1 is in use")
    ]
    assert 'botvitals_errors_total{component="server"} 1.0' in page
    assert "botvitals_process_resident_memory_bytes" in page


def test_a_second_call_returns_the_running_handle() -> None:
    first = start(port=0, interval=HOUR)
    assert start(port=None) is first
    first.stop()
    second = start(port=0, interval=HOUR)
    assert second is not first
    second.stop()


def test_it_runs_again_after_a_stop_on_the_same_port_and_in_the_same_registry() -> None:
    registry = CollectorRegistry()
    with start(port=0, interval=HOUR, registry=registry) as first:
        port = first.port
    with start(port=port, interval=HOUR, registry=registry) as second:
        assert second.port == port
        assert "botvitals_process_resident_memory_bytes" in got(second.url)


def test_the_metrics_join_the_bots_own_registry_and_leave_it_again() -> None:
    registry = CollectorRegistry()
    Gauge("bot_users", "Users", registry=registry).set(3)
    before = generate_latest(registry)
    with start(port=None, interval=HOUR, registry=registry):
        assert b"botvitals_process_resident_memory_bytes" in generate_latest(registry)
        assert b"bot_users 3.0" in generate_latest(registry)
    assert generate_latest(registry) == before


def test_the_mounted_application_answers_503_while_nothing_runs() -> None:
    app = wsgi_app()
    assert asked(app)[0] == "503 Service Unavailable"
    with start(port=None, interval=HOUR):
        status, page = asked(app)
        assert (status, "botvitals_process_resident_memory_bytes" in page) == ("200 OK", True)
        assert asked(app, "/healthz") == ("200 OK", "ok\n")
    assert asked(app)[0] == "503 Service Unavailable"


def test_a_census_goes_to_the_output_file_as_text_and_json(tmp_path: Path) -> None:
    output = tmp_path / "new" / "data.txt"
    recording = Path(f"{output}{JSON_SUFFIX}")
    with start(port=None, interval=0.05, output=output):
        eventually(recording.exists, "a census is recorded")
        eventually(lambda: recording.read_text().endswith("\n"), "the record is whole")
    assert '"total_objects":' in recording.read_text().splitlines()[0]
    assert "#1 - " in output.read_text()


def test_an_output_that_cannot_be_written_is_logged_once_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with start(port=None, interval=0.05, output=tmp_path) as vitals:
        eventually(lambda: 'errors_total{component="output"} 0.0' not in asked(vitals.app)[1], "it is counted")
        assert "botvitals_process_resident_memory_bytes" in asked(vitals.app)[1]
    assert len([record for record in caplog.records if f"cannot write {tmp_path}" in record.message]) == 1


def test_what_is_told_to_stop_before_the_first_census_records_nothing(tmp_path: Path) -> None:
    with start(port=None, interval=HOUR, output=tmp_path / "data.txt"):
        pass
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"", b""]


def test_its_type_is_public() -> None:
    with start(port=None, interval=HOUR) as vitals:
        assert isinstance(vitals, Exporter)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_serves_and_counts_nothing_and_may_start_anew(tmp_path: Path) -> None:
    ended = run_bot(
        """
        import gc, os, threading, urllib.request
        from prometheus_client import REGISTRY, generate_latest
        from botvitals_exporter import start, wsgi_app
        from botvitals_exporter.exporter import running_exporter

        def names():
            return [thread.name for thread in threading.enumerate() if "botvitals" in thread.name]

        def ours():
            return b"botvitals_" in generate_latest(REGISTRY)

        vitals = start(port=0, interval=3600, registry=REGISTRY)
        assert ours() and names()
        pid = os.fork()
        if pid == 0:
            failed = 1
            try:
                assert running_exporter() is None
                assert not ours()
                assert names() == []
                assert gc.callbacks == []
                statuses = []
                wsgi_app()({"PATH_INFO": "/metrics", "REQUEST_METHOD": "GET"}, lambda s, h: statuses.append(s))
                assert statuses == ["503 Service Unavailable"]
                vitals.stop()
                with start(port=0, interval=3600, registry=REGISTRY) as anew:
                    assert anew is not vitals and anew.port != vitals.port
                    page = urllib.request.urlopen(anew.url + "/metrics", timeout=10).read()
                    assert b"botvitals_process_resident_memory_bytes" in page
                assert not ours()
                failed = 0
            finally:
                os._exit(failed)
        _, status = os.waitpid(pid, 0)
        page = urllib.request.urlopen(vitals.url + "/metrics", timeout=10).read()
        assert b"botvitals_process_resident_memory_bytes" in page
        assert running_exporter() is vitals
        vitals.stop()
        print(os.waitstatus_to_exitcode(status))
        """,
        tmp_path,
        sys.executable,
        "-W",
        "ignore::DeprecationWarning",
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "0\n", "")


def test_under_the_command_it_returns_the_running_handle(tmp_path: Path) -> None:
    ended = run_bot(
        """
        import urllib.request
        from botvitals_exporter import start, wsgi_app

        def main():
            vitals = start(port=None, interval=0.001)
            page = urllib.request.urlopen(vitals.url + "/metrics", timeout=10).read().decode()
            print('mode="objects"' in page)
        """,
        tmp_path,
        *BOTVITALS,
        "objects",
        "--quiet",
        "--port",
        "0",
    )
    assert (ended.returncode, ended.stdout) == (0, "True\n"), ended.stderr


@pytest.mark.parametrize("ending", ["", "raise SystemExit(5)", "raise ValueError('crashed')"])
def test_it_does_not_hold_the_bots_end_up_and_leaves_its_exit_code(ending: str, tmp_path: Path) -> None:
    bot = f"""
        from botvitals_exporter import start
        start(port=0, interval=0.01, output="data.txt")
        {ending}
        """
    ended = run_bot(bot, tmp_path)
    code, error = {"": (0, ""), "raise SystemExit(5)": (5, "")}.get(ending, (1, "ValueError: crashed"))
    assert ended.returncode == code
    assert [line for line in ended.stderr.splitlines() if line.startswith("ValueError")] == ([error] if error else [])
    assert ended.stderr.count("Traceback") == bool(error)


def test_a_bot_whose_folder_is_gone_starts_all_the_same(tmp_path: Path) -> None:
    ended = run_bot(
        """
        import os, tempfile
        from botvitals_exporter import start
        folder = tempfile.mkdtemp()
        os.chdir(folder)
        os.rmdir(folder)
        with start(port=None, interval=3600, output="data.txt", service_name="bot"):
            print("runs")
        """,
        tmp_path,
    )
    assert (ended.returncode, ended.stdout) == (0, "runs\n"), ended.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="RSS is read from /proc")
def test_ten_thousand_readings_leave_the_memory_where_it_was(tmp_path: Path) -> None:
    ended = run_bot(
        """
        import gc
        from prometheus_client import CollectorRegistry, generate_latest
        from botvitals_exporter.collectors.vitals import register
        from botvitals_exporter.failures import Failures
        from botvitals_exporter.inside import InsideVitals
        from botvitals_exporter.sources.census.engines import engine_named

        def resident():
            gc.collect()
            return int(open("/proc/self/statm").read().split()[1]) * 4096

        failures = Failures(lambda line: None)
        vitals = InsideVitals(failures, engine_named("inline"), 10)
        registry = CollectorRegistry()
        register(registry, vitals.collectors(), failures)
        vitals.begin()

        def read(times):
            for number in range(times):
                vitals.refresh()
                failures.note("output", f"failure {number}", kind="OSError")
                if number % 100 == 0:
                    generate_latest(registry)
            vitals.next_report()

        # The first censuses leave the allocator with the room that every later one uses again.
        for _ in range(3):
            read(500)
        before, blocks = resident(), len(gc.get_objects())
        read(10_000)
        vitals.end()
        print(resident() - before, len(gc.get_objects()) - blocks)
        """,
        tmp_path,
    )
    assert ended.returncode == 0, ended.stderr
    more_bytes, more_objects = map(int, ended.stdout.split())
    # A kilobyte lost with each reading would be 10 MB. What a census held for a moment may leave the heap larger by
    # 6 MB, once.
    assert more_bytes < 8 * 1024**2
    assert more_objects < 500
