"""Does `passerelle check oai` find what is wrong with other people's providers, and nothing else?

    peers.py --binary FILE

Run with the Python of .venv-peers. Three providers are served on free ports of this machine, each
with the same 250 records of our own:

- MOAI-iplweb (the maintained MOAI) on waitress, with its own database and Dublin Core writer;
- oai-repo, with the smallest data interface that its documentation asks for;
- a provider without fault, written here.

The faults that are known of the first two, with the place in their source, must be found: no more,
no less. The third must pass every rule, warnings included.
"""

import argparse
import base64
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from xml.sax.saxutils import escape, quoteattr

import waitress
from lxml import etree

UTC = datetime.timezone.utc
COUNT, PAGE = 250, 100
FIRST = datetime.datetime(2024, 1, 1, 0, 30, tzinfo=UTC)
SECONDS = "%Y-%m-%dT%H:%M:%SZ"
DC = "http://purl.org/dc/elements/1.1/"
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
failures = []


class Record:
    def __init__(self, number):
        self.identifier = f"oai:peers.example.org:rec{number}"
        self.stamp = FIRST + datetime.timedelta(hours=2 * number)
        self.sets = [("drawings", "paintings")[number % 2]]
        self.deleted = number % 25 == 24
        self.dc = {
            "title": [f"Étude n° {number} <Pont & fleuve>"],
            "identifier": [f"http://peers.example.org/{number}"],
            "type": ["Image"],
            "language": ["fr"],
            "date": ["1850"],
        }


RECORDS = [Record(number) for number in range(COUNT)]
BY_ID = {record.identifier: record for record in RECORDS}


def dublin_core(record):
    root = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC, "xsi": XSI})
    root.set(f"{{{XSI}}}schemaLocation", f"{OAI_DC} {SCHEMA}")
    for name, values in record.dc.items():
        for value in values:
            etree.SubElement(root, f"{{{DC}}}{name}").text = value
    return root


# --- MOAI

# What is wrong with MOAI-iplweb 2.1.1 (on oaipmh 4.0.0), and where it comes from.
MOAI = {
    "list-end": "the last page has no resumptionToken (oaipmh.server: none where nothing is left)",
    "token-forged": "the token is a query that anybody can write: cursor=-5 is taken (decodeResumptionToken)",
    "token-verb": "the verb is not in the token",
    "identifier-hostile": "NUL in an identifier falls over with HTTP 500 (lxml refuses to write it)",
    "identifier-unknown": "ListMetadataFormats never looks at the identifier (moai.oai.listMetadataFormats)",
    "request-arguments": "no error repeats the arguments (oaipmh.server.handleException)",
    "verb-repeated": "the arguments become a dict, the last one wins (moai.wsgi.query_dict)",
    "argument-repeated": "the same",
    "date-syntax": "2001-1-1 is taken (oaipmh.datestamp splits at the hyphens)",
    "date-reversed": "from after until is an empty list",
}


def moai(url):
    from moai.database import SQLDatabase
    from moai.wsgi import app_factory

    path = os.path.join(tempfile.mkdtemp(), "moai.db")
    database = SQLDatabase(f"sqlite:///{path}")
    for record in RECORDS:
        sets = {name: {"name": name, "description": name} for name in record.sets}
        database.update_record(record.identifier, record.stamp.replace(tzinfo=None), record.deleted, sets, record.dc)
    database.flush()
    return app_factory({}, "MOAI", url, "oai@peers.example.org", f"sqlite:///{path}", "oai_dc")


# --- oai-repo

# What is wrong with oai-repo 0.5.2 used as its documentation shows.
OAI_REPO = {
    "request-arguments": "the verb is never repeated, and errors repeat nothing (oai_repo.response)",
    "identifier-hostile": "control characters in an argument fall over with HTTP 500 (oai_repo.response)",
    "verb-repeated": "arguments are a dict by design (OAIRepository.process)",
    "argument-repeated": "the same",
    "date-syntax": "2001-1-1 is taken (strptime in OAIRepository.valid_date)",
    "date-mixed": "granularities of from and until are not compared",
    "date-reversed": "from and until are not compared",
    "date-day": "until=day is its first second (OAIRepository.valid_date)",
    "token-forged": "the token is a query in base64: any cursor is taken (oai_repo.resumption)",
    "token-junk": "ListSets takes any token (oai_repo.listsets)",
    "token-verb": "the verb is not in the token",
}


def oai_repo_application(url):
    import oai_repo

    class Data(oai_repo.DataInterface):
        limit = PAGE

        def get_identify(self):
            identify = oai_repo.Identify()
            identify.repository_name = "oai-repo"
            identify.base_url = url
            identify.admin_email = ["oai@peers.example.org"]
            identify.earliest_datestamp = FIRST.strftime(SECONDS)
            identify.deleted_record = "no"
            identify.granularity = "YYYY-MM-DDThh:mm:ssZ"
            return identify

        def is_valid_identifier(self, identifier):
            return identifier in BY_ID and not BY_ID[identifier].deleted

        def get_metadata_formats(self, identifier=None):
            return [oai_repo.MetadataFormat("oai_dc", SCHEMA, OAI_DC)]

        def get_record_header(self, identifier):
            record = BY_ID[identifier]
            return oai_repo.RecordHeader(identifier, record.stamp, record.sets)

        def get_record_metadata(self, identifier, metadataprefix):
            return dublin_core(BY_ID[identifier])

        def get_record_abouts(self, identifier):
            return []

        def list_set_specs(self, identifier=None, cursor=0):
            return ["drawings", "paintings"], 2, None

        def get_set(self, setspec):
            return oai_repo.Set(setspec, setspec, []) if setspec in ("drawings", "paintings") else None

        def list_identifiers(self, metadataprefix, filter_from=None, filter_until=None, filter_set=None, cursor=0):
            found = [
                record.identifier
                for record in RECORDS
                if not record.deleted
                and (filter_from is None or record.stamp >= filter_from)
                and (filter_until is None or record.stamp <= filter_until)
                and (filter_set is None or filter_set in record.sets)
            ]
            return found[cursor : cursor + self.limit], len(found), None

    repository = oai_repo.OAIRepository(Data())

    def application(environ, start_response):
        # As its documentation shows it: the arguments as a dict.
        query = environ.get("QUERY_STRING", "")
        if environ["REQUEST_METHOD"] == "POST":
            query = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        body = bytes(repository.process(dict(urllib.parse.parse_qsl(query))))
        start_response("200 OK", [("Content-Type", "text/xml; charset=utf-8")])
        return [body]

    return application


# --- a provider without fault


class Refusal(Exception):
    pass


class Faultless:
    ALLOWED = {
        "Identify": set(),
        "ListMetadataFormats": {"identifier"},
        "ListSets": {"resumptionToken"},
        "GetRecord": {"identifier", "metadataPrefix"},
        "ListIdentifiers": {"metadataPrefix", "set", "from", "until", "resumptionToken"},
        "ListRecords": {"metadataPrefix", "set", "from", "until", "resumptionToken"},
    }

    def __init__(self, url):
        self.url = url

    def __call__(self, environ, start_response):
        query = environ.get("QUERY_STRING", "")
        if environ["REQUEST_METHOD"] == "POST":
            query = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
        try:
            content, code = self.answer(pairs), None
        except Refusal as refusal:
            code = str(refusal)
            content = f'<error code="{code}">no</error>'
        if code in ("badVerb", "badArgument"):
            pairs = []
        echo = "".join(f" {name}={quoteattr(value)}" for name, value in pairs)
        now = datetime.datetime.now(UTC).strftime(SECONDS)
        ns = "http://www.openarchives.org/OAI/2.0/"
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="{ns}" xmlns:xsi="{XSI}" '
            f'xsi:schemaLocation="{ns} {ns}OAI-PMH.xsd"><responseDate>{now}</responseDate>'
            f"<request{echo}>{self.url}</request>{content}</OAI-PMH>"
        )
        start_response("200 OK", [("Content-Type", "text/xml; charset=utf-8")])
        return [body.encode()]

    def answer(self, pairs):
        verbs = [value for name, value in pairs if name == "verb"]
        if len(verbs) != 1 or verbs[0] not in self.ALLOWED:
            raise Refusal("badVerb")
        verb = verbs[0]
        arguments = {name: value for name, value in pairs if name != "verb"}
        if len(arguments) != len(pairs) - 1 or not set(arguments) <= self.ALLOWED[verb]:
            raise Refusal("badArgument")
        return getattr(self, verb)(arguments)

    def Identify(self, arguments):
        return (
            f"<Identify><repositoryName>Faultless</repositoryName><baseURL>{self.url}</baseURL><protocolVersion>2.0"
            f"</protocolVersion><adminEmail>oai@peers.example.org</adminEmail><earliestDatestamp>{FIRST.strftime(SECONDS)}"
            "</earliestDatestamp><deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
        )

    def ListMetadataFormats(self, arguments):
        if "identifier" in arguments:
            self.find(arguments["identifier"])
        return (
            f"<ListMetadataFormats><metadataFormat><metadataPrefix>oai_dc</metadataPrefix><schema>{SCHEMA}</schema>"
            f"<metadataNamespace>{OAI_DC}</metadataNamespace></metadataFormat></ListMetadataFormats>"
        )

    def ListSets(self, arguments):
        if arguments:
            raise Refusal("badResumptionToken")
        sets = "".join(f"<set><setSpec>{name}</setSpec><setName>{name}</setName></set>" for name in ("drawings", "paintings"))
        return f"<ListSets>{sets}</ListSets>"

    def find(self, identifier):
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9:._-]+", identifier):
            raise Refusal("badArgument")
        if identifier not in BY_ID:
            raise Refusal("idDoesNotExist")
        return BY_ID[identifier]

    def GetRecord(self, arguments):
        if set(arguments) != {"identifier", "metadataPrefix"}:
            raise Refusal("badArgument")
        record = self.find(arguments["identifier"])
        self.format(arguments)
        return f"<GetRecord>{self.record(record)}</GetRecord>"

    def format(self, arguments):
        if "metadataPrefix" not in arguments:
            raise Refusal("badArgument")
        if arguments["metadataPrefix"] != "oai_dc":
            raise Refusal("cannotDisseminateFormat")

    def date(self, arguments, name):
        text = arguments.get(name)
        if text is None:
            return None, 0
        for length, form in ((10, "%Y-%m-%d"), (20, SECONDS)):
            if len(text) == length:
                try:
                    date = datetime.datetime.strptime(text, form).replace(tzinfo=UTC)
                except ValueError:
                    break
                if name == "until" and length == 10:
                    date += datetime.timedelta(days=1, seconds=-1)
                return date, length
        raise Refusal("badArgument")

    def sign(self, text):
        return hashlib.sha256(b"key" + text.encode()).hexdigest()[:16]

    def select(self, verb, arguments):
        offset = 0
        if "resumptionToken" in arguments:
            if len(arguments) > 1:
                raise Refusal("badArgument")
            try:
                payload, signature = arguments["resumptionToken"].split(".")
                text = base64.urlsafe_b64decode(payload).decode()
            except ValueError:
                raise Refusal("badResumptionToken") from None
            own, offset, arguments = json.loads(text) if signature == self.sign(payload) else (None, 0, {})
            if own != verb:
                raise Refusal("badResumptionToken")
        first, one = self.date(arguments, "from")
        last, two = self.date(arguments, "until")
        if (one and two and one != two) or (first and last and first > last):
            raise Refusal("badArgument")
        self.format(arguments)
        found = [
            record
            for record in RECORDS
            if (first is None or record.stamp >= first)
            and (last is None or record.stamp <= last)
            and ("set" not in arguments or arguments["set"] in record.sets)
        ]
        if not found:
            raise Refusal("noRecordsMatch")
        token = ""
        if len(found) > PAGE:
            value = ""
            if offset + PAGE < len(found):
                payload = base64.urlsafe_b64encode(json.dumps([verb, offset + PAGE, arguments]).encode()).decode()
                value = f"{payload}.{self.sign(payload)}"
            token = f'<resumptionToken completeListSize="{len(found)}" cursor="{offset}">{value}</resumptionToken>'
        return found[offset : offset + PAGE], token

    def ListIdentifiers(self, arguments):
        records, token = self.select("ListIdentifiers", arguments)
        return f"<ListIdentifiers>{''.join(map(self.header, records))}{token}</ListIdentifiers>"

    def ListRecords(self, arguments):
        records, token = self.select("ListRecords", arguments)
        return f"<ListRecords>{''.join(map(self.record, records))}{token}</ListRecords>"

    def header(self, record):
        status = ' status="deleted"' if record.deleted else ""
        sets = "".join(f"<setSpec>{name}</setSpec>" for name in record.sets)
        return (
            f"<header{status}><identifier>{escape(record.identifier)}</identifier>"
            f"<datestamp>{record.stamp.strftime(SECONDS)}</datestamp>{sets}</header>"
        )

    def record(self, record):
        metadata = "" if record.deleted else f"<metadata>{etree.tostring(dublin_core(record)).decode()}</metadata>"
        return f"<record>{self.header(record)}{metadata}</record>"


# --- the check


def judge(binary, name, make, known):
    holder = {}
    server = waitress.create_server(
        lambda environ, start: holder["application"](environ, start), host="127.0.0.1", port=0, threads=2
    )
    url = f"http://127.0.0.1:{server.effective_port}/oai"
    holder["application"] = make(url)
    threading.Thread(target=server.run, daemon=True).start()
    result = subprocess.run([binary, "check", "oai", url, "--json"], capture_output=True, text=True, timeout=600)
    try:
        report = json.loads(result.stdout)
    except ValueError:
        failures.append(f"{name}: exit status {result.returncode}, no JSON: {result.stdout[:300]} {result.stderr[-2000:]}")
        return
    broken = {rule["rule"]: rule for rule in report["rules"] if rule["status"] == "broken" and rule["severity"] != "info"}
    measures = report["measures"]
    print(f"{name}: exit status {result.returncode}, {measures['records']:.0f} records, {measures['requests']:.0f} requests")
    for rule, detail in broken.items():
        print(f"  {detail['severity']:<7} {rule}: {detail['findings'][0]['what']}")
        if rule in known:
            print(f"          known: {known[rule]}")
        else:
            failures.append(f"{name}: {rule} is not a known fault: {json.dumps(detail['findings'], indent=2)}")
    for rule in set(known) - set(broken):
        failures.append(f"{name}: the known fault {rule} ({known[rule]}) was not found")
    errors = any(rule["severity"] == "error" for rule in broken.values())
    if result.returncode != (1 if errors else 0):
        failures.append(f"{name}: exit status {result.returncode}: {report['unchecked']} {result.stderr[-500:]}")
    if measures["records"] < COUNT * 0.9:
        failures.append(f"{name}: only {measures['records']} records walked")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--only")
    options = parser.parse_args()
    for name, make, known in (
        ("MOAI-iplweb", moai, MOAI),
        ("oai-repo", oai_repo_application, OAI_REPO),
        ("faultless", Faultless, {}),
    ):
        if options.only in (None, name):
            judge(options.binary, name, make, known)
    for failure in failures:
        print(f"FAIL {failure}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
