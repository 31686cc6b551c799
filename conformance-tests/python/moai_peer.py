"""Serves the records of a provider with MOAI, the peer of `make bench-oai`.

    moai_peer.py SOURCE_URL --records 20000 --port 8085

Reads the first records of the source (oai_dc) into an SQLite database of MOAI's own, then serves
them with waitress, its recommended way, 100 records a page. Prints `Ready: URL`.
"""

import argparse
import datetime
import pathlib
import tempfile

import waitress
from lxml import etree
from moai.database import SQLDatabase
from moai.wsgi import app_factory
from sickle import Sickle

DC = "{http://purl.org/dc/elements/1.1/}"
OAI = "{http://www.openarchives.org/OAI/2.0/}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--threads", type=int, default=4)
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="moai-"))
    uri = f"sqlite:///{folder}/moai.db"
    database = SQLDatabase(uri)
    count = 0
    for record in Sickle(arguments.source).ListRecords(metadataPrefix="oai_dc"):
        root = record.xml
        header = root.find(f"{OAI}header")
        metadata = {}
        for element in root.iter():
            if isinstance(element.tag, str) and element.tag.startswith(DC):
                metadata.setdefault(etree.QName(element).localname, []).append(element.text or "")
        modified = datetime.datetime.strptime(header.findtext(f"{OAI}datestamp"), "%Y-%m-%dT%H:%M:%SZ")
        sets = {spec.text: {"name": spec.text, "description": ""} for spec in header.findall(f"{OAI}setSpec")}
        database.update_record(header.findtext(f"{OAI}identifier"), modified, False, sets, metadata)
        count += 1
        if count % 5000 == 0:
            database.flush()
        if count == arguments.records:
            break
    database.flush()
    url = f"http://127.0.0.1:{arguments.port}"
    app = app_factory({}, name="peer", url=url, admin_email="peer@example.org", database=uri, formats="oai_dc")
    # Bound before it is announced: whoever reads the line connects at once.
    server = waitress.create_server(app, host="127.0.0.1", port=arguments.port, threads=arguments.threads)
    print(f"Ready: {url}", flush=True)
    server.run()


main()
