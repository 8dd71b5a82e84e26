"""The dashboards as code: `python -m dashboards` writes the JSON that Grafana loads into `grafana/generated/`."""
