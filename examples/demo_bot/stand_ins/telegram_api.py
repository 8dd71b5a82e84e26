"""A stand-in of the Telegram Bot API: as much of it as a bot needs that polls. See https://core.telegram.org/bots/api."""

import asyncio
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from stand_ins.chats import BOT, Chats, Json

TOKEN = re.compile(r"\d+:[\w-]+")
Fields = dict[str, Any]


class RefusedError(Exception):
    """What the API answers where it does not do what it was asked: an HTTP status and a description."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.description = description


class TelegramApi:
    """Answers one bot, known by its token."""

    def __init__(self, token: str, chats: Chats) -> None:
        self._token = token
        self._chats = chats
        self._poll: asyncio.Future[None] | None = None
        self._methods: dict[str, Callable[[Fields], Awaitable[Any]]] = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "sendmessage": self._send_message,
            "sendphoto": self._send_photo,
            "editmessagetext": self._edit_message_text,
            "answercallbackquery": self._answer_callback_query,
            "getfile": self._get_file,
        }
        self.app = web.Application(client_max_size=10_000_000)
        self.app.router.add_get("/file/bot{token}/photos/{file}", self._download)
        self.app.router.add_route("*", "/bot{token}/{method}", self._call)

    async def _call(self, request: web.Request) -> web.Response:
        try:
            self._check_token(request.match_info["token"])
            method = self._methods.get(request.match_info["method"].lower())
            if method is None:
                raise RefusedError(404, "Not Found")
            fields: Fields = {**request.query, **await request.post()}
            return web.json_response({"ok": True, "result": await method(fields)})
        except RefusedError as refused:
            return _refusal(refused)

    async def _download(self, request: web.Request) -> web.Response:
        try:
            self._check_token(request.match_info["token"])
        except RefusedError as refused:
            return _refusal(refused)
        photo = self._chats.files.get(request.match_info["file"].removesuffix(".png"))
        if photo is None:
            return _refusal(RefusedError(404, "Not Found"))
        return web.Response(body=photo, content_type="application/octet-stream")

    def _check_token(self, token: str) -> None:
        if not TOKEN.fullmatch(token):
            raise RefusedError(404, "Not Found")
        if not hmac.compare_digest(token, self._token):
            raise RefusedError(401, "Unauthorized")

    async def _get_me(self, _: Fields) -> Json:
        return BOT

    async def _get_updates(self, fields: Fields) -> list[Json]:
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(
                RefusedError(
                    409, "Conflict: terminated by other getUpdates request; make sure that only one bot is running"
                )
            )
        self._poll = poll = asyncio.get_running_loop().create_future()
        updates = self._chats.updates
        # An offset says that all updates before it have arrived.
        while updates and updates[0]["update_id"] < _number(fields, "offset"):
            updates.popleft()
        if not updates:
            await self._news(poll, _number(fields, "timeout"))
        if poll.done():
            poll.result()
        poll.cancel()
        return list(updates)[: _number(fields, "limit") or 100]

    async def _news(self, poll: asyncio.Future[None], timeout_seconds: float) -> None:
        self._chats.has_news.clear()
        news = asyncio.ensure_future(self._chats.has_news.wait())
        try:
            await asyncio.wait((news, poll), timeout=timeout_seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()

    async def _send_message(self, fields: Fields) -> Json:
        if not fields.get("text"):
            raise RefusedError(400, "Bad Request: message text is empty")
        return self._send(fields, {"text": fields["text"]})

    async def _send_photo(self, fields: Fields) -> Json:
        photo = fields.get("photo", "")
        if isinstance(photo, str):
            photo = fields.get(photo.removeprefix("attach://"))
        if not isinstance(photo, web.FileField):
            raise RefusedError(400, "Bad Request: there is no photo in the request")
        return self._send(fields, {**self._chats.photo_content(photo.file.read()), "caption": fields.get("caption")})

    async def _edit_message_text(self, fields: Fields) -> Json:
        message = self._chats.messages.get((_number(fields, "chat_id"), _number(fields, "message_id")))
        if message is None or message["from"] is not BOT:
            raise RefusedError(400, "Bad Request: message to edit not found")
        message.pop("reply_markup", None)
        message |= {"text": fields.get("text", ""), **_keyboard(fields)}
        self._chats.deliver(message)
        return message

    async def _answer_callback_query(self, fields: Fields) -> bool:
        click_id = fields.get("callback_query_id", "")
        if click_id not in self._chats.open_clicks:
            raise RefusedError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        del self._chats.open_clicks[click_id]
        return True

    async def _get_file(self, fields: Fields) -> Json:
        file_id = fields.get("file_id", "")
        photo = self._chats.files.get(file_id)
        if photo is None:
            raise RefusedError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        path = f"photos/{file_id}.png"
        return {"file_id": file_id, "file_unique_id": file_id[:12], "file_size": len(photo), "file_path": path}

    def _send(self, fields: Fields, content: Json) -> Json:
        chat_id = _number(fields, "chat_id")
        if not self._chats.knows(chat_id):
            raise RefusedError(400, "Bad Request: chat not found")
        chat = {"id": chat_id, "type": "private"}
        message = self._chats.new_message(chat, BOT, {**content, **_keyboard(fields)})
        self._chats.deliver(message)
        return message


def _number(fields: Fields, name: str) -> int:
    try:
        return int(fields.get(name, 0))
    except ValueError:
        return 0


def _keyboard(fields: Fields) -> Json:
    if "reply_markup" not in fields:
        return {}
    try:
        return {"reply_markup": json.loads(fields["reply_markup"])}
    except ValueError:
        raise RefusedError(400, "Bad Request: can't parse reply keyboard markup JSON object") from None


def _refusal(refused: RefusedError) -> web.Response:
    answer = {"ok": False, "error_code": refused.status, "description": refused.description}
    return web.json_response(answer, status=refused.status)
