#!/usr/bin/env python3
"""Validates every record that /oai gives for all real data, in every format.

Harvests the schedules of this folder and, as partners, the OAI-PMH answers of the shared samples (a
small server hands each file out as one list), reconciles, publishes, serves, and walks ListRecords of
each format to its end. Every page goes through xmllint with the schema of its format (batches, shared
schemas, no network), EDM also through the rules of Europeana (edm_rules.py). Prints a table of counts.

Fails when a page is not valid, a rule is broken, a walk is not complete (records against
completeListSize, identifiers twice), or the formats do not have the same identifiers.

Usage: formats.py [--binary target/release/passerelle] [--data FOLDER [--keep]] [--partners] [--format edm ...]
"""
import argparse
import collections
import http.server
import importlib.util
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from lxml import etree

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OAI = "{http://www.openarchives.org/OAI/2.0/}"
DRIVERS = {"oai_dc": "oai-oai_dc.xsd", "edm": "oai-edm.xsd", "lido": "oai-lido11.xsd"}
BATCH = 40
HARMLESS = re.compile(r"Skipping import|^\S+ validates$|^\s*$")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def partners(folder):
    """The samples that are lists of Dublin Core or EDM, by a name that a source may have."""
    found = {}
    for path in sorted(folder.rglob("*.xml")):
        body = path.read_bytes()
        if b"ListRecords>" not in body or b"<metadata" not in body.replace(b"oai:metadata", b"metadata"):
            continue
        name = "p" + re.sub(r"[^a-z0-9]", "", str(path.relative_to(folder)).lower())[-36:]
        found[name] = (path, "edm" if b"ProvidedCHO" in body else "oai_dc")
    return found


class Partner(http.server.BaseHTTPRequestHandler):
    files = {}

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        path, _ = self.files[url.path.strip("/")]
        if query.get("verb") == ["ListRecords"]:
            # One page only: where it would go on is not in the sample.
            body = re.sub(rb"<([\w]+:)?resumptionToken[^>]*?(/>|>.*?</([\w]+:)?resumptionToken>)", b"",
                          path.read_bytes(), flags=re.S)
        else:
            body = (b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-01-01T00:00:00Z'
                    b"</responseDate><request verb='Identify'>http://x.example/</request><Identify><repositoryName>x"
                    b"</repositoryName><baseURL>http://x.example/</baseURL><protocolVersion>2.0</protocolVersion>"
                    b"<adminEmail>a@x.example</adminEmail><earliestDatestamp>1900-01-01</earliestDatestamp>"
                    b"<deletedRecord>no</deletedRecord><granularity>YYYY-MM-DD</granularity></Identify></OAI-PMH>")
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def harvest(binary, data, shared, env, files):
    """Everything into `data`; returns the number of sources that took records."""
    run = lambda *words: subprocess.run([binary, "--data", data, *words], env=env, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=3600)
    taken = 0
    count = re.compile(r"(\d+) created")
    for source in sorted(path.stem for path in (HERE / "schedules").glob("*.toml")) if files else []:
        found = count.search(run("--schedules", str(HERE / "schedules"), "harvest", source, "--only").stdout)
        taken += bool(found and int(found[1]))
    Partner.files = partners(shared / "oai-samples")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Partner)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    schedules = pathlib.Path(data) / "partner-schedules"
    schedules.mkdir(parents=True, exist_ok=True)
    for name, (_, format) in Partner.files.items():
        (schedules / f"{name}.toml").write_text(
            f'label = "{name}"\nkind = "oai-pmh"\nlocation = "http://127.0.0.1:{server.server_port}/{name}"\n'
            f'format = "{format}"\nmapping = "{format}"\nallow_private_addresses = true\n')
    partners_taken = 0
    for name in Partner.files:
        out = run("--schedules", str(schedules), "harvest", name, "--only").stdout
        found = count.search(out)
        partners_taken += bool(found and int(found[1]))
    server.shutdown()
    result = run("--schedules", str(HERE / "schedules"), "reconcile")
    if result.returncode:
        sys.exit(f"reconcile: {result.stdout}")
    print(f"harvested: {taken} sources of files, {partners_taken} of {len(Partner.files)} samples as partners")


def get(url):
    for attempt in range(100):
        try:
            with urllib.request.urlopen(url, timeout=120) as answer:
                return answer.read()
        except (urllib.error.URLError, ConnectionError) as error:
            if attempt == 99:
                raise
            last = error
            time.sleep(0.2)
    raise last


class Judge:
    """Pages of one format, judged in batches."""

    def __init__(self, format, shared, folder):
        self.format, self.folder = format, folder
        self.schemas = shared / "schemas"
        self.pages, self.invalid, self.messages = [], 0, []
        self.env = {**os.environ, "XML_CATALOG_FILES": str(self.schemas / "catalog.xml")}
        if format in DRIVERS:
            self.driver = self.schemas / "drivers" / DRIVERS[format]
        else:
            self.driver = folder / "raw-driver.xsd"
            self.driver.write_text(
                '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
                f'<xs:include schemaLocation="{(self.schemas / "drivers" / "oai-common.xsd").as_uri()}"/>'
                '<xs:import namespace="urn:passerelle:raw:1" '
                f'schemaLocation="{(ROOT / "static/schemas/raw.xsd").as_uri()}"/></xs:schema>')
        spec = importlib.util.spec_from_file_location("edm_rules", self.schemas / "edm_rules.py")
        self.rules = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.rules)
        self.broken = collections.Counter()

    def page(self, body, tree):
        path = self.folder / f"{self.format}-{len(self.pages):05}.xml"
        path.write_bytes(body)
        self.pages.append(path)
        if self.format == "edm":
            for label, rdf in self.rules.records(tree.getroottree()):
                for rule, message, *_ in self.rules.check(rdf):
                    self.broken[rule] += 1
                    self.messages.append(f"{label}: rule {rule}: {message}")
        if len(self.pages) % BATCH == 0:
            self.judge()

    def judge(self):
        batch = [path for path in self.pages if path.exists()]
        if not batch:
            return
        result = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", str(self.driver), *map(str, batch)],
                                env=self.env, capture_output=True, text=True)
        lines = [line for line in result.stderr.splitlines() if not HARMLESS.search(line)]
        failing = {line.split(" ")[0] for line in lines if line.endswith("fails to validate")}
        self.invalid += len(failing)
        if result.returncode not in (0, 3):
            self.invalid += 1
        self.messages.extend(line for line in lines if "error" in line)
        for path in batch:
            path.unlink()


def walk(base, format, judge):
    """Every page of the list; the identifiers and what is wrong with the walk."""
    url = f"{base}?verb=ListRecords&metadataPrefix={format}"
    seen, faults, abouts, deleted, size = set(), [], collections.Counter(), 0, None
    records = 0
    while url:
        body = get(url)
        tree = etree.fromstring(body)
        if tree.find(f"{OAI}error") is not None:
            faults.append(f"error: {tree.findtext(f'{OAI}error')}")
            break
        for record in tree.iter(f"{OAI}record"):
            if record.getparent().tag != f"{OAI}ListRecords":
                continue
            records += 1
            header = record.find(f"{OAI}header")
            identifier = header.findtext(f"{OAI}identifier")
            if identifier in seen:
                faults.append(f"{identifier} comes twice")
            seen.add(identifier)
            deleted += header.get("status") == "deleted"
            for about in record.iterfind(f"{OAI}about/*"):
                abouts[etree.QName(about).localname] += 1
        judge.page(body, tree)
        token = tree.find(f".//{OAI}resumptionToken")
        if token is not None:
            size = int(token.get("completeListSize"))
        text = token.text if token is not None else None
        url = f"{base}?verb=ListRecords&resumptionToken={urllib.parse.quote(text, safe='')}" if text else None
    judge.judge()
    if size is not None and size != len(seen):
        faults.append(f"completeListSize {size}, {len(seen)} identifiers")
    return seen, records, deleted, abouts, faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=str(ROOT / "target/release/passerelle"))
    parser.add_argument("--data", help="folder to use; harvested into unless --keep")
    parser.add_argument("--keep", action="store_true", help="the folder is harvested already")
    parser.add_argument("--partners", action="store_true", help="only the samples, as partners")
    parser.add_argument("--format", nargs="*", default=["oai_dc", "edm", "lido", "raw"])
    arguments = parser.parse_args()
    shared = pathlib.Path(os.environ.get("PASSERELLE_SHARED", ROOT.parent / "shared")).resolve()
    if not (shared / "data").is_dir() or not shutil.which("xmllint"):
        print(f"skipped: no real data at {shared} (set PASSERELLE_SHARED), or no xmllint", file=sys.stderr)
        return 0
    env = {**os.environ, "PASSERELLE_SHARED": str(shared), "RUST_LOG": "warn"}
    data = arguments.data or tempfile.mkdtemp(prefix="passerelle-formats-")
    if not arguments.keep:
        harvest(arguments.binary, data, shared, env, not arguments.partners)
    work = pathlib.Path(tempfile.mkdtemp(prefix="passerelle-pages-"))
    (work / "schedules").mkdir()
    port = free_port()
    settings = work / "passerelle.toml"
    settings.write_text(f'listen = "127.0.0.1:{port}"\npublic_url = "https://gateway.example.org"\n'
                        "[repository]\npage_size = 500\n")
    server = subprocess.Popen([arguments.binary, "--config", str(settings), "--data", data,
                               "--schedules", str(work / "schedules"), "serve"],
                              env=env, stdout=subprocess.DEVNULL, stderr=(work / "serve.log").open("w"))
    failures, identifiers = [], {}
    try:
        print("| format | records | deleted | pages | provenance | rights | invalid pages | broken rules | s |")
        print("|---|---|---|---|---|---|---|---|---|")
        for format in arguments.format:
            started = time.monotonic()
            judge = Judge(format, shared, work)
            seen, records, deleted, abouts, faults = walk(f"http://127.0.0.1:{port}/oai", format, judge)
            identifiers[format] = seen
            rules = sum(judge.broken.values()) if format == "edm" else ""
            print(f"| {format} | {records} | {deleted} | {len(judge.pages)} | {abouts['provenance']} | {abouts['rights']} | "
                  f"{judge.invalid} | {rules} | {time.monotonic() - started:.0f} |", flush=True)
            failures += [f"{format}: {fault}" for fault in faults[:20] + judge.messages[:20]]
            if judge.invalid or judge.broken:
                failures.append(f"{format}: {judge.invalid} pages invalid, rules {dict(judge.broken)}")
            if not records:
                failures.append(f"{format}: no record")
        for format, seen in identifiers.items():
            other = seen ^ identifiers[arguments.format[0]]
            if other:
                failures.append(f"{format}: {len(other)} identifiers differ from {arguments.format[0]}")
    finally:
        server.terminate()
        server.wait()
        if failures:
            sys.stderr.write((work / "serve.log").read_text()[-2000:])
        shutil.rmtree(work, ignore_errors=True)
        if not arguments.data:
            shutil.rmtree(data, ignore_errors=True)
    for failure in failures:
        print(f"FAIL {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
