"""HAProxy in front of replicas whose addresses change."""

import socket
import string
import subprocess
from pathlib import Path

TEMPLATE = Path(__file__).with_name("haproxy.cfg.in")
# Every way of failing that says the request was not answered; a prediction may be asked for twice.
RETRY = "retry-on conn-failure empty-response response-timeout"
# A replica that is told to stop says so, and is taken out by hand; standard error repeats it all.
EXPECTED = ("wrong status, code: 503", "maintenance", "via http_replicas/", "[WARNING]")


class Balancer:
    """A running HAProxy with slots for replicas, filled through its socket."""

    def __init__(self, folder, slots, http_port, grpc_port, retry):
        self._socket = folder / "haproxy.sock"
        lines = [f"    server s{slot} 127.0.0.1:1" for slot in range(slots)]
        text = string.Template(TEMPLATE.read_text()).substitute(
            SOCKET=self._socket,
            HTTP_PORT=http_port,
            GRPC_PORT=grpc_port,
            RETRY=RETRY if retry else "",
            HTTP_SERVERS="\n".join(f"{line} disabled" for line in lines),
            # Ready is asked for over HTTP, once for both.
            GRPC_SERVERS="\n".join(f"{line} track http_replicas/s{slot}" for slot, line in enumerate(lines)),
        )
        config = folder / "haproxy.cfg"
        config.write_text(text)
        self._log = folder / "haproxy.log"
        with self._log.open("w") as log:
            command = ["haproxy", "-db", "-f", str(config)]
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        while not self._socket.exists():
            if self._process.poll() is not None:
                raise SystemExit(f"haproxy refuses {config}: haproxy -c -f {config} says why")

    def command(self, text):
        """One command of HAProxy's runtime interface, and its answer."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._socket))
            connection.sendall(text.encode() + b"\n")
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()

    def fill(self, slot, replica):
        """Puts a replica into a slot and waits until it is found to be ready."""
        http, grpc = f"http_replicas/s{slot}", f"grpc_replicas/s{slot}"
        self.command(f"set server {http} state maint")
        self.command(f"set server {grpc} addr 127.0.0.1 port {replica.grpc_port}")
        self.command(f"set server {http} addr 127.0.0.1 port {replica.http_port}")
        self.command(f"set server {http} check-addr 127.0.0.1 port {replica.http_port}")
        self.command(f"set server {http} state ready")
        while not self._is_up(slot):
            replica.must_run()

    def _is_up(self, slot):
        state = self.command("show servers state http_replicas").splitlines()
        fields = next(line.split() for line in state if f" s{slot} " in line)
        # It runs (srv_op_state), nobody has taken it out (srv_admin_state), and the last check passed.
        return fields[5] == "2" and int(fields[6]) & 1 == 0 and fields[11] == "3"

    def log(self):
        """What it said of requests that failed, and of replicas lost that nobody had stopped."""
        lines = self._log.read_text().splitlines()
        return [line for line in lines if not any(each in line for each in EXPECTED)]

    def stop(self):
        """Ends it at once."""
        self._process.kill()
        self._process.wait()
