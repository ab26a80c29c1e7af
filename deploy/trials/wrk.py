"""wrk, posting one flower without a pause, and what came of it."""

import re
import subprocess
from pathlib import Path

BODY = '{"sepal_length":6.7,"sepal_width":2.8,"petal_length":4.9,"petal_width":1.8}'
SCRIPT = f"""wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.body = '{BODY}'
"""


def wrk(url, seconds, connections, folder):
    """Starts wrk; its figures come from `wrk_result`."""
    script = Path(folder) / "predict.lua"
    script.write_text(SCRIPT)
    command = [
        "taskset",
        "-c",
        "1",
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "-s",
        str(script),
        url,
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def wrk_result(process):
    """Requests answered, those that were not, or not with 200, and how many were answered a second."""
    text = process.communicate()[0]
    answered = int(re.search(r"(\d+) requests in", text)[1])
    failed = sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", text)))
    failed += sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", text)))
    return answered, failed, float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
