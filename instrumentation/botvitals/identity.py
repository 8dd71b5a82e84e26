"""Which bot this is: the service name and instance id that its metrics and traces share."""

import os
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

# The namespace that OpenTelemetry's conventions ask for where `service.instance.id` is a UUIDv5:
# https://opentelemetry.io/docs/specs/semconv/resource/service/
_INSTANCE_NAMESPACE = uuid.UUID("4d63009a-8d0f-11ee-aad7-4c796ed8e320")


@dataclass(frozen=True, slots=True)
class Identity:
    """OpenTelemetry's `service.name` and `service.instance.id`."""

    service_name: str
    service_instance_id: str


def service_identity(service_name: str | None, environ: Mapping[str, str], script: Path | None, host: str) -> Identity:
    """Return who the bot is, the same with every start.

    The name is `service_name`, else `OTEL_SERVICE_NAME`, else `service.name` of `OTEL_RESOURCE_ATTRIBUTES`, else the
    name of the bot's folder: the script's, or the working directory where there is no `script`. The instance id is
    `service.instance.id` of `OTEL_RESOURCE_ATTRIBUTES`, else a UUIDv5 of `host`, name and path. Blank counts as not
    given.
    """
    attributes = resource_attributes(environ)
    # Symlinks are left alone: one that points at the release of the day must not make a new bot of it.
    place = Path(os.path.normpath((script or Path("bot")).absolute()))
    # The folder of a bot that lies in the root directory has no name.
    folder = place.parent.name or place.stem
    given = (service_name, environ.get("OTEL_SERVICE_NAME"), attributes.get("service.name"))
    name = next((text.strip() for text in given if text and text.strip()), folder)
    instance = attributes.get("service.instance.id") or _instance_id(host, name, place)
    return Identity(name, instance)


def running_script() -> Path | None:
    """Return the file that runs as `__main__`, None where none does, as at a prompt."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    return Path(file) if isinstance(file, str) else None


def resource_attributes(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what `OTEL_RESOURCE_ATTRIBUTES` says: `key=value,…`, percent-encoded; malformed entries are left out.

    https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable
    """
    attributes = {}
    for entry in environ.get("OTEL_RESOURCE_ATTRIBUTES", "").split(","):
        key, equals, value = entry.partition("=")
        if equals and key.strip() and value.strip():
            attributes[unquote(key.strip())] = unquote(value.strip())
    return attributes


def _instance_id(host: str, name: str, place: Path) -> str:
    # A path may hold bytes that are no text, which come as lone surrogates.
    seed = "\n".join((host, name, str(place))).encode("utf-8", "backslashreplace").decode("utf-8")
    return str(uuid.uuid5(_INSTANCE_NAMESPACE, seed))
