import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botvitals.redaction import redact, redact_argv

TELEGRAM = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
DISCORD = "MTE2NzQ5ODc2NTQzMjEwOTg3.GaBcDe.aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789ab"

SECRETS = [
    ("bot.py --token hunter2", "bot.py --token ***"),
    ("bot.py --api-key=hunter2 --debug", "bot.py --api-key=*** --debug"),
    ("bot.py --botToken hunter2 --appsecret hunter2", "bot.py --botToken *** --appsecret ***"),
    ("wget --cookie sid=hunter2 --pw hunter2", "wget --cookie *** --pw ***"),
    ("api_key=hunter2", "api_key=***"),
    ("BOT_TOKEN=hunter2 python bot.py", "BOT_TOKEN=*** python bot.py"),
    ("OPENAI_KEY=hunter2", "OPENAI_KEY=***"),
    ("Password: hunter2", "Password: ***"),
    ("Config(token=hunter2, debug=True)", "Config(token=***, debug=True)"),
    ("clientSecret=>hunter2", "clientSecret=>***"),
    ("token=b'hunter2'", "token=b'***'"),
    ('{"password": "hun\\"ter2", "user": "ann"}', '{"password": "***", "user": "ann"}'),
    ('{\\"token\\": \\"hunter2\\"}', '{\\"token\\": \\"***\\"}'),
    ('password="two words" next', 'password="***" next'),
    ("密码：hunter2 已保存", "密码：*** 已保存"),
    ("https://user:hunter2@host/path", "https://***@host/path"),
    ("postgres://bot:hun@ter2@db:5432/bot", "postgres://***@db:5432/bot"),
    ("https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.io/2", "https://***@o1.ingest.sentry.io/2"),
    ("GET /v1/data?key=hunter2&page=3", "GET /v1/data?key=***&page=3"),
    ("GET /hook?x=1&access_token=hunter2&page=3", "GET /hook?x=1&access_token=***&page=3"),
    (f"token is {TELEGRAM} ok", "token is *** ok"),
    (f"https://api.telegram.org/bot{TELEGRAM}/getMe", "https://api.telegram.org/bot***/getMe"),
    (
        f"https://api.telegram.org/file/bot{TELEGRAM.replace(':', '%3A')}/a.jpg",
        "https://api.telegram.org/file/bot***/a.jpg",
    ),
    (f"logging in with {DISCORD}", "logging in with ***"),
    ("https://discord.com/api/webhooks/1234567890/abcdefghij", "https://discord.com/api/webhooks/***"),
    ("https://hooks.slack.com/services/T0/B0/xyz", "https://hooks.slack.com/services/***"),
    ("Authorization: Bearer hunter2", "Authorization: ***"),
    ("Authorization: Bot hunter2\nHost: x", "Authorization: ***\nHost: x"),
    ("{'Authorization': 'Bearer hunter2', 'Host': 'x'}", "{'Authorization': '***', 'Host': 'x'}"),
    ("curl -H 'Authorization: Basic aHVudGVyMg==' http://x", "curl -H 'Authorization: ***' http://x"),
    ("Cookie: a=hunter2; b=hunter2", "Cookie: ***"),
    ("sent bearer abcdefghijklmnop1234", "sent bearer ***"),
    ("used sk-proj-abcdefghij0123456789", "used ***"),
    ("used sk_live_abcdefghij0123456789", "used ***"),
    ("used ghp_abcdefghij0123456789abcdefghij012345", "used ***"),
    ("used github_pat_abcdefghij0123456789_abcdefghij", "used ***"),
    ("used xoxb-123456789012-abcdefghij", "used ***"),
    ("used AKIAIOSFODNN7EXAMPLE", "used ***"),
    ("used AIzaSyA0123456789abcdefghijABCDEFGHIJ012", "used ***"),
    ("used hf_abcdefghijABCDEFGHIJabcdefghij", "used ***"),
    ("used eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_def-ghi", "used ***"),
    (
        "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\ndef\n-----END RSA PRIVATE KEY----- rest",
        "-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY----- rest",
    ),
]

ORDINARY = [
    "",
    "tokens: 1234 used",
    "token_count=5 max_tokens=4096",
    "the token is invalid",
    "if token == other: pass",
    "token=None, password=null",
    "PWD=/srv/bot OLDPWD=/root",
    "pass: 12 fail: 3",
    "bypass=1 compass=2 monkey=3 keyboard: x",
    "primary key=5, sort_key=name, cache key: user:5",
    "https://medium.com:443/@user/post-1",
    "git+ssh://git@github.com/owner/name.git",
    "ann@example.org wrote at 14:23:15",
    "sk-learn-extension-package",
    "⏱️  [PERF] 完成: face_swap - 操作完成描述 | 耗时: 1.234s",
    "botvitals_process_resident_memory_bytes 45.82 MB (+1.25 MB)",
    "/home/bot/data/memory_diagnostics/process_monitor_20261121_023833_pid12345.txt",
    "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
    "python -m chromadb.server --port 8000 --path ./data",
    "密码错误，请重试",
]


@pytest.mark.parametrize(("text", "clean"), SECRETS)
def test_a_secret_gives_way_to_three_stars(text: str, clean: str) -> None:
    assert redact(text) == clean


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("text", [text for text, _ in SECRETS])
def test_a_secret_is_found_in_the_middle_of_a_long_text(text: str) -> None:
    redacted = redact("x" * 1000 + " \n" + text + "\n" + "y " * 1000)
    assert "hunter2" not in redacted
    assert "***" in redacted


PIECES = st.sampled_from(
    [clean for pair in SECRETS for clean in pair]
    + [
        "token",
        "password",
        "--",
        "-",
        "=",
        ":",
        "://",
        "@",
        '"',
        "'",
        "\\",
        " ",
        "\n",
        ",",
        "&",
        "?",
        "bearer ",
        "key=",
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=12).map("".join))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(st.text(alphabet=st.characters(), max_size=200))
def test_any_text_can_be_cleaned(text: str) -> None:
    assert isinstance(redact(text), str)


def test_lone_surrogates_pass_through() -> None:
    assert redact("\ud800 token=hunter2 \udfff") == "\ud800 token=*** \udfff"


@given(
    st.sampled_from(["token", "BOT_TOKEN", "password", "api_key", "client-secret", "ACCESS_KEY"]),
    st.sampled_from(["{}={}", "{}: {}", '"{}": "{}"', "--{} {}", "?{}={}", "{} = '{}'"]),
    st.text(alphabet=string.ascii_letters + string.digits + "!#$%*+./:^_|~,;)", min_size=6, max_size=40),
)
def test_no_part_of_a_named_value_is_left(name: str, form: str, secret: str) -> None:
    value = "S3cr" + secret + "S3cr"
    assert "S3cr" not in redact("before " + form.format(name, value) + " after")


@given(st.sampled_from(["token=", 'token="', "://", "eyJ", "sk-", "-", "--a-", "1:", "password='\\", "?key", "密码"]))
def test_a_text_of_nothing_but_beginnings_is_cleaned_too(beginning: str) -> None:
    text = beginning * 2000
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    ("argv", "clean"),
    [
        (["bot.py", "--token", "two words", "run"], ["bot.py", "--token", "***", "run"]),
        (["bot.py", "-token", "-leading-dash"], ["bot.py", "-token", "***"]),
        (
            ["bot.py", "--clientSecret", "two words", "--bypass", "x"],
            ["bot.py", "--clientSecret", "***", "--bypass", "x"],
        ),
        (["bot.py", "--bot-token=two words"], ["bot.py", "--bot-token=***"]),
        (["bot.py", "PASSWORD=two words"], ["bot.py", "PASSWORD=***"]),
        (["bot.py", "--use-token", "--debug"], ["bot.py", "--use-token", "--debug"]),
        (["bot.py", "-p", "8080", "--port", "80"], ["bot.py", "-p", "8080", "--port", "80"]),
        (["/usr/bin/mysqldump", "-uroot", "-phunter2", "bot"], ["/usr/bin/mysqldump", "-uroot", "-p***", "bot"]),
        (["C:\\bin\\SSHPASS.EXE", "-p", "hunter2", "ssh"], ["C:\\bin\\SSHPASS.EXE", "-p", "***", "ssh"]),
        (
            ["bot.py", f"--url=https://api.telegram.org/bot{TELEGRAM}/"],
            ["bot.py", "--url=https://api.telegram.org/bot***/"],
        ),
        (["bot.py", "--token"], ["bot.py", "--token"]),
        ([], []),
    ],
)
def test_a_command_line_keeps_its_arguments_but_not_its_secrets(argv: list[str], clean: list[str]) -> None:
    assert redact_argv(argv) == clean
