#!/usr/bin/env python3
"""Harvests every real file of the shared data through the schedules of this folder and prints a
table: rows in, records, quarantined with reasons, images, seconds, peak memory.

Fails when a row is unaccounted for (rows = created + updated + unchanged + deleted + quarantined),
when a run is not complete, or when a source takes nothing.

Usage: run.py [--binary target/release/passerelle] [--data FOLDER] [SOURCE...]
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LINE = re.compile(
    r"^(?P<source>\S+): (?P<status>\w+).* in (?P<seconds>[\d.]+) s: (?P<rows>\d+) rows in (?P<pages>\d+) pages = "
    r"(?P<created>\d+) created \+ (?P<updated>\d+) updated \+ (?P<unchanged>\d+) unchanged \+ "
    r"(?P<deleted>\d+) deleted \+ (?P<quarantined>\d+) quarantined; (?P<images>\d+) images",
    re.M,
)


def peak_kib(pid: int) -> int:
    """Peak resident memory so far, from the kernel's own high-water mark."""
    try:
        for line in open(f"/proc/{pid}/status"):
            if line.startswith("VmHWM"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def run(binary, data, schedules, source, env):
    process = subprocess.Popen(
        [binary, "--data", data, "--schedules", schedules, "harvest", source, "--only"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
    )
    peak = 0
    stop = threading.Event()

    def watch():
        nonlocal peak
        while not stop.wait(0.02):
            peak = max(peak, peak_kib(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, err = process.communicate()
    stop.set()
    watcher.join()
    return process.returncode, out, err, peak


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=str(ROOT / "target/release/passerelle"))
    parser.add_argument("--data")
    parser.add_argument("sources", nargs="*")
    arguments = parser.parse_args()
    shared = pathlib.Path(os.environ.get("PASSERELLE_SHARED", ROOT.parent / "shared")).resolve()
    if not (shared / "data").is_dir():
        print(f"skipped: no real data at {shared} (set PASSERELLE_SHARED)", file=sys.stderr)
        return 0
    env = {**os.environ, "PASSERELLE_SHARED": str(shared), "RUST_LOG": "warn"}
    schedules = str(HERE / "schedules")
    data = arguments.data or tempfile.mkdtemp(prefix="passerelle-real-")
    sources = arguments.sources or sorted(p.stem for p in (HERE / "schedules").glob("*.toml"))
    print("| source | rows | records | quarantined | reasons | images | s | peak MiB |")
    print("|---|---|---|---|---|---|---|---|")
    failures = []
    started = time.monotonic()
    total = 0
    for source in sources:
        code, out, err, peak = run(arguments.binary, data, schedules, source, env)
        match = LINE.search(out)
        if not match:
            failures.append(f"{source}: exit {code}: {err.strip()[-400:]}")
            continue
        count = {k: int(match[k]) for k in ("rows", "created", "updated", "unchanged", "deleted", "quarantined", "images")}
        total += count["rows"]
        taken = count["created"] + count["updated"] + count["unchanged"] + count["deleted"]
        reasons = ", ".join(re.findall(r"^  quarantined (\S+: \d+)$", out, re.M))
        print(f"| {source} | {count['rows']} | {taken} | {count['quarantined']} | {reasons} | {count['images']} | {match['seconds']} | {peak / 1024:.0f} |", flush=True)
        if count["rows"] != taken + count["quarantined"]:
            failures.append(f"{source}: rows unaccounted for: {count}")
        if match["status"] != "complete":
            failures.append(f"{source}: {match['status']}: {out.strip()}")
        if taken == 0:
            failures.append(f"{source}: no record taken")
    print(f"\n{total} rows of {len(sources)} sources in {time.monotonic() - started:.1f} s")
    if not arguments.data:
        shutil.rmtree(data, ignore_errors=True)
    for failure in failures:
        print(f"FAIL {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
