#!/usr/bin/env python3
"""Harvests one real or realistic source of every kind and form with the built binary, end to end, and
prints a table: records in, published, quarantined, issues by code.

Files are those of the shared data where there is one, else made here. Databases are real PostgreSQL
and MariaDB servers, started in a temporary folder when their programs are on this machine. The partner
of OAI-PMH, IIIF and ResourceSync is another instance of the gateway, which serves the samples of the
demo; JSON interfaces, streams of changes and SRU are played by a small server in this file.
(An S3 server for the drop folder and for pictures: `cargo test -p conformance-tests --test intake`.)

Fails when a run is not complete, a row is unaccounted for, or nothing of a source is published.

Usage: kinds.py [--binary target/release/passerelle] [--keep FOLDER]
"""
import argparse
import csv
import gzip
import http.server
import json
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LINE = re.compile(
    r"^(?P<source>\S+): (?P<status>\w+).*?: (?P<rows>\d+) rows in (?P<pages>\d+) pages = "
    r"(?P<created>\d+) created \+ (?P<updated>\d+) updated \+ (?P<unchanged>\d+) unchanged \+ "
    r"(?P<deleted>\d+) deleted \+ (?P<quarantined>\d+) quarantined", re.M)
MARC = ('<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nkm a2200000 a 4500</leader>'
        '<controlfield tag="001">{id}</controlfield>'
        '<datafield tag="100" ind1="1" ind2=" "><subfield code="a">{author}</subfield></datafield>'
        '<datafield tag="245" ind1="1" ind2="0"><subfield code="a">{title}</subfield></datafield>'
        '<datafield tag="260" ind1=" " ind2=" "><subfield code="c">{date}</subfield></datafield></record>')
# Columns of the shared extract, and POP's codes for them.
CODES = {"ID-notice": "REF", "Titre": "TITR", "Dénomination": "DENO", "Auteur": "AUTR", "Domaine": "DOMN",
         "Matériaux-techniques": "TECH", "Millésime": "MILL"}
PICTURE = bytes.fromhex(  # a JPEG of one pixel
    "ffd8ffe000104a46494600010100000100010000ffdb004300" + "03" * 64 + "ffc0000b080001000101011100ffc4001400010000"
    "0000000000000000000000000009ffc40014100100000000000000000000000000000000ffda0008010100003f0054ffd9")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Double(http.server.BaseHTTPRequestHandler):
    """POP's interface, a stream of changes over the peer's manifests, and a catalogue."""
    rows, stream = [], []

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = {name: values[0] for name, values in urllib.parse.parse_qs(url.query).items()}
        here = f"http://{self.headers['Host']}"
        if url.path == "/search/simple":
            after, size = query.get("search_after[0]", ""), int(query["size"])
            rows = sorted((row for row in self.rows if row["REF"] > after), key=lambda row: row["REF"])
            hits = [{"_id": row["REF"], "_source": row, "sort": [row["REF"]]} for row in rows[:size]]
            body = json.dumps({"took": 1, "total": len(self.rows), "hits": hits})
        elif url.path == "/activity":
            last = max(len(self.stream) - 1, 0) // 10
            body = json.dumps({"type": "OrderedCollection", "totalItems": len(self.stream),
                               "last": {"id": f"{here}/activity/{last}", "type": "OrderedCollectionPage"}})
        elif url.path.startswith("/activity/"):
            number = int(url.path.rsplit("/", 1)[1])
            page = {"id": here + url.path, "type": "OrderedCollectionPage",
                    "orderedItems": self.stream[number * 10:number * 10 + 10]}
            if number:
                page["prev"] = {"id": f"{here}/activity/{number - 1}", "type": "OrderedCollectionPage"}
            body = json.dumps(page)
        elif url.path == "/sru":
            start, size = int(query["startRecord"]), min(int(query["maximumRecords"]), 20)
            found = self.rows[start - 1:start - 1 + size]
            records = "".join(
                "<zs:record><zs:recordSchema>marcxml</zs:recordSchema><zs:recordData>" + MARC.format(
                    id=row["REF"], title=escape(row.get("TITR") or row.get("DENO") or "Sans titre"),
                    author=escape(row.get("AUTR") or ""), date=escape(row.get("MILL") or ""))
                + "</zs:recordData></zs:record>" for row in found)
            follows = start + len(found)
            next_position = f"<zs:nextRecordPosition>{follows}</zs:nextRecordPosition>" if follows <= len(self.rows) else ""
            body = ('<zs:searchRetrieveResponse xmlns:zs="http://www.loc.gov/zing/srw/"><zs:version>1.2</zs:version>'
                    f"<zs:numberOfRecords>{len(self.rows)}</zs:numberOfRecords><zs:records>{records}</zs:records>"
                    f"{next_position}</zs:searchRetrieveResponse>")
        else:
            self.send_error(404)
            return
        body = body.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Instance:
    """One gateway in a folder."""

    def __init__(self, binary, folder, schedules, env):
        self.binary, self.folder, self.schedules, self.env = binary, folder, schedules, env
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, *words):
        done = subprocess.run([self.binary, "--data", str(self.folder), "--schedules", str(self.schedules), *words],
                              env=self.env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=1800)
        return done.stdout

    def demo(self):
        """Loads the samples with their pictures and serves them; returns the process and its URL."""
        port = free_port()
        settings = self.folder / "passerelle.toml"
        url = f"http://127.0.0.1:{port}"
        settings.write_text(f'listen = "127.0.0.1:{port}"\npublic_url = "{url}"\n')
        log = (self.folder / "serve.log").open("w")
        of = [self.binary, "--config", str(settings), "--data", str(self.folder)]
        subprocess.run([*of, "demo", "--load-only", "--partner-listen", f"127.0.0.1:{free_port()}"], env=self.env,
                       stdout=log, stderr=log, timeout=600)
        empty = self.folder / "no-schedules"
        empty.mkdir(exist_ok=True)
        server = subprocess.Popen([*of, "--schedules", str(empty), "serve"], env=self.env, stdout=log, stderr=log)
        for _ in range(100):
            try:
                if manifests(url):
                    return server, url
            except OSError:
                pass
            time.sleep(0.2)
        server.kill()
        sys.exit(f"the peer does not serve: {(self.folder / 'serve.log').read_text()[-800:]}")


def databases(work, rows, stop):
    """Real servers with the rows in a table; a location for each that could be started."""
    columns = ["REF", "TITR", "DENO", "AUTR", "DOMN", "TECH"]
    quote = lambda text: "'" + (text or "").replace("\\", "").replace("'", "''") + "'"
    sql = "create table oeuvre (" + ", ".join(f"{c.lower()} text" for c in columns) + ");\n" + "".join(
        f"insert into oeuvre values ({', '.join(quote(row.get(c)) for c in columns)});\n" for row in rows)
    found = {}
    path = work / "collections.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(sql)
    found["sqlite"] = f"sqlite:{path}"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="passerelle-db-"))
    stop.append(lambda: shutil.rmtree(folder, ignore_errors=True))
    root = os.geteuid() == 0
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    def as_user(user):
        if root:
            shutil.chown(folder, user)
            return {"user": user, "group": user, "cwd": folder}
        return {"cwd": folder}

    try:
        who = as_user("postgres")
        subprocess.run(["initdb", "-D", folder / "pg", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
                       check=True, **who, **quiet)
        server = subprocess.Popen(["postgres", "-D", folder / "pg", "-k", folder, "-h", ""], **who, **quiet)
        stop.append(lambda: (server.terminate(), server.wait()))
        for _ in range(100):
            if subprocess.run(["psql", "-h", folder, "-U", "postgres", "-c", "select 1"], **quiet).returncode == 0:
                break
            time.sleep(0.1)
        subprocess.run(["psql", "-q", "-h", folder, "-U", "postgres", "-v", "ON_ERROR_STOP=1"], input=sql, text=True,
                       check=True, **quiet)
        found["postgresql"] = f"postgres://postgres@localhost/postgres?host={folder}"
    except (OSError, LookupError, subprocess.SubprocessError) as error:
        print(f"skipped: PostgreSQL: {error}", file=sys.stderr)
    try:
        who = as_user("mysql")
        flag = ["--user=mysql"] if root else []
        subprocess.run(["mariadb-install-db", "--no-defaults", *flag, f"--datadir={folder}/my", "--skip-test-db",
                        "--auth-root-authentication-method=normal"], check=True, **who, **quiet)
        mariadb = subprocess.Popen(["mariadbd", "--no-defaults", *flag, f"--datadir={folder}/my",
                                    f"--socket={folder}/my.sock", "--skip-networking", f"--pid-file={folder}/my.pid"],
                                   **who, **quiet)
        stop.append(lambda: (mariadb.terminate(), mariadb.wait()))
        client = ["mariadb", "--no-defaults", f"--socket={folder}/my.sock", "-u", "root", "--default-character-set=utf8mb4"]
        for _ in range(100):
            if subprocess.run([*client, "-e", "select 1"], **quiet).returncode == 0:
                break
            time.sleep(0.1)
        head = "create database c character set utf8mb4; use c;\n"
        subprocess.run(client, input=head + sql.replace("ref text", "ref varchar(40) primary key"), text=True,
                       check=True, **quiet)
        socket_path = urllib.parse.quote(f"{folder}/my.sock", safe="")
        found["mariadb"] = f"mysql://root@localhost/c?socket={socket_path}"
    except (OSError, LookupError, subprocess.SubprocessError) as error:
        print(f"skipped: MariaDB: {error}", file=sys.stderr)
    return found


def iso2709(rows):
    """Records of MARC 21 in their binary form."""
    records = []
    for row in rows:
        fields = [("001", row["REF"]), ("245", "10\x1fa" + (row.get("TITR") or row.get("DENO") or "Sans titre"))]
        body, directory = b"", ""
        for tag, value in fields:
            data = value.encode() + b"\x1e"
            directory += f"{tag}{len(data):04}{len(body):05}"
            body += data
        base = 24 + len(directory) + 1
        records.append(f"{base + len(body) + 1:05}nkm a22{base:05} a 4500{directory}\x1e".encode() + body + b"\x1d")
    return b"".join(records)


def ods(path, rows):
    cell = lambda text: f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p></table:table-cell>'
    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", (
            '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
            'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
            'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
            f'<table:table table:name="f">{lines}</table:table></office:spreadsheet></office:body></office:document-content>'))


RENABL = """<?xml version="1.0" encoding="UTF-8"?>
<RENABL><MERIMEE REF="IA22000001"><TICO>moulin de Kerlan</TICO><COM>Lannion</COM><SCLE>18e siècle</SCLE></MERIMEE>
<PALISSY REF="IM22000002"><TICO>statue de saint Yves</TICO><DENO>statue</DENO><COM>Lannion</COM></PALISSY>
<ILLUSTRATION EMET="IVR53" NUMI="20202200003NUCA"><LBASE>IA22000001</LBASE><LEG>Vue générale</LEG><FNU2>D:\\photos\\vue.jpg</FNU2></ILLUSTRATION></RENABL>
"""
MIXED = """REF|TICO|DENO|COM|LEG|NOM
PA00078014|Château de la Roche|château|Issoire||
PM63000107|Calice de la fabrique|calice|Issoire||
APMH00011345||||Façade sud du château|
"""
GERTRUDE = {
    "GERTRUDE_xmlToPALISSY_lexicovide.txt": "REF|TICO|DENO|COM\nIM35000001|retable du maître-autel|retable|Rennes\n",
    "GERTRUDE_xmlToMERIMEE_lexicovide.txt": "REF|TICO|DENO|COM\nIA35000002|maison de la Motte|maison|Rennes\n",
    "GERTRUDE_xmlToMEMOIRE_lexicovide.txt": "REF|LBASE|AUT|EMET|NOMI|LEG|COPY\nIVR53_20203500001NUCA|IM35000001|"
                                            "Dagorn, Paul|Région Bretagne|20203500001NUCA|Vue générale|© Région Bretagne\n",
}
TAGGED = "REF\r\n00000000001\r\nTITR\r\nVue du port\r\nDENO\r\ntableau\r\n//\r\nREF\r\n00000000002\r\nTITR\r\nLe gué\r\nDENO\r\ndessin\r\n//\r\n"


def prepare(work, shared, rows):
    """Schedules of files: name, its kind for the table, and what it says."""
    files = work / "files"
    files.mkdir()
    samples, data = shared / "oai-samples", shared / "data"
    tests = data / "pop/tests/production"
    sources = []

    def add(name, what, location, mapping, more="", of="file"):
        if str(location).startswith(("http", "postgres", "mysql", "sqlite")) or "*" in str(location) or pathlib.Path(location).exists():
            sources.append((name, what, f'label = "{what}"\nkind = "{of}"\nlocation = "{location}"\n'
                                        f'mapping = "{mapping}"\nallow_private_addresses = true\n{more}'))
        else:
            print(f"skipped: {what}: no {location}", file=sys.stderr)

    def made(name, content):
        path = files / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    add("jocondecsv", "Joconde, open data CSV", data / "joconde/joconde_notices.csv", "joconde", 'format = "csv"\n')
    tagged = tests / "joconde-valid-UTF-8.txt"
    add("pilotecrlf", "Joconde, ajout piloté (CRLF)", made("pilote.txt", TAGGED), "joconde", 'format = "ajout-pilote"\n')
    if tagged.exists():
        plain = tagged.read_bytes().replace(b"\r\n", b"\n")
        add("pilotelf", "Joconde, ajout piloté (LF, POP's fixture)", made("pilote-lf.txt", plain), "joconde", 'format = "ajout-pilote"\n')
    add("mnr", "MNR CSV (POP's fixture)", tests / "mnr-valid-UTF-8.csv", "mnr", 'format = "ssv"\n')
    add("museofile", "Muséofile JSON", data / "museo/museofile_2025.json", "museofile", 'format = "json"\n')
    enluminures = "REF;TITR;DATE;VIDEO\n10000000001;Bible;13e siècle;\n"
    add("enluminures", "Enluminures CSV (made)", made("enluminures.csv", enluminures), "enluminures", 'format = "ssv"\n')
    pipes = '[file]\ndelimiter = "|"\nquoting = false\n'
    add("mhpipes", "Monuments historiques, pipes, by prefix (made)", made("mh.csv", MIXED), "pop", pipes)
    add("mhfixture", "Palissy MH, pipes (POP's fixture)", tests / "palissy-mh-valid-UTF-8.csv", "pop", pipes)
    add("gertrudeone", "Gertrude, Mérimée (POP's fixture)", tests / "GERTRUDE_xmlToMERIMEE_lexicovide.txt", "pop")
    with zipfile.ZipFile(files / "gertrude.zip", "w") as archive:
        for name, text in GERTRUDE.items():
            archive.writestr(name, text)
        archive.writestr("IVR53_20203500001NUCA.JPG", PICTURE)
    add("gertrudezip", "Gertrude's three files and pictures in a zip (made)", files / "gertrude.zip", "pop", f'images = "{work}/pictures"\n')
    add("renabl", "Renabl XML (made)", made("renabl.xml", RENABL), "pop", 'format = "renabl"\n')
    ods(files / "memoire.ods", [["REF", "LEG", "COM"], ["SAPR44_20235700043", "Façade ouest", "Metz"]])
    add("odsmemoire", "Mémoire ODS (made)", files / "memoire.ods", "memoire")
    with zipfile.ZipFile(files / "tout.zip", "w") as archive:
        archive.writestr("a.csv", "id;titre\na1;Un\n")
        archive.writestr("b.json", '[{"id": "b1", "titre": "Deux"}]')
        archive.writestr("c.xml", "<fiches><fiche><id>c1</id><titre>Trois</titre></fiche></fiches>")
    add("zipforms", "Zip of CSV, JSON and XML (made)", files / "tout.zip", "generic")
    add("geojson", "Mérimée Toulouse, GeoJSON, gzip", data / "merimee/merimee_toulouse.geojson.gz", "merimee",
        'format = "json"\n[file]\nrecords = "features"\nkey = ["#content"]\n')
    for name, what, path, mapping in [
        ("lidofile", "LIDO file (RecordManager)", samples / "records-lido/RecordManager__lido1.xml", "lido"),
        ("eadfile", "EAD in OAI (ArchivesSpace)", samples / "archivesspace__archivesspace/getrecord_oai_ead.xml", "ead"),
        ("modsfile", "MODS in OAI (ArchivesSpace)", samples / "archivesspace__archivesspace/getrecord_oai_mods.xml", "mods"),
        ("marcxmlfile", "MARC XML in OAI (ArchivesSpace)", samples / "archivesspace__archivesspace/getrecord_oai_marc.xml", "marc21"),
    ]:
        extra = f'format = "{mapping}"\n'
        if name == "marcxmlfile":
            # The identifier of this partner stands in the header, not in the record.
            extra += '[file]\nkey = ["#content"]\nrecords = "collection"\n'
        if name == "modsfile" or name == "eadfile":
            extra += f'[file]\nkey = ["#content"]\n'
        add(name, what, path, mapping, extra)
    add("marcbinary", "MARC 21, ISO 2709 (made)", made("notices.mrc", iso2709(rows[:30])), "marc21")
    (files / "depot").mkdir()
    header = "REF;TITR;DENO\n"
    (files / "depot/lot1.csv").write_text(header + "00000000101;Un;dessin\n")
    (files / "depot/lot2.csv").write_text(header + "00000000102;Deux;dessin\n")
    add("drop", "Drop folder, two files (made)", f"{files}/depot/*.csv", "joconde", 'format = "ssv"\n[drop]\nsettle_s = 0\n', of="drop")
    made("main.csv", header + "00000000103;Trois;dessin\n")
    return sources


def manifests(peer):
    """Addresses of the peer's manifests, from its collections."""
    found, todo = [], [f"{peer}/iiif/presentation/3/collection"]
    while todo:
        with urllib.request.urlopen(todo.pop(), timeout=30) as answer:
            for item in json.load(answer).get("items", []):
                (found if item["type"] == "Manifest" else todo).append(item["id"])
    return found


def protocols(peer, double):
    """Schedules of what is spoken over HTTP."""
    base = 'label = "{what}"\nkind = "{kind}"\nlocation = "{location}"\nmapping = "{mapping}"\nallow_private_addresses = true\n{more}'
    of = lambda name, what, kind, location, mapping, more="": (
        name, what, base.format(what=what, kind=kind, location=location, mapping=mapping, more=more))
    sources = [of(f"oai{p.replace('_', '')}", f"OAI-PMH, {p} (our own server)", "oai-pmh", f"{peer}/oai", m, f'format = "{f}"\nmetadata_prefix = "{p}"\n')
               for p, f, m in [("oai_dc", "oai_dc", "oai_dc"), ("edm", "edm", "edm"), ("lido", "lido", "lido")]]
    sources.append(of("iiifcollection", "IIIF collections, manifests 3.0 (our own server)", "iiif",
                      f"{peer}/iiif/presentation/3/collection", "iiif"))
    sources.append(of("iiifstream", "IIIF Change Discovery (double, our manifests)", "iiif", f"{double}/activity", "iiif", 'mode = "incremental"\n'))
    sources.append(of("resourcesync", "ResourceSync (our own server)", "resourcesync", f"{peer}/.well-known/resourcesync", "edm",
                      'format = "edm"\nmode = "incremental"\n'))
    sources.append(of("popapi", "POP's JSON interface, search_after (double)", "json-api",
                      f"{double}/search/simple?bases[0]=joconde&size=50&sort[0][REF.keyword]=asc", "joconde",
                      '[json_api]\nrecords = "hits"\nrecord = "_source"\npaging = "search-after"\n'
                      'parameter = "search_after[{n}]"\nvalue = "sort"\ntotal = "total"\n[file]\nkey = ["REF"]\n'))
    sources.append(of("sru", "SRU 1.2, MARC XML (double)", "sru", f"{double}/sru", "marc21",
                      'format = "marc21"\n[sru]\nquery = "cql.allRecords=1"\nschema = "marcxml"\n'))
    return sources


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=str(ROOT / "target/release/passerelle"))
    parser.add_argument("--keep")
    arguments = parser.parse_args()
    shared = pathlib.Path(os.environ.get("PASSERELLE_SHARED", ROOT.parent / "shared")).resolve()
    if not (shared / "data").is_dir():
        print(f"skipped: no real data at {shared} (set PASSERELLE_SHARED)", file=sys.stderr)
        return 0
    env = {**os.environ, "PASSERELLE_SHARED": str(shared), "RUST_LOG": "warn"}
    work = pathlib.Path(arguments.keep or tempfile.mkdtemp(prefix="passerelle-kinds-")).resolve()
    work.mkdir(parents=True, exist_ok=True)
    with (shared / "data/joconde/joconde_notices.csv").open(newline="", encoding="utf-8-sig") as file:
        rows, seen = [], set()
        for row in csv.DictReader(file):
            row = {code: row[name] for name, code in CODES.items() if isinstance(row.get(name), str)}
            if row.get("REF") and row["REF"] not in seen and len(rows) < 200:
                seen.add(row["REF"])
                rows.append(row)
    if not rows:
        sys.exit("the shared extract of Joconde has other columns than this script knows")
    stop, failures = [], []
    try:
        peer = Instance(arguments.binary, work / "peer", ROOT / "demo/schedules", env)
        server, peer_url = peer.demo()
        stop.append(lambda: (server.terminate(), server.wait()))
        Double.rows = rows
        Double.stream = [{"type": "Update", "endTime": f"2026-01-01T00:{n // 60:02}:{n % 60:02}Z", "object": {"id": id, "type": "Manifest"}}
                         for n, id in enumerate(manifests(peer_url))]
        double = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Double)
        threading.Thread(target=double.serve_forever, daemon=True).start()
        stop.append(double.shutdown)
        # The last seconds of a publication are not listed yet.
        time.sleep(3)
        sources = prepare(work, shared, rows)
        sources += protocols(peer_url, f"http://127.0.0.1:{double.server_port}")
        for name, location in databases(work, rows, stop).items():
            sources.append((f"db{name}", f"Database, {name}", (
                f'label = "{name}"\nkind = "database"\nlocation = "{location}"\nmapping = "joconde"\n'
                'allow_private_addresses = true\n[database]\nquery = "select ref, titr, deno, autr, domn, tech from oeuvre"\nkey = "ref"\n')))
        sources.append(("byhand", "Import by hand (made)", (
            f'label = "Main"\nkind = "file"\nlocation = "{work}/files/none.csv"\nformat = "ssv"\nmapping = "joconde"\n')))
        schedules = work / "schedules"
        schedules.mkdir(exist_ok=True)
        gateway = Instance(arguments.binary, work / "gateway", schedules, env)
        results = []
        for name, what, schedule in sources:
            # One after the other: so that each is seen to be published by itself, none merges into another's base.
            (schedules / f"{name}.toml").write_text(schedule)
            words = ["import", str(work / "files/main.csv"), "--source", name] if name == "byhand" else ["harvest", name, "--only"]
            started = time.monotonic()
            out = gateway.run(*words)
            results.append((name, what, out, time.monotonic() - started))
            print(f"{name}: {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)
        gateway.run("reconcile")
        store = sqlite3.connect(work / "gateway/passerelle.db")
        print("| kind | records in | taken | published objects | quarantined | issues by code | s |")
        print("|---|---|---|---|---|---|---|")
        for name, what, out, seconds in results:
            one = lambda sql: store.execute(sql, (name,)).fetchall()
            total = one("select coalesce(sum(created_count + updated_count + unchanged_count + deleted_count), 0), coalesce(sum(quarantined_count), 0), "
                        "coalesce(sum(row_count), 0) from run where source_id = ?")[0]
            taken, quarantined, came = total
            published = one("select count(distinct o.object_id) from source_record r join object o on o.cluster_id = r.cluster_id "
                            "where r.source_id = ? and r.deleted = 0 and o.status = 'live'")[0][0]
            codes = one("select i.code, count(*) from issue i join source_record r on r.record_id = i.record_id where r.source_id = ? "
                        "group by i.code order by 2 desc, 1")
            refused = one("select code, count(*) from quarantine where source_id = ? group by code order by 2 desc")
            said = ", ".join(f"{code} {count}" for code, count in codes[:6]) + (f", and {len(codes) - 6} more codes" if len(codes) > 6 else "")
            why = f" ({', '.join(f'{code} {count}' for code, count in refused)})" if refused else ""
            print(f"| {what} | {came} | {taken} | {published} | {quarantined}{why} | {said} | {seconds:.1f} |")
            status = [row[0] for row in one("select status from run where source_id = ? order by run_id")]
            if not status or set(status) - {"complete", "unchanged"}:
                failures.append(f"{name}: {status}: {out.strip()[-500:]}")
            elif not published:
                failures.append(f"{name}: nothing published: {out.strip()[-300:]}")
            elif came != taken + quarantined:
                failures.append(f"{name}: rows unaccounted for: {came} = {taken} + {quarantined}")
        store.close()
    finally:
        for end in reversed(stop):
            end()
        if not arguments.keep:
            shutil.rmtree(work, ignore_errors=True)
    for failure in failures:
        print(f"FAIL {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
