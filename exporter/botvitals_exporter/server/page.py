"""The page that a person sees who opens the server's address."""

from html import escape

from botvitals.identity import Identity
from botvitals.language import gettext as _
from botvitals_exporter.collectors.build import Build

_PAGE = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.6 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem }}
th {{ text-align: left; font-weight: normal; opacity: .7; padding-right: 1.5rem; white-space: nowrap }}
td {{ overflow-wrap: anywhere }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{what}</p>
<table>
{rows}
</table>
<ul>
<li><a href="{root}/metrics">/metrics</a>: {metrics}</li>
<li><a href="{root}/healthz">/healthz</a>: {health}</li>
</ul>
</body>
</html>
"""


def render_page(build: Build, identity: Identity, root: str) -> str:
    """Return the page as HTML; `root` is the path under which we are mounted, percent-encoded, without a slash."""
    facts = {
        _("Service"): identity.service_name,
        _("Instance"): identity.service_instance_id,
        "botvitals": build.version,
        "Python": build.python,
        _("Mode"): build.mode,
        _("Engine of the census"): build.engine,
    }
    rows = "\n".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts.items() if value
    )
    return _PAGE.format(
        title=escape(f"{identity.service_name} · botvitals"),
        what=escape(_("botvitals watches this bot's memory. Prometheus scrapes it here.")),
        rows=rows,
        root=escape(root),
        metrics=escape(_("the metrics, for Prometheus")),
        health=escape(_("whether this server answers")),
    )
