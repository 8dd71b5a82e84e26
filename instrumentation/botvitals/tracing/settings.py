"""What the `OTEL_*` variables ask for; one that makes no sense is said by name, and counts as not set.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and …/protocol/exporter/
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

from botvitals.language import gettext as _
from botvitals.redaction import redact

Signal = Literal["TRACES", "METRICS"]
Warn = Callable[[str], object]
Environ = Mapping[str, str]

GRPC, HTTP = "grpc", "http/protobuf"
_COMPRESSIONS = ("none", "gzip", "deflate")


@dataclass(frozen=True, slots=True)
class OtlpSettings:
    """How OTLP is spoken; `timeout_seconds` stands in for a variable that makes no sense, else it is None.

    `secrets` are the values of the headers, for keeping them out of what is said.
    """

    protocol: str
    timeout_seconds: float | None
    is_compression_broken: bool
    secrets: tuple[str, ...]


def is_disabled(environ: Environ) -> bool:
    """Whether `OTEL_SDK_DISABLED` forbids all telemetry."""
    return _given(environ, "OTEL_SDK_DISABLED").lower() == "true"


def is_export_asked_for(signal: Signal, environ: Environ) -> bool:
    """Whether the variables ask for `signal` to be exported: by an exporter's name, or by naming an endpoint."""
    if is_disabled(environ):
        return False
    named = _given(environ, f"OTEL_{signal}_EXPORTER")
    if named:
        return named.lower() != "none"
    return bool(_first(environ, *_otlp_names(signal, "ENDPOINT"))[1])


def exporter_names(signal: Signal, environ: Environ) -> tuple[str, ...]:
    """Return the names in `OTEL_<signal>_EXPORTER`, `otlp` where it is not set, none for `none`."""
    names = (name.strip() for name in (_given(environ, f"OTEL_{signal}_EXPORTER") or "otlp").split(","))
    return tuple(dict.fromkeys(name for name in names if name and name.lower() != "none"))


def otlp_settings(signal: Signal, environ: Environ, warn: Warn) -> OtlpSettings | None:
    """Return how to speak OTLP, None where the endpoint is none; what is wrong goes to `warn`."""
    protocol = _protocol(signal, environ, warn)
    name, endpoint = _first(environ, *_otlp_names(signal, "ENDPOINT"))
    if endpoint and not _is_endpoint(endpoint, protocol):
        warn(
            _("{name}={value} is no http:// or https:// URL; nothing is sent").format(name=name, value=redact(endpoint))
        )
        return None
    compression_name, compression = _first(environ, *_otlp_names(signal, "COMPRESSION"))
    is_broken = compression != "" and compression.lower() not in _COMPRESSIONS
    if is_broken:
        _say_not_taken(compression_name, compression, "none", warn)
    _check_headers(signal, environ, warn)
    return OtlpSettings(protocol, _broken_timeout(signal, environ, warn), is_broken, _header_values(signal, environ))


def positive_number(name: str, environ: Environ, default: int, warn: Warn) -> int:
    """Return the whole number above 0 that `name` says, `default` where it is not set or says something else."""
    text = _given(environ, name)
    if not text:
        return default
    if text.isdecimal() and text.isascii() and 0 < int(text) < 2**31:
        return int(text)
    _say_not_taken(name, text, default, warn)
    return default


def number_between_0_and_1(name: str, environ: Environ, default: float, warn: Warn) -> float:
    """Return the ratio that `name` says, `default` where it is not set or says something else."""
    text = _given(environ, name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if 0 <= value <= 1:
        return value
    _say_not_taken(name, text, default, warn)
    return default


def one_of(name: str, environ: Environ, choices: Sequence[str], default: str, warn: Warn) -> str:
    """Return the one of `choices` that `name` says, `default` where it is not set or says something else."""
    text = _given(environ, name)
    if not text or text.lower() in choices:
        return text.lower() or default
    _say_not_taken(name, text, default, warn)
    return default


def _protocol(signal: Signal, environ: Environ, warn: Warn) -> str:
    name, protocol = _first(environ, *_otlp_names(signal, "PROTOCOL"))
    if protocol in ("", GRPC, HTTP):
        return protocol or HTTP
    _say_not_taken(name, protocol, HTTP, warn)
    return HTTP


def _broken_timeout(signal: Signal, environ: Environ, warn: Warn) -> float | None:
    """Return the default timeout where the variable says nonsense, None where the exporter may read it itself."""
    name, text = _first(environ, *_otlp_names(signal, "TIMEOUT"))
    try:
        is_right = not text or 0 < float(text) < math.inf
    except ValueError:
        is_right = False
    if is_right:
        return None
    _say_not_taken(name, text, 10, warn)
    return 10.0


def _check_headers(signal: Signal, environ: Environ, warn: Warn) -> None:
    name, text = _first(environ, *_otlp_names(signal, "HEADERS"))
    entries = [entry.strip() for entry in text.split(",")]
    if any(entry and not entry.partition("=")[1] for entry in entries):
        # Not what it says: headers are where tokens are.
        warn(_("{name}: a part of it is not name=value and is left out").format(name=name))


def _header_values(signal: Signal, environ: Environ) -> tuple[str, ...]:
    values = set()
    for name in _otlp_names(signal, "HEADERS"):
        for entry in _given(environ, name).split(","):
            value = entry.partition("=")[2].strip()
            plain = unquote(value)
            # Escaped too, as libraries quote what they refuse.
            values |= {value, plain, repr(plain)[1:-1]} - {""}
    # A longer one first, so that no half of it stays.
    return tuple(sorted(values, key=len, reverse=True))


def _is_endpoint(text: str, protocol: str) -> bool:
    if protocol == GRPC and "://" not in text:
        text = f"http://{text}"
    try:
        url = urlsplit(text)
        return url.scheme.lower() in ("http", "https") and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        return False


def _otlp_names(signal: Signal, setting: str) -> tuple[str, str]:
    return f"OTEL_EXPORTER_OTLP_{signal}_{setting}", f"OTEL_EXPORTER_OTLP_{setting}"


def _first(environ: Environ, *names: str) -> tuple[str, str]:
    """Return the first of `names` that is set, with its value; both empty where none is."""
    return next(((name, _given(environ, name)) for name in names if _given(environ, name)), ("", ""))


def _given(environ: Environ, name: str) -> str:
    # Empty counts as not set: the specification's rule.
    return environ.get(name, "").strip()


def _say_not_taken(name: str, value: str, instead: object, warn: Warn) -> None:
    warn(
        _("{name}={value} makes no sense; {instead} is taken instead").format(
            name=name, value=redact(value), instead=instead
        )
    )
