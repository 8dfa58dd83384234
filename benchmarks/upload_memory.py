"""Measures by how much the API's process grows while it takes a large file.

Against a running API: `python -m benchmarks.upload_memory --url http://127.0.0.1:8000` with an
access token in ORDERNIMBUS_BENCHMARK_TOKEN. The file has no columns that sales have, so that the
pipeline refuses it and no forecast changes.
What belongs here: sending, watching the process, counting.
What stays out: judging the figures.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

import psutil

_MEBIBYTE = 1024**2
_BLOCK_BYTES = 64 * 1024
_LOOK_SECONDS = 0.005
_BOUNDARY = "upload-memory-benchmark"


@dataclass(frozen=True)
class UploadFigures:
    """What one upload cost.

    Attributes:
        status: HTTP status of the answer.
        sent_mib: Size of the file.
        seconds: From the first byte sent to the answer.
        rss_before_mib: Resident memory of the process before.
        rss_growth_mib: Highest resident memory while it took the file, above the one before.
    """

    status: int
    sent_mib: float
    seconds: float
    rss_before_mib: float
    rss_growth_mib: float


class _PeakWatch(threading.Thread):
    """Looks at a process's resident memory again and again and keeps the highest."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._enough = threading.Event()
        self.before_bytes: int = process.memory_info().rss
        self.peak_bytes = self.before_bytes

    def run(self) -> None:
        while not self._enough.wait(_LOOK_SECONDS):
            self.peak_bytes = max(self.peak_bytes, self._process.memory_info().rss)

    def finish(self) -> None:
        """Stop looking."""
        self._enough.set()
        self.join()


def measure(address: str, token: str, process: psutil.Process, *, n_bytes: int) -> UploadFigures:
    """Send a file of `n_bytes` and return what happened to `process` meanwhile.

    Args:
        address: Of the API, for example `http://127.0.0.1:8000`.
        token: Access token of a caller who may upload for exactly one tenant.
        process: The one that serves `address`.
        n_bytes: Size of the file; its content is new each time.
    """
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=600)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
    }
    watch = _PeakWatch(process)
    watch.start()
    began = time.perf_counter()
    try:
        connection.request("POST", "/v1/uploads", body=_body(n_bytes), headers=headers)
        response = connection.getresponse()
        response.read()
        elapsed = time.perf_counter() - began
    finally:
        watch.finish()
        connection.close()
    return UploadFigures(
        status=response.status,
        sent_mib=round(n_bytes / _MEBIBYTE, 1),
        seconds=round(elapsed, 2),
        rss_before_mib=round(watch.before_bytes / _MEBIBYTE, 1),
        rss_growth_mib=round((watch.peak_bytes - watch.before_bytes) / _MEBIBYTE, 1),
    )


def _body(n_bytes: int) -> Iterator[bytes]:
    """Yield the multipart body block by block; this process never holds it either."""
    disposition = 'form-data; name="file"; filename="benchmark.csv"'
    yield f"--{_BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode()
    heading = f"benchmark,{time.time_ns()}\n".encode()[:n_bytes]
    yield heading
    left = n_bytes - len(heading)
    block = (b"x" * 62 + b",\n") * (_BLOCK_BYTES // 64)
    while left > 0:
        yield block[:left]
        left -= len(block)
    yield f"\r\n--{_BOUNDARY}--\r\n".encode()


def _listener(port: int) -> psutil.Process:
    """Return the process that listens on `port`, which has to belong to the same user."""
    for connection in psutil.net_connections("tcp"):
        address = connection.laddr
        is_listener = connection.status == psutil.CONN_LISTEN
        if is_listener and address and address.port == port and connection.pid is not None:
            return psutil.Process(connection.pid)
    raise SystemExit(f"no process of this user listens on port {port}: name the API's --url")


def main() -> None:
    """Print one line of JSON per upload; the first, small one only warms the process up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--mebibytes", type=int, nargs="+", default=[1, 200, 200])
    options = parser.parse_args()
    token = os.environ["ORDERNIMBUS_BENCHMARK_TOKEN"]
    process = _listener(urlsplit(options.url).port or 80)
    for mebibytes in options.mebibytes:
        figures = measure(options.url, token, process, n_bytes=mebibytes * _MEBIBYTE)
        print(json.dumps(asdict(figures)))


if __name__ == "__main__":
    main()
