#!/usr/bin/env python3
"""OAI-PMH benchmarks, both ways, side by side with peers, in one run; medians.

1. Harvest: `passerelle harvest --only` of a provider double to the durable store, against Sickle and
   oaipmh-scythe reading the same list and touching the metadata of each record (they keep nothing).
   Then the same harvest again, unchanged: datestamps moved, time.
2. Serving: one instance with few and one with many records, loaded through the whole chain: full
   walks in both formats, eight walkers at once, the first against the last pages, GetRecord with
   eight clients, memory of the server.
3. MOAI-iplweb with the same records (the first of them: it is slow) and the same walker.

Prints a table in Markdown for BENCHMARKS.md; nothing else runs at the same time, peers one after
the other.

Usage: bench_oai.py [--records 1000000] [--harvest-records 200000] [--runs 3] [--only harvest,serve,moai]
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv/bin/python"
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
SICKLE = """
import sys
from sickle import Sickle
count = 0
for record in Sickle(sys.argv[1]).ListRecords(metadataPrefix="oai_dc"):
    record.metadata
    count += 1
print(count)
"""
SCYTHE = """
import sys
from oaipmh_scythe import Scythe
count = 0
with Scythe(sys.argv[1]) as scythe:
    for record in scythe.list_records(metadata_prefix="oai_dc"):
        record.metadata
        count += 1
print(count)
"""
rows = []


def row(what, figure, limit=""):
    rows.append((what, figure, limit))
    print(f"{what}: {figure}" + (f" (goal: {limit})" if limit else ""), flush=True)


def n(number, digits=0):
    return f"{number:,.{digits}f}"


def spread(numbers, digits=0):
    return f"{n(min(numbers), digits)}–{n(max(numbers), digits)}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process that prints `Ready: URL` (or `Serving at URL`), ended with the block."""

    def __init__(self, command, **more):
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **more)
        self.url = None
        for line in self.process.stdout:
            found = [word for word in line.split() if word.startswith("http://")]
            if found:
                self.url = found[0].rstrip("/")
                break
        if not self.url:
            raise SystemExit(f"{command[0]} did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def memory(self):
        """MiB: peak resident, resident now, of that not in files."""
        lines = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        found = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith(("VmHWM", "VmRSS", "RssAnon"))}
        return found["VmHWM"], found["VmRSS"], found["RssAnon"]


class Measured:
    """A command with its time, processor time, peak memory (MiB) and output."""

    def __init__(self, command):
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as complaints:
            begin = time.monotonic()
            process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=complaints)
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.monotonic() - begin
            out.seek(0)
            self.text = out.read()
            complaints.seek(0)
            said = complaints.read()[-2000:]
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss / 1024
        if os.waitstatus_to_exitcode(status) != 0:
            raise SystemExit(f"{' '.join(str(part) for part in command)} failed: {self.text}{said}")


class Gateway:
    """A data folder and a schedule of one source."""

    def __init__(self, binary, folder, url):
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "schedules").mkdir(parents=True)
        self.data = folder / "data"
        (folder / "schedules/double.toml").write_text(
            f'label = "Bench"\nkind = "oai-pmh"\nlocation = "{url}"\nformat = "oai_dc"\nmapping = "oai_dc"\nallow_private_addresses = true\n'
        )
        self.command = [binary, "--data", self.data, "--schedules", folder / "schedules"]

    def run(self, *arguments):
        return Measured([*self.command, *arguments])

    def query(self, sql):
        base = sqlite3.connect(f"file:{self.data}/passerelle.db?mode=ro", uri=True)
        try:
            return base.execute(sql).fetchall()
        finally:
            base.close()

    def bytes(self):
        return sum(path.stat().st_size for path in self.data.glob("passerelle.db*"))

    def serve(self):
        return Server([*self.command, "serve", "--no-work", "--listen", f"127.0.0.1:{free_port()}"])


def double(folder, records):
    return Server([folder / "provider-double", "--records", records, "--until-eof"])


def counts(gateway):
    return gateway.query("select row_count, created_count, updated_count, unchanged_count, deleted_count, quarantined_count, status from run order by run_id desc limit 1")[0]


def harvest(options, work):
    records = options.harvest_records
    ours, again, sickle, scythe, cpu, peaks, sizes = [], [], [], [], [], [], []
    with double(options.programs, records) as provider:
        # What the double alone can give.
        alone = json.loads(Measured([options.programs / "oai-walker", provider.url, "list"]).text)
        for number in range(options.runs):
            gateway = Gateway(options.programs / "passerelle", work / "harvest", provider.url)
            first = gateway.run("harvest", "--only", "double")
            assert counts(gateway)[:2] == (records, records) and counts(gateway)[-1] == "complete", counts(gateway)
            ours.append(first.seconds)
            cpu.append(first.cpu)
            peaks.append(first.peak)
            sizes.append(gateway.bytes())
            second = gateway.run("harvest", "--only", "double")
            assert counts(gateway)[1:6] == (0, 0, records, 0, 0), counts(gateway)
            again.append(second.seconds)
            for script, seconds in ((SICKLE, sickle), (SCYTHE, scythe)):
                peer = Measured([PYTHON, "-c", script, provider.url])
                assert int(peer.text) == records, peer.text
                seconds.append(peer.seconds)
            print(f"harvest {number + 1} of {options.runs}: {ours[-1]:.1f} s, again {again[-1]:.1f} s, Sickle {sickle[-1]:.1f} s, scythe {scythe[-1]:.1f} s", flush=True)
        # Datestamps: the last store is published, harvested once more and published again.
        gateway.run("reconcile")
        state = "select count(*), coalesce(sum(datestamp), 0), coalesce(max(seq), 0) from object"
        before = gateway.query(state)
        gateway.run("harvest", "double")
        after = gateway.query(state)
    median = statistics.median
    rate = lambda seconds: records / median(seconds)
    row("provider double alone, ListRecords, one walker", f"{n(alone['records_per_second'])} records/s")
    row(f"harvest of {n(records)} `oai_dc` ({alone['bytes'] / records:.0f} bytes each on the wire) to the durable store", f"{n(rate(ours))} records/s ({spread([records / s for s in ours])}); {n(median(cpu), 1)} s of processor; peak {n(max(peaks))} MiB; {n(median(sizes) / 2**20)} MiB on disk", "10,000 records/s")
    row("Sickle 0.7.0, parse only, metadata touched", f"{n(rate(sickle))} records/s ({spread([records / s for s in sickle])})")
    row("oaipmh-scythe 0.16.0, the same", f"{n(rate(scythe))} records/s ({spread([records / s for s in scythe])})")
    row("ours to Sickle; to scythe", f"{rate(ours) / rate(sickle):.2f}; {rate(ours) / rate(scythe):.2f}", "3 times Sickle")
    moved = "0 datestamps moved" if before == after else f"DATESTAMPS MOVED: {before} before, {after} after"
    row("the same harvest again, unchanged", f"{n(rate(again))} records/s; {median(again) / median(ours):.2f} of the first's time; {moved}", "under 0.5; 0")


def walker(options, url, *arguments):
    return json.loads(Measured([options.programs / "oai-walker", url, *arguments]).text)


def load(options, work, records):
    """An instance with so many published records."""
    with double(options.programs, records) as provider:
        gateway = Gateway(options.programs / "passerelle", work, provider.url)
        harvested = gateway.run("harvest", "--only", "double")
    settled = gateway.run("reconcile")
    row(f"loading {n(records)} records", f"harvest {n(records / harvested.seconds)} records/s (peak {n(harvested.peak)} MiB); reconcile, publish and index {n(records / settled.seconds)} records/s (peak {n(settled.peak)} MiB); {n(gateway.bytes() / 2**20)} MiB on disk")
    return gateway


def measure(options, gateway, records, ids):
    """Walks an instance; the figures, medians of the runs."""
    found = {}
    with gateway.serve() as server:
        url = f"{server.url}/oai"
        median = lambda results, key: statistics.median(result[key] for result in results)
        for name, arguments in {
            "oai_dc": ("list",),
            "edm": ("list", "--prefix", "edm"),
            "eight": ("list", "--walkers", "8"),
            "identifiers": ("list", "--verb", "ListIdentifiers"),
        }.items():
            # Eight walkers read eight times as much: once is enough for a large instance.
            runs = 1 if name == "eight" and records > 100_000 else options.runs
            results = [walker(options, url, *arguments) for _ in range(runs)]
            whole = records * (8 if name == "eight" else 1)
            assert all(result["records"] == whole for result in results), f"{name}: {results[0]['records']} of {whole}"
            found[name] = {key: median(results, key) for key in results[0]}
            found[name]["range"] = spread([result["records_per_second"] for result in results])
            print(f"{name}, {records}: {found[name]}", flush=True)
        walker(options, url, "list", "--verb", "ListIdentifiers", "--identifiers", ids)
        results = [walker(options, url, "get", "--identifiers", ids, "--clients", 8, "--requests", options.gets) for _ in range(options.runs)]
        found["get"] = {key: median(results, key) for key in results[0]}
        found["memory"] = server.memory()
    return found


def serve(options, work):
    small = measure(options, load(options, work / "small", options.small), options.small, work / "ids")
    gateway = load(options, work / "large", options.records)
    large = measure(options, gateway, options.records, work / "ids")
    many = n(options.records)
    for name, limit in (("oai_dc", "20,000 records/s"), ("edm", "10,000 records/s")):
        found = large[name]
        row(f"ListRecords `{name}`, full walk of {many}", f"{n(found['records_per_second'])} records/s ({found['range']}); {found['bytes'] / found['records']:.0f} bytes a record; page p50 {found['page_p50_ms']:.1f} ms, p99 {found['page_p99_ms']:.1f} ms", limit)
        row(f"the same, last 50 pages to the first 50", f"{found['last_ms'] / found['first_ms']:.2f} ({found['last_ms']:.1f} ms, {found['first_ms']:.1f} ms)", "at most 1.2")
    eight = large["eight"]
    row("8 walkers at once, `oai_dc`, in total", f"{n(eight['records_per_second'])} records/s: {eight['records_per_second'] / large['oai_dc']['records_per_second']:.2f} of one walker", "at least 1")
    found = large["identifiers"]
    row(f"ListIdentifiers, full walk of {many}", f"{n(found['records_per_second'])} headers/s ({found['range']}); last 50 pages to the first 50: {found['last_ms'] / found['first_ms']:.2f}")
    get = large["get"]
    row("GetRecord, 8 clients, random identifiers", f"p50 {get['p50_ms']:.2f} ms, p99 {get['p99_ms']:.2f} ms; {n(get['requests_per_second'])} requests/s", "p99 at most 20 ms")
    for size, found in ((options.small, small), (options.records, large)):
        peak, resident, anonymous = found["memory"]
        row(f"memory of the server after all this, {n(size)} records", f"peak resident {n(peak)} MiB; at the end {n(resident)} MiB, of which {n(anonymous)} MiB not of files", "256 MiB, alike")
    return large["oai_dc"]["records_per_second"]


def moai(options, work, ours):
    records = options.moai_records
    with double(options.programs, records) as provider:
        gateway = Gateway(options.programs / "passerelle", work / "peer", provider.url)
        gateway.run("harvest", "double")
        with Server([PYTHON, ROOT / "conformance-tests/python/moai_peer.py", provider.url, "--records", records, "--port", free_port()], cwd=work) as peer:
            theirs = walker(options, peer.url, "list")
    with gateway.serve() as server:
        same = walker(options, f"{server.url}/oai", "list")
    assert theirs["records"] == same["records"] == records, (theirs, same)
    row(f"MOAI-iplweb 2.1.1 (SQLite, waitress), full walk of {n(records)} `oai_dc`", f"{n(theirs['records_per_second'])} records/s; last 50 pages to the first 50: {theirs['last_ms'] / theirs['first_ms']:.2f}")
    row("ours, the same records", f"{n(same['records_per_second'])} records/s: {same['records_per_second'] / theirs['records_per_second']:.1f} times MOAI", "20 times")
    if ours:
        row(f"ours at {n(options.records)} to MOAI at {n(records)}", f"{ours / theirs['records_per_second']:.1f}")


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    memory = int(open("/proc/meminfo").readline().split()[1]) / 2**20
    system = next((line.split("=", 1)[1].strip().strip('"') for line in open("/etc/os-release") if line.startswith("PRETTY_NAME=")), platform.system())
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {system}"


def commit():
    found = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return found.stdout.strip() or "unknown"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=1_000_000, help="records of the large instance")
    parser.add_argument("--small", type=int, default=10_000, help="records of the small instance")
    parser.add_argument("--harvest-records", type=int, default=200_000)
    parser.add_argument("--moai-records", type=int, default=20_000)
    parser.add_argument("--gets", type=int, default=8_000, help="GetRecord requests a run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="harvest,serve,moai")
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "target/release", help="folder of passerelle, provider-double and oai-walker")
    parser.add_argument("--work", type=pathlib.Path, help="folder for databases (some GiB); default: a temporary one")
    options = parser.parse_args()
    options.programs = options.programs.absolute()
    parts = options.only.split(",")
    before, begin = os.getloadavg(), time.monotonic()
    if before[0] > 0.5:
        print(f"the load average is {before[0]:.1f}: figures will be low", file=sys.stderr)
    work = options.work or pathlib.Path(tempfile.mkdtemp(prefix="passerelle-bench-"))
    ours = None
    try:
        if "harvest" in parts:
            harvest(options, work)
        if "serve" in parts:
            ours = serve(options, work)
        if "moai" in parts:
            moai(options, work, ours)
    finally:
        if not options.work:
            shutil.rmtree(work, ignore_errors=True)
    after = os.getloadavg()
    print(f"\n{datetime.date.today()}, commit {commit()}, {machine()}, SQLite; `{' '.join(['make bench-oai' if len(sys.argv) == 1 else 'conformance-tests/bench_oai.py', *sys.argv[1:]])}`, {(time.monotonic() - begin) / 60:.0f} minutes, medians of {options.runs}; load average {before[0]:.2f} before, {after[0]:.2f} after.\n")
    print("| what | figure | goal |\n|---|---|---|")
    for what, figure, limit in rows:
        print(f"| {what} | {figure} | {limit} |")


if __name__ == "__main__":
    main()
