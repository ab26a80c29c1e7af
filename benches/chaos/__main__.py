"""What is promised of the server under attack, proved: a table of promises, attacks and verdicts.

    make chaos                                  # all of it, ten minutes; target/chaos/table.md, results.json
    make chaos CHAOS="--only overload fair"     # kinds or names of promises; --list says which there are
    make chaos CHAOS=--short                    # what no busy machine can spoil, in less than three minutes
    make chaos CHAOS=--keep                     # all of it, and RELIABILITY.md is written anew

Ends with 1 if a promise did not hold, with 2 if something is missing.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import threading
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import bench_lab  # noqa: E402  (found only from here on)
import table  # noqa: E402
from lab import OUTPUT, STORM, Lab  # noqa: E402
from promise import PROMISES, Outcome, Promise  # noqa: E402
from promises import (  # noqa: E402, F401  (each registers its own)
    access,
    connections,
    dear,
    fair,
    faults,
    floods,
    memory,
    overload,
    slow,
    stop,
    strict,
    telling,
    timeouts,
)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="chaos"
    )
    parser.add_argument("--only", nargs="+", default=[], help="kinds or names, or what these begin with")
    parser.add_argument("--without", nargs="+", default=[], metavar="NAME", help="all others")
    parser.add_argument("--short", action="store_true", help="only what does not depend on time; shorter")
    parser.add_argument("--list", action="store_true", help="names, kinds, promises")
    parser.add_argument("--server", type=Path, default=bench_lab.IRIS_SERVER, help="another build")
    parser.add_argument("--no-peers", action="store_true", help="without nginx beside it")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="folder of the table")
    parser.add_argument("--keep", action="store_true", help="write RELIABILITY.md from the results")
    parser.add_argument("--before", action="store_true", help="keep the results as those of before")
    options = parser.parse_args()
    chosen = [
        each
        for each in PROMISES.values()
        if each.name not in options.without and wanted(each, options.only, options.short)
    ]
    if options.list:
        for each in chosen:
            print(f"{each.name:30} {each.kind:14} {each.says}")
        return 0
    if lacks := missing(options.server):
        print("\n".join(lacks), file=sys.stderr)
        return 2
    # What is started here does not disturb the server; servers are put on their own core.
    os.sched_setaffinity(0, {bench_lab.LOAD_CORE})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    lab = Lab(options.server, beside=not options.no_peers and not options.short, short=options.short)
    results = run(lab, chosen)
    path = table.write(results, options.output)
    if options.before:
        table.keep_as_before(results)
    if options.keep:
        table.write_page(results)
    broken = [name for name, outcome in results.items() if outcome.holds is False]
    print(f"\n{path}: {len(results) - len(broken)} of {len(results)} hold or were left out")
    return 1 if broken else 0


def wanted(promise: Promise, only: list[str], short: bool) -> bool:
    named = not only or any(promise.kind == word or promise.name.startswith(word) for word in only)
    # Limits of time are waited for for a minute; the rest of what counts and is not timed is quick.
    too_long = promise.timed or promise.kind == "slow clients" or promise.name == "tls-stalled"
    return named and not (short and too_long and not only)


def missing(server: Path) -> list[str]:
    said = []
    if not server.exists():
        said.append(f"{server} is missing: cargo build --release --locked")
    if not STORM.exists():
        manifest = "benches/chaos/storm/Cargo.toml"
        said.append(f"{STORM} is missing: cargo build --release --locked --manifest-path {manifest}")
    if not {bench_lab.SERVER_CORE, bench_lab.LOAD_CORE} <= os.sched_getaffinity(0):
        said.append("two cores are needed, 0 for the server and 1 for the load")
    return said


def run(lab: Lab, chosen: list[Promise]) -> dict[str, Outcome]:
    """Each in its turn; limits of time are waited for meanwhile, as they cost nothing."""
    waiting = None
    if any(each.name.startswith("limit-") for each in chosen):
        waiting = threading.Thread(
            target=lambda: lab.once("timeouts", lambda: timeouts.watch(lab)), daemon=True
        )
        waiting.start()
        time.sleep(1)
        chosen = sorted(chosen, key=lambda each: each.name.startswith("limit-"))
    results: dict[str, Outcome] = {}
    for each in chosen:
        began = time.monotonic()
        try:
            outcome = each.prove(lab)
        except Exception as error:  # noqa: BLE001  (whatever it is, the others are still to be tried)
            traceback.print_exc()
            outcome = Outcome(f"could not be tried: {error}".splitlines()[0][:200], False)
        results[each.name] = outcome
        print(
            f"{table.verdict(outcome):6} {each.name:32} {outcome.now}  [{time.monotonic() - began:.1f} s]",
            flush=True,
        )
    return {each.name: results[each.name] for each in PROMISES.values() if each.name in results}


if __name__ == "__main__":
    sys.exit(main())
