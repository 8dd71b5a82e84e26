"""What Jaeger's HTTP API answers, read."""

from typing import Any


def spans_of(trace: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {span["operationName"]: span for span in trace["spans"]}


def tags_of(span: dict[str, Any]) -> dict[str, Any]:
    return {tag["key"]: tag["value"] for tag in span["tags"]}


def events_of(span: dict[str, Any]) -> list[dict[str, Any]]:
    logs = sorted(span["logs"], key=lambda log: log["timestamp"])
    return [{field["key"]: field["value"] for field in log["fields"]} | {"at": log["timestamp"]} for log in logs]


def parent_of(span: dict[str, Any]) -> str | None:
    parents = [reference["spanID"] for reference in span["references"] if reference["refType"] == "CHILD_OF"]
    return parents[0] if parents else None
