//! Roles and qualifiers: who made the thing, who helped, and how sure the tie is.
//!
//! Folded words. Makers and helpers are those of the roles in use in French museums; a role that
//! is not here is kept as the source words it.

use crate::meaning::Attribution;

/// What a word beside a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// A role of somebody who makes the thing or its design on the thing itself.
    Maker,
    /// A role of somebody who had a part in it: belongs to the contributors.
    Helper,
    /// A qualifier of the tie.
    Tie(Attribution),
    /// Says nothing of the tie: a title, a degree of kinship.
    Epithet,
    /// The name beside it is another name of a neighbour (`dit`, `née`).
    OtherName,
    /// Nobody is known (`anonyme`).
    Nobody,
}

/// Whether somebody with that tie stays among the creators, as text.
pub(super) fn stays_creator(tie: Attribution) -> bool {
    !matches!(tie, Attribution::After | Attribution::FormerlyAttributedTo)
}

/// What a folded word or phrase says, when it is known.
pub(super) fn word(folded: &str) -> Option<Word> {
    look_up(folded).or_else(|| look_up(folded.strip_suffix('s')?)).or_else(|| {
        // `peintre-verrier`, `architecte en chef`: the first word decides.
        let at = folded.find(['-', ' '])?;
        let first = look_up(folded.get(..at)?)?;
        (first == Word::Maker && !ends_in_tie(folded)).then_some(Word::Maker)
    })
}

fn look_up(folded: &str) -> Option<Word> {
    if let Ok(at) = TIES.binary_search_by(|(text, _)| text.cmp(&folded)) {
        return TIES.get(at).map(|(_, tie)| Word::Tie(*tie));
    }
    for (words, word) in [
        (MAKERS, Word::Maker),
        (HELPERS, Word::Helper),
        (EPITHETS, Word::Epithet),
        (OTHER_NAMES, Word::OtherName),
        (NOBODIES, Word::Nobody),
    ] {
        if words.binary_search(&folded).is_ok() {
            return Some(word);
        }
    }
    None
}

/// Whether a phrase ends in a word that ties it to a name (`dans le goût de`): a qualifier that is
/// not known must not pass for a role.
pub(super) fn ends_in_tie(folded: &str) -> bool {
    [" de", " d'", " du", " des", " a", " par", " apres", "'apres"]
        .iter()
        .any(|end| folded.ends_with(end))
}

/// A qualifier before a name: `attribué à X`, `d'après X`; what it says, and the name.
pub(super) fn leading_tie(folded: &str) -> Option<(Attribution, usize)> {
    // Cheap way out: most names begin with none of these.
    if !matches!(
        folded.as_bytes().first(),
        Some(b'a' | b'c' | b'd' | b'e' | b'f' | b'g' | b'i' | b'm' | b'p' | b's')
    ) {
        return None;
    }
    LEADING.iter().find(|(text, _)| folded.starts_with(text)).map(|(text, tie)| (*tie, text.len()))
}

/// Whether a name can begin with a qualifier, or say that nobody is known: most begin with other
/// letters, and need no folding.
pub(super) fn may_be_special(name: &str) -> bool {
    const STARTS: [&[u8; 2]; 37] = [
        b"af", b"an", b"ap", b"ar", b"at", b"au", b"ce", b"ci", b"co", b"d'", b"da", b"di", b"ec",
        b"el", b"en", b"fa", b"fo", b"ge", b"im", b"in", b"ma", b"n.", b"na", b"nc", b"ne", b"nn",
        b"no", b"nr", b"pe", b"ph", b"s.", b"sa", b"sn", b"st", b"su", b"un", b"va",
    ];
    match name.as_bytes() {
        [first, second, ..] if first.is_ascii_alphabetic() && second.is_ascii() => {
            STARTS.contains(&&[first.to_ascii_lowercase(), second.to_ascii_lowercase()])
        }
        _ => true,
    }
}

/// Whether a folded name says that nobody is known.
pub(super) fn is_nobody(folded: &str) -> bool {
    let plain = folded.trim_matches(|c: char| !c.is_alphanumeric());
    plain.is_empty()
        || NOBODIES.binary_search(&plain).is_ok()
        || plain.ends_with(", anonymous")
        || plain.ends_with(", anonyme")
        || ["anonyme ", "inconnu ", "auteur inconnu", "artiste inconnu", "ecole "].iter().any(
            |start| {
                plain.strip_prefix(start).is_some_and(|rest| {
                    rest.is_empty()
                        || NATIONS.iter().any(|nation| rest.starts_with(nation))
                        || rest.split(' ').any(|word| word == "siecle")
                })
            },
        )
}

/// Beginnings of adjectives of nation: `anonyme français`, `école vénitienne` name nobody.
const NATIONS: [&str; 29] = [
    "allemand",
    "americain",
    "anglais",
    "autrichien",
    "belge",
    "bolonais",
    "bourguignon",
    "britannique",
    "chinois",
    "danois",
    "ecossais",
    "espagnol",
    "europeen",
    "flamand",
    "florentin",
    "francais",
    "genois",
    "grec",
    "hollandais",
    "italien",
    "japonais",
    "lombard",
    "napolitain",
    "neerlandais",
    "provencal",
    "romain",
    "russe",
    "suisse",
    "venitien",
];

const LEADING: [(&str, Attribution); 36] = [
    ("after ", Attribution::After),
    ("ancienne attribution a ", Attribution::FormerlyAttributedTo),
    ("ancienne attribution : ", Attribution::FormerlyAttributedTo),
    ("anciennement attribue a ", Attribution::FormerlyAttributedTo),
    ("anciennement attribuee a ", Attribution::FormerlyAttributedTo),
    ("autrefois attribue a ", Attribution::FormerlyAttributedTo),
    ("apres ", Attribution::After),
    ("atelier de ", Attribution::WorkshopOf),
    ("atelier d'", Attribution::WorkshopOf),
    ("atelier du ", Attribution::WorkshopOf),
    ("attribue a ", Attribution::AttributedTo),
    ("attribuee a ", Attribution::AttributedTo),
    ("attribution a ", Attribution::AttributedTo),
    ("attributed to ", Attribution::AttributedTo),
    ("cercle de ", Attribution::CircleOf),
    ("cercle d'", Attribution::CircleOf),
    ("circle of ", Attribution::CircleOf),
    ("copie d'apres ", Attribution::After),
    ("copie de ", Attribution::After),
    ("d'apres ", Attribution::After),
    ("dans le gout de ", Attribution::MannerOf),
    ("ecole de ", Attribution::CircleOf),
    ("ecole d'", Attribution::CircleOf),
    ("ecole du ", Attribution::CircleOf),
    ("eleve de ", Attribution::CircleOf),
    ("entourage de ", Attribution::CircleOf),
    ("entourage d'", Attribution::CircleOf),
    ("facon de ", Attribution::MannerOf),
    ("follower of ", Attribution::CircleOf),
    ("genre de ", Attribution::MannerOf),
    ("imitateur de ", Attribution::MannerOf),
    ("maniere de ", Attribution::MannerOf),
    ("manner of ", Attribution::MannerOf),
    ("peut-etre ", Attribution::AttributedTo),
    ("style de ", Attribution::MannerOf),
    ("suiveur de ", Attribution::CircleOf),
];

const TIES: &[(&str, Attribution)] = &[
    ("a verifier", Attribution::AttributedTo),
    ("after", Attribution::After),
    ("ancien attribution", Attribution::FormerlyAttributedTo),
    ("ancienne attribution", Attribution::FormerlyAttributedTo),
    ("anciennement attribue", Attribution::FormerlyAttributedTo),
    ("anciennement attribue a", Attribution::FormerlyAttributedTo),
    ("apres", Attribution::After),
    ("atelier", Attribution::WorkshopOf),
    ("atelier de", Attribution::WorkshopOf),
    ("atelier des", Attribution::WorkshopOf),
    ("atelier du", Attribution::WorkshopOf),
    ("attribue", Attribution::AttributedTo),
    ("attribue a", Attribution::AttributedTo),
    ("attribuee", Attribution::AttributedTo),
    ("attribuee a", Attribution::AttributedTo),
    ("attributed to", Attribution::AttributedTo),
    ("attribution", Attribution::AttributedTo),
    ("autrefois attribue a", Attribution::FormerlyAttributedTo),
    ("cercle", Attribution::CircleOf),
    ("cercle de", Attribution::CircleOf),
    ("circle of", Attribution::CircleOf),
    ("copie", Attribution::After),
    ("copie d'apres", Attribution::After),
    ("copie de", Attribution::After),
    ("d'apres", Attribution::After),
    ("dans le gout de", Attribution::MannerOf),
    ("disciple", Attribution::CircleOf),
    ("ecole", Attribution::CircleOf),
    ("ecole de", Attribution::CircleOf),
    ("ecole des", Attribution::CircleOf),
    ("eleve", Attribution::CircleOf),
    ("eleve de", Attribution::CircleOf),
    ("entourage", Attribution::CircleOf),
    ("entourage de", Attribution::CircleOf),
    ("facon de", Attribution::MannerOf),
    ("genre de", Attribution::MannerOf),
    ("graveur d'apres", Attribution::After),
    ("imitateur", Attribution::MannerOf),
    ("imitateur de", Attribution::MannerOf),
    ("imitation", Attribution::MannerOf),
    ("imitation de", Attribution::MannerOf),
    ("incertain", Attribution::AttributedTo),
    ("inspire de", Attribution::After),
    ("inspire par", Attribution::After),
    ("maniere de", Attribution::MannerOf),
    ("manner of", Attribution::MannerOf),
    ("peut-etre", Attribution::AttributedTo),
    ("presume", Attribution::AttributedTo),
    ("presumee", Attribution::AttributedTo),
    ("probable", Attribution::AttributedTo),
    ("style", Attribution::MannerOf),
    ("style de", Attribution::MannerOf),
    ("suite de", Attribution::CircleOf),
    ("suiveur", Attribution::CircleOf),
    ("suiveur de", Attribution::CircleOf),
    ("suppose", Attribution::AttributedTo),
    ("supposee", Attribution::AttributedTo),
    ("workshop of", Attribution::WorkshopOf),
];

const HELPERS: &[&str] = &[
    "adaptateur",
    "auteur de la traduction",
    "auteur du modele",
    "collaborateur",
    "collecteur",
    "commanditaire",
    "contributor",
    "dedicataire",
    "destinataire",
    "diffuseur",
    "directeur",
    "direction",
    "distributeur",
    "donateur",
    "donatrice",
    "editeur",
    "editeur commercial",
    "editeur scientifique",
    "editions d'art",
    "editrice",
    "emetteur",
    "encadreur",
    "expediteur",
    "imprimeur",
    "inventeur",
    "libraire",
    "maitre d'ouvrage",
    "maitre de l'ouvrage",
    "marchand",
    "mecene",
    "modele",
    "negociant",
    "prefacier",
    "preparateur",
    "proprietaire",
    "publisher",
    "restaurant",
    "restaurateur",
    "tabac",
    "tireur",
    "traducteur",
];

const EPITHETS: &[&str] = &[
    "abbe",
    "aine",
    "baron",
    "baronne",
    "chevalier",
    "comte",
    "comtesse",
    "duc",
    "duchesse",
    "femme",
    "fils",
    "frere",
    "freres",
    "fvrier",
    "jeune",
    "jr",
    "l'aine",
    "l'ancien",
    "le jeune",
    "le vieux",
    "madame",
    "mademoiselle",
    "marquis",
    "marquise",
    "mlle",
    "mme",
    "monsieur",
    "mr",
    "pere",
    "soeurs",
    "veuve",
    "vicomte",
    "vicomtesse",
    "vve",
];

const OTHER_NAMES: &[&str] =
    &["dit", "dite", "ne", "nee", "patronyme", "pseudonyme", "renvoi", "vrai nom"];

const NOBODIES: &[&str] = &[
    "?",
    "anon",
    "anonym",
    "anonyme",
    "anonymes",
    "anonymous",
    "artiste inconnu",
    "artiste non identifie",
    "atelier indetermine",
    "aucun",
    "auteur anonyme",
    "auteur inconnu",
    "auteur non identifie",
    "auteurs anonymes",
    "auteurs divers",
    "auteurs multiples",
    "collectif anonyme",
    "divers",
    "inconnu",
    "inconnue",
    "inconnus",
    "indetermine",
    "indeterminee",
    "manufacture indeterminee",
    "n.c",
    "n.r",
    "na",
    "nc",
    "neant",
    "nn",
    "non connu",
    "non determine",
    "non identifie",
    "non precise",
    "non renseigne",
    "none",
    "nr",
    "photographe inconnu",
    "photographe non identifie",
    "s.n",
    "s.n.",
    "sans",
    "sans auteur",
    "sn",
    "unbekannt",
    "unidentified",
    "unknown",
    "unknown artist",
    "various",
    "various artists",
];

const MAKERS: &[&str] = &[
    "1er graveur",
    "2e graveur",
    "affichiste",
    "agence",
    "aquafortiste",
    "aquarelliste",
    "archeologue",
    "archetier",
    "architecte",
    "architecte-concepteur",
    "architecte-designer",
    "armurier",
    "arquebusier",
    "artisan",
    "artist",
    "artiste",
    "astronome",
    "atelier artistique",
    "atelier de ceramique",
    "atelier monetaire",
    "auteur",
    "auteur de la composition",
    "auteur de la forme",
    "auteur de la patine",
    "auteur des ornements",
    "auteur du decor",
    "auteur du graffiti",
    "author",
    "bijoutier",
    "bottier",
    "brodeur",
    "bronzier",
    "brunisseur",
    "bureau de style",
    "cadranier",
    "calligraphe",
    "canonnier",
    "caricaturiste",
    "carrossier",
    "cartier",
    "cartographe",
    "cartonnier",
    "ceramiste",
    "chantier",
    "chantier naval",
    "chapelier",
    "charpentier",
    "charron",
    "chimiste",
    "chromotypographe",
    "ciseleur",
    "cloutier",
    "compassier",
    "compassier-poullieur",
    "compositeur",
    "concepteur",
    "constructeur",
    "copiste",
    "coroplathe",
    "coutelier",
    "couturier",
    "couturiere",
    "createur",
    "creation",
    "creator",
    "creatrice",
    "cristallerie",
    "decorateur",
    "decoratrice",
    "designer",
    "dessinateur",
    "dessinatrice",
    "diagraphe",
    "dinandier",
    "dominotier",
    "doreur",
    "ebeniste",
    "ecrivain",
    "emailleur",
    "emaillographe",
    "enlumineur",
    "entrepreneur",
    "entreprise",
    "etablissement",
    "etablissements",
    "ethnie",
    "ethnographe",
    "eventailliste",
    "executant",
    "execution",
    "fabricant",
    "fabrique",
    "fabrique de vetements liturgiques",
    "facteur",
    "facteur d'instrument",
    "facteur d'orgues",
    "facteur de clavecins",
    "facteur de pianos",
    "faiencerie",
    "faiencier",
    "ferblantier",
    "ferronnier",
    "firme",
    "fonderie",
    "fondeur",
    "forgeron",
    "geographe",
    "geometre",
    "graveur",
    "graveur sur bois",
    "graveuse",
    "heliograveur",
    "historien",
    "homme de lettres",
    "horloger",
    "hydrographe",
    "illustrateur",
    "illustratrice",
    "imprimeur-lithographe",
    "indienneur",
    "ingenieur",
    "ingenieur-constructeur",
    "ivoirier",
    "jardinier",
    "joailler",
    "joaillier",
    "laboratoire",
    "laqueur",
    "lingere",
    "liseur",
    "lissier",
    "lithographe",
    "lunetier",
    "luthier",
    "macon",
    "maison",
    "maitre d'oeuvre",
    "maitre de l'oeuvre",
    "maitre verrier",
    "maitre-armurier",
    "maitre-chapelier",
    "maitre-potier",
    "maitre-tailleur",
    "maitre-verrier",
    "manufacture",
    "maquettiste",
    "marbrerie",
    "marbrier",
    "maroquinier",
    "marque",
    "mecanicien",
    "medailleur",
    "menuisier",
    "metteur en carte",
    "miniaturiste",
    "modeleur",
    "mosaiste",
    "mouleur",
    "mouleur-repareur",
    "operateur",
    "opticien",
    "orfevre",
    "ornemaniste",
    "ouvrier lunetier",
    "painter",
    "pantographe",
    "papetier",
    "parfumeur",
    "pastelliste",
    "paysagiste",
    "peintre",
    "peintre de figures",
    "peintre de paysage",
    "peintre de porcelaine",
    "peintre sur faience",
    "peintre-copiste",
    "photographe",
    "photographer",
    "photograveur",
    "phototypie",
    "plasticien",
    "platrier",
    "plombier",
    "plommier",
    "poete",
    "population",
    "poterie",
    "potier",
    "potier d'etain",
    "praticien",
    "publiciste",
    "realisateur",
    "realisatrice",
    "relieur",
    "resinier",
    "sabotier",
    "sculpteur",
    "sculpteur-repareur",
    "sculptor",
    "sculptrice",
    "sellier",
    "serrurier",
    "societe",
    "stucateur",
    "studio",
    "styliste",
    "tabletier",
    "tailleur",
    "tailleur de pierre",
    "tapissier",
    "tisserand",
    "tisseur",
    "tonnelier",
    "tourneur",
    "tourneur sur bois",
    "tuilier",
    "typographe",
    "usine",
    "vannier",
    "vernisseur",
    "verrerie",
    "verrier",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_folded_and_without_repeats() {
        for words in [MAKERS, HELPERS, EPITHETS, OTHER_NAMES, NOBODIES] {
            assert!(words.is_sorted(), "{words:?}");
        }
        let ties: Vec<&str> = TIES.iter().map(|(text, _)| *text).collect();
        assert!(ties.is_sorted());
        let mut all = [MAKERS, HELPERS, EPITHETS, OTHER_NAMES, NOBODIES, &ties].concat();
        let count = all.len();
        assert!(all.iter().all(|word| crate::fold::fold(word) == *word));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "a word has one sense");
    }

    #[test]
    fn roles_are_found_in_the_plural_and_with_a_speciality() {
        assert_eq!(word("photographes"), Some(Word::Maker));
        assert_eq!(word("peintre-verrier"), Some(Word::Maker));
        assert_eq!(word("editeur"), Some(Word::Helper));
        assert_eq!(word("peintre d'apres"), None);
        assert_eq!(word("d'apres"), Some(Word::Tie(Attribution::After)));
    }

    #[test]
    fn names_that_can_be_special_are_told_by_their_first_letters() {
        for text in LEADING.iter().map(|(text, _)| *text).chain(NOBODIES.iter().copied()) {
            assert!(may_be_special(text), "{text}");
        }
        assert!(!may_be_special("BIGOT Paul"));
    }

    #[test]
    fn those_of_a_nation_are_nobody() {
        assert!(is_nobody("anonyme francais"));
        assert!(is_nobody("ecole venitienne"));
        assert!(is_nobody("anonyme 17e siecle"));
        assert!(is_nobody("?"));
        assert!(!is_nobody("ecole de rembrandt"));
        assert!(!is_nobody("anonyme paul"));
    }
}
