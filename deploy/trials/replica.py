"""One iris-server, as a pod runs it."""

import signal
import subprocess


class Replica:
    """A running server on free ports."""

    def __init__(self, binary, drain_delay, cpu):
        arguments = [
            "--http",
            "127.0.0.1:0",
            "--grpc",
            "127.0.0.1:0",
            "--threads",
            "1",
            "--log-format",
            "json",
        ]
        arguments += ["--drain-delay", f"{int(drain_delay * 1000)}ms", "--drain-grace", "20s"]
        command = ["taskset", "-c", str(cpu), str(binary), *arguments]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.http_port, self.grpc_port = (self._port() for _ in range(2))

    def _port(self):
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a replica did not start")
        return int(line.rpartition(":")[2])

    def must_run(self):
        """Fails if it has ended by itself."""
        if self._process.poll() is not None:
            raise SystemExit(f"a replica ended with {self._process.returncode}")

    def terminate(self):
        """Tells it to stop, and waits until it has; it must say that all went well."""
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(timeout=30)
        if status != 0:
            raise SystemExit(f"a replica that was told to stop ended with {status}")

    def kill(self):
        """Ends it as a lost node would."""
        self._process.kill()
        self._process.wait()
