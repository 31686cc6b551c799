//! One made-up record per base in two dialects: the POP codes and the open-data names must give
//! the same record, save for the names of the fields.

use super::*;

/// POP code, open-data name, value.
type Row = [(&'static str, &'static str, &'static str)];

fn same_in_both_dialects(table: &str, row: &Row) -> String {
    let pop: Vec<(&str, &str)> = row.iter().map(|(code, _, value)| (*code, *value)).collect();
    let open: Vec<(&str, &str)> = row.iter().map(|(_, name, value)| (*name, *value)).collect();
    let lower: Vec<(String, &str)> =
        open.iter().map(|(name, value)| (name.to_lowercase(), *value)).collect();
    let lower: Vec<(&str, &str)> =
        lower.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let one = apply(table, &pop);
    for other in [apply(table, &open), apply(table, &lower)] {
        assert_eq!(without_field_names(other), without_field_names(one.clone()));
    }
    serde_json::to_string_pretty(&one).unwrap()
}

fn without_field_names(mut record: Record) -> Record {
    record.values.values_mut().flatten().for_each(|value| value.field.clear());
    record.rights.trigger =
        record.rights.trigger.split_once(": ").map_or("", |(_, text)| text).to_owned();
    record
}

#[test]
fn joconde() {
    insta::assert_snapshot!(same_in_both_dialects(
        "joconde",
        &[
            ("REF", "Reference", "09990000042"),
            ("INV", "Numero_inventaire", "999.1.42 ; D 17 (ancien numéro)"),
            ("DOMN", "Domaine", "dessin;beaux-arts"),
            ("DENO", "Denomination", "dessin,étude"),
            ("TITR", "Titre", "La Passerelle aux saules"),
            ("APPL", "Appellation", "Étude de pont"),
            ("AUTR", "Auteur", "LENOIR Berthe (dessinateur) ; VASSEUR Émile (d'après)"),
            ("PAUT", "Precisions_sur_l_auteur", "Amiens, 1801 ; Paris, 1870"),
            ("ECOL", "Ecole_pays", "France"),
            ("PERI", "Periode_de_creation", "2e quart 19e siècle"),
            ("MILL", "Millesime_de_creation", "1834 vers"),
            ("TECH", "Materiaux_techniques", "papier (vélin, beige);lavis d'encre"),
            ("DIMS", "Mesures", "H. 21 ; l. 30 cm"),
            ("DESC", "Description", "Première ligne#seconde ligne"),
            ("REPR", "Sujet_Represente", "paysage (rivière, pont);figure (femme)"),
            ("LIEUX", "Lieu_de_creation_utilisation", "France, Somme, Amiens (lieu de création)"),
            ("STAT", "Statut_juridique", "propriété de la commune ; don manuel"),
            ("LOCA", "Localisation", "Amiens ; musée d'essai"),
            ("MUSEO", "Code_Museofile", "M9999"),
            ("NOMOFF", "Nom_officiel_musee", "musée d'essai"),
            ("DPT", "Departement", "Somme"),
            ("BIBL", "Bibliographie", "Catalogue, 1990, n° 4"),
            ("REFMEM", "References_Memoires", "APMH00099999"),
            ("REFPAL", "References_Palissy", "PM80009999"),
            ("POP_COORDONNEES", "coordonnees", "49.89,2.3"),
        ],
    ));
}

#[test]
fn merimee() {
    insta::assert_snapshot!(same_in_both_dialects(
        "merimee",
        &[
            ("REF", "Reference", "PA99990001"),
            ("TICO", "Titre_editorial_de_la_notice", "Moulin de la Passerelle"),
            ("DENO", "Denomination_de_l_edifice", "moulin à eau ; pont"),
            ("DOMN", "Domaine", "architecture industrielle"),
            ("REG", "Region", "Hauts-de-France"),
            ("DPT_LETTRE", "Departement_en_lettres", "Somme"),
            ("DPT", "Departement_format_numerique", "80"),
            ("COM", "Commune_forme_index", "Amiens"),
            ("WCOM", "Commune_forme_editoriale", "Amiens (Somme)"),
            ("ADRS", "Adresse_forme_index", "Saules (rue des) 4"),
            ("SCLE", "Siecle_de_la_campagne_principale_de_construction", "18e siècle ; 19e siècle"),
            ("DATE", "Datation_de_l_edifice", "1764"),
            (
                "AUTR",
                "Auteur_de_l_edifice",
                "Lenoir Jacques (architecte) ; Vasseur Paul (commanditaire)"
            ),
            ("PERS", "Personnes_liees_a_l_edifice", "Vasseur Anne (habitante célèbre)"),
            ("HIST", "Historique", "Bâti en 1764.£Remanié en 1820."),
            ("MURS", "Materiaux_du_gros_oeuvre", "brique ; pierre de taille"),
            ("PROT", "Typologie_de_la_protection", "inscrit MH"),
            ("DPRO", "Date_et_typologie_de_la_protection", "1975/01/28 : inscrit MH"),
            ("RENV", "Renvoi_vers_une_notice_de_la_base_Merimee_ou_Palissy", "IA99990002"),
            ("REFO", "Lien_vers_la_base_Palissy", "PM80009999 ; PM80009998"),
            ("POP_COORDONNEES", "coordonnees_au_format_WGS84", "49.9,2.31"),
            ("COPY", "Copyright", "© Monuments historiques, 1992"),
        ],
    ));
}

#[test]
fn palissy() {
    insta::assert_snapshot!(same_in_both_dialects(
        "palissy",
        &[
            ("REF", "Reference", "PM80009999"),
            ("TICO", "Titre_editorial", "maître-autel"),
            ("DENO", "Denomination", "autel"),
            ("CATE", "Categorie_technique", "menuiserie ; sculpture"),
            ("COM", "Commune_forme_index", "Amiens"),
            ("INSEE", "COG_Insee", "80021"),
            ("DPT", "Departement_format_numerique", "80"),
            ("EDIF", "Nom_de_l_edifice", "chapelle d'essai"),
            ("EMPL", "Emplacement_de_l_oeuvre_dans_l_edifice", "choeur"),
            ("SCLE", "Siecle_de_creation", "17e siècle"),
            ("DPRO", "Date_et_typologie_de_la_protection", "1908/12/05 : classé au titre objet"),
            ("PROT", "Typologie_de_la_protection", "classé au titre objet"),
            (
                "REFA",
                "Reference_a_une_notice_Merimee_MH",
                "https://www.pop.culture.gouv.fr/notice/merimee/PA99990001"
            ),
            ("REFJOC", "Lien_vers_la_base_Joconde", "09990000042"),
        ],
    ));
}

#[test]
fn memoire() {
    insta::assert_snapshot!(same_in_both_dialects(
        "memoire",
        &[
            ("REF", "Reference", "APMH00099999"),
            ("LEG", "Legende", "Façade sur la rivière"),
            ("EDIF", "Edifice", "Moulin de la Passerelle"),
            ("AUTP", "Photographe", "Lenoir, Berthe (photographe)"),
            ("DATPV", "Date_de_prise_de_vue", "1905 (avant)"),
            ("TYPDOC", "Categorie_de_phototype", "Négatif"),
            ("COM", "Commune", "Amiens"),
            ("LBASE", "References_Palissy_Merimee_lien_notice_en_cours", "PA99990001 ; PM80009999"),
            ("IMG", "Lien_vers_l_image", "memoire/APMH00099999/sap01.jpg"),
            ("COPY", "Copyright", "© Ministère de la Culture (France)"),
            (
                "DIFF",
                "Droits_de_diffusion",
                "communication libre, reproduction soumise à autorisation"
            ),
        ],
    ));
}

#[test]
fn museofile() {
    insta::assert_snapshot!(same_in_both_dialects(
        "museofile",
        &[
            ("REF", "Identifiant", "M9999"),
            ("NOMOFF", "Nom_officiel", "musée d'essai"),
            ("VILLE_M", "Ville", "Amiens"),
            ("CP_M", "Code_postal", "80000"),
            ("DPT", "Departement", "Somme"),
            ("REGION", "Region", "Hauts-de-France"),
            ("DOMPAL", "Domaine_thematique", "Beaux-arts;Histoire"),
            ("URL_M", "URL", "www.musee.example/#"),
            ("POP_COORDONNEES", "Coordonnees", "49.89, 2.3"),
        ],
    ));
}

#[test]
fn mnr() {
    insta::assert_snapshot!(same_in_both_dialects(
        "mnr",
        &[
            ("REF", "Reference", "MNR99999"),
            ("INV", "Numero_inventaire", "MNR 99999"),
            ("TITR", "Titre", "Nature morte à la passerelle"),
            ("ATIT", "Ancien_titre", "Fruits#Corbeille"),
            ("AUTR", "Auteur", "LENOIR, Berthe"),
            ("DENO", "Denomination", "tableau"),
            ("DOMN", "Domaine", "Peinture"),
            ("SCLE", "Siecle", "17e siècle"),
            ("TECH", "Technique", "Huile sur toile"),
            ("DIMS", "Dimensions", "H. 1,33 ; L. 0,47 m"),
            ("PROV", "Provenance", "[1] Achat à Paris.##[2] Retour en 1946."),
            ("LOCA", "Localisation", "Paris ; musée d'essai"),
            ("PHOT", "Droits_de_copie_photo", "© Réunion des musées nationaux"),
        ],
    ));
}

#[test]
fn the_prefixed_names_of_a_local_extract_are_the_codes() {
    let codes = [
        ("REF", "IA99990002"),
        ("TICO", "immeuble"),
        ("COM", "Toulouse"),
        ("HIST", "Du 19e siècle."),
    ];
    let local = codes.map(|(code, value)| (format!("chp{}", code.to_lowercase()), value));
    let local: Vec<(&str, &str)> =
        local.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert_eq!(
        without_field_names(apply("merimee", &local)),
        without_field_names(apply("merimee", &codes))
    );
}
