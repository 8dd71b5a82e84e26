import pytest

from botvitals.tracing.settings import (
    exporter_names,
    is_export_asked_for,
    number_between_0_and_1,
    one_of,
    otlp_settings,
    positive_number,
)

ENDPOINT, TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"


@pytest.mark.parametrize(
    ("environ", "is_asked"),
    [
        ({}, False),
        ({ENDPOINT: "http://x:4318"}, True),
        ({TRACES_ENDPOINT: "http://x:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://x:4318"}, False),
        ({"OTEL_TRACES_EXPORTER": "console"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", ENDPOINT: "http://x:4318"}, False),
        ({ENDPOINT: "  "}, False),
        ({"OTEL_SDK_DISABLED": "TRUE", ENDPOINT: "http://x:4318"}, False),
    ],
)
def test_traces_are_exported_where_a_variable_asks_for_it(environ: dict[str, str], is_asked: bool) -> None:
    assert is_export_asked_for("TRACES", environ) is is_asked


@pytest.mark.parametrize(
    ("value", "names"),
    [("", ("otlp",)), ("none", ()), ("console, otlp", ("console", "otlp")), ("otlp,otlp,none", ("otlp",))],
)
def test_exporters_are_those_that_are_named(value: str, names: tuple[str, ...]) -> None:
    assert exporter_names("TRACES", {"OTEL_TRACES_EXPORTER": value}) == names


@pytest.mark.parametrize(
    "endpoint", ["localhost:4318", "foo", "ftp://x", "http://", "http://x:abc", "http://x:99999", "http://[::1"]
)
def test_an_endpoint_that_is_no_url_is_said_by_name_and_nothing_is_sent(endpoint: str) -> None:
    lines: list[str] = []
    assert otlp_settings("TRACES", {ENDPOINT: endpoint}, lines.append) is None
    assert len(lines) == 1
    assert lines[0].startswith(f"{ENDPOINT}={endpoint} ")


@pytest.mark.parametrize("endpoint", ["http://x:4318", "https://[::1]:4318/a", "HTTP://x"])
def test_an_endpoint_that_is_a_url_is_taken(endpoint: str) -> None:
    lines: list[str] = []
    assert otlp_settings("TRACES", {ENDPOINT: endpoint}, lines.append) is not None
    assert lines == []


def test_grpc_takes_an_endpoint_without_a_scheme() -> None:
    environ = {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", ENDPOINT: "localhost:4317"}
    settings = otlp_settings("TRACES", environ, pytest.fail)
    assert settings is not None
    assert settings.protocol == "grpc"


def test_a_password_in_an_endpoint_is_not_said() -> None:
    lines: list[str] = []
    otlp_settings("TRACES", {ENDPOINT: "ftp://me:hunter2@x"}, lines.append)
    assert "hunter2" not in lines[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "carrier-pigeon"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "nan"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zip"),
    ],
)
def test_a_setting_that_makes_no_sense_is_said_once_by_name_and_its_default_taken(name: str, value: str) -> None:
    lines: list[str] = []
    settings = otlp_settings("TRACES", {name: value}, lines.append)
    assert settings is not None
    assert settings.protocol == "http/protobuf"
    assert settings.timeout_seconds == (10.0 if "TIMEOUT" in name else None)
    assert settings.is_compression_broken is ("COMPRESSION" in name)
    assert len(lines) == 1
    assert lines[0].startswith(f"{name}={value} ")


def test_settings_that_make_sense_are_left_to_the_exporter() -> None:
    environ = {"OTEL_EXPORTER_OTLP_TIMEOUT": "2.5", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"}
    settings = otlp_settings("TRACES", environ, pytest.fail)
    assert settings is not None
    assert (settings.timeout_seconds, settings.is_compression_broken) == (None, False)


def test_the_values_of_headers_are_known_as_secrets_encoded_and_not() -> None:
    environ = {
        "OTEL_EXPORTER_OTLP_HEADERS": "x-api=a%20b,broken",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "authorization=Basic abc==",
    }
    settings = otlp_settings("TRACES", environ, pytest.fail)
    assert settings is not None
    assert settings.secrets == ("Basic abc==", "a%20b", "a b")


@pytest.mark.parametrize("value", ["0", "-3", "1.5", "many", "٣", "99999999999"])
def test_a_number_that_is_none_is_said_and_its_default_taken(value: str) -> None:
    lines: list[str] = []
    assert positive_number("OTEL_BSP_MAX_QUEUE_SIZE", {"OTEL_BSP_MAX_QUEUE_SIZE": value}, 2048, lines.append) == 2048
    assert lines == [f"OTEL_BSP_MAX_QUEUE_SIZE={value} makes no sense; 2048 is taken instead"]


@pytest.mark.parametrize("value", ["2", "-0.1", "nan", "half"])
def test_a_ratio_that_is_none_is_said_and_its_default_taken(value: str) -> None:
    lines: list[str] = []
    assert number_between_0_and_1("OTEL_TRACES_SAMPLER_ARG", {"OTEL_TRACES_SAMPLER_ARG": value}, 1.0, lines.append) == 1
    assert len(lines) == 1


def test_a_choice_is_taken_in_any_case_and_said_where_it_is_none() -> None:
    lines: list[str] = []
    assert one_of("X", {"X": "Always_On"}, ("always_on", "always_off"), "always_off", lines.append) == "always_on"
    assert lines == []
    assert one_of("X", {"X": "sometimes"}, ("always_on", "always_off"), "always_off", lines.append) == "always_off"
    assert lines == ["X=sometimes makes no sense; always_off is taken instead"]
