"""The server on a port of this machine, and of no other."""

import socket

import uvicorn
from fastapi import FastAPI

from zoo.errors import ZooError
from zoo.serving.http import HOST


def listening(port: int) -> socket.socket:
    """A socket at the port, 0 for a free one; ZooError where it is taken."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
    except OSError as error:
        found.close()
        fix = "name another one: --port 0 takes a free one"
        raise ZooError(f"port {port} is taken", where="zoo serve", fix=fix) from error
    return found


def server_of(service: FastAPI) -> uvicorn.Server:
    """Told to stop, by SIGTERM or Ctrl-C, it takes nothing more and answers what it has taken."""
    return uvicorn.Server(uvicorn.Config(service, log_level="warning", access_log=False))
