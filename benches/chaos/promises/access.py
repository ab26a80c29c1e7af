"""TLS, and who may come in."""

from __future__ import annotations

import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import http1
from lab import Lab
from promise import Outcome, promise
from subject import Subject

NOT_BUILT = Outcome("the server has no such flag", False)


@dataclass(frozen=True)
class Certificate:
    cert: Path
    key: Path


def make(folder: Path, name: str, *, authority: Certificate | None = None) -> Certificate:
    """A certificate for localhost, which `authority` signs; else it signs itself, and may sign others."""
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    words = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    words += ["-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    if authority:
        words += [
            "-CA",
            authority.cert,
            "-CAkey",
            authority.key,
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ]
    words += ["-keyout", made.key, "-out", made.cert]
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
    return made


@contextmanager
def encrypted(lab: Lab, *flags: str) -> Iterator[tuple[Subject, Certificate, Path]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        own = make(folder, "server")
        with lab.iris("--tls-cert", str(own.cert), "--tls-key", str(own.key), *flags) as server:
            yield server, own, folder


def context_of(own: Certificate, alpn: list[str] | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(own.cert))
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def shake(address: str, context: ssl.SSLContext) -> ssl.SSLSocket:
    return context.wrap_socket(http1.connect(address), server_hostname="localhost")


def bare(address: str) -> str:
    """`host:port` of what may be said as a URL."""
    return address.rpartition("//")[2]


@promise(
    "TLS 1.2 and 1.3 at both doors, nothing older; HTTP/2 by ALPN; plain HTTP is not hung on",
    kind="access",
    timed=False,
    anchor="rustls; nginx (400 for plain HTTP on a TLS port); testssl, sslyze",
    attack="handshakes of each version and of none, by both doors",
    bound="as said",
    before="no TLS",
)
def tls(lab: Lab) -> Outcome:
    if not lab.has("--tls-cert"):
        return NOT_BUILT
    if shutil.which("openssl") is None:
        return Outcome("openssl is not here", None)
    faults = []
    with encrypted(lab) as (server, own, _):
        http, grpc = bare(server.http), bare(server.grpc)
        for door, protocol in ((http, "http/1.1"), (http, "h2"), (grpc, "h2")):
            try:
                with shake(door, context_of(own, [protocol])) as connection:
                    if connection.selected_alpn_protocol() != protocol:
                        faults.append(f"ALPN {protocol}: {connection.selected_alpn_protocol()}")
            except OSError as error:
                faults.append(f"{protocol}: {error}")
        with shake(http, context_of(own)) as connection:
            connection.sendall(http1.predict(1))
            if http1.answer(connection).status != 200:
                faults.append("no answer over TLS")
        for version, wanted in ((ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_1, False)):
            context = context_of(own)
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
            try:
                with shake(http, context):
                    spoken = True
            except (OSError, ValueError):
                spoken = False
            if spoken != wanted:
                faults.append(f"{version.name} {'spoken' if spoken else 'refused'}")
        began = time.monotonic()
        status = http1.ask(http, http1.get("/livez"), 5).status
        if status == -1 or status == 200:
            faults.append(
                f"plain HTTP: {'silence' if status == -1 else status} after {time.monotonic() - began:.0f} s"
            )
    return Outcome("; ".join(faults) or "as said", not faults)


@promise(
    "A handshake that stalls is given up within 10 s",
    kind="access",
    timed=False,
    anchor="nginx (ssl_handshake_timeout); Envoy",
    attack="the first 50 bytes of a handshake, then nothing; and nothing at all",
    bound="≤ 13 s each",
)
def tls_stalled(lab: Lab) -> Outcome:
    if not lab.has("--tls-cert"):
        return NOT_BUILT
    with encrypted(lab) as (server, _, _):
        half, none = http1.connect(bare(server.http)), http1.connect(bare(server.http))
        half.sendall(b"\x16\x03\x01\x01\x00\x01\x00\x00\xfc\x03\x03" + b"\x00" * 39)
        first = http1.seconds_until_closed(half, 15)
        # It has waited as long already.
        second = http1.seconds_until_closed(none, 20)
    now = " and ".join("open" if each is None else f"{each:.0f} s" for each in (first, second))
    return Outcome(now, first is not None and first <= 13 and second is not None)


@promise(
    "Certificates are taken anew; a broken one leaves the old one serving",
    kind="access",
    timed=False,
    anchor="Envoy (SDS); nginx (reload)",
    attack="another certificate in its place and SIGHUP; then a broken file and SIGHUP",
    bound="the new one within 3 s; then still the new one",
)
def tls_reloaded(lab: Lab) -> Outcome:
    if not lab.has("--tls-cert"):
        return NOT_BUILT
    with encrypted(lab) as (server, own, folder):
        other = make(folder, "other")
        shutil.copy(other.key, own.key)
        shutil.copy(other.cert, own.cert)
        server.signal(signal.SIGHUP)
        is_new = served_by(server, other, 3)
        own.cert.write_text("broken")
        server.signal(signal.SIGHUP)
        time.sleep(1)
        stays = served_by(server, other, 1)
    return Outcome(f"{'new' if is_new else 'old'}, then {'served' if stays else 'not'}", is_new and stays)


def served_by(server: Subject, own: Certificate, patience: float) -> bool:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            with shake(bare(server.http), context_of(own)):
                return True
        except OSError:
            time.sleep(0.1)
    return False


@promise(
    "Mutual TLS lets in whom the authority knows, and nobody else",
    kind="access",
    timed=False,
    anchor="rustls; Envoy; nginx (ssl_verify_client)",
    attack="no certificate, a stranger's, the right one",
    bound="only the right one is answered",
)
def mutual_tls(lab: Lab) -> Outcome:
    if not lab.has("--tls-client-ca"):
        return NOT_BUILT
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        authority, another = make(folder, "authority"), make(folder, "another")
        friend, stranger = (
            make(folder, "friend", authority=authority),
            make(folder, "stranger", authority=another),
        )
        found = {}
        with encrypted(lab, "--tls-client-ca", str(authority.cert)) as (server, own, _):
            for who, theirs in (("nobody", None), ("a stranger", stranger), ("the right one", friend)):
                context = context_of(own)
                if theirs:
                    context.load_cert_chain(theirs.cert, theirs.key)
                try:
                    with shake(bare(server.http), context) as connection:
                        connection.sendall(http1.predict(1))
                        found[who] = http1.answer(connection).status == 200
                except OSError:
                    found[who] = False
    return Outcome(
        ", ".join(f"{who} {'in' if ok else 'out'}" for who, ok in found.items()),
        list(found.values()) == [False, False, True],
    )


KEYS = """[[keys]]
name = "reader"
key = "r-0123456789abcdef0123456789abcdef"
classes = ["observe"]

[[keys]]
name = "caller"
key = "c-0123456789abcdef0123456789abcdef"
classes = ["predict"]
"""
CALLER, READER = (f"{letter}-0123456789abcdef0123456789abcdef" for letter in "cr")


@promise(
    "Keys are asked for at every door, before a body is read, and a key opens its own class only",
    kind="access",
    timed=False,
    anchor="OWASP; Envoy (ext_authz before the body)",
    attack="no key, a wrong one, one of another class, a good one; at three routes; 2 MB announced",
    bound="401, 401, 403, 200; 401 before the body",
    before="no keys",
)
def keys(lab: Lab) -> Outcome:
    if not lab.has("--api-keys"):
        return NOT_BUILT
    faults = []
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "keys.toml"
        path.write_text(KEYS)
        path.chmod(0o600)
        with lab.iris("--api-keys", str(path), "--access-log") as server:
            for door, make_request, good, other in (
                ("/predict", http1.predict, CALLER, READER),
                ("/v2", http1.infer, CALLER, READER),
                (
                    "/metrics",
                    lambda _, headers="": http1.get("/metrics").replace(
                        b"\r\n\r\n", b"\r\n" + headers.encode() + b"\r\n"
                    ),
                    READER,
                    CALLER,
                ),
            ):
                wanted = (
                    ("", 401),
                    ("authorization: Bearer wrong\r\n", 401),
                    ("x-api-key: wrong\r\n", 401),
                    (f"authorization: Bearer {other}\r\n", 403),
                    (f"x-api-key: {good}\r\n", 200),
                    (f"authorization: Bearer {good}\r\n", 200),
                )
                for headers, status in wanted:
                    said = http1.ask(server.http, make_request(1, headers)).status
                    if said != status:
                        faults.append(f"{door} {headers[:20].strip() or 'no key'}: {said}")
            for path_, status in (("/livez", 200), ("/readyz", 200)):
                if (said := http1.ask(server.http, http1.get(path_)).status) != status:
                    faults.append(f"{path_}: {said}")
            head = http1.post("/predict", b"").replace(b"content-length: 0", b"content-length: 2000000")
            with http1.connect(server.http, 2) as connection:
                connection.sendall(head)
                if (said := http1.answer(connection).status) != 401:
                    faults.append(f"before a body: {said}")
            log = server.log.read_text()
            page = http1.ask(
                server.http,
                http1.get("/metrics").replace(b"\r\n\r\n", f"\r\nx-api-key: {READER}\r\n\r\n".encode()),
            ).body
            if CALLER in log or READER in log or CALLER.encode() in page:
                faults.append("a key stands in the log or the metrics")
    return Outcome("; ".join(faults[:5]) or "as said", not faults)
