import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

from botvitals.clean_text import TEXT_LIMIT, clean_block, clean_text
from support_timers import Watched

HOSTILE = [
    "line one\nline two\r\n\"quoted\" 'too'",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "lone \ud800 surrogate",
    b"bytes \xff\n",
    None,
    5,
    ("a", "tuple\n"),
    "",
    "   ",
    "{subject} %s %(x)s {0}",
    "right to left \u202e override",
    "long " * 10_000,
    "\x00\u2028",
]


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no text for you")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("not comparable")

    __hash__ = None  # type: ignore[assignment]  # that is the point


class LoudText(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise RuntimeError("no text for you")

    def __hash__(self) -> int:
        raise RuntimeError("no hash either")


@pytest.mark.parametrize(
    "value", [*HOSTILE, Hostile(), LoudText("loud"), [1, 2]], ids=lambda value: type(value).__name__
)
def test_any_id_name_and_description_makes_one_line_each_and_a_valid_span(value: object) -> None:
    watched = Watched()
    monitor = watched.monitor
    monitor.start_timer(value, value, name=value)
    assert monitor.checkpoint(value, value, value) == 0.0
    assert monitor.get_operation_summary(value) is not None
    assert monitor.end_timer(value, value) == 0.0
    monitor.log_operation_summary(value)
    assert monitor.end_timer(value) is None
    assert len(watched.lines.texts) == 5
    for text in watched.lines.texts:
        assert len(text.splitlines()) == 1
        assert "\x1b" not in text
        text.encode()
    span = watched.span
    assert span.name
    assert span.events[0].name
    assert len(span.name) <= TEXT_LIMIT
    assert encode_spans(watched.spans).SerializeToString()
    assert len(watched.operations) == 1


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        (None, ""),
        (7, "7"),
        (b"caf\xc3\xa9 \xff", "café \\xff"),
        ("a\r\n\tb", "a b"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("x\ud83d", "x\ufffd"),
        ("family 👨\u200d👩\u200d👧, 全角\u3000空格", "family 👨\u200d👩\u200d👧, 全角\u3000空格"),
        ("tok\x1b[0men=hunter2", "token=***"),
    ],
)
def test_a_text_becomes_one_printable_line(value: object, cleaned: str) -> None:
    assert clean_text(value) == cleaned


def test_a_long_text_is_cut_after_its_secrets_are_out() -> None:
    token = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"  # made up
    text = "x " * 240 + token
    assert len(text) > TEXT_LIMIT > len("x " * 240)
    assert clean_text(text) == "x " * 240 + "***"
    assert len(clean_text("y " * 1000)) == TEXT_LIMIT


@pytest.mark.parametrize("filler", ["token=" + "y" * 994 + " ", "x" * 1_000])
def test_of_a_very_long_text_no_half_of_a_token_stays_where_it_is_cut(filler: str) -> None:
    token = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"  # made up
    for limit, clean in ((10_000, clean_text), (80_000, clean_block)):
        fillers = filler * (limit // 1_000)
        at_the_end, at_the_start = fillers[:-21] + " " + token + fillers, fillers + token + " " + fillers[:-21]
        for text in (at_the_end, at_the_start):
            cleaned = clean(text)
            assert "AAHdq" not in cleaned
            assert "PALDsaw1" not in cleaned
            assert "…" in cleaned


def test_of_a_long_stack_trace_the_end_is_kept() -> None:
    block = clean_block("first\n" + "frame \x1b[1m\n" * 5_000 + "ValueError: bad")
    assert len(block) == 20_000
    assert block.endswith("frame \nValueError: bad")
    assert "\x1b" not in block


@given(st.text(st.characters(), max_size=60))
def test_every_text_becomes_one_line_that_can_be_encoded(text: str) -> None:
    cleaned = clean_text(text)
    assert len(cleaned.splitlines()) <= 1
    cleaned.encode()
    assert clean_text(cleaned) == cleaned


def test_an_int_and_its_text_are_the_same_id() -> None:
    monitor = Watched().monitor
    monitor.start_timer(5)
    assert monitor.end_timer("5") == 0.0


def test_long_ids_that_differ_at_their_end_are_two_timers() -> None:
    watched = Watched()
    watched.monitor.start_timer("x" * 5_000 + "1")
    watched.monitor.start_timer("x" * 5_000 + "2")
    watched.pass_seconds(1)
    watched.monitor.end_timer("x" * 5_000 + "1")
    assert sum(watched.monitor.in_progress().values()) == 1


def test_a_token_where_a_long_id_is_cut_reaches_nothing_not_even_by_half() -> None:
    watched = Watched()
    token = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"  # made up
    watched.monitor.start_timer("x" * 470 + " " + token)
    assert watched.monitor.end_timer("x" * 470 + " " + token) == 0.0
    watched.monitor.checkpoint("x" * 470 + " " + token, "late")
    everything = "".join(watched.lines.texts) + watched.span.to_json() + repr(watched.operations)
    assert "AAHdq" not in everything
    assert "x ***" in everything


def test_an_exception_without_a_text_is_recorded() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text for you")

    watched = Watched()
    with pytest.raises(MuteError), watched.monitor.timer("reply"):
        raise MuteError
    assert watched.span.events[0].attributes is not None
    assert watched.span.events[0].attributes["exception.message"] == "<MuteError>"


def test_an_error_that_cannot_be_described_still_ends_its_span() -> None:
    class Nameless(type):
        @property
        def __module__(cls) -> str:  # type: ignore[override]  # that is the point
            raise RuntimeError("no name for you")

    class StrangeError(Exception, metaclass=Nameless):
        pass

    watched = Watched()
    with pytest.raises(StrangeError), watched.monitor.timer("reply"):
        raise StrangeError
    assert watched.span.attributes is not None
    assert watched.span.attributes["botvitals.operation.outcome"] == "error"
    assert [operation.outcome for operation in watched.operations] == ["error"]


def test_a_kind_that_is_none_is_taken_for_internal() -> None:
    watched = Watched()
    watched.monitor.start_timer("reply", kind="server")  # type: ignore[arg-type]  # that is the point
    watched.monitor.end_timer("reply")
    assert watched.span.kind.name == "INTERNAL"
