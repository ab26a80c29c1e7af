"""The capacity study by hand: `python benches/capacity --requests-per-second 100000 --start-seconds 0.04`."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

BENCHES = Path(__file__).parents[1]
MANIFESTS = BENCHES.parent / "deploy" / "kubernetes" / "base"
if __package__ in (None, ""):
    # Run as a folder, not as a module: then only the folder itself is where Python looks.
    sys.path[0] = str(BENCHES)

from capacity import Measured, Study, Table, study  # noqa: E402  (found only from here on)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests-per-second", type=float, required=True, help="of iris-server on one core")
    parser.add_argument("--start-seconds", type=float, required=True, help="of it to its first answer")
    parser.add_argument("--memory-mib", type=float, default=42.0, help="that a pod of iris-server holds")
    parser.add_argument(
        "--original-requests-per-second", type=float, help="on one core; else what its report allows at most"
    )
    parser.add_argument("--hpa", type=Path, default=MANIFESTS / "hpa.yaml")
    parser.add_argument("--deployment", type=Path, default=MANIFESTS / "deployment.yaml")
    parser.add_argument("--output", type=Path, default=BENCHES.parent / "target" / "capacity")
    options = parser.parse_args()
    try:
        measured = Measured(
            options.requests_per_second,
            options.start_seconds,
            options.memory_mib,
            options.original_requests_per_second,
        )
        result = study(measured, options.hpa, options.deployment)
    except (ValueError, OSError) as error:
        print(f"capacity: {error}", file=sys.stderr)
        return 1
    write(result, options.output)
    print(f"wrote {options.output}: capacity.md, capacity.json and {len(result.figures)} plots")
    return 0


def write(result: Study, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "capacity.json").write_text(json.dumps(result.data, indent=1, ensure_ascii=False) + "\n")
    parts = ["# Capacity", *map(markdown, result.tables)]
    for figure in result.figures:
        name = re.sub(r"\W+", "-", figure.title.lower()).strip("-") + ".svg"
        (folder / name).write_text(figure.svg)
        parts.append(f"## {figure.title}\n\n![{figure.title}]({name})\n\n{figure.says}")
    (folder / "capacity.md").write_text("\n\n".join(parts) + "\n")


def markdown(table: Table) -> str:
    lines = [table.header, ["---"] * len(table.header), *table.rows]
    return f"## {table.title}\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
