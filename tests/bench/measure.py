"""Measures the Speed table of the project beside its yardsticks and writes tests/bench/RESULTS.md.

Run by tests/bench/run.sh after a release build. Each figure is the median of interleaved rounds; CPU is that of all our
server processes per request. The load generator runs on the same machine.
"""
import argparse
import contextlib
import json
import pathlib
import platform
import random
import statistics
import subprocess
import sys
import time
import urllib.parse

import machine
from machine import BIN, ROOT

BARE_HOP = BIN / "bare_hop"
LANDSCAPE = "musterland"


class Results:
    def __init__(self):
        self.rows = []

    def add(self, figure, value, target, beside=""):
        print(json.dumps({"figure": figure, "value": value, "target": target, "beside": beside}, ensure_ascii=False),
              flush=True)
        self.rows.append((figure, value, target, beside))

    def write(self, path, command):
        cpu = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                    if line.startswith("model name")), platform.processor())
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT,
                                check=False).stdout.strip()
        lines = ["# What was measured", "",
                 f"`{command}` on {time.strftime('%Y-%m-%d')}, commit {commit}, 2 cores ({cpu}), load generator on the "
                 "same machine. Medians of interleaved rounds; CPU of all our server processes per request.", "",
                 "| figure | measured | to reach | beside it in the same run |", "| --- | --- | --- | --- |"]
        lines += [f"| {' | '.join(row)} |" for row in self.rows]
        path.write_text("\n".join(lines) + "\n")


@contextlib.contextmanager
def allmende(data, *arguments):
    port, grpc_port = machine.free_port(), machine.free_port()
    url = f"http://127.0.0.1:{port}"
    command = [BIN / "allmende", "serve", "--development", "--data", data, "--listen", f"127.0.0.1:{port}",
               "--grpc-listen", f"127.0.0.1:{grpc_port}", "--landscape-rate", "0", *arguments]
    with machine.Server(command, machine.answers(url + "/readyz")) as server:
        server.url, server.grpc = url, f"127.0.0.1:{grpc_port}"
        yield server


def rounds(count, *loads):
    """Runs the loads in turn, `count` times, and gives the median of every number for each."""
    taken = [[] for _ in loads]
    for _ in range(count):
        for results, load in zip(taken, loads):
            results.append(load())
    return [{key: statistics.median(r[key] for r in results) for key in results[0]
             if isinstance(results[0][key], (int, float))} for results in taken]


def rate(result):
    errors = f", {result['errors']:.0f} errors" if result.get("errors") else ""
    return f"{result['per_second']:,.0f} /s, {result.get('cpu_us', 0):.0f} µs CPU, p99 {result['p99_ms']:.1f} ms{errors}"


def ids_script(path, names):
    """A wrk script that asks for the names in random order."""
    listed = ",".join(f'"{name}"' for name in names)
    path.write_text(f"local names = {{{listed}}}\nmath.randomseed(7)\n"
                    "request = function() return wrk.format('GET', '/v1/' .. names[math.random(#names)]) end\n")
    return path


def some_names(url, count):
    names, token = [], ""
    while len(names) < count:
        page, _ = machine.get_json(f"{url}/v1/landscapes/{LANDSCAPE}/actors?pageSize=1000&fields=name&pageToken={token}")
        names += [actor["name"] for actor in page["actors"]]
        token = urllib.parse.quote(page.get("nextPageToken", ""))
        if not token:
            break
    return random.Random(7).sample(names, min(count, len(names)))


def fill(server, scale):
    subprocess.run([BIN / "allmende", "demo", "--server", server.url, "--landscape", LANDSCAPE, "--scale", str(scale)],
                   check=True, capture_output=True, timeout=1800)


def measure_reads(results, work, options):
    seconds = options.seconds
    with allmende(work / "reads") as server:
        fill(server, 1)
        name = some_names(server.url, 1)[0]
        one = f"{server.url}/v1/{name}"
        body, headers = machine.get_json(one)
        raw = json.dumps(body).encode()
        hops = [machine.free_port(), machine.free_port()]
        with machine.nginx(work, {"one.json": raw}) as (nginx, nginx_url), \
                machine.Server([BARE_HOP, *hops], machine.listens(hops[1])) as hop:
            etag = f"If-None-Match: {headers['ETag']}"
            hot, not_modified, static = rounds(
                options.rounds,
                lambda: machine.loaded([server], lambda: machine.wrk(one, seconds)),
                lambda: machine.loaded([server], lambda: machine.wrk(one, seconds, header=etag)),
                lambda: machine.loaded([nginx], lambda: machine.wrk(nginx_url + "/one.json", seconds)))
            ratio = hot["per_second"] / static["per_second"]
            results.add("REST GET, gateway's near cache", f"{rate(hot)}; {ratio:.2f} x nginx",
                        ">= 30 k/s, <= 20 µs, >= 0.5 x nginx", f"nginx, static file: {rate(static)}")
            results.add("the same, 304 by If-None-Match", rate(not_modified), "as above", f"nginx: {rate(static)}")
            grpc, bare_grpc = rounds(
                options.rounds,
                lambda: machine.loaded([server], lambda: grpc_load(server.grpc, "get", name, seconds)),
                lambda: machine.loaded([hop], lambda: grpc_load(f"127.0.0.1:{hops[1]}", "get", name, seconds)))
            results.add("gRPC unary Get through the gateway's door, warm", rate(grpc), "", f"bare callback server: {rate(bare_grpc)}")
    with separate(work / "reads") as (registry, gateway):
        hops = [machine.free_port(), machine.free_port()]
        with machine.Server([BARE_HOP, *hops], machine.listens(hops[1])) as hop:
            one = f"{gateway.url}/v1/{name}"
            fifty = f"{gateway.url}/v1/landscapes/{LANDSCAPE}/actors?pageSize=50&filter=sector%3DPUBLIC&orderBy=display_name"
            warm, bare, fifty_warm, grpc, bare_grpc = rounds(
                options.rounds,
                lambda: machine.loaded([registry, gateway], lambda: machine.wrk(one, seconds)),
                lambda: machine.loaded([hop], lambda: machine.wrk(f"http://127.0.0.1:{hops[0]}/x", seconds)),
                lambda: machine.loaded([registry, gateway], lambda: machine.wrk(fifty, seconds)),
                lambda: machine.loaded([registry], lambda: grpc_load(registry.grpc, "get", name, seconds)),
                lambda: machine.loaded([hop], lambda: grpc_load(f"127.0.0.1:{hops[1]}", "get", name, seconds)))
            results.add("REST GET through the hop, service cache warm", rate(warm), ">= 7 k/s, <= 100 µs",
                        f"bare Beast + bare gRPC: {rate(bare)}")
            results.add("gRPC unary Get, warm", rate(grpc), ">= 20 k/s, <= 45 µs in the service",
                        f"bare callback server: {rate(bare_grpc)}")
            results.add("list of 50, filtered and sorted, no cache in the gateway", rate(fifty_warm), ">= 3 k/s, <= 400 µs", "")
    with allmende(work / "reads") as server:
        fifty = f"{server.url}/v1/landscapes/{LANDSCAPE}/actors?pageSize=50&filter=sector%3DPUBLIC&orderBy=display_name"
        hot, = rounds(options.rounds, lambda: machine.loaded([server], lambda: machine.wrk(fifty, seconds)))
        results.add("list of 50, filtered and sorted, gateway's near cache", rate(hot), "<= 150 µs", "")


@contextlib.contextmanager
def separate(data, *registry_arguments):
    """Registry and gateway as processes of their own; the gateway keeps no finished bytes."""
    registry_port, port = machine.free_port(), machine.free_port()
    registry_command = [BIN / "allmende-registry", "--development", "--data", data, "--listen",
                        f"127.0.0.1:{registry_port}", "--landscape-rate", "0", *registry_arguments]
    gateway_command = [BIN / "allmende-gateway", "--development", "--registry", f"127.0.0.1:{registry_port}", "--listen",
                       f"127.0.0.1:{port}", "--cache-mib", "0"]
    url = f"http://127.0.0.1:{port}"
    with machine.Server(registry_command, machine.listens(registry_port)) as registry, \
            machine.Server(gateway_command, machine.answers(url + "/readyz")) as gateway:
        registry.grpc, gateway.url = f"127.0.0.1:{registry_port}", url
        yield registry, gateway


def grpc_load(target, mode, name, seconds, in_flight=32):
    result = machine.run_json([BIN / "grpc_load", target, mode, name, seconds, in_flight], seconds + 60)
    result["requests"] = result["calls"]
    return result


def measure_engine(results, work, options, engine, arguments, targets):
    """Imports, cold reads, searches and durable writes on one engine."""
    rows = options.rows
    lists = work / f"{engine}.csv"
    write_list(lists, rows)
    with allmende(work / engine, *arguments) as server:
        fill(server, 1)
        started = time.monotonic()
        answer = machine.run_json([BIN / "allmende", "import", "--server", server.url, "--landscape", LANDSCAPE, "--mapping",
                                   ROOT / "tests/bench/list_mapping.json", lists])
        seconds = time.monotonic() - started
        assert answer["stored"] == rows, answer
        results.add(f"import of {rows:,} rows with validation, {engine}",
                    f"{rows / seconds:,.0f} rows/s, {server.memory_mib():.0f} MiB resident afterwards", targets["import"],
                    import_yardstick(work, lists) if engine == "SQLite" else "")
        measure_search(results, server, options, engine)
        create = machine.loaded([server], lambda: grpc_load(server.grpc, "create", f"landscapes/{LANDSCAPE}", options.seconds, 64))
        results.add(f"durable creates, 64 writers, {engine}", rate(create), targets["create"], "")
        names = ids_script(work / "names.lua", some_names(server.url, 20_000))
    with separate(work / engine, *arguments, "--cache-mib", "0") as (registry, gateway):
        cold, = rounds(options.rounds, lambda: machine.loaded(
            [registry, gateway], lambda: machine.wrk(gateway.url, options.seconds, script=names)))
        results.add(f"REST GET from the store, no cache anywhere, {engine}", rate(cold), targets["cold"], "")


def import_yardstick(work, lists):
    """sqlite3 .import of the same file: no validation, no index, no history."""
    started = time.monotonic()
    subprocess.run(["sqlite3", work / "yardstick.db", ".mode csv", f".import {lists} list"], check=True, capture_output=True)
    rows = sum(1 for _ in lists.open(encoding="utf-8")) - 1
    return f"sqlite3 .import: {rows / (time.monotonic() - started):,.0f} rows/s"


def measure_search(results, server, options, engine):
    words = ["grundschule", "förderverein musik", "sprachförderung", "kita am", "verein integration", "beratung jugend"]
    urls = [f"{server.url}/v1/landscapes/{LANDSCAPE}/actors:search?query={urllib.parse.quote(word)}&facets=kinds"
            f"&facets=topics&center.latitude=51.{random.Random(i).randint(10, 90)}&center.longitude=9.5&radiusMetres=15000"
            f"&pageSize=20" for i, word in enumerate(words * 40)]
    taken = []
    cpu = server.cpu_seconds()
    for i, url in enumerate(urls):
        started = time.monotonic()
        machine.get_json(f"{url}&filter=update_time%20%3E%20%222000-01-01T00%3A00%3A{i % 60:02}Z%22")
        taken.append((time.monotonic() - started) * 1000)
    cpu = (server.cpu_seconds() - cpu) / len(urls) * 1e6
    taken.sort()
    results.add(f"search in {options.rows:,} actors: text + facets + radius, {engine}",
                f"p50 {statistics.median(taken):.1f} ms, p99 {taken[int(len(taken) * 0.99)]:.1f} ms, {cpu:.0f} µs CPU",
                "p99 <= 20 ms; <= 250 µs CPU for a text search", "")


def write_list(path, rows):
    """A list of actors as an office might send it, the same for the same number of rows."""
    chance = random.Random(11)
    first = ["Grundschule", "Förderverein der Grundschule", "Kita", "Musikverein", "Sportverein", "Volkshochschule",
             "Jugendtreff", "Beratungsstelle", "Verein für Integration", "Sprachförderung"]
    second = ["Am Park", "An der Mühle", "Sonnenschein", "Löwenzahn", "Rotes Kreuz", "Bunte Vielfalt", "St. Martin", "Nord"]
    with path.open("w", encoding="utf-8") as out:
        out.write("Nr;Name;Art;Straße;PLZ;Ort;Telefon;E-Mail;Breite;Länge\n")
        for i in range(rows):
            out.write(f"{i};{chance.choice(first)} {chance.choice(second)} {i % 997};"
                      f"{chance.choice(['Schule', 'Verein', 'Kita', 'Sonstiges'])};Hauptstraße {i % 200 + 1};"
                      f"{10000 + i % 80000:05};Musterstadt;030 23125 {i % 1000:03};info{i}@example.org;"
                      f"{51 + chance.random():.6f};{9 + chance.random():.6f}\n".replace("51.", "51,").replace("9.", "9,"))


def measure_rest(results, work, options):
    for service in ["registry", "cooperation", "analytics", "gateway"]:
        port = machine.free_port()
        extra = ["--registry", "127.0.0.1:1"] if service == "gateway" else ["--data", work / f"idle-{service}"]
        with machine.Server([BIN / f"allmende-{service}", "--development", "--listen", f"127.0.0.1:{port}", *extra],
                            machine.listens(port)) as server:
            time.sleep(1)
            results.add(f"memory of {service}, idle", f"{server.memory_mib():.0f} MiB", "<= 40 MiB", "")
    if options.million:
        with allmende(work / "million") as server:
            fill(server, 1111)
        with allmende(work / "million") as server:
            results.add("start to ready with a million actors, SQLite", f"{server.start_seconds:.2f} s", "<= 1 s", "")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short runs, few rows; writes no RESULTS.md")
    options = parser.parse_args()
    options.seconds, options.rounds, options.rows = (2, 1, 10_000) if options.quick else (5, 3, 100_000)
    options.million = not options.quick
    results = Results()
    with machine.folder() as work:
        work.chmod(0o755)
        measure_reads(results, work, options)
        measure_engine(results, work, options, "SQLite", [], {"import": ">= 20 k rows/s", "create": ">= 5 k/s, <= 350 µs", "cold": ">= 5 k/s"})
        with machine.folder() as pg_folder, machine.postgres(pg_folder) as (_, database):
            measure_engine(results, work, options, "PostgreSQL", ["--database", database],
                           {"import": ">= 10 k rows/s", "create": ">= 3 k/s, <= 350 µs", "cold": ">= 4 k/s"})
        measure_rest(results, work, options)
    if not options.quick:
        results.write(ROOT / "tests/bench/RESULTS.md", "tests/bench/run.sh")


if __name__ == "__main__":
    sys.exit(main())
