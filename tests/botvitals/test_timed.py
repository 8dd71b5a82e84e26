import asyncio
import functools
import inspect
from collections.abc import AsyncGenerator, Generator

import pytest
from opentelemetry import trace

from support_timers import Watched


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_each_call_of_a_function_is_timed(watched: Watched) -> None:
    @watched.monitor.timed("add", "加法")
    def add(left: int, *, right: int = 1) -> int:
        """Add."""
        watched.pass_seconds(2)
        return left + right

    assert add(1, right=2) == 3
    assert add(5) == 6
    assert [(each.operation_id, each.description, each.duration_seconds) for each in watched.operations] == [
        ("add", "加法", 2.0)
    ] * 2
    assert (add.__name__, add.__doc__) == ("add", "Add.")
    assert list(inspect.signature(add).parameters) == ["left", "right"]


def test_a_coroutine_function_is_awaited_inside_its_timer(watched: Watched) -> None:
    @watched.monitor.timed("answer")
    async def answer() -> trace.Span:
        await asyncio.sleep(0)
        watched.pass_seconds(3)
        return trace.get_current_span()

    assert inspect.iscoroutinefunction(answer)
    current = asyncio.run(answer())
    assert watched.span.context == current.get_span_context()
    assert [operation.duration_seconds for operation in watched.operations] == [3.0]


def test_the_id_is_the_qualified_name_where_none_is_given(watched: Watched) -> None:
    class Handler:
        @watched.monitor.timed()
        def photo(self) -> None:
            pass

        @watched.monitor.timed
        async def menu(self) -> None:
            pass

    Handler().photo()
    asyncio.run(Handler().menu())
    place = "test_the_id_is_the_qualified_name_where_none_is_given.<locals>.Handler"
    assert [operation.operation_id for operation in watched.operations] == [f"{place}.photo", f"{place}.menu"]


def test_an_exception_goes_through(watched: Watched) -> None:
    @watched.monitor.timed("fails")
    async def fails() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        asyncio.run(fails())
    assert [operation.outcome for operation in watched.operations] == ["error"]


def test_calls_at_once_are_timed_apart(watched: Watched) -> None:
    @watched.monitor.timed("sleep")
    async def sleep(turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
            watched.pass_seconds(1)

    async def main() -> None:
        await asyncio.gather(*(sleep(turns) for turns in (1, 2, 3)))

    asyncio.run(main())
    assert [operation.duration_seconds for operation in watched.operations] == [1.0, 4.0, 6.0]


def test_a_generator_is_timed_to_its_end_and_its_span_is_not_current_between_items(watched: Watched) -> None:
    @watched.monitor.timed("count")
    def count() -> Generator[int, str, str]:
        watched.pass_seconds(1)
        got = yield 1
        watched.pass_seconds(1)
        return got

    running = count()
    assert next(running) == 1
    assert trace.get_current_span() is trace.INVALID_SPAN
    with pytest.raises(StopIteration, match="sent"):
        running.send("sent")
    assert [operation.duration_seconds for operation in watched.operations] == [2.0]


def test_an_async_generator_gets_what_is_sent_and_thrown(watched: Watched) -> None:
    seen: list[object] = []

    @watched.monitor.timed("stream")
    async def stream() -> AsyncGenerator[int, str]:
        try:
            seen.append((yield 1))
            yield 2
        except LookupError as error:
            seen.append(error)
            yield 3
        finally:
            seen.append("closed")

    async def main() -> None:
        chunks = stream()
        assert await chunks.asend(None) == 1  # type: ignore[arg-type]  # the first one takes nothing
        assert trace.get_current_span() is trace.INVALID_SPAN
        assert await chunks.asend("sent") == 2
        assert await chunks.athrow(LookupError("thrown")) == 3
        assert [chunk async for chunk in chunks] == []

    asyncio.run(main())
    assert [str(each) for each in seen] == ["sent", "thrown", "closed"]
    assert [operation.outcome for operation in watched.operations] == ["ok"]


def test_an_async_generator_left_early_is_closed_and_cancelled(watched: Watched) -> None:
    closed = []

    @watched.monitor.timed("stream")
    async def stream() -> AsyncGenerator[int, None]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    async def main() -> None:
        chunks = stream()
        async for _ in chunks:
            break
        await chunks.aclose()

    asyncio.run(main())
    assert closed == [True]
    assert [operation.outcome for operation in watched.operations] == ["cancelled"]


def test_a_partial_and_an_object_that_can_be_called_are_timed_too(watched: Watched) -> None:
    class Greeter:
        def __call__(self, name: str) -> str:
            return f"hello {name}"

    async def double(number: int) -> int:
        return number * 2

    assert watched.monitor.timed()(Greeter())("you") == "hello you"
    assert asyncio.run(watched.monitor.timed("double")(functools.partial(double, 4))()) == 8
    assert [operation.name for operation in watched.operations] == [
        "test_a_partial_and_an_object_that_can_be_called_are_timed_too.<locals>.Greeter",
        "double",
    ]
