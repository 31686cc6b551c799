#!/usr/bin/env python3
"""Tiles, renderings and pyramids of Passerelle beside nginx (pre-cut files), iipsrv and libvips.

The rules are in BENCHMARKS.md. Every server runs on core 0, the generator (wrk, one thread) on core 1;
runs of the servers alternate; what counts is the processor time a request, read from /proc, and its
ratio. Fails (exit 1) when a ratio is above the `must` column.

Needs nginx, spawn-fcgi, iipimage-server, libvips-tools and wrk, all of them Debian packages, and
numpy, Pillow and scikit-image (conformance-tests/python/requirements-images.txt).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import date, timezone, datetime
from pathlib import Path

IIPSRV = "/usr/lib/iipimage-server/iipsrv.fcgi"
WIDTH, HEIGHT = 12_000, 9_000
LUA = """
local requests, n, i = {}, 0, 0
local counts = {}
function setup(thread) worker = thread end
function init(args)
  for line in io.lines(args[1]) do n = n + 1; requests[n] = wrk.format("GET", line) end
  i = tonumber(args[2] or 0) % n
end
function request() i = i % n + 1; return requests[i] end
"""
COUNTING = """
statuses = {}
function response(status) statuses[status] = (statuses[status] or 0) + 1 end
function done()
  for status, count in pairs(worker:get("statuses")) do print("status " .. status .. " " .. count) end
end
"""
SCHEDULE = """label = "Bench"
kind = "file"
location = "records.csv"
format = "ssv"
mapping = "joconde"
images = "images"

[[rights.rules]]
name = "open"
fields = ["STAT"]
equals = ["ouvert"]
image = "full"
statement = "http://creativecommons.org/publicdomain/mark/1.0/"
"""


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def photograph(path: Path):
    """A mosaic of real photographs with grain: 108 megapixels."""
    import numpy as np
    from PIL import Image
    from skimage import data

    seed = np.random.default_rng(7)
    photographs = [data.astronaut(), data.coffee(), data.chelsea()]
    canvas = Image.new("RGB", (WIDTH, HEIGHT))
    columns, rows = 4, 4
    w, h = WIDTH // columns, HEIGHT // rows
    for n in range(columns * rows):
        picture = Image.fromarray(photographs[n % len(photographs)])
        if n & 1:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if n & 2:
            picture = picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        pixels = np.asarray(picture.resize((w, h), Image.Resampling.LANCZOS), dtype=np.int16)
        grain = seed.normal(0, 2.5, (h, w, 1)) + seed.normal(0, 1.0, (h, w, 3))
        pixels = np.clip(pixels + grain, 0, 255).astype(np.uint8)
        canvas.paste(Image.fromarray(pixels), ((n % columns) * w, (n // columns) * h))
    canvas.save(path, quality=92, subsampling="4:2:0")


def copies(photo: Path, folder: Path, count: int) -> list[str]:
    """The same picture as files that differ by a comment: as many masters, as many serving files."""
    folder.mkdir(parents=True, exist_ok=True)
    head, names = photo.read_bytes(), []
    for n in range(count):
        comment = f"copy {n}".encode()
        segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
        (folder / f"p{n}.jpg").write_bytes(head[:2] + segment + head[2:])
        names.append(f"p{n}.jpg")
    return names


def run(command, **more):
    return subprocess.run([str(part) for part in command], check=True, **more)


def wait_for(url: str, seconds: float = 30):
    end = time.time() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.read()
        except OSError:
            if time.time() > end:
                raise
            time.sleep(0.1)


class Server:
    """A server with the processes whose time counts."""

    def __init__(self, name, port, processes):
        self.name, self.port, self.processes = name, port, processes

    def pids(self):
        found = []
        for process in self.processes:
            found.append(process.pid)
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            found += [int(pid) for pid in children.split()]
        return found

    def ticks(self) -> int:
        total = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total

    def stop(self):
        for process in self.processes:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = Path(arguments.folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.program = Path(arguments.program).resolve()
        self.servers = []
        self.rows = []
        (self.folder / "list.lua").write_text(LUA)
        (self.folder / "count.lua").write_text(LUA + COUNTING)

    # ---- servers

    def pinned(self, core, command, **more):
        if core is not None:
            command = ["taskset", "-c", str(core), *command]
        log = open(self.folder / "servers.log", "ab")
        return subprocess.Popen([str(part) for part in command], stdout=log, stderr=log, **more)

    def data_of(self, tile: int) -> Path:
        """A gateway with the copies as the images of records, ingested and published."""
        data = self.folder / f"gateway-{tile}"
        if (data / "done").exists():
            return data
        shutil.rmtree(data, ignore_errors=True)
        (data / "schedules").mkdir(parents=True)
        names = copies(self.photo, data / "schedules" / "images", self.arguments.copies)
        (data / "schedules" / "bench.toml").write_text(SCHEDULE)
        rows = ["REF;TITR;IMG;STAT"] + [f"R{n};Photo;{name};ouvert" for n, name in enumerate(names)]
        (data / "schedules" / "records.csv").write_text("\n".join(rows) + "\n")
        (data / "passerelle.toml").write_text(
            f'data = "{data}/data"\nschedules = "{data}/schedules"\n'
            f'public_url = "https://images.example.org"\naccess_log = "{data}/access.log"\n'
            f"[images]\ntile = {tile}\nmemory = 256\n"
        )
        begin = time.time()
        run([self.program, "--config", data / "passerelle.toml", "harvest", "bench"],
            stdout=subprocess.DEVNULL)
        say(f"ingested {len(names)} masters at {tile} px in {time.time() - begin:.1f} s")
        (data / "done").write_text("")
        return data

    def passerelle(self, tile: int, core=0) -> Server:
        data, port = self.data_of(tile), 18_080 + tile % 7
        (data / "access.log").unlink(missing_ok=True)
        command = [self.program, "--config", data / "passerelle.toml", "serve",
                   "--listen", f"127.0.0.1:{port}"]
        process = self.pinned(core, command)
        server = Server(f"passerelle {tile}", port, [process])
        self.servers.append(server)
        wait_for(f"http://127.0.0.1:{port}/healthz")
        return server

    def nginx(self, name, port, body, more_processes=(), core=0) -> Server:
        folder = self.folder / name
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        conf = folder / "nginx.conf"
        conf.write_text(
            f"user root; daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\n"
            "events { worker_connections 4096; }\n"
            "http { sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000;\n"
            "types { image/jpeg jpg; } default_type image/jpeg;\n"
            f"access_log {folder}/access.log; client_body_temp_path {folder}/tmp;\n"
            f"fastcgi_temp_path {folder}/tmp; proxy_temp_path {folder}/tmp;\n"
            f"uwsgi_temp_path {folder}/tmp; scgi_temp_path {folder}/tmp;\n"
            f"server {{ listen 127.0.0.1:{port}; {body} }} }}\n"
        )
        process = self.pinned(core, ["nginx", "-c", conf, "-e", folder / "error.log"])
        server = Server(name, port, [process, *more_processes])
        self.servers.append(server)
        time.sleep(0.5)
        return server

    def iipsrv(self, core=0) -> Server:
        pyramid = self.folder / "pyramid256.tif"
        if not pyramid.exists():
            run(["vips", "tiffsave", self.photo, pyramid, "--tile", "--pyramid", "--compression",
                 "jpeg", "--Q", "85", "--tile-width", "256", "--tile-height", "256"])
        environment = {**os.environ, "FILESYSTEM_PREFIX": f"{self.folder}/", "VERBOSITY": "0",
                       "MAX_IMAGE_CACHE_SIZE": "0", "LOGFILE": "/dev/null", "JPEG_QUALITY": "85",
                       "MAX_CVT": "20000", "OMP_NUM_THREADS": "1"}
        port = 18_099
        process = self.pinned(core, ["spawn-fcgi", "-n", "-a", "127.0.0.1", "-p", str(port), IIPSRV],
                              env=environment)
        body = ("location / { fastcgi_pass 127.0.0.1:18099; fastcgi_keep_conn on;"
                " include /etc/nginx/fastcgi_params; }")
        server = self.nginx("iipsrv", 18_098, body, [process], core)
        wait_for("http://127.0.0.1:18098/?IIIF=pyramid256.tif/info.json")
        return server

    # ---- addresses

    def image(self, n: int) -> str:
        return f"bench_R{n}_2F1"

    def tiles(self, tile: int) -> list[str]:
        paths = []
        for n in range(self.arguments.copies):
            factor = 1
            while True:
                side = tile * factor
                for y in range(0, HEIGHT, side):
                    for x in range(0, WIDTH, side):
                        w, h = min(side, WIDTH - x), min(side, HEIGHT - y)
                        size = f"{-(-w // factor)},{-(-h // factor)}"
                        region = "full" if (w, h) == (WIDTH, HEIGHT) else f"{x},{y},{w},{h}"
                        size = size if factor > 1 else "max"
                        paths.append(f"/iiif/3/{self.image(n)}/{region}/{size}/0/default.jpg")
                if max(WIDTH, HEIGHT) <= side:
                    break
                factor *= 2
        random.Random(3).shuffle(paths)
        return paths

    def listed(self, name: str, paths) -> Path:
        path = self.folder / f"{name}.txt"
        path.write_text("\n".join(paths) + "\n")
        return path

    def cut(self, server: Server, paths, root: Path):
        """The tiles as files: nginx sends the very same bytes."""
        if (root / "done").exists():
            return
        import http.client

        client = http.client.HTTPConnection("127.0.0.1", server.port)
        for path in paths:
            client.request("GET", path)
            answer = client.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status} {body[:200]!r}")
            to = root / path[1:]
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(body)
        (root / "done").write_text("")

    # ---- measuring

    def wrk(self, server, urls, connections, seconds, core=1, script="list.lua", start=0):
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s",
                   "-s", str(self.folder / script), f"http://127.0.0.1:{server.port}", "--",
                   str(urls), str(start)]
        if core is not None:
            command = ["taskset", "-c", str(core), *command]
        before = server.ticks()
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        ticks = server.ticks() - before
        requests = int(re.search(r"(\d+) requests in", text)[1])
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
        return {
            "requests": requests,
            "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
            "micros": ticks / os.sysconf("SC_CLK_TCK") * 1e6 / max(requests, 1),
            "p50": milliseconds(re.search(r"(?m)^ +50% +(\S+)", text)[1]),
            "p99": milliseconds(re.search(r"(?m)^ +99% +(\S+)", text)[1]),
            "bad": int(bad[1]) if bad else 0,
            "broken": sum(map(int, broken.groups())) if broken else 0,
            "statuses": {int(s): int(c) for s, c in re.findall(r"status (\d+) (\d+)", text)},
        }

    def compare(self, what, contenders, must, connections=16, seconds=None, unit="CPU/request"):
        """Alternating runs; the ratio of the medians of the first to each of the others."""
        seconds = seconds or self.arguments.seconds
        runs = {name: [] for name, _, _ in contenders}
        for round_ in range(self.arguments.rounds):
            for name, server, urls in contenders:
                result = self.wrk(server, urls, connections, seconds, start=round_ * 997)
                if result["bad"] or result["broken"]:
                    say(f"!! {what}, {name}: {result['bad']} errors, {result['broken']} broken")
                runs[name].append(result)
        median = {
            name: {key: statistics.median(r[key] for r in results)
                   for key in ("rate", "micros", "p50", "p99", "bad", "broken")}
            for name, results in runs.items()
        }
        for name, of in median.items():
            say(f"  {what:34} {name:22} {of['rate']:9.0f} /s  {of['micros']:9.1f} us CPU"
                f"  p50 {of['p50']:.2f}  p99 {of['p99']:.2f} ms")
        first = contenders[0][0]
        for name, limit in must.items():
            ratio = median[first]["micros"] / median[name]["micros"]
            self.row(f"{what}: CPU a request / {name}", ratio, limit,
                     f"{median[first]['micros']:.1f} / {median[name]['micros']:.1f} us")
        self.row(f"{what}: errors", median[first]["bad"] + median[first]["broken"], 0, "")
        return median

    def row(self, what, value, must, detail):
        good = must is None or value <= must
        self.rows.append((what, value, must, good, detail))
        say(f"  {'ok  ' if good else 'FAIL'} {what}: {value:.3g} (must {must}) {detail}")

    # ---- the parts

    def part_tiles(self):
        for tile, port in ((256, 18_090), (512, 18_091)):
            ours = self.passerelle(tile)
            paths = self.tiles(tile)
            urls = self.listed(f"tiles{tile}", paths)
            root = self.folder / f"static{tile}"
            self.cut(ours, paths, root)
            static = self.nginx(f"nginx-{tile}", port, f"root {root};")
            for server in (ours, static):
                self.wrk(server, urls, 16, 2)
            name = f"nginx {tile}"
            contenders = [(ours.name, ours, urls), (name, static, urls)]
            if tile == 256:
                iip = self.iipsrv()
                far = self.listed("iip256", self.iip_tiles())
                contenders.append(("iipsrv", iip, far))
                must = {name: 1.0, "iipsrv": 1 / 40}
            else:
                must = {name: 1.0}
            median = self.compare(f"{tile} px tiles", contenders, must)
            self.row(f"{tile} px tiles: p99 / {name}",
                     median[ours.name]["p99"] / median[name]["p99"], 1.0,
                     f"{median[ours.name]['p99']:.2f} / {median[name]['p99']:.2f} ms")
            self.stop()

    def iip_tiles(self):
        paths, factor = [], 1
        while 256 * factor <= HEIGHT:
            side = 256 * factor
            for y in range(0, HEIGHT - side + 1, side):
                for x in range(0, WIDTH - side + 1, side):
                    paths.append(f"/?IIIF=pyramid256.tif/{x},{y},{side},{side}/256,256/0/default.jpg")
            factor *= 2
        random.Random(3).shuffle(paths)
        return paths

    def regions(self, count, seed):
        chance = random.Random(seed)
        for _ in range(count):
            w, h = chance.randint(600, 3000), chance.randint(600, 3000)
            yield chance.randint(0, WIDTH - w), chance.randint(0, HEIGHT - h), w, h

    def part_renderings(self):
        ours, iip = self.passerelle(256), self.iipsrv()
        size = [f"/iiif/3/{self.image(n)}/full/!1024,1024/0/default.jpg"
                for n in range(self.arguments.copies)]
        far = ["/?IIIF=pyramid256.tif/full/!1024,1024/0/default.jpg"]
        self.compare("!1024,1024", [(ours.name, ours, self.listed("size", size)),
                                    ("iipsrv", iip, self.listed("iip-size", far))], {"iipsrv": 0.75})
        # So many that none comes twice: nothing is found among the kept renderings.
        regions = list(self.regions(60_000, int(time.time())))
        mine = [f"/iiif/3/{self.image(n % self.arguments.copies)}/{x},{y},{w},{h}/!512,512/0/default.jpg"
                for n, (x, y, w, h) in enumerate(regions)]
        far = [f"/?IIIF=pyramid256.tif/{x},{y},{w},{h}/!512,512/0/default.jpg"
               for x, y, w, h in regions]
        self.compare("random regions", [(ours.name, ours, self.listed("regions", mine)),
                                        ("iipsrv", iip, self.listed("iip-regions", far))],
                     {"iipsrv": 0.75}, connections=4)
        self.stop()

    def part_pyramid(self):
        data = self.data_of(512)
        ours, theirs = [], []
        for _ in range(self.arguments.rounds):
            to = self.folder / "made.tif"
            ours.append(timed([self.program, "--config", data / "passerelle.toml", "images", "make",
                               self.photo, to]))
            theirs.append(timed(["vips", "tiffsave", self.photo, self.folder / "vips.tif", "--tile",
                                 "--pyramid", "--compression", "jpeg", "--Q", "85", "--tile-width",
                                 "512", "--tile-height", "512"]))
        for what, index, must in (("wall time", 0, 0.5), ("peak memory", 1, 0.6)):
            a, b = (statistics.median(run[index] for run in runs) for runs in (ours, theirs))
            self.row(f"pyramid of 108 megapixels: {what} / vips tiffsave", a / b, must,
                     f"{a:.2f} / {b:.2f} {'s' if index == 0 else 'MiB'}")

    def part_crowd(self):
        ours = self.passerelle(512, core=None)
        urls = self.listed("tiles512", self.tiles(512))
        self.wrk(ours, urls, 16, 2, core=None)
        idle = statistics.median(self.wrk(ours, urls, 16, 4, core=None)["p99"] for _ in range(3))
        costly = []
        for n, (x, y, w, h) in enumerate(self.regions(20_000, int(time.time()) + 1)):
            image = self.image(n % self.arguments.copies)
            costly.append(f"/iiif/3/{image}/{x},{y},{w},{h}/max/0/default.jpg" if n % 4
                          else f"/iiif/3/{image}/full/max/0/default.jpg")
            if n % 8 == 1:
                costly.append(f"/iiif/3/{image}/full/max/90/gray.png")
        heavy = self.listed("costly", costly)
        pid = ours.processes[0].pid
        Path(f"/proc/{pid}/clear_refs").write_text("5")
        results = {}

        def crowd():
            results["crowd"] = self.wrk(ours, heavy, 64, 20, core=None, script="count.lua")

        thread = threading.Thread(target=crowd)
        thread.start()
        time.sleep(3)
        busy = self.wrk(ours, urls, 16, 12, core=None, script="count.lua")
        thread.join()
        peak = int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024
        statuses = results["crowd"]["statuses"]
        wrong = sum(c for s, c in statuses.items() if s >= 500 and s != 503)
        wrong += sum(c for s, c in busy["statuses"].items() if s != 200)
        say(f"  statuses of the crowd {statuses}, of the readers {busy['statuses']}")
        self.row("crowd of 64: 5xx other than 503", wrong, 0, f"{statuses}")
        self.row("crowd of 64: resident memory, MiB", peak, 256, "VmHWM")
        self.row("crowd of 64: p99 of tiles / idle", busy["p99"] / idle, 3.0,
                 f"{busy['p99']:.2f} / {idle:.2f} ms, {busy['rate']:.0f} tiles/s")
        self.stop()

    def part_thousand(self):
        ours = self.passerelle(512)
        urls = self.listed("tiles512", self.tiles(512))
        pid = ours.processes[0].pid
        before = anonymous(pid)
        peak, done = [before], threading.Event()

        def watch():
            while not done.wait(0.1):
                peak.append(anonymous(pid))

        thread = threading.Thread(target=watch)
        thread.start()
        result = self.wrk(ours, urls, 1000, 10)
        done.set()
        thread.join()
        self.row("1,000 connections: errors", result["bad"] + result["broken"], 0,
                 f"{result['rate']:.0f} /s, p99 {result['p99']:.1f} ms")
        self.row("1,000 connections: anonymous memory of the tile path, MiB",
                 (max(peak) - before) / 1024, 64, f"{before / 1024:.0f} MiB before")
        self.stop()

    def stop(self):
        for server in self.servers:
            server.stop()
        self.servers.clear()

    def main(self) -> int:
        self.photo = self.folder / "photo.jpg"
        if not self.photo.exists():
            say("making a photograph of 108 megapixels")
            photograph(self.photo)
        parts = self.arguments.parts.split(",")
        try:
            for part in parts:
                say(f"{part}:")
                getattr(self, f"part_{part}")()
        finally:
            self.stop()
        print(self.report())
        return 0 if all(row[3] for row in self.rows) else 1

    def report(self) -> str:
        model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
        lines = [
            f"### {date.today().isoformat()}, {model[1] if model else platform.machine()},"
            f" {os.cpu_count()} cores, Linux {platform.release()}",
            "",
            f"`make bench-images` ({self.arguments.rounds} alternating runs of"
            f" {self.arguments.seconds} s, {self.arguments.copies} masters of 108 megapixels;"
            f" load average {os.getloadavg()[0]:.1f} at the end)",
            "",
            "| what | measured | must | |",
            "|---|---|---|---|",
        ]
        for what, value, must, good, detail in self.rows:
            limit = "" if must is None else f"{must:.3g}"
            lines.append(f"| {what} | {value:.3g} ({detail}) | {limit} | {'' if good else '**fails**'} |")
        return "\n".join(lines)


def milliseconds(text: str) -> float:
    found = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text)
    if not found:
        raise SystemExit(f"wrk says {text!r} instead of a time: was there no answer?")
    number, unit = found.groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}[unit]


def anonymous(pid: int) -> int:
    """KiB."""
    return int(re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def timed(command):
    """Seconds and MiB of a program."""
    begin = time.time()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[0]} failed")
    return time.time() - begin, usage.ru_maxrss / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", required=True, help="the passerelle binary, a release build")
    parser.add_argument("--folder", default="target/bench-images", help="for data; kept")
    parser.add_argument("--copies", type=int, default=5, help="masters")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of a run")
    parser.add_argument("--parts", default="tiles,renderings,pyramid,crowd,thousand")
    return Bench(parser.parse_args()).main()


if __name__ == "__main__":
    sys.exit(main())
