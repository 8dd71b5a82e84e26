import pytest

from botvitals_exporter.sources.roles import parse_role_rule, role_of

SPAWN = "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5, pipe_handle=7)"


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("python -m chromadb.server", "chromadb.server"),
        ("python.exe -m chromadb.server --port 8000", "chromadb.server"),
        ("python3.11 -X dev -u -W ignore script.py --token x", "script.py"),
        ("python3 -Xdev -um worker.main 12345", "worker.main"),
        ("python -mworker.__main__", "worker"),
        ("python /srv/bot/__main__.py", "bot"),
        ("python .", "python"),
        ("python -", "python"),
        ("/home/me/.local/bin/python3.13t -c pass", "python"),
        ("pypy3.10", "pypy"),
        ("python3 /venv/bin/chroma run --path data", "chroma"),
        (r"C:\venv\Scripts\python.exe C:\venv\Scripts\chroma.exe run", "chroma"),
        ("/usr/bin/env python3 -u bot.py", "bot.py"),
        ("/usr/bin/env -u HOME LANG=C python3 bot.py", "bot.py"),
        ("env", "env"),
        ("uvicorn app:api --port 8000", "uvicorn"),
        ("python -m uvicorn app:api", "uvicorn"),
        ("node --require ./hook.js --inspect server.js 3000", "server.js"),
        ("/usr/bin/nodejs -e 1", "nodejs"),
        ("bash -e run.sh", "run.sh"),
        ("-bash", "bash"),
        ("java -Xmx2g -cp lib/a.jar -jar app.jar", "app.jar"),
        ("ffmpeg -i in.mp4 out.mp3", "ffmpeg"),
        ("python multiprocessing --multiprocessing-fork tracker_fd=5 pipe_handle=7", "multiprocessing.spawn"),
        ("/tmp/worker-7 --id 7", "worker"),
        ("python bot_123456789.py", "bot.py"),
        ("/opt/550e8400-e29b-41d4-a716-446655440000", "comm"),
    ],
)
def test_a_role_is_what_the_command_line_runs(command: str, role: str) -> None:
    assert role_of(command.split(), "comm") == role


@pytest.mark.parametrize(
    ("argv", "name", "role"),
    [
        (["python3", "-c", SPAWN, "--multiprocessing-fork"], "python3", "multiprocessing.spawn"),
        (
            ["python3", "-Bc", "from multiprocessing.resource_tracker import main;main(5)"],
            "x",
            "multiprocessing.resource_tracker",
        ),
        (["/usr/bin/env", "-S", "python3 -u", "/srv/bot.py"], "python3", "bot.py"),
        (["postgres: bot ann 127.0.0.1(40512) idle"], "postgres", "postgres"),
        (["gunicorn: worker [app]"], "gunicorn", "gunicorn"),
        (["redis-server 127.0.0.1:6379"], "redis-server", "redis-server"),
        (["/opt/My Bot/bot"], "bot", "bot"),
        (["/opt/bot/my bot"], "my bot", "my bot"),
        (["/opt/bot/my bot of many words"], "my bot of many ", "my bot of many words"),
        ([], "kworker", "kworker"),
        ([], "", "process"),
        (["", ""], "hidden", "hidden"),
        (["/tmp/123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"], "bot", "bot"),
        (["redis://:hunter2@db"], "worker", "@db"),
        (["node", "https://bot:hunter2@host/run.js"], "node", "run.js"),
        (["node", "https://bot:hunter2@host"], "node", "@host"),
    ],
)
def test_a_role_needs_no_ordinary_command_line(argv: list[str], name: str, role: str) -> None:
    assert role_of(argv, name) == role


def test_the_users_rules_come_first_and_the_first_of_them_wins() -> None:
    rules = [parse_role_rule("vectors=chroma.*run"), parse_role_rule("web=uvicorn"), parse_role_rule("all=.")]
    assert role_of(["python3", "/venv/bin/chroma", "run"], "python3", rules) == "vectors"
    assert role_of(["uvicorn", "app:api"], "uvicorn", rules) == "web"
    assert role_of(["ffmpeg"], "ffmpeg", rules) == "all"


def test_a_rule_may_hold_an_equals_sign() -> None:
    assert role_of(["worker", "--kind=gpu"], "worker", [parse_role_rule("gpu=--kind=gpu")]) == "gpu"


@pytest.mark.parametrize("text", ["", "=", "name", "name=", "=regex", " =regex"])
def test_a_rule_without_a_name_or_an_expression_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NAME=REGEX"):
        parse_role_rule(text)


def test_a_wrong_expression_is_refused_with_what_is_wrong_about_it() -> None:
    with pytest.raises(ValueError, match=r"role db is wrong: .*position 0"):
        parse_role_rule("db=(")
