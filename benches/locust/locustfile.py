"""People who ask for predictions, through each of the three doors.

    pip install -r benches/locust/requirements.txt
    cargo run --release -- --server-timing
    locust -f benches/locust/locustfile.py                    # then http://127.0.0.1:8089
    locust -f benches/locust/locustfile.py --headless -u 150 -r 10 -t 60s --csv target/normal NormalHttpUser

Who asks, and how long each waits between two requests:

| | HTTP | gRPC | in process |
|---|---|---|---|
| 0.5 to 2 s | NormalHttpUser | NormalGrpcUser | NormalInProcessUser |
| 0.1 to 0.5 s | HighLoadHttpUser | HighLoadGrpcUser | HighLoadInProcessUser |
| 0.05 to 0.2 s | StressHttpUser | StressGrpcUser | StressInProcessUser |

If none is named, the three of HTTP share the load. `--class-picker` offers all nine in the browser. `--host`
is where HTTP is, `--grpc-host` where gRPC is; or LOCUST_HOST and LOCUST_GRPC_HOST. Users of gRPC ask either
service at random; `StressGrpcUser --tags iris.v1` or `--tags oip` leaves one, the users first, since Locust
takes every word after `--tags` for a tag. Users in process need `pip install ./iris-py`, and no server.

With `--server-timing` the table has the server's own stages as rows of type `server`, and as `network` what
the client measured less the server's total. Locust rounds percentiles to milliseconds; look at the averages,
which have hundredths in the browser and all digits in the CSV.
"""

from __future__ import annotations

import server_stages
from configargparse import ArgumentParser
from grpc_door import GrpcDoor
from http_door import HttpDoor
from in_process_door import InProcessDoor
from locust import between, events
from locust.env import Environment
from locust.runners import Runner, WorkerRunner


@events.init_command_line_parser.add_listener
def add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--grpc-host",
        metavar="ADDR:PORT",
        env_var="LOCUST_GRPC_HOST",
        default="127.0.0.1:8081",
        help="Where users of gRPC find the server",
    )


@events.init.add_listener
def prepare(environment: Environment, runner: Runner, **_: object) -> None:
    server_stages.show(environment)
    options = environment.parsed_options
    # Only the form that `--class-picker` shows reads this one.
    GrpcDoor.host = options.grpc_host
    # A worker runs whatever the master picked.
    if not (options.user_classes or options.class_picker or isinstance(runner, WorkerRunner)):
        environment.user_classes = [
            users for users in environment.user_classes if issubclass(users, HttpDoor)
        ]


class Normal:
    """People who look at each answer."""

    wait_time = between(0.5, 2)


class HighLoad:
    """Many at once."""

    wait_time = between(0.1, 0.5)


class Stress:
    """More than should be."""

    wait_time = between(0.05, 0.2)


class NormalHttpUser(Normal, HttpDoor):
    pass


class HighLoadHttpUser(HighLoad, HttpDoor):
    pass


class StressHttpUser(Stress, HttpDoor):
    pass


class NormalGrpcUser(Normal, GrpcDoor):
    pass


class HighLoadGrpcUser(HighLoad, GrpcDoor):
    pass


class StressGrpcUser(Stress, GrpcDoor):
    pass


class NormalInProcessUser(Normal, InProcessDoor):
    pass


class HighLoadInProcessUser(HighLoad, InProcessDoor):
    pass


class StressInProcessUser(Stress, InProcessDoor):
    pass
