"""The bot's side of the image-generation API."""

import base64
import json
import time
from types import SimpleNamespace

from aiohttp import ClientSession, TraceConfig, TraceRequestChunkSentParams
from opentelemetry.trace import SpanKind

from botvitals import get_performance_monitor

monitor = get_performance_monitor()


class ImageApiError(Exception):
    """The API did not take a task."""


class ImageApi:
    """Orders images; the API calls `webhook_url` + the order's id back when one is ready."""

    def __init__(self, url: str, key: str) -> None:
        tracing = TraceConfig()
        tracing.on_request_chunk_sent.append(_request_sent)
        self._session = ClientSession(trace_configs=[tracing])
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    async def order(self, photo: bytes, style: str, callback_url: str, user_id: int) -> None:
        """Order an image of `photo`, to be delivered to `callback_url`; raise ImageApiError where it is not taken."""
        operation_id = f"image_api_call_{user_id}_{int(time.time())}"
        async with monitor.async_timer(operation_id, "order an image", kind=SpanKind.CLIENT) as timer:
            wanted = {"style": style, "callback_url": callback_url, "image": base64.b64encode(photo).decode()}
            body = json.dumps(wanted).encode()
            timer.checkpoint("request_built", f"{len(body)} bytes")
            async with self._session.post(
                f"{self._url}/v1/tasks", data=body, headers=self._headers, trace_request_ctx=timer
            ) as answer:
                timer.checkpoint("response_received", f"status {answer.status}")
                parsed = await answer.json()
                timer.checkpoint("response_parsed", parsed.get("status", ""))
                if not answer.ok:
                    raise ImageApiError(f"status {answer.status}: {parsed['error']}")

    async def download(self, url: str) -> bytes:
        """Return an image that is ready."""
        async with self._session.get(url, raise_for_status=True) as answer:
            return await answer.read()

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


async def _request_sent(_: ClientSession, context: SimpleNamespace, __: TraceRequestChunkSentParams) -> None:
    # Only orders have a body, which is sent as one piece.
    context.trace_request_ctx.checkpoint("request_sent")
