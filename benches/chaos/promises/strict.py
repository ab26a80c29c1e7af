"""HTTP as the RFCs say."""

from __future__ import annotations

import contextlib
import time

import http1
from lab import Lab
from promise import Outcome, promise
from subject import Subject, nginx

BODY = b"[[5.1,3.5,1.4,0.2]]"
LENGTH = b"content-length: 19\r\n"
JSON = b"content-type: application/json\r\n"
HOST = b"host: iris\r\n"
CHUNKED = b"13\r\n" + BODY + b"\r\n0\r\n\r\n"


def request(headers: bytes, body: bytes = BODY, line: bytes = b"POST /predict HTTP/1.1") -> bytes:
    return line + b"\r\n" + headers + b"\r\n" + body


OK, BAD = (200,), (400,)
# What is sent, and what may be answered; 0 is a close without an answer.
CASES: dict[str, tuple[bytes, tuple[int, ...]]] = {
    "plain": (request(HOST + JSON + LENGTH), OK),
    "HTTP/1.0 without Host": (request(JSON + LENGTH, line=b"POST /predict HTTP/1.0"), OK),
    "chunked": (request(HOST + JSON + b"transfer-encoding: chunked\r\n", CHUNKED), OK),
    "Host in capitals": (request(b"HOST: iris\r\n" + JSON + LENGTH), OK),
    "Host with a port": (request(b"host: iris:8080\r\n" + JSON + LENGTH), OK),
    "Host that is an IPv6 address": (request(b"host: [::1]:8080\r\n" + JSON + LENGTH), OK),
    "no Host": (request(JSON + LENGTH), BAD),
    "two Hosts": (request(HOST + HOST + JSON + LENGTH), BAD),
    "two different Hosts": (request(HOST + b"host: other\r\n" + JSON + LENGTH), BAD),
    "Host with a space": (request(b"host: a b\r\n" + JSON + LENGTH), BAD),
    "Host with a path": (request(b"host: a/b\r\n" + JSON + LENGTH), BAD),
    "Host with user information": (request(b"host: me@iris\r\n" + JSON + LENGTH), BAD),
    "Host with a port that is none": (request(b"host: iris:x\r\n" + JSON + LENGTH), BAD),
    "no Host on another route": (request(b"", b"", b"GET /health HTTP/1.1"), BAD),
    "chunked twice": (request(HOST + JSON + b"transfer-encoding: chunked, chunked\r\n", CHUNKED), (400, 501)),
    "gzip, chunked": (request(HOST + JSON + b"transfer-encoding: gzip, chunked\r\n", CHUNKED), (400, 501)),
    "chunked, gzip": (request(HOST + JSON + b"transfer-encoding: chunked, gzip\r\n", CHUNKED), (400, 501)),
    "identity": (request(HOST + JSON + b"transfer-encoding: identity\r\n", CHUNKED), (400, 501)),
    "chunked in two headers": (
        request(HOST + JSON + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", CHUNKED),
        (400, 501),
    ),
    "chunked in HTTP/1.0": (
        request(HOST + JSON + b"transfer-encoding: chunked\r\n", CHUNKED, b"POST /predict HTTP/1.0"),
        (400, 501),
    ),
    "length and chunked": (request(HOST + JSON + LENGTH + b"transfer-encoding: chunked\r\n", CHUNKED), BAD),
    "two lengths": (request(HOST + JSON + LENGTH + b"content-length: 20\r\n"), BAD),
    "length in a list": (request(HOST + JSON + b"content-length: 19, 20\r\n"), BAD),
    "length with a sign": (request(HOST + JSON + b"content-length: +19\r\n"), BAD),
    "length that is negative": (request(HOST + JSON + b"content-length: -1\r\n"), BAD),
    "length beyond 64 bits": (request(HOST + JSON + b"content-length: 99999999999999999999\r\n"), (400, 413)),
    "space before a colon": (request(HOST + JSON + b"content-length : 19\r\n"), BAD),
    "a folded header": (request(HOST + JSON + b"x-a: b\r\n c\r\n" + LENGTH), BAD),
    "a header without a name": (request(HOST + JSON + b": b\r\n" + LENGTH), BAD),
    "a NUL in a header": (request(HOST + JSON + b"x-a: \x00\r\n" + LENGTH), BAD),
    "a bare CR in a header": (request(HOST + JSON + b"x-a: b\rc\r\n" + LENGTH), BAD),
    "a chunk's size that is none": (
        request(HOST + JSON + b"transfer-encoding: chunked\r\n", b"zz\r\n" + BODY + b"\r\n0\r\n\r\n"),
        BAD,
    ),
    "a chunk longer than said": (
        request(HOST + JSON + b"transfer-encoding: chunked\r\n", b"5\r\n" + BODY + b"\r\n0\r\n\r\n"),
        BAD,
    ),
    "another version": (request(HOST, b"", b"GET /livez HTTP/3.7"), (400, 505)),
    "a method that is none": (request(HOST, b"", b"G@T /livez HTTP/1.1"), (400, 405, 501)),
    "an unknown method": (request(HOST, b"", b"BREW /livez HTTP/1.1"), (400, 405, 501)),
    "a target with a space": (request(HOST, b"", b"GET /li vez HTTP/1.1"), BAD),
    "OPTIONS *": (request(HOST, b"", b"OPTIONS * HTTP/1.1"), (200, 204)),
    "HEAD": (request(HOST, b"", b"HEAD /livez HTTP/1.1"), OK),
    "an absolute target": (request(HOST, b"", b"GET http://iris/livez HTTP/1.1"), OK),
    "an unknown expectation": (request(HOST + JSON + LENGTH + b"expect: tea\r\n"), (200, 417)),
}


def statuses(server: Subject, split: bool) -> dict[str, int]:
    found = {}
    for name, (data, _) in CASES.items():
        try:
            with http1.connect(server.http, 2) as connection:
                # At the end of each line, and once within each.
                pieces = [data]
                if split:
                    lines = data.split(b"\n")
                    lines = [line + b"\n" for line in lines[:-1]] + [lines[-1]]
                    pieces = [part for line in lines for part in (line[:3], line[3:]) if part]
                # It may be refused, and rightly so, before all of it is there.
                with contextlib.suppress(OSError):
                    for piece in pieces:
                        connection.sendall(piece)
                        if split:
                            time.sleep(0.001)
                found[name] = http1.answer(connection, to_head=data.startswith(b"HEAD")).status
        except OSError:
            found[name] = 0
    return found


def wrong(found: dict[str, int]) -> list[str]:
    return [
        f"{name}: {found[name] or 'closed'}"
        for name, (_, allowed) in CASES.items()
        if found[name] not in allowed
    ]


def told(faults: list[str]) -> str:
    right = len(CASES) - len(faults)
    return f"{right} of {len(CASES)}" + (
        f" (not {'; '.join(faults[:4])}{'; …' if len(faults) > 4 else ''})" if faults else ""
    )


@promise(
    f"{len(CASES)} requests, good and bad, are answered as RFC 9110 and 9112 say",
    kind="HTTP",
    timed=False,
    anchor="RFC 9110, RFC 9112; nginx, hyper",
    attack="Host, Transfer-Encoding, Content-Length, chunks, lines; whole and in small pieces",
    bound="all, and alike in pieces",
    before="no Host, two, a bad one: 200; `chunked, chunked` and `gzip, chunked`: 200",
)
def strict_requests(lab: Lab) -> Outcome:
    with lab.iris() as server:
        whole, pieces = statuses(server, False), statuses(server, True)
    faults = wrong(whole)
    other = [name for name in CASES if whole[name] != pieces[name]]
    beside = ""
    if lab.has_nginx():
        with nginx() as server:
            beside = told(wrong(statuses(server, False)))
    now = told(faults) + (f"; another answer in pieces: {', '.join(other[:3])}" if other else "")
    return Outcome(now, not faults and not other, beside, {"whole": whole, "pieces": pieces})


def refused(kind: str) -> tuple[bytes, tuple[int, ...]]:
    size = 3_000_000
    headers = {
        "404": b"POST /nowhere HTTP/1.1\r\n" + HOST + JSON,
        "405": b"PUT /livez HTTP/1.1\r\n" + HOST + JSON,
        "413": b"POST /predict HTTP/1.1\r\n" + HOST + JSON,
        "415": b"POST /predict HTTP/1.1\r\n" + HOST + b"content-type: image/png\r\n",
    }[kind]
    # A body of a length that is allowed, where it is the type that is not.
    size = 2_000_000 if kind == "415" else size
    return headers + f"content-length: {size}\r\n\r\n".encode() + b" " * size, (int(kind), 413)


def delivered(server: Subject, kind: str, n: int = 10) -> int:
    data, allowed = refused(kind)
    return sum(http1.ask(server.http, data, 5).status in allowed for _ in range(n))


@promise(
    "A refusal before the body is read arrives, and is not lost in a reset",
    kind="HTTP",
    timed=False,
    anchor="nginx (lingering_close); RFC 9112, 9.6",
    attack="404, 405, 413 and 415 before bodies of 2 and 3 MB, all written first; 10 each",
    bound="40 of 40",
    before="lost 7–10 times of 10",
)
def refusals_arrive(lab: Lab) -> Outcome:
    kinds = ("404", "405", "413", "415")
    with lab.iris() as server:
        found = {kind: delivered(server, kind) for kind in kinds}
    beside = ""
    if lab.has_nginx():
        with nginx() as server:
            other = {kind: delivered(server, kind) for kind in ("404", "413")}
            beside = ", ".join(f"{kind} {n} of 10" for kind, n in other.items())
    return Outcome(
        ", ".join(f"{kind} {n} of 10" for kind, n in found.items()),
        all(n == 10 for n in found.values()),
        beside,
    )


@promise(
    "Who asks before a body that is too large hears no at once",
    kind="HTTP",
    timed=False,
    anchor="nginx; RFC 9110, 10.1.1",
    attack="Expect: 100-continue with 1 GB",
    bound="413 within 1 s, no 100 before it",
    before="100 Continue and silence",
)
def expect_too_large(lab: Lab) -> Outcome:
    data = (
        b"POST /predict HTTP/1.1\r\n"
        + HOST
        + JSON
        + b"expect: 100-continue\r\ncontent-length: 1000000000\r\n\r\n"
    )
    with lab.iris() as server:
        status = http1.ask(server.http, data, 1).status
    return Outcome(f"{status if status > 0 else 'nothing'}", status == 413)


@promise(
    "Malformed requests are counted",
    kind="HTTP",
    timed=False,
    anchor="Envoy (downstream_cx_protocol_error)",
    attack="20 requests that are no HTTP, to each door; then /metrics",
    bound="20 or more in a series of their own",
    before="in no metric and no log",
)
def malformed_counted(lab: Lab) -> Outcome:
    with lab.iris() as server:
        for _ in range(20):
            http1.ask(server.http, b"\x16\x03\x01 this is no HTTP\r\n\r\n", 2)
            http1.ask(server.grpc, b"GET / HTTP/1.1\r\nhost: iris\r\n\r\n", 2)
        page = http1.ask(server.http, http1.get("/metrics", close=True)).body.decode(errors="replace")
    said = {}
    for line in page.splitlines():
        if not line.startswith("#") and any(
            word in line for word in ("malformed", "protocol_error", "bad_request")
        ):
            key, _, value = line.partition(" # ")[0].rpartition(" ")
            said[key] = float(value)
    counted = sum(value for key, value in said.items() if "_created" not in key)
    return Outcome(f"{counted:.0f} counted", counted >= 20, figures=said)
