"""A bill of materials as CycloneDX has it, the same bytes for the same lock file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from graph import Crate


def document(crates: Sequence[Crate]) -> str:
    """The first crate is the one that the others are parts of."""
    root, *parts = crates
    references = {crate.identity: crate.purl for crate in crates}
    said: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(root) | {"type": "application"}},
        "components": [component(crate) for crate in parts],
        "dependencies": [
            {"ref": crate.purl, "dependsOn": sorted({references[each] for each in crate.uses})}
            for crate in crates
        ],
    }
    return json.dumps(said, indent=1) + "\n"


def component(crate: Crate) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": crate.purl,
        "name": crate.name,
        "version": crate.version,
        "purl": crate.purl,
    }
    if crate.licence:
        made["licenses"] = [{"expression": crate.licence}]
    if crate.checksum:
        made["hashes"] = [{"alg": "SHA-256", "content": crate.checksum}]
    return made
