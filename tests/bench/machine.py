"""Starting servers, loading them and reading what they cost. Used by measure.py; loopback only, every run bounded."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build/release/bin"
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def descendants(pid):
    """The process and everything it started."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(FileNotFoundError):
            for task in os.listdir(f"/proc/{parent}/task"):
                children = pathlib.Path(f"/proc/{parent}/task/{task}/children").read_text().split()
                found += [int(c) for c in children if int(c) not in found]
    return found


class Server:
    """A server process that is ended by its id, with what it has used so far."""

    def __init__(self, command, ready, cwd=None, env=None):
        self.log = tempfile.NamedTemporaryFile(prefix="bench-", suffix=".log", delete=False)
        started = time.monotonic()
        self.process = subprocess.Popen([str(c) for c in command], stdout=self.log, stderr=self.log, cwd=cwd, env=env)
        deadline = started + 60
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{command[0]} did not start: {pathlib.Path(self.log.name).read_text()[-2000:]}")
            time.sleep(0.005)
        self.start_seconds = time.monotonic() - started

    def cpu_seconds(self):
        total = 0
        for pid in descendants(self.process.pid):
            with contextlib.suppress(FileNotFoundError):
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                total += (int(fields[11]) + int(fields[12])) / TICKS
        return total

    def memory_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def answers(url):
    def ready():
        try:
            with urllib.request.urlopen(url, timeout=1) as reply:
                return reply.status == 200
        except OSError:
            return False
    return ready


def listens(port):
    def ready():
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0
    return ready


def get_json(url, data=None, headers=None, method=None):
    request = urllib.request.Request(url, data=None if data is None else json.dumps(data).encode(), method=method,
                                     headers={"Content-Type": "application/json", **(headers or {})})
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply), reply.headers


def run_json(command, timeout=900):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stdout[-1000:]} {done.stderr[-1000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1] if done.stdout.strip().startswith('{"') else done.stdout)


def wrk(url, seconds, connections=32, script=None, header=None):
    """Requests per second, p99 in ms, requests and errors, from wrk."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url]
    if header:
        command += ["-H", header]
    if script:
        command += ["-s", str(script)]
    text = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30, check=True).stdout
    unit = {"us": 0.001, "ms": 1, "s": 1000}
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return {
        "per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
        "p99_ms": float(p99[1]) * unit[p99[2]],
        "requests": int(re.search(r"(\d+) requests in", text)[1]),
        "errors": (int(bad[1]) if bad else 0) + len(re.findall(r"Socket errors", text)),
    }


def loaded(servers, load):
    """Runs `load` and adds the CPU that the servers used per request, in microseconds."""
    before = sum(s.cpu_seconds() for s in servers)
    result = load()
    used = sum(s.cpu_seconds() for s in servers) - before
    result["cpu_us"] = used / max(1, result.get("requests") or result.get("calls")) * 1e6
    return result


@contextlib.contextmanager
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="allmende-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def nginx(path, files):
    """nginx serving `files` (name -> bytes) from disk."""
    port = free_port()
    for name, content in files.items():
        (path / name).write_bytes(content)
    config = (ROOT / "tests/bench/nginx.conf").read_text().replace("NGINX_PORT", str(port))
    (path / "nginx.conf").write_text(config)
    with Server(["nginx", "-p", path, "-c", path / "nginx.conf"], listens(port)) as server:
        yield server, f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def postgres(path):
    """A PostgreSQL of its own on a free port; fsync on."""
    binaries = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    port = free_port()
    data = path / "pg"
    data.mkdir()
    as_user = []
    if os.geteuid() == 0:
        shutil.chown(path, "postgres")
        shutil.chown(data, "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    subprocess.run([*as_user, binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                    "--locale=C.UTF-8"], check=True, capture_output=True)
    with Server([*as_user, binaries / "postgres", "-D", data, "-p", port, "-k", path, "-c", "listen_addresses=127.0.0.1"],
                listens(port)) as server:
        yield server, f"postgresql://postgres@127.0.0.1:{port}/postgres"
