#!/usr/bin/env python3
"""Writes made-up French heritage records for bench-reconcile: generate.py COUNT RECORDS EVENTS [EVENT_COUNT].

Monuments, church furniture and photographs of five sources in 35,000 made-up communes; a quarter of
the records describes a thing that another source describes too, with other words, gaps and slips.
Titles repeat as much as real ones do (a church in every commune, ten chalices in a department). The
events change records (half), take some away (a fifth) and bring new ones. The same count gives the
same bytes; names of a set are made for its own number, so that a hundred thousand is a small country
and not a corner of a large one.
"""
import json, random, sys

count, records, events = int(sys.argv[1]), sys.argv[2], sys.argv[3]
changes = int(sys.argv[4]) if len(sys.argv) > 4 else 5000
R = random.Random(7)
pick, chance = R.choice, R.random
HEADS = "bel mont ville cham saint ro lan ver mar ger cour bon val font nan tour pont gran beau clair roc mau vau sar lou cas mir brai ".split()
TAILS = "gny court ville sac mont lieu val bourg ières ac ans euil ey oux ange heim dun ran celles nac tot beuf villers igny as".split()
SAINTS = "Martin Pierre Jean Michel Étienne Denis Maurice Laurent Germain Nicolas Rémy Sulpice Hilaire Vincent Georges Julien Léger Blaise Roch Aignan".split()
ARTISTS = [pick(HEADS).title() + pick(TAILS) for _ in range(4000)]
GIVEN = "Jean Pierre Louis Charles Jacques François Marie Anne Claude Antoine Nicolas Émile Paul Henri Jules Auguste".split()
BUILDINGS = "église|chapelle|croix de chemin|lavoir|château|maison|ferme|moulin|manoir|pont|fontaine|presbytère|mairie|école|halle|tour|prieuré|hôtel|cimetière|gare|usine|pigeonnier|calvaire|rempart".split("|")
THINGS = "calice|ciboire|ostensoir|tableau : Vierge à l'Enfant|tableau : Crucifixion|statue : saint {}|cloche|retable|fonts baptismaux|chaire à prêcher|bas-relief : Annonciation|croix de procession|bannière|lutrin|stalles|verrière|orgue|bénitier|reliquaire|chandelier|tabernacle|vitrail : vie de saint {}|ex-voto|chasuble".split("|")
MATTER = "pierre|bois taillé, peint|argent|laiton|huile sur toile|marbre|calcaire|verre peint|bronze|fer forgé".split("|")
VIEWS = "façade ouest|chevet|vue d'ensemble|nef|clocher|portail|intérieur|détail du toit".split("|")
communes = max(200, min(35000, count // 60))
PLACES = [((pick(HEADS) + pick(HEADS) + pick(TAILS)).title(), f"{1 + n * 94 // communes:02}{n % 900 + 1:03}") for n in range(communes)]
STREETS = [f"rue {pick(['de', 'du', 'des'])} {(pick(HEADS) + pick(TAILS)).title()}" for _ in range(20000)]


def slip(text):
    at = R.randrange(1, max(2, len(text) - 1))
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


def other(text):
    dice = chance()
    return slip(text) if dice < 0.2 else text.upper() if dice < 0.3 else text


def dated(year, again):
    dice = chance()
    if dice < 0.2:
        return None
    if dice < 0.5 and again:
        return f"vers {year}"
    return f"{year // 100 + 1}e siècle" if dice < 0.6 else str(year)


def pair(number):
    """A thing, and perhaps a second record of it."""
    place, code = pick(PLACES)
    saint, year, dice = pick(SAINTS), R.randrange(1100, 1950), chance()
    key = format(R.getrandbits(48), "012x")
    base = {"id": f"a:{key}", "place": f"{place} ({code[:2]})", "date": dated(year, False)}
    if dice < 0.4:
        name = pick(BUILDINGS)
        title = f"{name} Saint-{saint}" if name in ("église", "chapelle", "prieuré") else name
        address = f"{R.randrange(1, 90)} {pick(STREETS)}"
        base |= {"source": "merimee-mh", "type": "monument", "title": title, "identifiers": [f"PA{number:08}"], "extra": {"insee": code, "adr": address}}
        second = {"source": "merimee-inv", "identifiers": [f"IA{number:08}"], "title": title if chance() < 0.6 else f"{name}, dit de {place}", "extra": {"insee": code} | ({"adr": other(address)} if chance() < 0.7 else {})}
    elif dice < 0.8:
        title, building = pick(THINGS).format(saint), f"église paroissiale Saint-{pick(SAINTS)}"
        artist = f"{pick(ARTISTS)} {pick(GIVEN)}" if chance() < 0.4 else None
        dims = f"h = {R.randrange(120, 2500) / 10} ; la = {R.randrange(80, 1800) / 10}"
        base |= {"source": "palissy-mh", "type": "object", "title": f"{title} (n° {R.randrange(1, 5)})" if chance() < 0.2 else title, "creator": [artist] if artist else None, "identifiers": [f"PM{number:08}"], "extra": {"insee": code, "edifice": building, "mat": pick(MATTER), "dims": dims}}
        second = {"source": "palissy-inv", "identifiers": [f"IM{number:08}"], "title": base["title"], "extra": {"insee": code, "edifice": building} | ({"dims": dims} if chance() < 0.6 else {})}
    else:
        title = f"{pick(BUILDINGS)} Saint-{saint}, {pick(VIEWS)}"
        base |= {"source": "memoire", "type": "photograph", "title": title, "creator": [f"{pick(ARTISTS)} {pick(GIVEN)}"], "identifiers": [f"APMH{number:08}"], "extra": {"sujet": title}}
        second = {"source": "portail-regional", "identifiers": [f"APMH {number:08}"], "title": other(title)}
    yield base
    if chance() < 1 / 3:
        yield base | second | {"id": f"b:{key}", "date": dated(year, True), "title": other(second["title"])}


def line(record):
    return json.dumps({key: value for key, value in record.items() if value}, ensure_ascii=False)


def stream():
    number = 0
    while True:
        number += 1
        yield from pair(number)


source, kept = stream(), []
with open(records, "w", encoding="utf-8") as out:
    for at in range(count):
        record = next(source)
        if at % max(1, count // (changes * 2)) == 0:
            kept.append(record)
        out.write(line(record) + "\n")
R.shuffle(kept)
with open(events, "w", encoding="utf-8") as out:
    out.write(json.dumps({"initial": count}) + "\n")
    for at in range(changes):
        dice, old = at % 10, kept[at % len(kept)]
        if dice < 5:
            new = old | {"title": slip(old["title"]), "date": dated(R.randrange(1100, 1950), True)}
            out.write(json.dumps({"op": "update", "id": old["id"], "record": json.loads(line(new))}) + "\n")
        elif dice < 7:
            out.write(json.dumps({"op": "delete", "id": old["id"]}) + "\n")
        else:
            new = next(source)
            out.write(json.dumps({"op": "create", "id": new["id"], "record": json.loads(line(new))}) + "\n")
