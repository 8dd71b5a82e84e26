import uuid
from pathlib import Path

import pytest

from botvitals.identity import resource_attributes, service_identity

SCRIPT = Path("/srv/face-swap/bot.py")


def identity(name=None, environ=None, script=SCRIPT, host="tokyo-1"):
    return service_identity(name, environ or {}, script, host)


def test_a_bot_is_named_after_its_folder():
    assert identity().service_name == "face-swap"


@pytest.mark.parametrize(
    ("name", "environ", "expected"),
    [
        ("given", {"OTEL_SERVICE_NAME": "env", "OTEL_RESOURCE_ATTRIBUTES": "service.name=attribute"}, "given"),
        (None, {"OTEL_SERVICE_NAME": "env", "OTEL_RESOURCE_ATTRIBUTES": "service.name=attribute"}, "env"),
        (None, {"OTEL_RESOURCE_ATTRIBUTES": "a=b, service.name = my%20bot ,c=d"}, "my bot"),
        (" ", {"OTEL_SERVICE_NAME": "", "OTEL_RESOURCE_ATTRIBUTES": "service.name="}, "face-swap"),
    ],
)
def test_a_name_that_was_given_comes_first(name, environ, expected):
    assert identity(name, environ).service_name == expected


def test_without_a_script_it_is_the_working_directory():
    assert identity(script=None).service_name == Path.cwd().name


def test_a_bot_in_the_root_directory_is_named_after_its_script():
    assert identity(script=Path(Path.cwd().anchor) / "bot.py").service_name == "bot"


def test_a_path_with_dots_is_the_same_bot():
    assert identity(script=Path("/srv/other/../face-swap/bot.py")) == identity()


def test_an_instance_keeps_its_id_over_restarts():
    assert identity().service_instance_id == identity().service_instance_id
    assert uuid.UUID(identity().service_instance_id).version == 5


def test_instances_differ_by_host_name_and_script():
    others = [identity(host="tokyo-2"), identity("another"), identity(script=Path("/srv/face-swap/other.py"))]
    assert len({one.service_instance_id for one in [identity(), *others]}) == 4


def test_an_instance_id_of_the_users_is_kept():
    environ = {"OTEL_RESOURCE_ATTRIBUTES": "service.instance.id=worker%2F1"}
    assert identity(environ=environ).service_instance_id == "worker/1"


def test_a_path_that_is_no_text_has_an_id_too():
    assert uuid.UUID(identity(script=Path("/srv/\udcff/bot.py")).service_instance_id).version == 5


def test_malformed_resource_attributes_are_left_out():
    environ = {"OTEL_RESOURCE_ATTRIBUTES": "novalue,=nokey,a=1,,b=x=y,c=%E6%B6%88,d="}
    assert resource_attributes(environ) == {"a": "1", "b": "x=y", "c": "消"}
