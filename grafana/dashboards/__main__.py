"""Write the dashboards' JSON: `python -m dashboards [FOLDER]`, by default into grafana/generated/."""

import sys
from pathlib import Path

from dashboards.generate import write_dashboards

GENERATED = Path(__file__).parents[1] / "generated"

if __name__ == "__main__":
    write_dashboards(Path(sys.argv[1]) if len(sys.argv) > 1 else GENERATED)
