"""A hub on the loopback interface: models from folders, ranges, and failures on demand."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeHub:
    """Serves models by id. files_served lists (name, first byte) of every file request."""

    def __init__(self) -> None:
        self.models: dict[str, dict[str, bytes]] = {}
        self.files_served: list[tuple[str, int]] = []
        self.status: dict[str, int] = {}
        self.break_after: int | None = None
        self.damaged: set[str] = set()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def add(self, model_id: str, folder: Path, **more: bytes) -> None:
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.models[model_id] = {**files, **more}

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        url = urlsplit(request.path)
        if url.path == "/api/models":
            words = parse_qs(url.query).get("search", [""])[0].lower()
            found = [{"id": name} for name in self.models if words in name.lower()]
            self._send(request, 200, json.dumps(found).encode())
        elif url.path.startswith("/api/models/"):
            model_id = url.path.removeprefix("/api/models/")
            status = self.status.get(model_id, 200 if model_id in self.models else 404)
            body = b"{}" if status != 200 else self._description(model_id)
            self._send(request, status, body)
        else:
            owner, name, _, _, file = url.path.removeprefix("/").split("/", 4)
            self._send_file(request, file, self.models[f"{owner}/{name}"][file])

    def _description(self, model_id: str) -> bytes:
        siblings = []
        for name, data in self.models[model_id].items():
            sibling: dict[str, object] = {"rfilename": name, "size": len(data)}
            if name.endswith(".safetensors"):
                digest = hashlib.sha256(data).hexdigest()
                sibling["lfs"] = {"size": len(data), "sha256": digest, "pointerSize": 130}
            siblings.append(sibling)
        return json.dumps({"id": model_id, "sha": COMMIT, "siblings": siblings}).encode()

    def _send_file(self, request: BaseHTTPRequestHandler, name: str, data: bytes) -> None:
        wanted = request.headers.get("Range", "")
        first = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        self.files_served.append((name, first))
        body = data[first:]
        if name in self.damaged:
            body = body[:-1] + bytes([body[-1] ^ 1])
        request.send_response(206 if wanted else 200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if self.break_after is not None and name.endswith(".safetensors"):
            request.wfile.write(body[: self.break_after])
            request.close_connection = True
        else:
            request.wfile.write(body)

    def _send(self, request: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        if status == 403:
            request.send_header("X-Error-Code", "GatedRepo")
        elif status == 404:
            request.send_header("X-Error-Code", "RepoNotFound")
        request.end_headers()
        request.wfile.write(body)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
