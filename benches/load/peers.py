"""What iris is compared with: what each needs, and how it is started."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import bench_lab as lab
import servers
from generators import Target
from receiver import Receiver, receiver
from servers import Subject

FOLDER = lab.BENCHES / "peers"
TARGET = lab.REPOSITORY / "target"


@dataclass(frozen=True)
class Peer:
    """`program` is run by the Python in `venv`, which has `requirements`."""

    name: str
    title: str
    venv: Path | None = None
    requirements: Path | None = None
    program: Path | None = None
    script: Path = lab.SCRIPT

    @property
    def python(self) -> Path:
        assert self.venv is not None
        return self.venv / "bin" / "python"

    def prepare(self) -> str | None:
        """Installs what it needs, once. What went wrong, if something did."""
        if self.venv is None or self.requirements is None:
            return None
        try:
            wanted = self.requirements.read_text()
            stamp = self.venv / "requirements.txt"
            if stamp.exists() and stamp.read_text() == wanted:
                return None
            print(f"installing {self.requirements.relative_to(lab.REPOSITORY)}, this once", flush=True)
            quiet = ["--quiet", "--disable-pip-version-check"]
            for command in (
                [sys.executable, "-m", "venv", self.venv],
                [self.python, "-m", "pip", "install", *quiet, "-r", self.requirements],
            ):
                subprocess.run(command, check=True, capture_output=True, text=True)
            stamp.write_text(wanted)
        except (OSError, subprocess.CalledProcessError) as error:
            said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
            return f"{self.python} -m pip install -r {self.requirements} failed: {said[-1]}"
        return None


PEERS = {
    peer.name: peer
    for peer in (
        Peer("nginx", "nginx, a constant answer"),
        Peer(
            "original",
            "FastAPI, DataFrame, scikit-learn, traced",
            TARGET / "fastapi-venv",
            FOLDER / "fastapi" / "requirements.txt",
            FOLDER / "fastapi" / "original.py",
        ),
        Peer(
            "onnx",
            "FastAPI, onnxruntime",
            TARGET / "fastapi-venv",
            FOLDER / "fastapi" / "requirements.txt",
            FOLDER / "fastapi" / "onnx.py",
        ),
        Peer(
            "mlserver",
            "MLServer, scikit-learn",
            TARGET / "mlserver",
            FOLDER / "mlserver" / "requirements.txt",
            lab.BENCHES / "load" / "mlserver_peer.py",
            lab.BENCHES / "wrk" / "infer.lua",
        ),
    )
}
DEFAULT = ("nginx", "original", "onnx")


def named(value: str) -> list[Peer]:
    """The peers that LOAD_PEERS names; empty is none. Raises ValueError for a name that is not known."""
    unknown = [name for name in value.split() if name not in PEERS]
    if unknown:
        raise ValueError(f"LOAD_PEERS={value}: {unknown[0]} is none of {', '.join(PEERS)}")
    return [PEERS[name] for name in value.split()]


@contextmanager
def running(name: str, folder: Path, answer: str) -> Iterator[tuple[Subject, Receiver | None]]:
    """A server alone on its core but for those that wait, and the receiver of those that trace."""
    with ExitStack() as stack:
        sink = stack.enter_context(receiver(folder, answer)) if name in ("iris", "original") else None
        if name == "iris":
            assert sink is not None
            yield stack.enter_context(servers.iris(sink, folder)), sink
        elif name == "nginx":
            server = stack.enter_context(lab.nginx(answer))
            yield Subject(server, Target(server.address)), sink
        else:
            yield stack.enter_context(python_server(PEERS[name], sink, folder)), sink


@contextmanager
def python_server(peer: Peer, sink: Receiver | None, folder: Path) -> Iterator[Subject]:
    assert peer.program is not None
    flags = [] if peer.name == "mlserver" else ["--http", "127.0.0.1:0"]
    command = lab.pinned(lab.SERVER_CORE, peer.python, peer.program, *flags)
    variables = sink.variables() if sink else {"OTEL_SDK_DISABLED": "true"}
    with lab.listening(command, variables, folder / "server.log") as (process, address):
        pid = lab.worker_of(process.pid) if peer.name == "mlserver" else process.pid
        yield Subject(lab.Server(peer.name, address, pid, process), Target(address))
