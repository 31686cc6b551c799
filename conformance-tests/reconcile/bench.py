#!/usr/bin/env python3
"""make bench-reconcile: the time and memory of a full run, and the time of one change, at two sizes.

bench.py --binary PASSERELLE [--large 3000000] [--small 100000] [--sets DIR]; see BENCHMARKS.md for the rules.
With --sets (the labelled sets, see evaluate.py) french-synth and museum-synth are timed too.
"""
import argparse, json, os, pathlib, statistics, subprocess, sys, tempfile

here = pathlib.Path(__file__).parent
parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parse.add_argument("--binary", required=True)
parse.add_argument("--large", type=int, default=3_000_000)
parse.add_argument("--small", type=int, default=100_000)
parse.add_argument("--runs", type=int, default=3, help="of the labelled sets")
parse.add_argument("--events", type=int, default=5000)
parse.add_argument("--sets", default=os.environ.get("PASSERELLE_SHARED", "../shared") + "/dedup")
parse.add_argument("--work", default=None, help="where the made-up records are written")
args = parse.parse_args()


def measure(folder, records, *more):
    """Figures of the command, with its peak memory in MiB and its seconds of processor."""
    report = folder / "report.json"
    command = [args.binary, "reconcile", "evaluate", "--records", records, "--out", folder / "out.csv", "--report", report, *more]
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} ended with {status}")
    return json.loads(report.read_text()) | {"peak": used.ru_maxrss / 1024, "cpu": used.ru_utime + used.ru_stime}


print(f"load average {os.getloadavg()[0]:.1f} before, {os.cpu_count()} cores")
with tempfile.TemporaryDirectory(dir=args.work) as name:
    folder = pathlib.Path(name)
    for name, goal in (("french-synth", 20_000), ("museum-synth", 8_000)):
        records = pathlib.Path(args.sets) / name / "records.jsonl.gz"
        if not records.exists():
            print(f"skipped: {records} is not there")
            continue
        runs = [measure(folder, records) for _ in range(args.runs)]
        rates = sorted(run["records_per_second"] for run in runs)
        print(f"{name}: {statistics.median(rates):,.0f} records/s ({rates[0]:,.0f}-{rates[-1]:,.0f}), {statistics.median(run['cpu'] for run in runs):.1f} s of processor, peak {max(run['peak'] for run in runs):,.0f} MiB; goal {goal:,}", flush=True)
    events = {}
    for count in (args.small, args.large):
        records, changes = folder / "records.jsonl", folder / "events.jsonl"
        subprocess.run([sys.executable, here / "generate.py", str(count), records, changes, str(args.events)], check=True)
        size = records.stat().st_size
        run = measure(folder, records, "--events", changes, "--unhealed")
        events[count] = run["events"]
        print(f"{count:,} made-up records ({size:,} bytes): loaded in {run['load_seconds']:.1f} s, clustered in {run['run_seconds']:.1f} s, {run['records_per_second']:,.0f} records/s, {run['cpu']:.1f} s of processor, peak {run['peak']:,.0f} MiB, {run['clusters']:,} clusters; one change: median {run['events']['median_ms']:.3f} ms, p99 {run['events']['p99_ms']:.3f} ms, longest {run['events']['longest_ms']:.1f} ms ({args.events} events)", flush=True)
    small, large = events[args.small], events[args.large]
    print(f"cost of a change, {args.large:,} to {args.small:,}: median {large['median_ms'] / small['median_ms']:.2f}, p99 {large['p99_ms'] / small['p99_ms']:.2f}; goal 1.3")
print(f"load average {os.getloadavg()[0]:.1f} after")
