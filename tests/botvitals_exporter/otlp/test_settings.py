import pytest

from botvitals_exporter.otlp.settings import push_settings


def settings(environ, **options):
    said: list[str] = []
    return push_settings(environ, said.append, reading_interval_seconds=10.0, **options), said


ASKED = {"OTEL_METRICS_EXPORTER": "otlp"}


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"OTEL_METRICS_EXPORTER": ""},
        {"OTEL_METRICS_EXPORTER": "none"},
        {"OTEL_METRICS_EXPORTER": "prometheus,console"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"},
        {"OTEL_METRICS_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"},
    ],
)
def test_nothing_is_pushed_unless_asked(environ):
    assert settings(environ) == (None, [])


@pytest.mark.parametrize("value", ["otlp", " OTLP ", "console,otlp", "otlp_proto_http"])
def test_the_exporters_name_asks(value):
    push, said = settings({"OTEL_METRICS_EXPORTER": value.lower()})
    assert push is not None
    assert push.interval_seconds == 10.0
    assert said == []


def test_the_option_asks_whatever_the_variable_says():
    push, said = settings({"OTEL_METRICS_EXPORTER": "none"}, is_asked=True)
    assert push is not None
    assert said == []


def test_the_interval_can_be_given_in_milliseconds():
    push, _ = settings(ASKED | {"OTEL_METRIC_EXPORT_INTERVAL": "2500"})
    assert push.interval_seconds == 2.5


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_METRIC_EXPORT_INTERVAL", "often"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "0"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "-5"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "nan"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "inf"),
        ("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "zip"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier pigeon"),
    ],
)
def test_a_value_that_makes_no_sense_is_said_once_by_its_variable_and_the_default_is_taken(variable, value):
    push, said = settings(ASKED | {variable: value})
    assert push is not None
    assert push.interval_seconds == 10.0
    assert len(said) == 1
    assert variable in said[0]


@pytest.mark.parametrize("variable", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"])
@pytest.mark.parametrize("value", ["127.0.0.1:4318", "ftp://collector", "http://", "http://collector:port"])
def test_an_endpoint_that_is_none_is_said_and_nothing_is_pushed(variable, value):
    push, said = settings(ASKED | {variable: value})
    assert push is None
    assert len(said) == 1
    assert variable in said[0]


def test_an_exporter_that_does_not_exist_is_said():
    push, said = settings({"OTEL_METRICS_EXPORTER": "oltp"})
    assert push is None
    assert said == ["OTEL_METRICS_EXPORTER=oltp: there is no such exporter; it is left out"]
