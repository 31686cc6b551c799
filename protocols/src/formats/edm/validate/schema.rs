//! What EDM.xsd (metis-schema, 2025-12-18) allows, as tables.

/// How often one of some elements may stand at a place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Particle {
    /// The elements that may stand here, in any order when there are several.
    pub(super) names: &'static [&'static str],
    /// At least so many.
    pub(super) min: usize,
    /// At most so many.
    pub(super) max: usize,
}

const MANY: usize = usize::MAX;

const fn optional(name: &'static [&'static str]) -> Particle {
    Particle { names: name, min: 0, max: 1 }
}
const fn many(names: &'static [&'static str]) -> Particle {
    Particle { names, min: 0, max: MANY }
}
const fn one(name: &'static [&'static str]) -> Particle {
    Particle { names: name, min: 1, max: 1 }
}
const fn some(name: &'static [&'static str]) -> Particle {
    Particle { names: name, min: 1, max: MANY }
}

/// What an element may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// `rdf:resource` and nothing inside.
    Resource,
    /// Text, with a language.
    Literal,
    /// Text with a language, or `rdf:resource`.
    Either,
    /// Text of a simple type, without attributes.
    Plain(Simple),
    /// Text of a simple type, with `rdf:datatype`, which has only one value.
    Typed(Simple, &'static str),
    /// A class, with `rdf:about`.
    Class(&'static [ParticleRow]),
    /// Elements, without attributes.
    Group(&'static [ParticleRow]),
}

/// A row of a table of particles.
pub(super) type ParticleRow = Particle;

impl PartialEq for Particle {
    fn eq(&self, other: &Self) -> bool {
        self.names == other.names && self.min == other.min && self.max == other.max
    }
}

impl Eq for Particle {}

/// Simple types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Simple {
    /// Any text.
    Text,
    /// `xs:float` or `xs:double`.
    Float,
    /// `xs:long`.
    Long,
    /// `xs:nonNegativeInteger`.
    NonNegative,
    /// `xs:date`.
    Date,
    /// Six hexadecimal digits.
    Colour,
    /// One of a list, to the letter.
    OneOf(&'static [&'static str]),
}

/// Values of `edm:type`.
pub(super) const TYPES: &[&str] = &["TEXT", "VIDEO", "IMAGE", "SOUND", "3D"];

const COLOUR_SPACES: &[&str] = &[
    "CMY",
    "CMYK",
    "grayscale",
    "HCL",
    "HCLp",
    "HSB",
    "HSI",
    "HSL",
    "HSV",
    "HWB",
    "Lab",
    "LCHab",
    "LCHuv",
    "LMS",
    "Log",
    "Luv",
    "OHTA",
    "Rec601Luma",
    "Rec601YCbCr",
    "Rec709Luma",
    "Rec709YCbCr",
    "RGB",
    "scRGB",
    "sRGB",
    "XYZ",
    "xyY",
    "YCbCr",
    "YDbDr",
    "YCC",
    "YIQ",
    "YPbPr",
    "YUV",
    "other",
];

/// The classes of `rdf:RDF`, in any order and number.
const RDF: &[Particle] = &[many(&[
    "edm:ProvidedCHO",
    "edm:WebResource",
    "edm:Agent",
    "edm:Place",
    "edm:TimeSpan",
    "skos:Concept",
    "ore:Aggregation",
    "cc:License",
    "svcs:Service",
])];

/// The Dublin Core block may come in any order, all the rest may not.
const PROVIDED_CHO: &[Particle] = &[
    many(&[
        "dc:contributor",
        "dc:coverage",
        "dc:creator",
        "dc:date",
        "dc:description",
        "dc:format",
        "dc:identifier",
        "dc:language",
        "dc:publisher",
        "dc:relation",
        "dc:rights",
        "dc:source",
        "dc:subject",
        "dc:title",
        "dc:type",
        "dcterms:alternative",
        "dcterms:conformsTo",
        "dcterms:created",
        "dcterms:extent",
        "dcterms:hasFormat",
        "dcterms:hasPart",
        "dcterms:hasVersion",
        "dcterms:isFormatOf",
        "dcterms:isPartOf",
        "dcterms:isReferencedBy",
        "dcterms:isReplacedBy",
        "dcterms:isRequiredBy",
        "dcterms:issued",
        "dcterms:isVersionOf",
        "dcterms:medium",
        "dcterms:provenance",
        "dcterms:references",
        "dcterms:replaces",
        "dcterms:requires",
        "dcterms:spatial",
        "dcterms:tableOfContents",
        "dcterms:temporal",
    ]),
    optional(&["edm:currentLocation"]),
    many(&["edm:hasMet"]),
    many(&["edm:hasType"]),
    many(&["edm:incorporates"]),
    many(&["edm:isDerivativeOf"]),
    many(&["edm:isNextInSequence"]),
    many(&["edm:isRelatedTo"]),
    optional(&["edm:isRepresentationOf"]),
    many(&["edm:isSimilarTo"]),
    many(&["edm:isSuccessorOf"]),
    many(&["edm:realizes"]),
    many(&["edm:pid"]),
    one(&["edm:type"]),
    many(&["owl:sameAs"]),
];

const AGGREGATION: &[Particle] = &[
    one(&["edm:aggregatedCHO"]),
    optional(&["edm:dataProvider"]),
    many(&["edm:hasView"]),
    optional(&["edm:isShownAt"]),
    optional(&["edm:isShownBy"]),
    optional(&["edm:object"]),
    one(&["edm:provider"]),
    many(&["dc:rights"]),
    one(&["edm:rights"]),
    optional(&["edm:ugc"]),
    many(&["edm:intermediateProvider"]),
    many(&["dqv:hasQualityAnnotation"]),
    optional(&["dcterms:created"]),
    optional(&["dcterms:modified"]),
];

const WEB_RESOURCE: &[Particle] = &[
    many(&["edm:pid"]),
    many(&["dc:creator"]),
    many(&["dc:description"]),
    many(&["dc:format"]),
    many(&["dc:rights"]),
    many(&["dc:source"]),
    many(&["dc:type"]),
    many(&["dc:title"]),
    many(&["dc:language"]),
    many(&["dcterms:conformsTo"]),
    many(&["dcterms:created"]),
    many(&["dcterms:extent"]),
    many(&["dcterms:hasPart"]),
    many(&["dcterms:isFormatOf"]),
    many(&["dcterms:isPartOf"]),
    many(&["dcterms:issued"]),
    many(&["dcterms:temporal"]),
    optional(&["edm:isNextInSequence"]),
    optional(&["edm:rights"]),
    many(&["owl:sameAs"]),
    optional(&["rdf:type"]),
    optional(&["edm:codecName"]),
    optional(&["ebucore:hasMimeType"]),
    optional(&["ebucore:fileByteSize"]),
    optional(&["ebucore:duration"]),
    optional(&["ebucore:width"]),
    optional(&["ebucore:height"]),
    optional(&["edm:spatialResolution"]),
    optional(&["ebucore:sampleSize"]),
    optional(&["ebucore:sampleRate"]),
    optional(&["ebucore:bitRate"]),
    optional(&["ebucore:frameRate"]),
    optional(&["edm:hasColorSpace"]),
    Particle { names: &["edm:componentColor"], min: 0, max: 6 },
    optional(&["edm:pointCount"]),
    optional(&["edm:polygonCount"]),
    optional(&["edm:vertexCount"]),
    many(&["rdfs:seeAlso"]),
    optional(&["ebucore:orientation"]),
    optional(&["ebucore:audioChannelNumber"]),
    many(&["dcterms:isReferencedBy"]),
    optional(&["edm:preview"]),
    many(&["svcs:has_service"]),
    optional(&["edm:type"]),
    optional(&["schema:digitalSourceType"]),
    many(&["edm:intendedUsage"]),
];

const AGENT: &[Particle] = &[
    many(&["skos:prefLabel"]),
    many(&["skos:altLabel"]),
    many(&["skos:note"]),
    many(&["dc:date"]),
    many(&["dc:identifier"]),
    many(&["dcterms:hasPart"]),
    many(&["dcterms:isPartOf"]),
    optional(&["edm:begin"]),
    optional(&["edm:end"]),
    many(&["edm:hasMet"]),
    many(&["edm:isRelatedTo"]),
    many(&["foaf:name"]),
    many(&["rdaGr2:biographicalInformation"]),
    optional(&["rdaGr2:dateOfBirth"]),
    optional(&["rdaGr2:dateOfDeath"]),
    optional(&["rdaGr2:dateOfEstablishment"]),
    optional(&["rdaGr2:dateOfTermination"]),
    optional(&["rdaGr2:gender"]),
    many(&["rdaGr2:placeOfBirth"]),
    many(&["rdaGr2:placeOfDeath"]),
    many(&["rdaGr2:professionOrOccupation"]),
    many(&["owl:sameAs"]),
];

const PLACE: &[Particle] = &[
    optional(&["wgs84_pos:lat"]),
    optional(&["wgs84_pos:long"]),
    optional(&["wgs84_pos:alt"]),
    many(&["skos:prefLabel"]),
    many(&["skos:altLabel"]),
    many(&["skos:note"]),
    many(&["dcterms:hasPart"]),
    many(&["dcterms:isPartOf"]),
    optional(&["edm:isNextInSequence"]),
    many(&["owl:sameAs"]),
];

const TIME_SPAN: &[Particle] = &[
    many(&["skos:prefLabel"]),
    many(&["skos:altLabel"]),
    many(&["skos:note"]),
    many(&["dcterms:hasPart"]),
    many(&["dcterms:isPartOf"]),
    optional(&["edm:begin"]),
    optional(&["edm:end"]),
    optional(&["edm:isNextInSequence"]),
    many(&["owl:sameAs"]),
    many(&["skos:hiddenLabel"]),
    optional(&["skos:notation"]),
];

const CONCEPT: &[Particle] = &[many(&[
    "skos:prefLabel",
    "skos:altLabel",
    "skos:broader",
    "skos:narrower",
    "skos:related",
    "skos:broadMatch",
    "skos:narrowMatch",
    "skos:relatedMatch",
    "skos:exactMatch",
    "skos:closeMatch",
    "skos:note",
    "skos:notation",
    "skos:inScheme",
])];

const LICENSE: &[Particle] = &[one(&["odrl:inheritFrom"]), optional(&["cc:deprecatedOn"])];
const SERVICE: &[Particle] = &[some(&["dcterms:conformsTo"]), many(&["doap:implements"])];
const HAS_ANNOTATION: &[Particle] = &[one(&["dqv:QualityAnnotation"])];
const ANNOTATION: &[Particle] =
    &[one(&["dcterms:created"]), some(&["oa:hasTarget"]), one(&["oa:hasBody"])];

const XS: &str = "http://www.w3.org/2001/XMLSchema#";

/// What an element of that name may hold, wherever in EDM it may stand.
pub(super) fn content(name: &str) -> Option<Content> {
    use Content::{Class, Either, Group, Literal, Plain, Resource, Typed};
    Some(match name {
        "rdf:RDF" => Group(RDF),
        "edm:ProvidedCHO" => Class(PROVIDED_CHO),
        "edm:WebResource" => Class(WEB_RESOURCE),
        "edm:Agent" => Class(AGENT),
        "edm:Place" => Class(PLACE),
        "edm:TimeSpan" => Class(TIME_SPAN),
        "skos:Concept" => Class(CONCEPT),
        "ore:Aggregation" => Class(AGGREGATION),
        "cc:License" => Class(LICENSE),
        "svcs:Service" => Class(SERVICE),
        "dqv:hasQualityAnnotation" => Group(HAS_ANNOTATION),
        "dqv:QualityAnnotation" => Group(ANNOTATION),

        "dc:identifier"
        | "dc:language"
        | "dc:title"
        | "dcterms:alternative"
        | "edm:begin"
        | "edm:end"
        | "edm:pid"
        | "foaf:name"
        | "rdaGr2:dateOfBirth"
        | "rdaGr2:dateOfDeath"
        | "rdaGr2:dateOfEstablishment"
        | "rdaGr2:dateOfTermination"
        | "rdaGr2:gender"
        | "skos:prefLabel"
        | "skos:altLabel"
        | "skos:hiddenLabel"
        | "skos:note"
        | "skos:notation" => Literal,

        "edm:currentLocation"
        | "edm:dataProvider"
        | "edm:hasType"
        | "edm:intermediateProvider"
        | "edm:isRelatedTo"
        | "edm:provider"
        | "rdaGr2:biographicalInformation"
        | "rdaGr2:placeOfBirth"
        | "rdaGr2:placeOfDeath"
        | "rdaGr2:professionOrOccupation" => Either,

        "edm:type" => Plain(Simple::OneOf(TYPES)),
        "edm:ugc" => Plain(Simple::OneOf(&["true"])),
        "edm:hasColorSpace" => Plain(Simple::OneOf(COLOUR_SPACES)),
        "edm:codecName" | "ebucore:hasMimeType" | "ebucore:duration" => Plain(Simple::Text),
        "edm:pointCount" | "edm:polygonCount" | "edm:vertexCount" => Plain(Simple::NonNegative),
        "wgs84_pos:lat" | "wgs84_pos:long" | "wgs84_pos:alt" => Plain(Simple::Float),

        "ebucore:fileByteSize" => Typed(Simple::Long, "long"),
        "ebucore:width" | "ebucore:height" | "ebucore:sampleSize" | "ebucore:sampleRate" => {
            Typed(Simple::Long, "integer")
        }
        "edm:spatialResolution" | "ebucore:bitRate" | "ebucore:audioChannelNumber" => {
            Typed(Simple::NonNegative, "nonNegativeInteger")
        }
        "ebucore:frameRate" => Typed(Simple::Float, "double"),
        "ebucore:orientation" => Typed(Simple::OneOf(&["landscape", "portrait"]), "string"),
        "edm:componentColor" => Typed(Simple::Colour, "hexBinary"),
        "cc:deprecatedOn" => Typed(Simple::Date, "date"),

        "rdf:type"
        | "rdfs:seeAlso"
        | "owl:sameAs"
        | "svcs:has_service"
        | "doap:implements"
        | "odrl:inheritFrom"
        | "oa:hasTarget"
        | "oa:hasBody"
        | "schema:digitalSourceType" => Resource,
        _ if name.starts_with("dc:") || name.starts_with("dcterms:") => Either,
        _ if name.starts_with("skos:") || name.starts_with("edm:") => Resource,
        _ => return None,
    })
}

/// The URI that `rdf:datatype` must have.
pub(super) fn datatype_uri(local: &str) -> String {
    format!("{XS}{local}")
}
