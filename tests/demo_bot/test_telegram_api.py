"""The stand-in of the Telegram Bot API does what the documentation of Telegram's says."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from support_demo_bot import StandIns, request, stand_ins

QUIET = ("--every=1000", "--seed=1")


@pytest.fixture(scope="module")
def quiet() -> Iterator[StandIns]:
    """A world in which nobody comes by."""
    with stand_ins(*QUIET) as world:
        yield world


@pytest.fixture
def lively() -> Iterator[StandIns]:
    """A world in which people write, send photos and click; they wait some seconds for an answer, then they leave."""
    with stand_ins("--every=0.02", "--seed=2", "--errors=0") as world:
        yield world


def next_update(world: StandIns, kind: str, content: str = "") -> dict[str, Any]:
    """Return the next update of a kind, confirming those before it."""
    offset = 0
    while updates := world.updates(offset):
        for update in updates:
            offset = update["update_id"] + 1
            if kind in update and (not content or content in update[kind]):
                return dict(update[kind])
    pytest.fail(f"no {kind} {content}")


def test_the_right_token_is_answered(quiet: StandIns) -> None:
    status, me = quiet.call("getMe")
    assert status == 200
    assert me["is_bot"] is True
    assert quiet.token.startswith(f"{me['id']}:")


@pytest.mark.parametrize(
    ("token", "method", "refusal"),
    [
        ("123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawQ", "getMe", (401, "Unauthorized")),
        ("no-token", "getMe", (404, "Not Found")),
        (None, "getNothing", (404, "Not Found")),
    ],
)
def test_a_wrong_token_and_an_unknown_method_are_refused(
    quiet: StandIns, token: str | None, method: str, refusal: tuple[int, str]
) -> None:
    assert quiet.call(method, token=token) == refusal


@pytest.mark.parametrize(
    ("method", "fields", "description"),
    [
        ("sendMessage", {"chat_id": 1, "text": ""}, "message text is empty"),
        ("sendMessage", {"chat_id": 1, "text": "hello"}, "chat not found"),
        ("sendMessage", {"chat_id": "x", "text": "hello"}, "chat not found"),
        ("sendPhoto", {"chat_id": 1}, "there is no photo in the request"),
        ("editMessageText", {"chat_id": 1, "message_id": 1, "text": "x"}, "message to edit not found"),
        ("getFile", {"file_id": "x"}, "wrong file_id or the file is temporarily unavailable"),
        (
            "answerCallbackQuery",
            {"callback_query_id": "1"},
            "query is too old and response timeout expired or query ID is invalid",
        ),
    ],
)
def test_a_bad_request_is_refused(quiet: StandIns, method: str, fields: dict[str, object], description: str) -> None:
    assert quiet.call(method, **fields) == (400, f"Bad Request: {description}")


def test_a_second_poll_ends_the_first(quiet: StandIns) -> None:
    with ThreadPoolExecutor() as threads:
        polls = [threads.submit(quiet.call, "getUpdates", timeout=1) for _ in range(2)]
        answers = sorted((poll.result() for poll in polls), key=lambda answer: answer[0])
    assert [status for status, _ in answers] == [200, 409]
    assert answers[0][1] == []
    assert answers[1][1].startswith("Conflict: terminated by other getUpdates request")


def test_an_update_comes_again_until_it_is_confirmed(lively: StandIns) -> None:
    first, *_ = lively.updates()
    assert lively.updates()[0] == first
    assert lively.updates(first["update_id"] + 1)[0]["update_id"] == first["update_id"] + 1


def test_a_photo_of_a_person_can_be_downloaded(lively: StandIns) -> None:
    message = next_update(lively, "message", "photo")
    [size] = message["photo"]
    status, file = lively.call("getFile", file_id=size["file_id"])
    assert status == 200
    path = f"/{file['file_path']}"
    status, photo = request(f"{lively.telegram}/file/bot{lively.token}{path}")
    assert status == 200
    assert photo.startswith(b"\x89PNG")
    assert len(photo) == size["file_size"] == file["file_size"]
    assert request(f"{lively.telegram}/file/bot1:wrong{path}")[0] == 401
    assert request(f"{lively.telegram}/file/bot{lively.token}/photos/none.png")[0] == 404


def test_a_photo_of_the_bot_arrives_whole(lively: StandIns) -> None:
    chat_id = next_update(lively, "message")["chat"]["id"]
    form = {"chat_id": str(chat_id), "photo": "attach://image", "caption": "here"}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in form.items()]
    file = '--b\r\nContent-Disposition: form-data; name="image"; filename="i.png"\r\n\r\nPNG…\r\n--b--\r\n'
    status, body = request(
        f"{lively.telegram}/bot{lively.token}/sendPhoto",
        ("".join(parts) + file).encode(),
        {"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert status == 200
    message = json.loads(body)["result"]
    assert message["caption"] == "here"
    _, file = lively.call("getFile", file_id=message["photo"][0]["file_id"])
    url = f"{lively.telegram}/file/bot{lively.token}/{file['file_path']}"
    assert request(url) == (200, "PNG…".encode())


def test_people_click_what_the_bot_shows_them_and_the_bot_can_change_it(lively: StandIns) -> None:
    chat_id = next_update(lively, "message")["chat"]["id"]
    menu = json.dumps({"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]})
    assert lively.call("sendMessage", chat_id=chat_id, text="?", reply_markup="{")[0] == 400
    status, sent = lively.call("sendMessage", chat_id=chat_id, text="?", reply_markup=menu)
    assert status == 200
    click = next_update(lively, "callback_query")
    assert click["data"] == "yes"
    assert click["message"] == sent
    assert lively.call("answerCallbackQuery", callback_query_id=click["id"]) == (200, True)
    assert lively.call("answerCallbackQuery", callback_query_id=click["id"])[0] == 400
    where = {"chat_id": chat_id, "message_id": sent["message_id"]}
    _, changed = lively.call("editMessageText", **where, text="thanks")
    assert changed["text"] == "thanks"
    assert "reply_markup" not in changed


def test_a_message_of_a_person_cannot_be_changed(lively: StandIns) -> None:
    message = next_update(lively, "message")
    where = {"chat_id": message["chat"]["id"], "message_id": message["message_id"]}
    assert lively.call("editMessageText", **where, text="x") == (400, "Bad Request: message to edit not found")


def test_the_same_seed_makes_the_same_first_visit() -> None:
    def first_visit() -> object:
        with stand_ins("--every=0.05", "--seed=3") as world:
            message = world.updates()[0]["message"]
            return message["from"], message.get("text"), bool(message.get("photo"))

    assert first_visit() == first_visit()
