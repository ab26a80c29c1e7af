"""The rules by Prometheus' own tests, the dashboard by what its queries ask for."""

import json
import re
import subprocess

import pytest
import yaml
from conftest import DEPLOY, KUBERNETES, of_kind, program

RULES = DEPLOY / "prometheus" / "rules.yaml"
TESTS = DEPLOY / "prometheus" / "rules.test.yaml"
DASHBOARD = json.loads((DEPLOY / "grafana" / "iris-server.json").read_text())
VARIABLES = {"$job": "iris", "$__rate_interval": "5m"}


@pytest.fixture(scope="session")
def promtool():
    """Runs promtool."""
    path = program("promtool", "on Debian, apt-get install prometheus")

    def run(*arguments):
        result = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    return run


def rules():
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def alerts():
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def queries():
    """What the dashboard asks, with its variables filled in."""
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            expression = target["expr"]
            for name, value in VARIABLES.items():
                expression = expression.replace(name, value)
            yield panel["title"], expression


def test_rules_do_what_their_tests_say(promtool):
    promtool("check", "rules", RULES)
    promtool("test", "rules", TESTS)


def test_every_alert_is_seen_silent_and_firing():
    silent, firing = set(), set()
    for case in yaml.safe_load(TESTS.read_text())["tests"]:
        for test in case["alert_rule_test"]:
            (firing if test.get("exp_alerts") else silent).add(test["alertname"])
    assert silent == firing == alerts().keys()


def test_every_alert_has_its_part_in_the_manual():
    manual = (DEPLOY / "README.md").read_text()
    missing = [name for name in alerts() if f"**{name}**" not in manual]
    assert missing == []


def test_saturation_is_nine_tenths_of_what_a_replica_may_use():
    (container,) = of_kind(KUBERNETES / "base", "Deployment")[0]["spec"]["template"]["spec"]["containers"]
    assert container["resources"]["limits"]["cpu"] == "1000m"
    assert alerts()["IrisSaturated"]["expr"].endswith("> 0.9")


def test_the_dashboard_asks_what_prometheus_understands(promtool, tmp_path):
    record = [{"record": f"q{index}", "expr": query} for index, (_, query) in enumerate(queries())]
    path = tmp_path / "queries.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": record}]}))
    promtool("check", "rules", path)


def test_whatever_is_asked_for_is_on_the_servers_page(metrics_page):
    served = set(re.findall(r"^# TYPE (\w+)", metrics_page, re.MULTILINE))
    asked = {
        name
        for expression in [query for _, query in queries()] + [rule["expr"] for rule in rules()]
        for name in re.findall(r"\b(?:iris|http|rpc|process)_\w+\b", expression)
        if not name.startswith(("http_r", "rpc_m", "rpc_r"))  # labels
    }
    histograms = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    assert histograms <= served, histograms - served
    # And the dashboard shows all that the server counts.
    shown = {name for _, query in queries() for name in re.findall(r"\biris_\w+\b", query)}
    unseen = {name for name in served if name.startswith("iris_")} - {
        re.sub(r"_(bucket|sum|count)$", "", name) for name in shown
    }
    assert unseen == set()


def test_panels_lie_side_by_side():
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (place["x"] + column, place["y"] + row)
            for column in range(place["w"])
            for row in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
