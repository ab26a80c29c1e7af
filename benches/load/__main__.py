"""The replaced service's whole load experiment on iris, and its report, in one command.

    make load                            # ten minutes with the builds, less without; target/load-report
    LOAD=full make load                  # with the durations of the replaced service's own tests
    LOAD_PEERS="nginx mlserver" make load    # beside others than nginx, original and onnx; empty for none
    IRIS_MODELS=forest.json make load    # another classifier of a flower's four features

Ends with 1 if a phase failed, with 2 if something is missing or not understood.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import bench_lab as lab  # noqa: E402  (found only from here on)
import peers  # noqa: E402
import plan  # noqa: E402
import receiver  # noqa: E402
import tools  # noqa: E402
from running import run  # noqa: E402

OUTPUT = lab.REPOSITORY / "target" / "load-report"
GROUPS = ("wrk", "locust", "open", "peers")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="load"
    )
    parser.add_argument(
        "--only", choices=GROUPS, nargs="+", default=GROUPS, help="leave the other phases out"
    )
    parser.add_argument(
        "--check", action="store_true", help="only say what the system lacks, before anything is built"
    )
    parser.add_argument("--output", type=Path, default=OUTPUT, help="folder of the report")
    options = parser.parse_args()
    try:
        chosen = plan.plan_of(os.environ.get("LOAD", ""))
        compared = peers.named(os.environ.get("LOAD_PEERS", " ".join(peers.DEFAULT)))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    names = [peer.name for peer in compared]
    wanted = (
        tools.of_the_system(names)
        if options.check
        else tools.needed(options.only, names, plan.OHA, receiver.PROGRAM)
    )
    faults = tools.missing(wanted)
    if few := tools.too_few_cores():
        faults.append(few)
    if faults or options.check:
        print("".join(f"{fault}\n" for fault in faults), end="", file=sys.stderr)
        return 2 if faults else 0
    # Here, since it needs what was only just found to be installed.
    import report

    experiment = run(chosen, compared, options.only)
    print("drawing the report", flush=True)
    report.write(experiment, options.output)
    for outcome in experiment.failed:
        print(f"FAILED {outcome.title}: {outcome.failure}", file=sys.stderr)
    print(f"{options.output / 'index.html'}, after {experiment.seconds / 60:.1f} minutes")
    return 1 if experiment.failed else 0


if __name__ == "__main__":
    sys.exit(main())
