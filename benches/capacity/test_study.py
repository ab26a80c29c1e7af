"""The interface that the load lab uses, and the command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import capacity
from capacity.profiles import PROFILES

FOLDER = Path(__file__).parent
BASE = FOLDER.parents[1] / "deploy" / "kubernetes" / "base"


def made(measured: capacity.Measured) -> capacity.Study:
    return capacity.study(measured, BASE / "hpa.yaml", BASE / "deployment.yaml")


@pytest.fixture(scope="module")
def study() -> capacity.Study:
    return made(capacity.Measured(100_000, 0.04, 42, None))


def test_every_plot_is_one_element_of_svg_with_text(study: capacity.Study) -> None:
    for figure in study.figures:
        root = ElementTree.fromstring(figure.svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
        assert any("pods" in (text or "") for text in texts)
        # A style sheet in it would hold for the page around it.
        assert "<style" not in figure.svg
        assert figure.says.endswith(".")


def test_plots_in_one_page_have_no_id_in_common_and_stay_the_same(study: capacity.Study) -> None:
    ids = [set(re.findall(r' id="([^"]+)"', figure.svg)) for figure in study.figures]
    assert sum(map(len, ids)) == len(set().union(*ids))
    again = made(capacity.Measured(100_000, 0.04, 42))
    assert [figure.svg for figure in again.figures] == [figure.svg for figure in study.figures]


def test_tables_are_rectangles_of_text(study: capacity.Study) -> None:
    for table in study.tables:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.header)}
        assert all(isinstance(cell, str) for row in table.rows for cell in row)


def test_how_many_pods(study: capacity.Study) -> None:
    rows = {row[0]: row[1:] for row in study.tables[0].rows}
    # 0.12 cores a pod are 12,000 req/s of ours and 0.12 * 267.91 = 32.1 of the original; a core is 100,000.
    assert rows["100,000"] == ["9", "2", "3,111 (> 15)", "374 (> 15)"]
    assert rows["1,000,000"][:2] == ["84 (> 15)", "10"]
    assert rows["100"] == ["2", "2", "4", "2"]


def test_the_data_is_json_and_has_every_profile(study: capacity.Study) -> None:
    data = json.loads(json.dumps(study.data, allow_nan=False))
    assert [profile["name"] for profile in data["profiles"]] == [profile.name for profile in PROFILES]
    seconds = data["profiles"][0]["services"]["iris"]["seconds"]
    assert {len(column) for column in seconds.values()} == {6}


def test_a_measured_original_takes_the_reports_place() -> None:
    study = made(capacity.Measured(100_000, 0.04, 42, 2_500))
    readings = next(table for table in study.tables if "one core of the original" in table.title)
    assert readings.rows[0] == ["measured on this machine", "2,500", "used"]
    assert study.data["services"][1]["requests_per_second_per_core"] == 2_500


@pytest.mark.parametrize("rate", [1.0, 5e6])
def test_any_speed_can_be_said(rate: float) -> None:
    for memory_mib in (40, 400):
        figures = made(capacity.Measured(rate, 60, memory_mib, rate)).figures
        assert all(figure.says for figure in figures)
        # 400 MiB of 128 are more than the target of 70 %, and more pods don't make it less.
        assert ("It is memory" in figures[-1].says) is (memory_mib == 400)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_measurement_that_cannot_be_is_refused_by_its_name(value: float) -> None:
    with pytest.raises(ValueError, match="start_seconds"):
        capacity.Measured(1, value, 1, None)


@pytest.mark.parametrize("way", [["capacity"], ["-m", "capacity"]])
def test_by_hand(way: list[str], tmp_path: Path) -> None:
    command = [sys.executable, *way, "--requests-per-second", "100000", "--start-seconds", "0.04"]
    subprocess.run([*command, "--output", tmp_path], cwd=FOLDER.parent, check=True, capture_output=True)
    assert json.loads((tmp_path / "capacity.json").read_text())["profiles"]
    page = (tmp_path / "capacity.md").read_text()
    assert {path.name for path in tmp_path.glob("*.svg")} == set(re.findall(r"\]\((.*?\.svg)\)", page))


def test_by_hand_an_error_is_one_line(tmp_path: Path) -> None:
    bad = tmp_path / "hpa.yaml"
    bad.write_text((BASE / "hpa.yaml").read_text().replace("type: Pods", "type: Nodes"))
    command = [sys.executable, "capacity", "--requests-per-second", "1", "--start-seconds", "1", "--hpa", bad]
    run = subprocess.run(command, cwd=FOLDER.parent, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr.startswith("capacity: spec.behavior.scaleUp.policies[1].type: 'Nodes'")
    assert len(run.stderr.splitlines()) == 1
