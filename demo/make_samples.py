#!/usr/bin/env python3
"""Writes demo/samples and demo/partner, always the same bytes. Needs nothing but Python 3.8.

    python3 demo/make_samples.py

Hand-written notices come from notices.py, the pictures that records name from images.tsv. The rest
is put together here from lists; towns are real, works and buildings of the bulk are invented.
"""

import csv
import gzip
import io
import json
import random
from pathlib import Path

from notices import MONUMENTS, MUSEUMS, PICTURED, WORKS

HERE = Path(__file__).parent
RANDOM = random.Random(1789)

# town, INSEE, department number, department, region, latitude, longitude
TOWNS = [
    ("Conques", "12076", "12", "Aveyron", "Occitanie", 44.5994, 2.3981),
    ("Moret-Loing-et-Orvanne", "77316", "77", "Seine-et-Marne", "Ile-de-France", 48.3731, 2.8194),
    ("Semur-en-Auxois", "21603", "21", "Côte-d'Or", "Bourgogne-Franche-Comté", 47.4903, 4.3333),
    ("Locronan", "29134", "29", "Finistère", "Bretagne", 48.0992, -4.2083),
    ("Honfleur", "14333", "14", "Calvados", "Normandie", 49.4189, 0.2333),
    ("Riquewihr", "68277", "68", "Haut-Rhin", "Grand Est", 48.1669, 7.2969),
    ("Sarlat-la-Canéda", "24520", "24", "Dordogne", "Nouvelle-Aquitaine", 44.8903, 1.2164),
    ("Uzès", "30334", "30", "Gard", "Occitanie", 44.0122, 4.4197),
    ("Senlis", "60612", "60", "Oise", "Hauts-de-France", 49.2069, 2.5864),
    ("Loches", "37132", "37", "Indre-et-Loire", "Centre-Val de Loire", 47.1289, 0.9953),
    ("Cordes-sur-Ciel", "81069", "81", "Tarn", "Occitanie", 44.0639, 1.9533),
    ("Vitré", "35360", "35", "Ille-et-Vilaine", "Bretagne", 48.1239, -1.2103),
    ("Saint-Émilion", "33394", "33", "Gironde", "Nouvelle-Aquitaine", 44.8939, -0.1556),
    ("Pérouges", "01290", "01", "Ain", "Auvergne-Rhône-Alpes", 45.9033, 5.1794),
    ("Gordes", "84050", "84", "Vaucluse", "Provence-Alpes-Côte d'Azur", 43.9111, 5.2003),
    ("Bergues", "59067", "59", "Nord", "Hauts-de-France", 50.9686, 2.4328),
    ("Joigny", "89206", "89", "Yonne", "Bourgogne-Franche-Comté", 47.9833, 3.4000),
    ("Thann", "68334", "68", "Haut-Rhin", "Grand Est", 47.8067, 7.1033),
    ("Cluny", "71137", "71", "Saône-et-Loire", "Bourgogne-Franche-Comté", 46.4344, 4.6589),
    ("Bonifacio", "2A041", "2A", "Corse-du-Sud", "Corse", 41.3878, 9.1594),
]

BUILDINGS = [
    ("Église {saint}", "église paroissiale", "architecture religieuse", "Nef de {n} travées, clocher carré à l'ouest, chevet plat percé d'un triplet."),
    ("Chapelle {saint}", "chapelle", "architecture religieuse", "Vaisseau unique couvert d'ardoise, porche en charpente, autel de pierre."),
    ("Manoir de {lieu}", "manoir", "architecture domestique", "Logis à {n} travées, tourelle d'escalier hors-oeuvre, communs autour de la cour."),
    ("Moulin de {lieu}", "moulin à farine", "architecture industrielle", "Roue de côté, bief maçonné, {n} paires de meules conservées."),
    ("Lavoir communal", "lavoir", "génie civil", "Bassin couvert d'une charpente à {n} fermes, dalles de schiste."),
    ("Halle", "halle", "architecture commerciale", "Charpente de chêne sur {n} rangs de poteaux, toit à longs pans."),
    ("Hôtel de {lieu}", "hôtel", "architecture domestique", "Entre cour et jardin, façade à {n} travées et fronton sculpté."),
    ("Pont de {lieu}", "pont", "génie civil", "Ouvrage de pierre à {n} arches et avant-becs triangulaires."),
    ("Filature de {lieu}", "filature", "architecture industrielle", "Atelier à étages de {n} travées, brique et métal, cheminée conservée."),
]
SAINTS = ["Saint-Martin", "Saint-Pierre", "Notre-Dame", "Saint-Jean-Baptiste", "Sainte-Foy", "Saint-Nicolas", "Saint-Étienne", "Sainte-Anne"]
PLACES = ["la Roche", "Beauregard", "la Fontaine", "Bellevue", "l'Étang", "la Garenne", "Montfort", "la Tour"]
CENTURIES = ["12e siècle", "13e siècle", "15e siècle", "1er quart 16e siècle", "2e moitié 17e siècle", "3e quart 18e siècle", "1ère moitié 19e siècle", "4e quart 19e siècle"]

OBJECTS = [
    ("Retable du maître-autel", "retable", "menuiserie ; sculpture", "bois (taillé, peint, doré)", "Ordre corinthien ; Assomption"),
    ("Statue : Vierge à l'Enfant", "statue", "sculpture", "calcaire (taillé, polychrome)", "Vierge à l'Enfant"),
    ("Calice", "calice", "orfèvrerie", "argent (fondu, ciselé, doré)", "symbole eucharistique"),
    ("Cloche", "cloche", "fonderie", "bronze (fondu)", "croix fleurdelisée"),
    ("Verrière : l'Arbre de Jessé", "verrière", "vitrail", "verre (coloré, peint) ; plomb", "Arbre de Jessé"),
    ("Orgue de tribune", "orgue", "facture d'orgue ; menuiserie", "chêne ; étain", "angelot ; instrument de musique"),
    ("Tableau : Descente de croix", "tableau", "peinture", "toile (peinture à l'huile)", "Descente de croix"),
    ("Croix de procession", "croix de procession", "orfèvrerie", "cuivre (repoussé, argenté)", "Christ en croix ; Évangélistes"),
    ("Stalles", "stalle", "menuiserie", "chêne (taillé)", "feuillage ; miséricorde"),
    ("Chaire à prêcher", "chaire à prêcher", "menuiserie", "noyer (taillé, ciré)", "Bon Pasteur"),
]

# Plausible heights in centimetres.
HEIGHTS = {"retable": (280, 700), "statue": (60, 170), "calice": (20, 30), "cloche": (50, 120), "verrière": (200, 900), "orgue": (400, 1100), "tableau": (90, 260), "croix de procession": (60, 95), "stalle": (110, 320), "chaire à prêcher": (250, 480)}

SUBJECTS = [
    ("peinture", "tableau", "PAYSAGE AU {x}", "peinture à l'huile;toile", "paysage ({x}, arbre, ciel)", ["MOULIN", "PONT DE PIERRE", "CHEMIN CREUX", "TROUPEAU", "CLOCHER", "GUE"]),
    ("dessin", "étude", "ETUDE DE {x}", "mine de plomb;papier (beige)", "étude ({x})", ["MAINS", "DRAPERIE", "CHENE", "CHEVAL AU REPOS", "NUAGES", "FEMME ASSISE"]),
    ("peinture", "tableau", "PORTRAIT {x}", "peinture à l'huile;toile", "portrait ({x}, à mi-corps)", ["D'UN MAGISTRAT", "DE JEUNE FILLE", "D'HOMME AU LIVRE", "D'UNE DAME AGEE", "DE L'ARTISTE"]),
    ("céramique", "assiette", "ASSIETTE A DECOR DE {x}", "faïence (décor de petit feu)", "ornementation ({x})", ["COQ", "BOUQUET", "OISEAUX", "BERGERS", "MONTGOLFIERE"]),
    ("sculpture", "buste", "BUSTE DE {x}", "terre cuite (modelé)", "figure ({x})", ["FAUNE", "VIEILLARD", "FILLETTE RIANT", "PHILOSOPHE"]),
    ("estampe", "estampe", "VUE DU PORT DE {x}", "eau-forte;burin", "vue d'architecture (port, {x})", ["MARSEILLE", "LA ROCHELLE", "BREST", "TOULON", "DIEPPE"]),
    ("archéologie", "vase", "VASE A DECOR DE {x}", "terre cuite (tourné, peint)", "ornementation ({x})", ["RINCEAUX", "PALMETTES", "CHEVAUX", "VAGUES"]),
    ("ethnologie;costume", "coiffe", "COIFFE DE {x}", "lin;dentelle", "", ["FETE", "DEUIL", "MARIEE", "TRAVAIL"]),
]
ARTISTS = [
    ("HARPIGNIES Henri", "Valenciennes, 1819 ; Saint-Privé, 1916", "France"),
    ("DAUBIGNY Charles François", "Paris, 1817 ; Paris, 1878", "France"),
    ("MICHALLON Achille-Etna", "Paris, 1796 ; Paris, 1822", "France"),
    ("GRANET François-Marius", "Aix-en-Provence, 1775 ; Aix-en-Provence, 1849", "France"),
    ("MORISOT Berthe", "Bourges, 1841 ; Paris, 1895", "France"),
    ("BONHEUR Rosa", "Bordeaux, 1822 ; Thomery, 1899", "France"),
    ("LABILLE-GUIARD Adélaïde", "Paris, 1749 ; Paris, 1803", "France"),
    ("VALENCIENNES Pierre Henri de", "Toulouse, 1750 ; Paris, 1819", "France"),
    ("VERNET Joseph", "Avignon, 1714 ; Paris, 1789", "France"),
    ("GUIGOU Paul", "Villars, 1834 ; Paris, 1871", "France"),
    ("ANONYME", "", "France"),
    ("CALLOT Jacques (d'après)", "Nancy, 1592 ; Nancy, 1635", "Lorraine"),
]
PERIODS = [("2e moitié 17e siècle", ""), ("3e quart 18e siècle", "1765 vers"), ("1er quart 19e siècle", "1818"), ("2e quart 19e siècle", "1840 entre ; 1850 et"), ("3e quart 19e siècle", "1863"), ("4e quart 19e siècle", "1885 ; ?"), ("1er quart 20e siècle", "1904")]
PHOTOGRAPHERS = ["Le Secq, Henri (photographe)", "Mieusement, Médéric (photographe)", "Durand, Eugène (photographe)", "Neurdein (frères) ; Neurdein, Louis (photographe)", "Atget, Eugène (photographe)", "Enlart, Camille (photographe)"]
MEMOIRE_RIGHTS = [
    ("Domaine public", "Domaine public"),
    ("© Ministère de la Culture (France), Médiathèque du patrimoine et de la photographie, tous droits réservés", "communication libre, reproduction soumise à autorisation"),
    ("", "communication libre, reproduction soumise à autorisation"),
    ("© Région, Inventaire général du patrimoine culturel", "reproduction soumise à autorisation du titulaire des droits d'exploitation"),
    ("© Ministère de la Culture (France)", "reproduction interdite"),
    ("", ""),
]

MUSEUM = {m[0]: m for m in MUSEUMS}


def no_accents(text):
    table = str.maketrans("àâäéèêëîïôöùûüç", "aaaeeeeiioouuuc")
    return text.translate(table)


def day(year_from=1995, year_to=2025):
    return f"{RANDOM.randint(year_from, year_to)}-{RANDOM.randint(1, 12):02}-{RANDOM.randint(1, 28):02}"


def pictures():
    """reference -> path of its picture"""
    found = {}
    for line in (HERE / "images.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            path = line.split("\t")[0]
            found[path.split("/")[1]] = path
    return found


PICTURES = pictures()


def rows_to_csv(columns, rows, delimiter, quote_all=False, quote_header=True, newline="\n"):
    out = io.StringIO()
    style = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=delimiter, quoting=style, lineterminator=newline)
    if quote_header:
        writer.writerow(columns)
    else:
        out.write(delimiter.join(columns) + newline)
    for row in rows:
        assert set(row) <= set(columns), set(row) - set(columns)
        writer.writerow([row.get(column, "") for column in columns])
    return out.getvalue()


# --- Mérimée: pipes, quoted fields, bare header, open-data column names -----------------------------

def merimee():
    rows = []

    def add(ref, monument, dossier, copy, renvoi="", objects=""):
        (title, deno, domain, town, insee, number, department, region, lat, lon, century, date, authors, desc, hist, prot) = monument
        rows.append({
            "Reference": ref, "Titre_editorial_de_la_notice": title, "Denomination_de_l_edifice": deno, "Domaine": domain,
            "Commune_forme_index": town, "Commune_forme_editoriale": town, "COG_Insee_lors_de_la_protection": insee,
            "Departement_format_numerique": number, "Departement_en_lettres": department, "Region": region,
            "coordonnees_au_format_WGS84": f"{lat:.6f},{lon:.6f}", "Siecle_de_la_campagne_principale_de_construction": century,
            "Datation_de_l_edifice": date, "Auteur_de_l_edifice": authors, "Historique": hist, "Description_de_l_edifice": desc,
            "Date_et_typologie_de_la_protection": prot, "Nature_de_la_protection": prot.split(" : ")[-1] if prot else "",
            "Statut_juridique_de_l_edifice": "propriété de la commune" if len(rows) % 3 else "propriété de l'Etat",
            "Typologie_du_dossier": dossier, "Copyright": copy, "Lien_vers_la_base_Palissy": objects,
            "Renvoi_vers_une_notice_de_la_base_Merimee_ou_Palissy": renvoi,
            "Date_de_creation_de_la_notice": day(1992, 2010), "Date_de_la_derniere_mise_a_jour": day(2015, 2025),
            "Producteur": "",
        })

    mh = "© Monuments historiques, 2019"
    for number, monument in enumerate(MONUMENTS, 1):
        renvoi = f"IA9900000{number}" if number in (2, 6, 9) else ""
        add(f"PA990000{number:02}", monument, "dossier individuel", mh, renvoi, objects_of(f"PA990000{number:02}"))
        if renvoi:
            other = (f"{monument[0]}, dit aussi {monument[1].split(' ; ')[0]} de {monument[3]}",) + monument[1:14] + ("Dossier de l'Inventaire général : relevés, photographies et dépouillement d'archives.", "")
            add(renvoi, other, "dossier avec sous-dossier", "© Région, Inventaire général du patrimoine culturel", f"PA990000{number:02}")
    number = len(MONUMENTS)
    for index, town in enumerate(TOWNS):
        for offset in range(2):
            number += 1
            template = BUILDINGS[(index * 2 + offset * 5) % len(BUILDINGS)]
            title = template[0].format(saint=SAINTS[(index + offset) % len(SAINTS)], lieu=PLACES[(index + 3 * offset) % len(PLACES)])
            century = CENTURIES[(index + offset * 3) % len(CENTURIES)]
            inventory = (index + offset) % 3 == 0
            ref = f"IA99000{number:03}" if inventory else f"PA990000{number:02}"
            protection = "" if inventory else f"{RANDOM.randint(1910, 1998)}/0{RANDOM.randint(1, 9)}/{RANDOM.randint(10, 28)} : inscrit MH"
            n = RANDOM.randint(2, 7)
            monument = (title, template[1], template[2], town[0], town[1], town[2], town[3], town[4],
                        town[5] + RANDOM.uniform(-0.004, 0.004), town[6] + RANDOM.uniform(-0.004, 0.004), century, "",
                        "maître d'oeuvre inconnu" if n % 2 else "", template[3].format(n=n),
                        f"L'édifice est cité dans un aveu ; les parties hautes furent reprises après un incendie, puis restaurées en {RANDOM.randint(1850, 1990)}.", protection)
            copy = ["© Région, Inventaire général du patrimoine culturel", "", "Licence Ouverte / Etalab"][n % 3] if inventory else mh
            add(ref, monument, "dossier individuel", copy, "", objects_of(ref))
    # An ensemble and its parts.
    whole = ("Abbaye de la Garenne", "abbaye", "architecture religieuse", "Cluny", "71137", "71", "Saône-et-Loire", "Bourgogne-Franche-Comté", 46.4349, 4.6593, "12e siècle", "", "", "Enclos abbatial : église ruinée, dortoir, farinier et tours.", "Vendue bien national, démantelée jusqu'en 1823.", "")
    add("IA99000901", whole, "dossier avec sous-dossier", "© Région, Inventaire général du patrimoine culturel")
    rows[-1]["References_des_parties_constituantes_etudiees"] = "IA99000902;IA99000903"
    for ref, title, deno in (("IA99000902", "Farinier de l'abbaye", "grenier"), ("IA99000903", "Tour de l'abbaye", "tour")):
        add(ref, (title, deno) + whole[2:13] + ("Partie étudiée de l'abbaye ; murs de moellon, charpente en carène.", "Restauré au 20e siècle.", ""), "sous-dossier", "© Région, Inventaire général du patrimoine culturel")
        rows[-1]["Reference_a_un_ensemble"] = "IA99000901"
    columns = ["Reference", "Titre_editorial_de_la_notice", "Denomination_de_l_edifice", "Domaine", "Commune_forme_index", "Commune_forme_editoriale", "COG_Insee_lors_de_la_protection", "Departement_format_numerique", "Departement_en_lettres", "Region", "coordonnees_au_format_WGS84", "Siecle_de_la_campagne_principale_de_construction", "Datation_de_l_edifice", "Auteur_de_l_edifice", "Historique", "Description_de_l_edifice", "Nature_de_la_protection", "Date_et_typologie_de_la_protection", "Statut_juridique_de_l_edifice", "Typologie_du_dossier", "Copyright", "Lien_vers_la_base_Palissy", "Renvoi_vers_une_notice_de_la_base_Merimee_ou_Palissy", "Reference_a_un_ensemble", "References_des_parties_constituantes_etudiees", "Date_de_creation_de_la_notice", "Date_de_la_derniere_mise_a_jour", "Producteur"]
    text = rows_to_csv(columns, rows, "|", quote_all=True, quote_header=False)
    (HERE / "samples/merimee.csv").write_bytes(text.encode("utf-8"))
    return rows


# --- Palissy: pipes, field codes, ISO-8859-1 --------------------------------------------------------

PALISSY = []


def objects_of(building):
    return ";".join(row["REF"] for row in PALISSY if building in row["REFA"].split(";"))


def palissy():
    number = 0
    hosts = [(f"PA990000{i:02}", m[3], m[4], m[5], m[6], m[7], m[0]) for i, m in enumerate(MONUMENTS, 1) if "relig" in m[2] or "hospit" in m[2]]
    for index, town in enumerate(TOWNS):
        serial = len(MONUMENTS) + index * 2 + 1
        inventory = index % 3 == 0
        ref = f"IA99000{serial:03}" if inventory else f"PA990000{serial:02}"
        template = BUILDINGS[(index * 2) % len(BUILDINGS)]
        if "relig" in template[2]:
            title = template[0].format(saint=SAINTS[index % len(SAINTS)], lieu="")
            hosts.append((ref, town[0], town[1], town[2], town[3], town[4], title))
    for index, host in enumerate(hosts):
        for offset in range(4):
            number += 1
            title, deno, category, material, subject = OBJECTS[(index * 3 + offset * 2 + index // 5) % len(OBJECTS)]
            century = CENTURIES[(index + 2 * offset) % len(CENTURIES)]
            inventory = number % 4 == 0
            row = {
                "REF": f"IM99000{number:03}" if inventory else f"PM99000{number:03}", "TICO": title, "DENO": deno, "CATE": category,
                "MATR": material, "DIMS": f"h = {RANDOM.randint(*HEIGHTS[deno])} cm",
                "DESC": f"{title} en {material.split(' ')[0]}, conservé dans l'édifice.£Restauration ancienne visible au revers.",
                "REPR": subject, "AUTR": "" if number % 3 else "auteur inconnu", "SCLE": century,
                "HIST": "Provient sans doute de l'ancien mobilier, dispersé puis racheté par la fabrique." if number % 2 else "",
                "REG": host[5], "DPT": host[3], "DPT_LETTRE": host[4], "COM": host[1], "WCOM": host[1], "INSEE": host[2],
                "EDIF": host[6], "EMPL": ["choeur", "bas-côté nord", "sacristie", "tribune"][offset], "REFA": host[0],
                "STAT": "propriété de la commune", "PROT": "" if inventory else "classé au titre objet",
                "DPRO": "" if inventory else f"{RANDOM.randint(1903, 1985)}/0{RANDOM.randint(1, 9)}/{RANDOM.randint(10, 28)} : classé au titre objet",
                "COPY": ["© Monuments historiques, 1992", "© Monuments historiques, 2011", "© Région, Inventaire général", ""][number % 4],
                "DOSS": "dossier individuel", "DMIS": day(1990, 2005), "DMAJ": day(2012, 2025),
                "ADRS2": "3 rue Cachée", "COM2": "Lieu-Confidentiel", "EDIF2": "Réserve secrète", "EMPL2": "coffre n° 7",
                "INSEE2": "99999", "LBASE2": "PA99999999",
            }
            if number in (5, 17, 30, 41):
                row["MANQUANT"] = "volé" if number != 30 else "manquant"
                row["MANQUANT_COM"] = f"Disparition constatée au récolement de {1990 + number}."
            PALISSY.append(row)
    # The same thing, described twice by the ministry: a protected object and a museum object.
    for row, joconde in zip(PALISSY[2:6], ("99DEMO00201", "99DEMO00202", "99DEMO00203", "99DEMO00204")):
        row["REFJOC"] = joconde
        row["HIST"] = "Déposé au musée voisin pour sa conservation."
    # A Monuments historiques file and an Inventaire file of one object.
    PALISSY[8]["RENV"], PALISSY[11]["RENV"] = PALISSY[11]["REF"], PALISSY[8]["REF"]
    PALISSY[11]["TICO"], PALISSY[11]["DENO"], PALISSY[11]["MATR"] = PALISSY[8]["TICO"], PALISSY[8]["DENO"], PALISSY[8]["MATR"]
    # A part and its whole.
    PALISSY[12]["REFE"], PALISSY[13]["REFP"] = PALISSY[13]["REF"], PALISSY[12]["REF"]


def write_palissy():
    columns = ["REF", "TICO", "TITR", "DENO", "CATE", "MATR", "DIMS", "DESC", "INSC", "REPR", "AUTR", "SCLE", "DATE", "HIST", "REG", "DPT", "DPT_LETTRE", "COM", "WCOM", "INSEE", "EDIF", "EMPL", "ADRS", "REFA", "REFE", "REFP", "RENV", "REFJOC", "STAT", "PROT", "DPRO", "MANQUANT", "MANQUANT_COM", "COPY", "AUTP", "DOSS", "ADRS2", "COM2", "EDIF2", "EMPL2", "INSEE2", "LBASE2", "DMIS", "DMAJ"]
    text = rows_to_csv(columns, PALISSY, "|", newline="\r\n")
    (HERE / "samples/palissy.psv").write_bytes(text.encode("iso-8859-1"))


# --- Joconde: semicolons, field codes, UTF-8 --------------------------------------------------------

def joconde():
    rows = []

    def add(ref, work, extra=None):
        (museum, inv, domain, deno, title, author, note, school, period, year, technique, size, subject, desc) = work
        m = MUSEUM[museum]
        row = {
            "REF": ref, "INV": inv, "DOMN": domain, "DENO": deno, "TITR": title, "AUTR": author, "PAUT": note, "ECOL": school,
            "PERI": period, "MILL": year, "TECH": technique, "DIMS": size, "REPR": subject, "DESC": desc,
            "STAT": f"propriété de la commune;{m[2]};{m[1]}" if museum[1] == "0" else f"propriété de l'Etat;{m[1]}",
            "DACQ": str(RANDOM.randint(1820, 2015)), "LOCA": f"{m[2]};{m[1]}", "MUSEO": museum, "NOMOFF": m[1], "VILLE_M": m[2],
            "DPT": m[3], "REGION": m[4], "DMIS": day(1998, 2010), "DMAJ": day(2012, 2025), "DIFFU": "oui",
            "LABEL": "Musée de France#au sens de la loi n°2002-5 du 4 janvier 2002",
        }
        row.update(extra or {})
        rows.append(row)

    for number, work in enumerate(PICTURED, 1):
        ref = f"99DEMO{number:05}"
        assert ref in PICTURES and PICTURES[ref].endswith(work[14]), ref
        add(ref, work[:14], {"IMG": PICTURES[ref], "COPY": work[15], "PHOT": "image de synthèse, dessinée par le programme de démonstration"})
    for number, work in enumerate(WORKS, 101):
        add(f"99DEMO{number:05}", work, {"COPY": f"© {MUSEUM[work[0]][1]}" if number % 2 else "", "BIBL": "Catalogue sommaire du musée ; guide des collections" if number % 3 else ""})
    museums = [m[0] for m in MUSEUMS]
    for number, source in zip(range(201, 205), PALISSY[2:6]):
        add(f"99DEMO{number:05}", ("M0161", f"D.{number}", "sculpture" if number % 2 else "orfèvrerie", source["DENO"], source["TICO"].upper(), "ANONYME", "", "France", source["SCLE"], "", source["MATR"].replace(" (", ";").replace(")", ""), source["DIMS"], source["REPR"].replace(" ; ", ";"), "Objet protégé au titre des monuments historiques, déposé au musée."),
            {"REFPAL": source["REF"], "DEPO": "dépôt ; Autun", "COPY": ""})
    for number in range(301, 401):
        domain, deno, title, technique, subject, words = SUBJECTS[number % len(SUBJECTS)]
        word = RANDOM.choice(words)
        author, note, school = RANDOM.choice(ARTISTS)
        period, year = RANDOM.choice(PERIODS)
        # Ten of them are held by the museum that the partner speaks for.
        museum = "M0311" if 313 <= number <= 322 else museums[number % len(museums)]
        extra = {"COPY": ["Domaine public", f"© {MUSEUM[museum][1]}", "", "© Service des musées de France, 2018", "Licence Ouverte"][number % 5]}
        if number % 23 == 0:
            extra["MANQUANT"] = "volé"
            extra["MANQUANT_COM"] = "Vol constaté lors du récolement décennal."
        if number % 17 == 0:
            extra["HIST"] = "Collection particulière avant 1880;#entré par don, puis restauré."
        if number % 29 == 0:
            extra["DIFFU"] = "non"
        if number % 13 == 0:
            extra["REFMER"] = "PA99000001"
        name = no_accents(word.lower())
        add(f"99DEMO{number:05}", (museum, f"{850 + number % 120}.{number % 9 + 1}.{number}", domain, deno, title.format(x=word), author, note, school, period, year, technique, f"{RANDOM.randint(12, 180)} H ; {RANDOM.randint(12, 240)} L", subject.format(x=name),
            f"{deno.capitalize()} de petit format ; au premier plan, {name}. Inscription « {RANDOM.choice(['vu sur le motif', 'à mon ami', 'première pensée', 'd’après nature'])} » au revers."), extra)
    columns = ["REF", "INV", "DOMN", "DENO", "APPL", "TITR", "AUTR", "PAUT", "ECOL", "PERI", "MILL", "EPOQ", "TECH", "DIMS", "DESC", "INSC", "REPR", "LIEUX", "DECV", "UTIL", "HIST", "STAT", "DACQ", "LOCA", "DEPO", "MUSEO", "NOMOFF", "VILLE_M", "DPT", "REGION", "BIBL", "EXPO", "MANQUANT", "MANQUANT_COM", "COPY", "PHOT", "IMG", "REFMEM", "REFMER", "REFPAL", "LABEL", "DIFFU", "DMIS", "DMAJ"]
    text = rows_to_csv(columns, rows, ";")
    # One row without reference, as real exports have: it lands in quarantine, its neighbours do not.
    text += ";" + ";".join(["SANS REFERENCE", "dessin"]) + ";" * (len(columns) - 3) + "\n"
    (HERE / "samples/joconde.csv").write_bytes(text.encode("utf-8"))
    return rows


# --- Mémoire: semicolons, field codes, Windows-1252, gzip -------------------------------------------

def memoire(monuments):
    rows = []
    captions = {
        "APMH99000001": ("PA99000001", "Façade occidentale, vue d'ensemble", 0), "APMH99000002": ("PA99000002", "Vue d'ensemble prise de la rive", 0),
        "APMH99000003": ("PA99000003", "Façade sur les parterres", 0), "APMH99000004": ("PA99000004", "Façade occidentale avant restauration", 0),
        "APMH99000005": ("PA99000002", "Élévation amont, vers 1880", 0), "APMH99000006": ("PA99000006", "Façade sur l'eau, plaque de verre", 2),
        "APMH99000007": ("PA99000005", "Verrière de la chapelle haute", 0), "APMH99000008": (next(r["REF"] for r in PALISSY if r["DENO"] == "verrière"), "Verrière, détail d'une lancette", 1),
        "APMH99000009": ("PA99000007", "Façade, tirage refusé à la reproduction", 4), "IVR99_20199900001NUCA": ("PA99000003", "Le château au soir", 3),
    }
    by_ref = {row["Reference"]: row for row in monuments}
    things = {row["REF"]: row for row in PALISSY}

    def add(ref, base, legend, rights, **extra):
        building = by_ref.get(base)
        thing = things.get(base)
        copy, diff = MEMOIRE_RIGHTS[rights]
        row = {
            "REF": ref, "LBASE": base, "LEG": legend, "AUTP": PHOTOGRAPHERS[len(rows) % len(PHOTOGRAPHERS)], "TYPDOC": ["Négatif", "Tirage photographique", "Positif original"][len(rows) % 3],
            "TECHN": ["gélatino-bromure (sur verre)", "papier albuminé", "collodion humide"][len(rows) % 3], "DATPV": ["1851", "1880 (vers)", "1905 (avant, supposé)", "1875-1895", "1919.09.14"][len(rows) % 5],
            "DOM": "Architecture" if building else "Objet", "PAYS": "France", "COPY": copy, "DIFF": diff, "COULEUR": "noir et blanc",
            "IDPROD": "SAP01 ; Médiathèque du patrimoine et de la photographie" if ref.startswith("AP") else "Inventaire", "MARQ": "1",
            "NUMP": "MH" + ref[-7:], "SERIE": "Monuments historiques", "DMAJ": day(2012, 2025),
        }
        if building:
            row.update({"EDIF": building["Titre_editorial_de_la_notice"], "REG": building["Region"], "DPT_LETTRE": building["Departement_en_lettres"], "COM": building["Commune_forme_index"], "WCOM": building["Commune_forme_index"], "INSEE": building["COG_Insee_lors_de_la_protection"]})
        elif thing:
            row.update({"OBJT": thing["TICO"], "EDIF": thing["EDIF"], "REG": thing["REG"], "DPT_LETTRE": thing["DPT_LETTRE"], "COM": thing["COM"], "WCOM": thing["WCOM"], "INSEE": thing["INSEE"]})
        row.update(extra)
        rows.append(row)

    for ref, (base, legend, rights) in captions.items():
        add(ref, base, legend, rights, IMG=PICTURES[ref], REFIMG=PICTURES[ref].rsplit("/", 1)[1], OBS="Image de synthèse, dessinée par le programme de démonstration.", AUTP="", TYPDOC="Image numérique")
    views = ["Vue générale", "Détail du portail", "Chevet", "Intérieur vers l'est", "Clocher, vu du sud", "Relevé de la travée « B » – état ancien"]
    buildings = [row["Reference"] for row in monuments]
    for number in range(10, 56):
        base = buildings[(number * 7) % len(buildings)]
        add(f"APMH990000{number:02}", base, views[number % len(views)], number % len(MEMOIRE_RIGHTS))
    for number in range(56, 66):
        add(f"APMH990000{number:02}", PALISSY[number % len(PALISSY)]["REF"], "Vue d’ensemble de l’objet", number % len(MEMOIRE_RIGHTS))
    columns = ["REF", "LBASE", "LEG", "EDIF", "OBJT", "AUTP", "DATPV", "TYPDOC", "TECHN", "DOM", "SERIE", "PAYS", "REG", "DPT_LETTRE", "COM", "WCOM", "INSEE", "COULEUR", "IDPROD", "NUMP", "COPY", "DIFF", "IMG", "REFIMG", "MARQ", "OBS", "DMAJ"]
    text = rows_to_csv(columns, rows, ";", newline="\r\n")
    (HERE / "samples/memoire.csv.gz").write_bytes(gzip.compress(text.encode("cp1252"), mtime=0))
    return rows


# --- MNR and Muséofile ------------------------------------------------------------------------------

def mnr():
    rows = []
    subjects = ["PAYSAGE AU SOLEIL COUCHANT", "VASE DE FLEURS", "SCENE D'INTERIEUR", "PORTRAIT DE FEMME", "VUE DE VILLAGE", "MARINE", "TETE D'APOTRE", "NATURE MORTE AU CITRON"]
    for number in range(1, 25):
        museum = MUSEUMS[number % len(MUSEUMS)]
        ref = f"MNR99{number:03}"
        rows.append({
            "REF": ref, "INV": f"MNR 99 {number}", "TITR": subjects[number % len(subjects)], "AUTR": ARTISTS[number % len(ARTISTS)][0], "PAUT": ARTISTS[number % len(ARTISTS)][1],
            "ECOL": "France", "DENO": "tableau" if number % 4 else "assiette", "DOMN": "Peinture" if number % 4 else "Céramique", "SCLE": PERIODS[number % len(PERIODS)][0], "TECH": "Huile sur toile" if number % 4 else "Faïence",
            "DIMS": f"H. {RANDOM.randint(20, 120)} cm ; L. {RANDOM.randint(20, 140)} cm", "LOCA": f"{museum[2]} ; {museum[1]} ; dépôt du musée du Louvre", "CATE": RANDOM.choice(["Oeuvres spoliées avec certitude ou fortes présomptions", "Oeuvres dont le parcours est inconnu", "Achats du marché de l'art"]),
            "HIST": f"Acquise sur le marché parisien vers {1940 + number % 5} [1].##Retrouvée en Allemagne, elle passe par le dépôt central de Munich sous le numéro {3000 + number * 7} [2].##Attribuée aux musées nationaux le {number % 27 + 1} mai 1951 et confiée au musée de {museum[2]}.",
            "NOTE": "[1] : archives du dépôt, carton de démonstration.#[2] : fiche du dépôt.", "PHOT": ["Domaine public", "© Réunion des musées nationaux - utilisation soumise à autorisation", ""][number % 3] if number > 1 else "Domaine public",
            "VIDEO": PICTURES.get(ref, ""), "RENV": f"MNR99{number + 1:03}" if number in (4, 9) else "", "DMAJ": day(2012, 2025),
            "SALLES": "réserve B", "NET": "note interne", "CARTELS": "cartel à revoir", "RCL": "RCL confidentiel",
        })
    columns = ["REF", "INV", "TITR", "AUTR", "PAUT", "ECOL", "DENO", "DOMN", "SCLE", "TECH", "DIMS", "LOCA", "CATE", "HIST", "NOTE", "PHOT", "VIDEO", "RENV", "DMAJ", "SALLES", "NET", "CARTELS", "RCL"]
    (HERE / "samples/mnr.csv").write_bytes(rows_to_csv(columns, rows, ";", quote_all=True, quote_header=False).encode("utf-8"))
    return rows


def museofile():
    rows = []
    for code, name, town, department, region, lat, lon, address, postcode, themes, text in MUSEUMS:
        rows.append({
            "identifiant": code, "nom_officiel": name, "adresse": address, "lieu": None, "code_postal": postcode, "ville": town, "region": region,
            "departement": department, "url": None, "categorie": None, "domaine_thematique": themes, "histoire": text, "atout": None, "themes": ", ".join(themes),
            "artiste": None, "refmer": "PA99000001" if code == "M0311" else None, "date_de_mise_a_jour": day(2020, 2025), "coordonnees": {"lon": lon, "lat": lat},
        })
    text = json.dumps(rows, ensure_ascii=False, indent=1)
    (HERE / "samples/museofile.json").write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))
    return rows


# --- The partner --------------------------------------------------------------------------------------

def partner(works):
    by_ref = {row["REF"]: row for row in works}
    records = []

    def add(local, dc, deleted=False):
        records.append((f"oai:partenaire.demo.example.org:{local}", f"2025-{len(records) % 9 + 1:02}-{len(records) % 27 + 1:02}T08:{len(records) % 60:02}:00Z", deleted, dc))

    def title_of(row):
        title = row["TITR"].capitalize()
        for city in ("Marseille", "La Rochelle", "Brest", "Toulon", "Dieppe"):
            title = title.replace(city.lower(), city)
        return title + RANDOM.choice([", esquisse peinte", " (détail)", ", version de l'atelier", ""])

    # The same Joconde notice, cited in dc:identifier by its address.
    for number in range(301, 313):
        row = by_ref[f"99DEMO{number:05}"]
        # Today's address of a notice, and the one that many old catalogues still cite.
        link = f"http://www2.culture.gouv.fr/public/mistral/joconde_fr?ACTION=CHERCHER&FIELD_1=REF&VALUE_1={row['REF']}" if number % 2 else f"https://www.pop.culture.gouv.fr/notice/joconde/{row['REF']}"
        add(f"ref-{number}", [("title", title_of(row)), ("creator", row["AUTR"]), ("identifier", f"fonds-{number}"), ("identifier", link), ("type", row["DENO"]), ("date", row["MILL"] or row["PERI"]), ("subject", row["REPR"]), ("description", "Notice du partenaire, rédigée pour son exposition virtuelle."), ("rights", "http://creativecommons.org/publicdomain/mark/1.0/"), ("language", "fr")])
    # The same museum and inventory number, no reference.
    for number in range(313, 323):
        row = by_ref[f"99DEMO{number:05}"]
        add(f"inv-{number}", [("title", title_of(row)), ("creator", row["AUTR"]), ("identifier", row["INV"]), ("source", f"{row['MUSEO']} ; {row['NOMOFF']}"), ("publisher", row["NOMOFF"]), ("type", row["DENO"]), ("format", row["TECH"]), ("subject", row["REPR"]), ("rights", "© partenaire, tous droits réservés")])
    # The bare reference of a protected object.
    for row in (PALISSY[20], PALISSY[21]):
        add(f"objet-{row['REF']}", [("title", f"{row['TICO']}, photographié au récolement"), ("identifier", row["REF"]), ("type", row["DENO"]), ("coverage", f"{row['COM']} ; {row['EDIF']}"), ("description", "Campagne photographique du partenaire."), ("rights", "CC BY-SA 4.0"), ("language", "fr")])
    # What only the partner has.
    for number in range(1, 15):
        town = TOWNS[number % len(TOWNS)]
        kind = RANDOM.choice(["Carte postale", "Lettre", "Affiche", "Plan de cadastre", "Registre", "Programme de fête"])
        add(f"fonds-{number}", [("title", f"{kind} de {town[0]}"), ("identifier", f"FD.{number}"), ("type", kind.lower()), ("coverage", f"{town[0]} ; {town[3]}"), ("date", str(RANDOM.randint(1790, 1930))), ("description", f"{kind} conservée dans le fonds local, avec des annotations à l'encre."), ("rights", RANDOM.choice(["Domaine public", "http://creativecommons.org/licenses/by/4.0/", ""])), ("language", "fr")])
    add("supprime-1", [], True)
    add("supprime-2", [], True)
    out = ["# Written by demo/make_samples.py: records of the OAI-PMH partner of the demo.", ""]
    for identifier, datestamp, deleted, dc in records:
        out += ["[[record]]", f"identifier = {json.dumps(identifier)}", f"datestamp = {json.dumps(datestamp)}"]
        if deleted:
            out.append("deleted = true")
        out.append("dc = [")
        out += [f"  [{json.dumps(name)}, {json.dumps(value, ensure_ascii=False)}]," for name, value in dc if value]
        out += ["]", ""]
    (HERE / "partner/records.toml").write_text("\n".join(out), "utf-8")
    return records


def main():
    palissy()
    counts = {}
    monuments = merimee()
    write_palissy()
    works = joconde()
    counts.update(merimee=len(monuments), palissy=len(PALISSY), joconde=len(works))
    counts.update(memoire=len(memoire(monuments)), mnr=len(mnr()), museofile=len(museofile()), partner=len(partner(works)))
    for name, number in counts.items():
        print(f"{name}: {number}")
    print(f"total: {sum(counts.values())}")


if __name__ == "__main__":
    main()
