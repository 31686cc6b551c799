//! Countries of the world and the foreign towns that French collections name most.
//!
//! Facts of ISO 3166 and of GeoNames (identifiers and positions, CC BY 4.0). The departments and
//! collectivities of France overseas are in [`super::france`].

use super::name;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A country, or a part of one that sources name as they name countries.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Country {
    /// ISO 3166-1 alpha-2; of a part, that of the whole.
    pub(super) iso: &'static str,
    pub(super) french: &'static str,
    pub(super) english: &'static str,
    /// Identifier in GeoNames.
    pub(super) geonames: u32,
    /// The country of which it is a part.
    pub(super) part_of: Option<&'static str>,
}

/// A foreign town.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct City {
    pub(super) french: &'static str,
    pub(super) english: &'static str,
    /// ISO 3166-1 alpha-2.
    pub(super) country: &'static str,
    pub(super) geonames: u32,
    /// Millionths of a degree.
    pub(super) latitude: i32,
    pub(super) longitude: i32,
}

const fn country(
    iso: &'static str,
    french: &'static str,
    english: &'static str,
    geonames: u32,
) -> Country {
    Country { iso, french, english, geonames, part_of: None }
}

const fn part(
    iso: &'static str,
    french: &'static str,
    english: &'static str,
    geonames: u32,
    whole: &'static str,
) -> Country {
    Country { iso, french, english, geonames, part_of: Some(whole) }
}

const fn city(
    french: &'static str,
    english: &'static str,
    country: &'static str,
    geonames: u32,
    latitude: i32,
    longitude: i32,
) -> City {
    City { french, english, country, geonames, latitude, longitude }
}

/// Names that are more often something else when nothing says what they lie in: communes, towns of
/// the same name, islands. They count behind or before their country only.
const NOT_ALONE: [&str; 26] = [
    "Bologne",
    "Bruges",
    "Cambridge",
    "Cologne",
    "Dominique",
    "Grenade",
    "Maurice",
    "Mexico",
    "Modène",
    "Mons",
    "Montserrat",
    "Syracuse",
    "Sainte-Hélène",
    "Sainte-Lucie",
    "Valence",
    "Venise",
    "Vienne",
    "Worcester",
    "Birmingham",
    "Manchester",
    "Georgia",
    "Jordan",
    "Québec",
    "Guinée",
    "Valencia",
    "Washington",
];

/// Other names of countries: key of the name, ISO code.
const OTHER_COUNTRY_NAMES: [(&str, &str); 32] = [
    ("etats unis d amerique", "US"),
    ("usa", "US"),
    ("united states of america", "US"),
    ("grande bretagne", "GB"),
    ("great britain", "GB"),
    ("royaume uni de grande bretagne", "GB"),
    ("uk", "GB"),
    ("tchequie", "CZ"),
    ("czechia", "CZ"),
    ("tcheque republique", "CZ"),
    ("republique populaire de chine", "CN"),
    ("viet nam", "VN"),
    ("vietnam", "VN"),
    ("myanmar", "MM"),
    ("burma", "MM"),
    ("hollande", "NL"),
    ("pays bas", "NL"),
    ("holland", "NL"),
    ("the netherlands", "NL"),
    ("cote d ivoire", "CI"),
    ("federation de russie", "RU"),
    ("zaire", "CD"),
    ("turkiye", "TR"),
    ("irak", "IQ"),
    ("iraq", "IQ"),
    ("coree du sud", "KR"),
    ("republique de coree", "KR"),
    ("macedoine du nord", "MK"),
    ("belarus", "BY"),
    ("bielorussie", "BY"),
    ("moldavie", "MD"),
    ("bresil", "BR"),
];

/// Schools and adjectives that stand for one country.
const ADJECTIVES: [(&str, &str); 44] = [
    ("francaise", "FR"),
    ("francais", "FR"),
    ("italienne", "IT"),
    ("italien", "IT"),
    ("allemande", "DE"),
    ("allemand", "DE"),
    ("espagnole", "ES"),
    ("espagnol", "ES"),
    ("portugaise", "PT"),
    ("belge", "BE"),
    ("suisse", "CH"),
    ("autrichienne", "AT"),
    ("russe", "RU"),
    ("polonaise", "PL"),
    ("hongroise", "HU"),
    ("grecque", "GR"),
    ("turque", "TR"),
    ("danoise", "DK"),
    ("suedoise", "SE"),
    ("norvegienne", "NO"),
    ("finlandaise", "FI"),
    ("irlandaise", "IE"),
    ("japonaise", "JP"),
    ("chinoise", "CN"),
    ("indienne", "IN"),
    ("coreenne", "KR"),
    ("vietnamienne", "VN"),
    ("egyptienne", "EG"),
    ("marocaine", "MA"),
    ("algerienne", "DZ"),
    ("tunisienne", "TN"),
    ("mexicaine", "MX"),
    ("bresilienne", "BR"),
    ("argentine", "AR"),
    ("canadienne", "CA"),
    ("americaine", "US"),
    ("britannique", "GB"),
    ("anglaise", "ENG"),
    ("ecossaise", "SCT"),
    ("neerlandaise", "NL"),
    ("australienne", "AU"),
    ("tcheque", "CZ"),
    ("roumaine", "RO"),
    ("bulgare", "BG"),
];

/// Parts of countries: England, Scotland, Wales, Northern Ireland. The code is not of ISO 3166-1.
pub(super) const PARTS: [Country; 4] = [
    part("ENG", "Angleterre", "England", 6_269_131, "Royaume-Uni"),
    part("SCT", "Écosse", "Scotland", 2_638_360, "Royaume-Uni"),
    part("WLS", "Pays de Galles", "Wales", 2_634_895, "Royaume-Uni"),
    part("NIR", "Irlande du Nord", "Northern Ireland", 2_641_364, "Royaume-Uni"),
];

pub(super) const COUNTRIES: [Country; 238] = [
    country("FR", "France", "France", 3_017_382),
    country("AD", "Andorre", "Andorra", 3_041_565),
    country("AE", "Émirats arabes unis", "United Arab Emirates", 290_557),
    country("AF", "Afghanistan", "Afghanistan", 1_149_361),
    country("AG", "Antigua-et-Barbuda", "Antigua and Barbuda", 3_576_396),
    country("AI", "Anguilla", "Anguilla", 3_573_511),
    country("AL", "Albanie", "Albania", 783_754),
    country("AM", "Arménie", "Armenia", 174_982),
    country("AO", "Angola", "Angola", 3_351_879),
    country("AQ", "Antarctique", "Antarctica", 6_697_173),
    country("AR", "Argentine", "Argentina", 3_865_483),
    country("AS", "Samoa américaines", "American Samoa", 5_880_801),
    country("AT", "Autriche", "Austria", 2_782_113),
    country("AU", "Australie", "Australia", 2_077_456),
    country("AW", "Aruba", "Aruba", 3_577_279),
    country("AX", "Îles Åland", "Åland Islands", 661_882),
    country("AZ", "Azerbaïdjan", "Azerbaijan", 587_116),
    country("BA", "Bosnie-Herzégovine", "Bosnia and Herzegovina", 3_277_605),
    country("BB", "Barbade", "Barbados", 3_374_084),
    country("BD", "Bangladesh", "Bangladesh", 1_210_997),
    country("BE", "Belgique", "Belgium", 2_802_361),
    country("BF", "Burkina Faso", "Burkina Faso", 2_361_809),
    country("BG", "Bulgarie", "Bulgaria", 732_800),
    country("BH", "Bahreïn", "Bahrain", 290_291),
    country("BI", "Burundi", "Burundi", 433_561),
    country("BJ", "Bénin", "Benin", 2_395_170),
    country("BM", "Bermudes", "Bermuda", 3_573_345),
    country("BN", "Brunei", "Brunei", 1_820_814),
    country("BO", "Bolivie", "Bolivia", 3_923_057),
    country("BQ", "Pays-Bas caribéens", "Caribbean Netherlands", 7_626_844),
    country("BR", "Brésil", "Brazil", 3_469_034),
    country("BS", "Bahamas", "Bahamas", 3_572_887),
    country("BT", "Bhoutan", "Bhutan", 1_252_634),
    country("BV", "Île Bouvet", "Bouvet Island", 3_371_123),
    country("BW", "Botswana", "Botswana", 933_860),
    country("BY", "Biélorussie", "Belarus", 630_336),
    country("BZ", "Belize", "Belize", 3_582_678),
    country("CA", "Canada", "Canada", 6_251_999),
    country("CC", "Îles Cocos", "Cocos (Keeling) Islands", 1_547_376),
    country("CD", "République démocratique du Congo", "Democratic Republic of the Congo", 203_312),
    country("CF", "République centrafricaine", "Central African Republic", 239_880),
    country("CG", "République du Congo", "Republic of the Congo", 2_260_494),
    country("CH", "Suisse", "Switzerland", 2_658_434),
    country("CI", "Côte d'Ivoire", "Ivory Coast", 2_287_781),
    country("CK", "Îles Cook", "Cook Islands", 1_899_402),
    country("CL", "Chili", "Chile", 3_895_114),
    country("CM", "Cameroun", "Cameroon", 2_233_387),
    country("CN", "Chine", "China", 1_814_991),
    country("CO", "Colombie", "Colombia", 3_686_110),
    country("CR", "Costa Rica", "Costa Rica", 3_624_060),
    country("CU", "Cuba", "Cuba", 3_562_981),
    country("CV", "Cap-Vert", "Cape Verde", 3_374_766),
    country("CW", "Curaçao", "Curaçao", 7_626_836),
    country("CX", "Île Christmas", "Christmas Island", 2_078_138),
    country("CY", "Chypre", "Cyprus", 146_669),
    country("CZ", "République tchèque", "Czech Republic", 3_077_311),
    country("DE", "Allemagne", "Germany", 2_921_044),
    country("DJ", "Djibouti", "Djibouti", 223_816),
    country("DK", "Danemark", "Denmark", 2_623_032),
    country("DM", "Dominique", "Dominica", 3_575_830),
    country("DO", "République dominicaine", "Dominican Republic", 3_508_796),
    country("DZ", "Algérie", "Algeria", 2_589_581),
    country("EC", "Équateur", "Ecuador", 3_658_394),
    country("EE", "Estonie", "Estonia", 453_733),
    country("EG", "Égypte", "Egypt", 357_994),
    country("EH", "Sahara occidental", "Western Sahara", 2_461_445),
    country("ER", "Érythrée", "Eritrea", 338_010),
    country("ES", "Espagne", "Spain", 2_510_769),
    country("ET", "Éthiopie", "Ethiopia", 337_996),
    country("FI", "Finlande", "Finland", 660_013),
    country("FJ", "Fidji", "Fiji", 2_205_218),
    country("FK", "Îles Malouines", "Falkland Islands", 3_474_414),
    country("FM", "Micronésie", "Micronesia", 2_081_918),
    country("FO", "Îles Féroé", "Faroe Islands", 2_622_320),
    country("GA", "Gabon", "Gabon", 2_400_553),
    country("GB", "Royaume-Uni", "United Kingdom", 2_635_167),
    country("GD", "Grenade", "Grenada", 3_580_239),
    country("GE", "Géorgie", "Georgia", 614_540),
    country("GG", "Guernesey", "Guernsey", 3_042_362),
    country("GH", "Ghana", "Ghana", 2_300_660),
    country("GI", "Gibraltar", "Gibraltar", 2_411_586),
    country("GL", "Groenland", "Greenland", 3_425_505),
    country("GM", "Gambie", "Gambia", 2_413_451),
    country("GN", "Guinée", "Guinea", 2_420_477),
    country("GQ", "Guinée équatoriale", "Equatorial Guinea", 2_309_096),
    country("GR", "Grèce", "Greece", 390_903),
    country(
        "GS",
        "Géorgie du Sud-et-les Îles Sandwich du Sud",
        "South Georgia and South Sandwich Islands",
        3_474_415,
    ),
    country("GT", "Guatemala", "Guatemala", 3_595_528),
    country("GU", "Guam", "Guam", 4_043_988),
    country("GW", "Guinée-Bissau", "Guinea-Bissau", 2_372_248),
    country("GY", "Guyana", "Guyana", 3_378_535),
    country("HK", "Hong Kong", "Hong Kong", 1_819_730),
    country("HM", "Îles Heard-et-MacDonald", "Heard and McDonald Islands", 1_547_314),
    country("HN", "Honduras", "Honduras", 3_608_932),
    country("HR", "Croatie", "Croatia", 3_202_326),
    country("HT", "Haïti", "Haiti", 3_723_988),
    country("HU", "Hongrie", "Hungary", 719_819),
    country("ID", "Indonésie", "Indonesia", 1_643_084),
    country("IE", "Irlande", "Ireland", 2_963_597),
    country("IL", "Israël", "Israel", 294_640),
    country("IM", "Île de Man", "Isle of Man", 3_042_225),
    country("IN", "Inde", "India", 1_269_750),
    country(
        "IO",
        "Territoire britannique de l'océan Indien",
        "British Indian Ocean Territory",
        1_282_588,
    ),
    country("IQ", "Irak", "Iraq", 99_237),
    country("IR", "Iran", "Iran", 130_758),
    country("IS", "Islande", "Iceland", 2_629_691),
    country("IT", "Italie", "Italy", 3_175_395),
    country("JE", "Jersey", "Jersey", 3_042_142),
    country("JM", "Jamaïque", "Jamaica", 3_489_940),
    country("JO", "Jordanie", "Jordan", 248_816),
    country("JP", "Japon", "Japan", 1_861_060),
    country("KE", "Kenya", "Kenya", 192_950),
    country("KG", "Kirghizstan", "Kyrgyzstan", 1_527_747),
    country("KH", "Cambodge", "Cambodia", 1_831_722),
    country("KI", "Kiribati", "Kiribati", 4_030_945),
    country("KM", "Comores", "Comoros", 921_929),
    country("KN", "Saint-Christophe-et-Niévès", "St. Kitts and Nevis", 3_575_174),
    country("KP", "Corée du Nord", "North Korea", 1_873_107),
    country("KR", "Corée du Sud", "South Korea", 1_835_841),
    country("KW", "Koweït", "Kuwait", 285_570),
    country("KY", "Îles Caïmans", "Cayman Islands", 3_580_718),
    country("KZ", "Kazakhstan", "Kazakhstan", 1_522_867),
    country("LA", "Laos", "Laos", 1_655_842),
    country("LB", "Liban", "Lebanon", 272_103),
    country("LC", "Sainte-Lucie", "St. Lucia", 3_576_468),
    country("LI", "Liechtenstein", "Liechtenstein", 3_042_058),
    country("LK", "Sri Lanka", "Sri Lanka", 1_227_603),
    country("LR", "Liberia", "Liberia", 2_275_384),
    country("LS", "Lesotho", "Lesotho", 932_692),
    country("LT", "Lituanie", "Lithuania", 597_427),
    country("LU", "Luxembourg", "Luxembourg", 2_960_313),
    country("LV", "Lettonie", "Latvia", 458_258),
    country("LY", "Libye", "Libya", 2_215_636),
    country("MA", "Maroc", "Morocco", 2_542_007),
    country("MC", "Monaco", "Monaco", 2_993_457),
    country("MD", "Moldavie", "Moldova", 617_790),
    country("ME", "Monténégro", "Montenegro", 3_194_884),
    country("MG", "Madagascar", "Madagascar", 1_062_947),
    country("MH", "Îles Marshall", "Marshall Islands", 2_080_185),
    country("MK", "Macédoine du Nord", "North Macedonia", 718_075),
    country("ML", "Mali", "Mali", 2_453_866),
    country("MM", "Birmanie", "Myanmar", 1_327_865),
    country("MN", "Mongolie", "Mongolia", 2_029_969),
    country("MO", "Macao", "Macao", 1_821_275),
    country("MP", "Îles Mariannes du Nord", "Northern Mariana Islands", 4_041_468),
    country("MR", "Mauritanie", "Mauritania", 2_378_080),
    country("MS", "Montserrat", "Montserrat", 3_578_097),
    country("MT", "Malte", "Malta", 2_562_770),
    country("MU", "Maurice", "Mauritius", 934_292),
    country("MV", "Maldives", "Maldives", 1_282_028),
    country("MW", "Malawi", "Malawi", 927_384),
    country("MX", "Mexique", "Mexico", 3_996_063),
    country("MY", "Malaisie", "Malaysia", 1_733_045),
    country("MZ", "Mozambique", "Mozambique", 1_036_973),
    country("NA", "Namibie", "Namibia", 3_355_338),
    country("NE", "Niger", "Niger", 2_440_476),
    country("NF", "Île Norfolk", "Norfolk Island", 2_155_115),
    country("NG", "Nigeria", "Nigeria", 2_328_926),
    country("NI", "Nicaragua", "Nicaragua", 3_617_476),
    country("NL", "Pays-Bas", "Netherlands", 2_750_405),
    country("NO", "Norvège", "Norway", 3_144_096),
    country("NP", "Népal", "Nepal", 1_282_988),
    country("NR", "Nauru", "Nauru", 2_110_425),
    country("NU", "Niue", "Niue", 4_036_232),
    country("NZ", "Nouvelle-Zélande", "New Zealand", 2_186_224),
    country("OM", "Oman", "Oman", 286_963),
    country("PA", "Panama", "Panama", 3_703_430),
    country("PE", "Pérou", "Peru", 3_932_488),
    country("PG", "Papouasie-Nouvelle-Guinée", "Papua New Guinea", 2_088_628),
    country("PH", "Philippines", "Philippines", 1_694_008),
    country("PK", "Pakistan", "Pakistan", 1_168_579),
    country("PL", "Pologne", "Poland", 798_544),
    country("PN", "Îles Pitcairn", "Pitcairn Islands", 4_030_699),
    country("PR", "Porto Rico", "Puerto Rico", 4_566_966),
    country("PS", "Palestine", "Palestine", 6_254_930),
    country("PT", "Portugal", "Portugal", 2_264_397),
    country("PW", "Palaos", "Palau", 1_559_582),
    country("PY", "Paraguay", "Paraguay", 3_437_598),
    country("QA", "Qatar", "Qatar", 289_688),
    country("RO", "Roumanie", "Romania", 798_549),
    country("RS", "Serbie", "Serbia", 6_290_252),
    country("RU", "Russie", "Russia", 2_017_370),
    country("RW", "Rwanda", "Rwanda", 49_518),
    country("SA", "Arabie saoudite", "Saudi Arabia", 102_358),
    country("SB", "Îles Salomon", "Solomon Islands", 2_103_350),
    country("SC", "Seychelles", "Seychelles", 241_170),
    country("SD", "Soudan", "Sudan", 366_755),
    country("SE", "Suède", "Sweden", 2_661_886),
    country("SG", "Singapour", "Singapore", 1_880_251),
    country("SH", "Sainte-Hélène", "St. Helena", 3_370_751),
    country("SI", "Slovénie", "Slovenia", 3_190_538),
    country("SJ", "Svalbard et Jan Mayen", "Svalbard and Jan Mayen", 607_072),
    country("SK", "Slovaquie", "Slovakia", 3_057_568),
    country("SL", "Sierra Leone", "Sierra Leone", 2_403_846),
    country("SM", "Saint-Marin", "San Marino", 3_168_068),
    country("SN", "Sénégal", "Senegal", 2_245_662),
    country("SO", "Somalie", "Somalia", 51_537),
    country("SR", "Suriname", "Suriname", 3_382_998),
    country("SS", "Soudan du Sud", "South Sudan", 7_909_807),
    country("ST", "Sao Tomé-et-Principe", "São Tomé and Príncipe", 2_410_758),
    country("SV", "Salvador", "El Salvador", 3_585_968),
    country("SX", "Saint-Martin (partie néerlandaise)", "Sint Maarten", 7_609_695),
    country("SY", "Syrie", "Syria", 163_843),
    country("SZ", "Eswatini", "Eswatini", 934_841),
    country("TC", "Îles Turques-et-Caïques", "Turks and Caicos Islands", 3_576_916),
    country("TD", "Tchad", "Chad", 2_434_508),
    country("TG", "Togo", "Togo", 2_363_686),
    country("TH", "Thaïlande", "Thailand", 1_605_651),
    country("TJ", "Tadjikistan", "Tajikistan", 1_220_409),
    country("TK", "Tokelau", "Tokelau", 4_031_074),
    country("TL", "Timor oriental", "Timor-Leste", 1_966_436),
    country("TM", "Turkménistan", "Turkmenistan", 1_218_197),
    country("TN", "Tunisie", "Tunisia", 2_464_461),
    country("TO", "Tonga", "Tonga", 4_032_283),
    country("TR", "Turquie", "Turkey", 298_795),
    country("TT", "Trinité-et-Tobago", "Trinidad and Tobago", 3_573_591),
    country("TV", "Tuvalu", "Tuvalu", 2_110_297),
    country("TW", "Taïwan", "Taiwan", 1_668_284),
    country("TZ", "Tanzanie", "Tanzania", 149_590),
    country("UA", "Ukraine", "Ukraine", 690_791),
    country("UG", "Ouganda", "Uganda", 226_074),
    country("UM", "Îles mineures éloignées des États-Unis", "U.S. Outlying Islands", 5_854_968),
    country("US", "États-Unis", "United States", 6_252_001),
    country("UY", "Uruguay", "Uruguay", 3_439_705),
    country("UZ", "Ouzbékistan", "Uzbekistan", 1_512_440),
    country("VA", "Vatican", "Vatican City", 3_164_670),
    country("VC", "Saint-Vincent-et-les Grenadines", "St. Vincent and Grenadines", 3_577_815),
    country("VE", "Venezuela", "Venezuela", 3_625_428),
    country("VG", "Îles Vierges britanniques", "British Virgin Islands", 3_577_718),
    country("VI", "Îles Vierges des États-Unis", "U.S. Virgin Islands", 4_796_775),
    country("VN", "Viêt Nam", "Vietnam", 1_562_822),
    country("VU", "Vanuatu", "Vanuatu", 2_134_431),
    country("WS", "Samoa", "Samoa", 4_034_894),
    country("XK", "Kosovo", "Kosovo", 831_053),
    country("YE", "Yémen", "Yemen", 69_543),
    country("ZA", "Afrique du Sud", "South Africa", 953_987),
    country("ZM", "Zambie", "Zambia", 895_949),
    country("ZW", "Zimbabwe", "Zimbabwe", 878_675),
];

pub(super) const CITIES: [City; 203] = [
    city("Rome", "Rome", "IT", 3_169_070, 41_891_930, 12_511_330),
    city("Florence", "Florence", "IT", 3_176_959, 43_779_250, 11_246_260),
    city("Venise", "Venice", "IT", 3_164_603, 45_437_130, 12_332_650),
    city("Milan", "Milan", "IT", 3_173_435, 45_464_270, 9_189_510),
    city("Naples", "Naples", "IT", 3_172_394, 40_852_160, 14_268_110),
    city("Turin", "Turin", "IT", 3_165_524, 45_070_490, 7_686_820),
    city("Gênes", "Genoa", "IT", 3_176_219, 44_404_780, 8_944_390),
    city("Bologne", "Bologna", "IT", 3_181_928, 44_493_810, 11_338_750),
    city("Sienne", "Siena", "IT", 3_166_548, 43_318_220, 11_330_640),
    city("Pise", "Pisa", "IT", 3_170_647, 43_708_530, 10_403_600),
    city("Ravenne", "Ravenna", "IT", 3_169_561, 44_413_440, 12_201_210),
    city("Padoue", "Padova", "IT", 3_171_728, 45_407_970, 11_885_860),
    city("Vérone", "Verona", "IT", 3_164_527, 45_438_540, 10_993_800),
    city("Mantoue", "Mantova", "IT", 3_174_051, 45_160_310, 10_797_840),
    city("Ferrare", "Ferrara", "IT", 3_177_090, 44_838_040, 11_620_570),
    city("Parme", "Parma", "IT", 3_171_457, 44_799_350, 10_326_180),
    city("Modène", "Modena", "IT", 3_173_331, 44_647_830, 10_925_390),
    city("Faenza", "Faenza", "IT", 3_177_300, 44_290_070, 11_879_480),
    city("Lucques", "Lucca", "IT", 3_174_530, 43_843_690, 10_504_470),
    city("Pérouse", "Perugia", "IT", 3_171_180, 43_112_200, 12_388_780),
    city("Arezzo", "Arezzo", "IT", 3_182_884, 43_462_760, 11_880_680),
    city("Viterbe", "Viterbo", "IT", 3_164_039, 42_419_370, 12_105_600),
    city("Tarente", "Taranto", "IT", 3_165_926, 40_464_380, 17_247_070),
    city("Palerme", "Palermo", "IT", 2_523_920, 38_116_600, 13_363_600),
    city("Syracuse", "Syracuse", "IT", 2_523_083, 37_075_420, 15_286_640),
    city("Agrigente", "Agrigento", "IT", 2_525_764, 37_310_650, 13_576_610),
    city("Crémone", "Cremona", "IT", 3_177_838, 45_133_250, 10_021_290),
    city("Bergame", "Bergamo", "IT", 3_182_164, 45_696_010, 9_667_210),
    city("Brescia", "Brescia", "IT", 3_181_554, 45_535_580, 10_214_720),
    city("Vicence", "Vicenza", "IT", 3_164_419, 45_546_720, 11_547_500),
    city("Trieste", "Trieste", "IT", 3_165_185, 45_649_530, 13_776_780),
    city("Cerveteri", "Cerveteri", "IT", 3_178_999, 41_990_800, 12_090_820),
    city("Livourne", "Livorno", "IT", 3_174_659, 43_544_270, 10_326_150),
    city("Ancône", "Ancona", "IT", 3_183_089, 43_607_170, 13_510_300),
    city("Londres", "London", "GB", 2_643_743, 51_508_530, -125_740),
    city("Oxford", "Oxford", "GB", 2_640_729, 51_752_220, -1_255_960),
    city("Cambridge", "Cambridge", "GB", 2_653_941, 52_200_000, 116_670),
    city("Birmingham", "Birmingham", "GB", 2_655_603, 52_481_420, -1_899_830),
    city("Manchester", "Manchester", "GB", 2_643_123, 53_480_950, -2_237_430),
    city("Liverpool", "Liverpool", "GB", 2_644_210, 53_410_580, -2_977_940),
    city("Worcester", "Worcester", "GB", 2_633_563, 52_189_350, -2_220_010),
    city("Sheffield", "Sheffield", "GB", 2_638_077, 53_382_970, -1_465_900),
    city("Édimbourg", "Edinburgh", "GB", 2_650_225, 55_952_060, -3_196_480),
    city("Glasgow", "Glasgow", "GB", 2_648_579, 55_865_150, -4_257_630),
    city("Amsterdam", "Amsterdam", "NL", 2_759_794, 52_374_030, 4_889_690),
    city("Rotterdam", "Rotterdam", "NL", 2_747_891, 51_922_500, 4_479_170),
    city("La Haye", "The Hague", "NL", 2_747_373, 52_076_670, 4_298_610),
    city("Delft", "Delft", "NL", 2_757_345, 52_006_670, 4_355_560),
    city("Haarlem", "Haarlem", "NL", 2_755_003, 52_380_840, 4_636_830),
    city("Leyde", "Leiden", "NL", 2_751_773, 52_158_330, 4_493_060),
    city("Utrecht", "Utrecht", "NL", 2_745_912, 52_090_830, 5_122_220),
    city("Bruxelles", "Brussels", "BE", 2_800_866, 50_850_450, 4_348_780),
    city("Anvers", "Antwerpen", "BE", 2_803_138, 51_220_470, 4_400_260),
    city("Bruges", "Brugge", "BE", 2_800_931, 51_208_920, 3_224_240),
    city("Gand", "Gent", "BE", 2_797_656, 51_050_000, 3_716_670),
    city("Liège", "Liège", "BE", 2_792_413, 50_633_730, 5_567_490),
    city("Malines", "Mechelen", "BE", 2_791_537, 51_025_740, 4_477_620),
    city("Louvain", "Leuven", "BE", 2_792_482, 50_879_590, 4_700_930),
    city("Tournai", "Tournai", "BE", 2_785_341, 50_607_150, 3_389_320),
    city("Namur", "Namur", "BE", 2_790_471, 50_466_900, 4_867_460),
    city("Mons", "Mons", "BE", 2_790_869, 50_454_130, 3_952_290),
    city("Audenarde", "Oudenaarde", "BE", 2_789_529, 50_851_680, 3_608_910),
    city("Charleroi", "Charleroi", "BE", 2_800_481, 50_411_360, 4_444_480),
    city("Genève", "Genève", "CH", 2_660_646, 46_202_220, 6_145_690),
    city("Lausanne", "Lausanne", "CH", 2_659_994, 46_516_000, 6_632_820),
    city("Bâle", "Basel", "CH", 2_661_604, 47_558_390, 7_573_270),
    city("Berne", "Bern", "CH", 2_661_552, 46_948_090, 7_447_440),
    city("Zurich", "Zürich", "CH", 2_657_896, 47_366_670, 8_550_000),
    city("Neuchâtel", "Neuchâtel", "CH", 2_659_496, 46_991_790, 6_931_000),
    city("Lucerne", "Luzern", "CH", 2_659_811, 47_050_480, 8_306_350),
    city("Winterthour", "Winterthur", "CH", 2_657_970, 47_505_640, 8_724_130),
    city("La Chaux-de-Fonds", "La Chaux-de-Fonds", "CH", 2_660_076, 47_099_930, 6_825_860),
    city("Berlin", "Berlin", "DE", 2_950_159, 52_524_370, 13_410_530),
    city("Munich", "Munich", "DE", 2_867_714, 48_137_430, 11_575_490),
    city("Cologne", "Köln", "DE", 2_886_242, 50_933_330, 6_950_000),
    city("Nuremberg", "Nürnberg", "DE", 2_861_650, 49_454_210, 11_077_520),
    city("Augsbourg", "Augsburg", "DE", 2_954_172, 48_371_540, 10_898_510),
    city("Dresde", "Dresden", "DE", 2_935_022, 51_050_890, 13_738_320),
    city("Francfort-sur-le-Main", "Frankfurt am Main", "DE", 2_925_533, 50_115_520, 8_684_170),
    city("Hambourg", "Hamburg", "DE", 2_911_298, 53_550_730, 9_993_020),
    city("Leipzig", "Leipzig", "DE", 2_879_139, 51_339_620, 12_371_290),
    city("Meissen", "Meißen", "DE", 2_872_155, 51_161_580, 13_473_700),
    city("Mayence", "Mainz", "DE", 2_874_225, 49_981_850, 8_280_080),
    city("Trèves", "Trier", "DE", 2_821_164, 49_755_650, 6_639_350),
    city("Stuttgart", "Stuttgart", "DE", 2_825_297, 48_782_320, 9_177_020),
    city("Düsseldorf", "Düsseldorf", "DE", 2_934_246, 51_223_190, 6_779_270),
    city("Aix-la-Chapelle", "Aachen", "DE", 3_247_449, 50_776_640, 6_083_420),
    city("Karlsruhe", "Karlsruhe", "DE", 2_892_794, 49_009_370, 8_404_440),
    city("Wurtzbourg", "Würzburg", "DE", 2_805_615, 49_793_910, 9_951_210),
    city("Bamberg", "Bamberg", "DE", 2_952_984, 49_898_730, 10_900_670),
    city("Ratisbonne", "Regensburg", "DE", 2_849_483, 49_015_130, 12_101_610),
    city("Solingen", "Solingen", "DE", 2_831_580, 51_173_430, 7_084_500),
    city("Kassel", "Kassel", "DE", 2_892_518, 51_316_670, 9_500_000),
    city("Weimar", "Weimar", "DE", 2_812_482, 50_980_300, 11_329_030),
    city("Vienne", "Vienna", "AT", 2_761_369, 48_208_490, 16_372_080),
    city("Salzbourg", "Salzburg", "AT", 2_766_824, 47_799_410, 13_043_990),
    city("Innsbruck", "Innsbruck", "AT", 2_775_220, 47_262_660, 11_394_540),
    city("Prague", "Prague", "CZ", 3_067_696, 50_088_040, 14_420_760),
    city("Budapest", "Budapest", "HU", 3_054_643, 47_498_350, 19_040_450),
    city("Varsovie", "Warsaw", "PL", 756_135, 52_229_770, 21_011_780),
    city("Cracovie", "Kraków", "PL", 3_094_802, 50_061_430, 19_936_580),
    city("Gdansk", "Gdańsk", "PL", 3_099_434, 54_352_270, 18_649_120),
    city("Madrid", "Madrid", "ES", 3_117_735, 40_416_500, -3_702_560),
    city("Barcelone", "Barcelona", "ES", 3_128_760, 41_388_790, 2_158_990),
    city("Séville", "Sevilla", "ES", 2_510_911, 37_382_830, -5_973_170),
    city("Tolède", "Toledo", "ES", 2_510_409, 39_858_100, -4_022_630),
    city("Grenade", "Granada", "ES", 2_517_117, 37_188_170, -3_606_670),
    city("Cordoue", "Córdoba", "ES", 2_519_240, 37_891_550, -4_772_750),
    city("Valence", "Valencia", "ES", 2_509_954, 39_473_910, -379_660),
    city("Saragosse", "Zaragoza", "ES", 3_104_324, 41_656_060, -877_340),
    city("Malaga", "Málaga", "ES", 2_514_256, 36_720_160, -4_420_340),
    city("Salamanque", "Salamanca", "ES", 6_544_491, 40_429_720, -3_679_750),
    city("Valladolid", "Valladolid", "ES", 3_106_672, 41_655_410, -4_723_530),
    city("Burgos", "Burgos", "ES", 3_127_461, 42_341_060, -3_701_840),
    city("Tarragone", "Tarragona", "ES", 3_108_288, 41_119_050, 1_245_440),
    city("Talavera de la Reina", "Talavera de la Reina", "ES", 2_510_693, 39_963_480, -4_830_760),
    city("Lisbonne", "Lisbon", "PT", 2_267_057, 38_725_090, -9_149_800),
    city("Porto", "Porto", "PT", 2_735_943, 41_148_500, -8_610_970),
    city("Athènes", "Athens", "GR", 264_371, 37_983_760, 23_727_840),
    city("Thessalonique", "Thessaloníki", "GR", 734_077, 40_640_720, 22_934_930),
    city("Corinthe", "Corinth", "GR", 259_289, 37_940_070, 22_951_300),
    city("Istanbul", "Istanbul", "TR", 745_044, 41_013_840, 28_949_660),
    city("Izmir", "İzmir", "TR", 311_046, 38_412_730, 27_138_380),
    city("Ankara", "Ankara", "TR", 323_786, 39_919_870, 32_854_270),
    city("Antakya", "Antakya", "TR", 323_779, 36_206_550, 36_157_220),
    city("Saint-Pétersbourg", "Saint Petersburg", "RU", 498_817, 59_938_630, 30_314_130),
    city("Moscou", "Moscow", "RU", 524_901, 55_752_040, 37_617_810),
    city("Copenhague", "Copenhagen", "DK", 2_618_425, 55_675_940, 12_565_530),
    city("Stockholm", "Stockholm", "SE", 2_673_730, 59_329_380, 18_068_710),
    city("Oslo", "Oslo", "NO", 3_143_244, 59_912_730, 10_746_090),
    city("Helsinki", "Helsinki", "FI", 658_225, 60_169_520, 24_935_450),
    city("Dublin", "Dublin", "IE", 2_964_574, 53_333_060, -6_248_890),
    city("Bucarest", "Bucharest", "RO", 683_506, 44_432_250, 26_106_260),
    city("Sofia", "Sofia", "BG", 727_011, 42_697_510, 23_324_150),
    city("Belgrade", "Belgrade", "RS", 792_680, 44_804_010, 20_465_130),
    city("Kiev", "Kyiv", "UA", 703_448, 50_454_660, 30_523_800),
    city("New York", "New York City", "US", 5_128_581, 40_714_270, -74_005_970),
    city("Chicago", "Chicago", "US", 4_887_398, 41_850_030, -87_650_050),
    city("Boston", "Boston", "US", 4_930_956, 42_358_430, -71_059_770),
    city("Philadelphie", "Philadelphia", "US", 4_560_349, 39_952_380, -75_163_620),
    city("Washington", "Washington", "US", 4_140_963, 38_895_110, -77_036_370),
    city("Los Angeles", "Los Angeles", "US", 5_368_361, 34_052_230, -118_243_680),
    city("San Francisco", "San Francisco", "US", 5_391_959, 37_774_930, -122_419_420),
    city("Montréal", "Montréal", "CA", 6_077_243, 45_508_840, -73_587_810),
    city("Québec", "Québec", "CA", 6_325_494, 46_812_280, -71_214_540),
    city("Toronto", "Toronto", "CA", 6_167_865, 43_706_430, -79_398_640),
    city("Mexico", "Mexico City", "MX", 3_530_597, 19_428_470, -99_127_660),
    city("Lima", "Lima", "PE", 3_936_456, -12_043_180, -77_028_240),
    city("Cuzco", "Cusco", "PE", 3_941_584, -13_531_880, -71_967_010),
    city("Rio de Janeiro", "Rio de Janeiro", "BR", 3_451_190, -22_906_420, -43_182_230),
    city("Buenos Aires", "Buenos Aires", "AR", 3_435_910, -34_613_150, -58_377_230),
    city("Le Caire", "Cairo", "EG", 360_630, 30_062_630, 31_249_670),
    city("Alexandrie", "Alexandria", "EG", 361_058, 31_201_760, 29_915_820),
    city("Louxor", "Luxor", "EG", 360_502, 25_698_930, 32_642_100),
    city("Assouan", "Aswan", "EG", 359_792, 24_090_820, 32_899_420),
    city("Gizeh", "Giza", "EG", 360_995, 30_009_440, 31_208_610),
    city("Assiout", "Asyūţ", "EG", 359_783, 27_180_960, 31_183_680),
    city("Akhmim", "Akhmīm", "EG", 361_661, 26_562_200, 31_745_660),
    city("Alger", "Algiers", "DZ", 2_507_480, 36_732_250, 3_087_460),
    city("Constantine", "Constantine", "DZ", 2_501_152, 36_365_000, 6_614_720),
    city("Oran", "Oran", "DZ", 2_485_926, 35_699_060, -635_880),
    city("Blida", "Blida", "DZ", 2_503_769, 36_470_040, 2_827_700),
    city("Annaba", "Annaba", "DZ", 2_506_999, 36_900_000, 7_766_670),
    city("Tunis", "Tunis", "TN", 2_464_470, 36_818_970, 10_165_790),
    city("Carthage", "Carthage", "TN", 2_468_245, 36_861_080, 10_331_610),
    city("Kairouan", "Kairouan", "TN", 2_473_449, 35_678_100, 10_096_330),
    city("Nabeul", "Nabeul", "TN", 2_468_579, 36_456_060, 10_737_630),
    city("Rabat", "Rabat", "MA", 2_538_475, 34_013_250, -6_832_550),
    city("Fès", "Fes", "MA", 2_548_885, 34_033_130, -5_000_280),
    city("Meknès", "Meknes", "MA", 2_542_715, 33_893_520, -5_547_270),
    city("Marrakech", "Marrakesh", "MA", 2_542_997, 31_634_160, -7_999_940),
    city("Casablanca", "Casablanca", "MA", 2_553_604, 33_588_310, -7_611_380),
    city("Safi", "Safi", "MA", 2_537_881, 32_299_390, -9_237_180),
    city("Dakar", "Dakar", "SN", 2_253_354, 14_693_700, -17_444_060),
    city("Tombouctou", "Timbuktu", "ML", 2_449_067, 16_773_480, -3_007_420),
    city("Bagdad", "Baghdad", "IQ", 98_182, 33_340_580, 44_400_880),
    city("Mossoul", "Mosul", "IQ", 99_072, 36_335_000, 43_118_890),
    city("Damas", "Damascus", "SY", 170_654, 33_510_200, 36_291_280),
    city("Alep", "Aleppo", "SY", 170_063, 36_201_240, 37_161_170),
    city("Beyrouth", "Beirut", "LB", 276_781, 33_893_320, 35_501_570),
    city("Jérusalem", "Jerusalem", "IL", 281_184, 31_769_040, 35_216_330),
    city("Téhéran", "Tehran", "IR", 112_931, 35_694_390, 51_421_510),
    city("Ispahan", "Isfahan", "IR", 418_863, 32_652_460, 51_674_620),
    city("Kachan", "Kashan", "IR", 128_476, 33_982_370, 51_427_690),
    city("Suse", "Shush", "IR", 114_593, 32_194_200, 48_243_600),
    city("Kaboul", "Kabul", "AF", 1_138_958, 34_528_130, 69_172_330),
    city("Delhi", "Delhi", "IN", 1_273_294, 28_651_950, 77_231_490),
    city("Pondichéry", "Puducherry", "IN", 1_259_425, 11_933_810, 79_829_790),
    city("Pékin", "Beijing", "CN", 1_816_670, 39_907_500, 116_397_230),
    city("Shanghai", "Shanghai", "CN", 1_796_236, 31_222_220, 121_458_060),
    city("Canton", "Guangzhou", "CN", 1_809_858, 23_116_670, 113_250_000),
    city("Jingdezhen", "Jingdezhen", "CN", 1_805_680, 29_294_700, 117_207_890),
    city("Nankin", "Nanjing", "CN", 1_799_962, 32_061_670, 118_777_780),
    city("Tokyo", "Tokyo", "JP", 1_850_147, 35_689_500, 139_691_710),
    city("Kyoto", "Kyoto", "JP", 1_857_910, 35_021_070, 135_753_850),
    city("Nagasaki", "Nagasaki", "JP", 1_856_177, 32_750_000, 129_883_330),
    city("Osaka", "Osaka", "JP", 1_853_909, 34_693_790, 135_501_070),
    city("Hanoï", "Hanoi", "VN", 1_581_130, 21_024_500, 105_841_170),
    city("Hué", "Huế", "VN", 1_580_240, 16_461_900, 107_595_460),
    city("Phnom Penh", "Phnom Penh", "KH", 1_821_306, 11_562_450, 104_916_010),
    city("Bangkok", "Bangkok", "TH", 1_609_350, 13_753_980, 100_501_440),
    city("Séoul", "Seoul", "KR", 1_835_848, 37_566_000, 126_978_400),
    city("Sydney", "Sydney", "AU", 2_147_714, -33_867_850, 151_207_320),
];

/// The country of that code.
pub(super) fn by_code(iso: &str) -> Option<&'static Country> {
    COUNTRIES.iter().chain(&PARTS).find(|country| country.iso == iso)
}

/// Everything that is known by name, by its key.
pub(super) struct Index {
    countries: HashMap<String, &'static Country>,
    adjectives: HashMap<&'static str, &'static Country>,
    cities: HashMap<String, &'static City>,
    not_alone: Vec<String>,
}

pub(super) static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let key_of = |text: &str| {
        let mut key = String::new();
        name::key(text, &mut key);
        key
    };
    let mut countries = HashMap::new();
    for country in COUNTRIES.iter().chain(&PARTS) {
        countries.insert(key_of(country.french), country);
        countries.entry(key_of(country.english)).or_insert(country);
    }
    for (other, iso) in OTHER_COUNTRY_NAMES {
        if let Some(country) = by_code(iso) {
            countries.entry(other.to_owned()).or_insert(country);
        }
    }
    let mut cities = HashMap::new();
    for city in &CITIES {
        cities.insert(key_of(city.french), city);
        cities.entry(key_of(city.english)).or_insert(city);
    }
    let adjectives =
        ADJECTIVES.iter().filter_map(|(word, iso)| Some((*word, by_code(iso)?))).collect();
    let not_alone = NOT_ALONE.iter().map(|name| key_of(name)).collect();
    Index { countries, adjectives, cities, not_alone }
});

impl Index {
    /// The country of that name, French or English.
    pub(super) fn country(&self, key: &str) -> Option<&'static Country> {
        self.countries.get(key).copied()
    }

    /// The country that an adjective stands for (`italienne`).
    pub(super) fn adjective(&self, key: &str) -> Option<&'static Country> {
        self.adjectives.get(key).copied()
    }

    /// The foreign town of that name.
    pub(super) fn city(&self, key: &str) -> Option<&'static City> {
        self.cities.get(key).copied()
    }

    /// Whether a name may be taken for the country or foreign town when nothing stands beside it.
    pub(super) fn stands_alone(&self, key: &str) -> bool {
        !self.not_alone.iter().any(|name| name == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_identifiers_are_not_repeated() {
        let mut codes: Vec<_> = COUNTRIES.iter().chain(&PARTS).map(|c| c.iso).collect();
        let mut numbers: Vec<_> = COUNTRIES
            .iter()
            .chain(&PARTS)
            .map(|c| c.geonames)
            .chain(CITIES.iter().map(|c| c.geonames))
            .collect();
        let (all, many) = (codes.len(), numbers.len());
        codes.sort_unstable();
        codes.dedup();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(codes.len(), all);
        // Singapore, Monaco and the like are town and country, under two numbers.
        assert_eq!(numbers.len(), many);
    }

    #[test]
    fn every_town_lies_in_a_country_of_the_table_and_on_the_globe() {
        for city in &CITIES {
            assert!(by_code(city.country).is_some(), "{}", city.french);
            assert!(city.latitude.abs() < 90_000_000 && city.longitude.abs() < 180_000_000);
        }
    }

    #[test]
    fn other_names_and_adjectives_lead_to_a_country() {
        for (name, iso) in OTHER_COUNTRY_NAMES {
            assert_eq!(INDEX.country(name).map(|c| c.iso), Some(iso), "{name}");
        }
        for (word, iso) in ADJECTIVES {
            assert_eq!(INDEX.adjective(word).map(|c| c.iso), Some(iso), "{word}");
        }
    }
}
