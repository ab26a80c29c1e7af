"""Asks iris_py what every scikit-learn of the zoo was asked, and compares.

`python check.py FOLDER` needs iris_py, numpy and pandas; in FOLDER is one for each version, of `make.py`'s.
Prints the table of classes by versions. Fails if an answer is wrong, or if what is refused is not what
`refused.txt` lists. `--write` writes that list and the table in `iris-core/COVERAGE.md` anew.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import tomllib

import graph_table
import inexact
import refused
import rules
from cases import cases
from outcome import Outcome, outcome
from table import Outcomes, table, words

ENVIRONMENTS = Path(__file__).parent / "environments.toml"
COVERAGE = Path(__file__).parents[2] / "iris-core/COVERAGE.md"
ABOUT = """# What is read

Made by `make zoo`, not by hand: classes of scikit-learn, in files of each version, held to that version's own
answers. `read` and a number: so many cases (parameters, data, types of labels; joblib, pickle, skops),
with labels equal on every row and numbers within 1e-12, or 1e-9 where many kernels are added up (support
vectors, Gaussian processes and mixtures, kernel ridge, `KernelPCA`, `Nystroem`) or LAPACK solves a system for
each row (`LocallyLinearEmbedding`); `=` where these are equal to the last bit. `refused`: an error names
what is not understood. `inexact`: cases of which `iris-py/zoo/inexact.py` says why their digits are not
determined, or that a row is too large. `–`: the version has no such class.

"""
BOOSTERS = """
Boosters, by their own versions, in files of the same forms and in the library's own: margins equal to the
last bit, probabilities within two steps of the library's type.
"""


def check(path: Path, forms: tuple[str, ...]) -> tuple[str, str, dict[str, str], Outcome]:
    """A case's class, title, versions of libraries, and outcome."""
    item = json.loads(path.read_text(encoding="utf-8"))
    found = outcome(path, forms)
    too_large = found.status == "error" and "finite, but too large" in found.words
    if (found.status == "WRONG" and inexact.is_known(item["title"], item["versions"])) or (
        too_large and item["title"].startswith(inexact.TOO_LARGE)
    ):
        found = found._replace(status="inexact")
    return item["class"], item["title"], item["versions"], found


def tables(outcomes: Outcomes, libraries: dict[str, dict[str, str]], versions: list[str]) -> str:
    """One of scikit-learn's classes, then one for each library of boosters."""
    there = {of for of, _, _ in outcomes}
    left = [of for of in dict.fromkeys(case.subject for case in cases()) if of in there]
    own, shown = [], ""
    for start, (library, _) in rules.BOOSTERS.items():
        classes = [of for of in left if of.startswith(start)]
        left = [of for of in left if of not in classes]
        having = [version for version in versions if libraries[version].get(library)]
        if classes:
            heads = [f"{library} {libraries[version][library]}" for version in having]
            own.append(table(outcomes, classes, having, heads))
    if left:
        shown = f"{table(outcomes, left, versions)}\n"
    return shown + "".join(f"{BOOSTERS if not index else ''}\n{each}\n" for index, each in enumerate(own))


def surprises(outcomes: Outcomes, known: refused.Known) -> list[str]:
    """Whatever is not as the list of refusals has it."""
    found = []
    for (of, title, version), each in outcomes.items():
        listed = version in known.get(title, ())
        if each.status in ("WRONG", "error"):
            found.append(f"{each.status} {version} {of}: {title}\n    {each.words}")
        elif each.status == "refused" and not listed:
            found.append(f"refused, not in the list: {version} {of}: {title}\n    {each.words}")
        elif each.status == "read" and listed:
            found.append(f"read, though in the list: {version} {of}: {title}")
    return found


def updated(known: refused.Known, outcomes: Outcomes) -> refused.Known:
    """The list as it is now; of versions that were not asked, as it was."""
    new = {title: set(versions) for title, versions in known.items()}
    for (_, title, version), each in outcomes.items():
        versions = new.setdefault(title, set())
        versions.discard(version)
        if each.status == "refused":
            versions.add(version)
    return new


def complete(versions: list[str]) -> bool:
    """Whether these are all versions that there are environments of."""
    return set(versions) == set(tomllib.loads(ENVIRONMENTS.read_text(encoding="utf-8")))


def write_document(tables: str | None, graphs: graph_table.Graphs) -> None:
    """The tables, if they are of all versions, and that of graphs, if there are any; each else as it was."""
    before, heading, after = COVERAGE.read_text(encoding="utf-8").partition(graph_table.HEADING)
    if tables is None:
        print(f"{COVERAGE.name} keeps the tables of versions: they are written when all versions are here")
    if graphs.outcomes:
        graph_table.write(graphs.refused())
    of_graphs = graphs.document() if graphs.outcomes else heading + after
    COVERAGE.write_text((before if tables is None else tables) + of_graphs, encoding="utf-8")


def never_made(folder: Path, versions: list[str]) -> list[str]:
    """Cases that no version at all could fit: mistakes of the zoo itself."""
    if not complete(versions):
        return []
    absent = [
        json.loads((folder / version / "absent.json").read_text(encoding="utf-8")) for version in versions
    ]
    never = [title for title in absent[-1] if all(title in each for each in absent)]
    known = tuple(inexact.NEVER_FITTED)
    return [f"{title}: {absent[-1][title]}" for title in never if not title.startswith(known)]


def main() -> int:
    """0 if all is as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="+", metavar="CLASS")
    parser.add_argument("--versions", nargs="+", metavar="VERSION")
    parser.add_argument("--forms", nargs="+", default=[""], metavar="ENDING", help="of files, as .joblib")
    parser.add_argument("--words", action="store_true", help="says why, for each that is refused")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.write and options.forms != [""]:
        parser.error("what some forms say is not kept")
    graphs = graph_table.Graphs(options.folder / graph_table.FOLDER, options.only)
    found = {path.parent.name for path in options.folder.glob("*/absent.json")} - {graph_table.FOLDER}
    there = sorted(found, key=refused.by_number)
    versions = [version for version in there if not options.versions or version in options.versions]
    paths = [path for version in versions for path in sorted((options.folder / version).glob("*/*.json"))]
    # Others are models.
    paths = [path for path in paths if path.stem.isdigit()]
    paths = [path for path in paths if not options.only or path.parent.name in options.only]
    if not paths and not graphs.outcomes:
        print(f"no cases in {options.folder}", file=sys.stderr)
        return 2
    with ProcessPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        found = list(pool.map(partial(check, forms=tuple(options.forms)), paths, chunksize=16))
    outcomes = {
        (of, title, path.parts[-3]): each for path, (of, title, _, each) in zip(paths, found, strict=True)
    }
    libraries = {path.parts[-3]: each for path, (_, _, each, _) in zip(paths, found, strict=True)}
    versions = [version for version in versions if version in libraries]
    shown = tables(outcomes, libraries, versions)
    print(shown)
    print(graphs.section())
    print("\n".join(words(outcomes, ("refused",) if options.words else ())))
    known = refused.read()
    if options.write:
        known = updated(known, outcomes)
        refused.write(known, [case.title for case in cases()])
        if options.only:
            print(f"{COVERAGE.name} stays as it was: it is written when all classes are here")
        else:
            write_document(f"{ABOUT}{shown}" if complete(versions) else None, graphs)
    problems = surprises(outcomes, known) + graphs.surprises(graph_table.read())
    if not options.only and not options.versions:
        problems += [f"no version fits {line}" for line in never_made(options.folder, versions)]
    statuses = [each.status for each in [*outcomes.values(), *graphs.outcomes.values()]]
    print("\n".join(problems))
    print(
        ", ".join(f"{statuses.count(status)} {status}" for status in dict.fromkeys(statuses)),
        f"in {len(statuses)} cases",
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
