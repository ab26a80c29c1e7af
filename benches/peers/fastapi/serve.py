"""Runs a service in this process, and says where as `iris-server` does."""

from __future__ import annotations

import argparse
import socket

import uvicorn
from fastapi import FastAPI


def serve(app: FastAPI) -> None:
    """One worker, no access log; prints `listening http=ADDR:PORT` once connections are taken."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--http", metavar="ADDR:PORT", default="127.0.0.1:8080", help="port 0 takes a free one"
    )
    address, _, port = parser.parse_args().http.rpartition(":")
    config = uvicorn.Config(app, access_log=False, log_level="warning")
    with socket.create_server((address, int(port)), backlog=config.backlog) as listener:
        address, port = listener.getsockname()
        print(f"listening http={address}:{port}", flush=True)
        uvicorn.Server(config).run(sockets=[listener])
