"""Timing every call of a function, whatever kind of function it is."""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, ParamSpec, TypeVar, cast

from botvitals.timer_block import TimerBlock

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

# Called with whether the span is to be the current one.
NewBlock = Callable[[bool], TimerBlock]


def timed_function(function: Callable[Parameters, Result], new_block: NewBlock) -> Callable[Parameters, Result]:
    """Return `function` with each call inside a block of its own.

    Of a coroutine function the time is that of the awaited coroutine, of a generator function that from the first item
    asked for to the end. A generator's span is not the current one, since it stands still between its items.
    """
    # What `function` is cannot be told to the type checker: the wrapper returns what it returned.
    call = cast("Callable[..., Any]", function)
    wrapper: Callable[..., Any]
    if inspect.iscoroutinefunction(function):

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            with new_block(True):
                return await call(*args, **kwargs)

    elif inspect.isasyncgenfunction(function):

        async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            with new_block(False):
                items = call(*args, **kwargs)
                # What `yield from` does for a generator, PEP 380.
                step = items.asend(None)
                while True:
                    try:
                        item = await step
                    except StopAsyncIteration:
                        return
                    try:
                        step = items.asend((yield item))
                    except GeneratorExit:
                        await items.aclose()
                        raise
                    except BaseException as error:  # noqa: BLE001 - thrown in for the bot's generator to handle
                        step = items.athrow(error)

    elif inspect.isgeneratorfunction(function):

        def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with new_block(False):
                return (yield from call(*args, **kwargs))

    else:

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with new_block(True):
                return call(*args, **kwargs)

    return cast("Callable[Parameters, Result]", functools.wraps(function)(wrapper))
