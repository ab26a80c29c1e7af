"""What the server's binary is made of: a bill of materials (CycloneDX 1.5), and the licences of all of it.

    python3.11 deploy/supply target/supply      # sbom.cdx.json, LICENSES.txt

Only what is in the binary of this platform: no tools of tests, no build scripts, nothing for other systems.
Fails if a crate brings no text of a licence and is under none that is known without one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import graph
import licences
import sbom


def main() -> int:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "target/supply")
    folder.mkdir(parents=True, exist_ok=True)
    crates = graph.of_binary("iris-server")
    (folder / "sbom.cdx.json").write_text(sbom.document(crates))
    text, silent = licences.document(crates)
    (folder / "LICENSES.txt").write_text(text)
    n_others = sum(not crate.is_ours for crate in crates)
    print(f"{folder}: {n_others} crates, {len(text) / 1e3:.0f} KB of licences")
    for crate in silent:
        print(f"{crate.name} {crate.version} ({crate.licence}) brings no text of a licence", file=sys.stderr)
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
