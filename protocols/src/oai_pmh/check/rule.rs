//! The catalogue of rules: each has a name, a severity, a section and an advice.

use serde::Serialize;

/// How bad it is when a rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A SHOULD of the specification, or what the field has learnt the hard way.
    Warning,
    /// A MUST of the specification, or records are lost.
    Error,
}

impl Severity {
    /// `error`, `warning`, `info`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What is said about a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// Name in reports, frozen.
    pub id: &'static str,
    /// How bad it is when it is broken.
    pub severity: Severity,
    /// Section of the protocol document, or the guideline.
    pub section: &'static str,
    /// The rule, as a sentence that holds of a good provider.
    pub title: &'static str,
    /// What whoever runs the provider should do.
    pub advice: &'static str,
}

macro_rules! rules {
    ($($rule:ident $severity:ident $id:literal $section:literal $title:literal $advice:literal;)*) => {
        /// A rule that a provider obeys or breaks.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $title] $rule,)*
        }

        impl Rule {
            /// Every rule, in the order of reports.
            pub const ALL: &'static [Self] = &[$(Self::$rule,)*];

            /// Name, severity, section, sentence, advice.
            pub fn about(self) -> About {
                match self {
                    $(Self::$rule => About {
                        id: $id, severity: Severity::$severity, section: $section,
                        title: $title, advice: $advice,
                    },)*
                }
            }
        }
    };
}

rules! {
    Answered Error "answered" "3.1.2" "Every request is answered within the time limit"
        "Find out why the server is silent; harvesters stop here.";
    HttpStatus Error "http-status" "3.1.2" "Answers, errors of the protocol included, have HTTP status 200"
        "Answer with an OAI-PMH error and status 200; keep other statuses for transport.";
    RetryAfter Warning "retry-after" "3.1.2.2" "A 503 or 429 says in Retry-After how many seconds to wait"
        "Send Retry-After as a number of seconds.";
    ContentType Error "content-type" "3.1.2.1" "The content type is text/xml, in UTF-8"
        "Send Content-Type: text/xml; charset=utf-8.";
    XmlUtf8 Error "xml-encoding" "3.2" "Answers are encoded in UTF-8"
        "Encode the whole answer in UTF-8; look for fields that were stored in Latin-1.";
    XmlDeclaration Error "xml-declaration" "3.2" "Answers begin with an XML 1.0 declaration of UTF-8"
        "Begin with <?xml version=\"1.0\" encoding=\"UTF-8\"?> at the first byte.";
    XmlWellFormed Error "xml-well-formed" "3.2" "Every answer is well-formed XML"
        "Escape every value, drop control characters; one bad record costs a whole page.";
    XmlNoDoctype Warning "xml-no-doctype" "3.2" "Answers have no document type definition"
        "Use character references in the place of entities.";
    OaiRoot Error "oai-root" "3.2" "The root is OAI-PMH in its namespace"
        "Answer with the OAI-PMH element, never with a page for people.";
    SchemaLocation Error "schema-location" "3.2" "The root names OAI-PMH.xsd in xsi:schemaLocation"
        "Write it as http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd.";
    Structure Error "structure" "3.2" "Answers obey OAI-PMH.xsd: order, cardinality, attributes, types"
        "Validate the answer against OAI-PMH.xsd.";
    AnswerVerb Error "answer-verb" "3.2" "An answer has the element of the verb that was asked for"
        "Answer what was asked, or with an error.";
    ErrorAlone Error "error-alone" "3.6" "An error is never beside the element of a verb"
        "Decide on errors before the answer begins.";
    ResponseDate Error "response-date" "3.2" "responseDate is UTC in seconds, with Z"
        "Write YYYY-MM-DDThh:mm:ssZ.";
    Clock Warning "clock" "3.2" "The clock of responseDate is right within five minutes"
        "Set the clock of the server; harvesters take responseDate for their next from.";
    RequestUrl Error "request-url" "3.2" "The request element holds the base URL"
        "Write the base URL without query, the same as in Identify.";
    RequestArguments Error "request-arguments" "3.2" "The request element repeats exactly the arguments"
        "Repeat each argument as an attribute.";
    RequestBare Error "request-bare" "3.2" "After badVerb and badArgument the request element has no attribute"
        "Leave the attributes out: they may be ones that XML forbids.";
    BaseUrl Error "base-url" "4.2" "baseURL is the address that is used"
        "Correct baseURL, or give partners the address that it names.";
    AdminEmail Warning "admin-email" "4.2" "adminEmail leads to somebody"
        "Name a mailbox on a public domain that is read.";
    EarliestGranularity Error "earliest-granularity" "4.2" "earliestDatestamp is written in the granularity of the repository"
        "Write it as the datestamps are written.";
    EarliestBound Error "earliest-bound" "4.2" "No datestamp is before earliestDatestamp"
        "Lower earliestDatestamp; whoever harvests from it misses records.";
    DeletedSupport Info "deleted-support" "2.5.1" "The repository says which records it deleted"
        "deletedRecord=no means that partners must compare whole lists to find out.";
    Descriptions Error "descriptions" "guidelines" "Descriptions (oai-identifier, friends, branding) obey their schemas"
        "Validate the description container.";
    IdentifierScheme Error "identifier-scheme" "guidelines, oai-identifier" "Identifiers are of the scheme that oai-identifier declares"
        "Declare the repositoryIdentifier that the identifiers hold, or none.";
    FormatDublinCore Error "format-oai-dc" "3.4" "oai_dc is among the formats, with its schema and namespace"
        "Offer oai_dc; the protocol wants it of everybody.";
    FormatList Error "format-list" "3.4" "Formats are told apart by prefix, and none is called all"
        "List each prefix once.";
    FormatRecord Error "format-record" "3.4" "Records have the namespace and the schema that ListMetadataFormats names"
        "Make xsi:schemaLocation of the record equal to ListMetadataFormats.";
    FormatItem Error "format-item" "4.4" "ListMetadataFormats of an item names the formats that it has"
        "Answer for the item; idDoesNotExist for one that there is not.";
    FormatUnknown Error "format-unknown" "3.6" "A format that there is not gives cannotDisseminateFormat"
        "Answer cannotDisseminateFormat from GetRecord, ListRecords and ListIdentifiers.";
    DublinCore Error "dublin-core" "3.4" "oai_dc records obey oai_dc.xsd"
        "Only the fifteen elements, only xml:lang, no element inside.";
    DublinCorePractice Info "dublin-core-practice" "BASE (OVAL)" "oai_dc records have title, identifier and type, and languages and dates in standard form"
        "Aggregators show little of records without them.";
    DoubleEncoding Warning "double-encoding" "BASE (OVAL)" "Texts are not encoded twice"
        "Find where UTF-8 was read as Latin-1 before it was written as UTF-8.";
    SetList Error "set-list" "2.6" "Every set is listed once"
        "List each setSpec once.";
    SetHierarchy Warning "set-hierarchy" "2.6" "The ancestors of a set are listed too"
        "List a:b's parent a, or use no colon.";
    SetHeaders Warning "set-headers" "2.6" "Sets that headers name are listed by ListSets"
        "List them; partners cannot ask for a set that they do not know.";
    SetNone Error "set-none" "3.6" "Without sets, ListSets and lists with a set give noSetHierarchy, and no header names a set"
        "Answer noSetHierarchy.";
    SetMembers Error "set-members" "2.6" "Records of a set carry it or a descendant of it"
        "Select by set, and write setSpec in every header, GetRecord included.";
    SetComplete Error "set-complete" "2.6" "The list of a set holds every record that carries it or a descendant"
        "A parent contains its children.";
    SetUnknown Error "set-unknown" "3.6" "A set that there is not gives noRecordsMatch"
        "Never answer with the whole list: partners would file it under that set.";
    IdentifierUri Error "identifier-uri" "2.4" "Identifiers are URIs"
        "Use oai:domain:local, other characters percent-encoded.";
    IdentifierUnknown Error "identifier-unknown" "3.6" "An identifier that there is not gives idDoesNotExist"
        "Answer idDoesNotExist from GetRecord and ListMetadataFormats.";
    IdentifierHostile Error "identifier-hostile" "3.2" "Quotes, brackets, control characters and bad escapes in an argument break nothing"
        "Escape what is repeated; refuse what XML cannot carry with an error of the protocol.";
    RecordEqual Error "record-equal" "4.1" "GetRecord gives the record of the list"
        "Take header, sets and content from the same place as lists do.";
    DeletedRecords Error "deleted-records" "2.5" "Deleted records say so alike in lists and GetRecord, without content, and never where deletedRecord is no"
        "Write status=deleted everywhere, or nowhere.";
    Provenance Error "about-provenance" "guidelines, provenance" "Provenance containers obey their schema"
        "originDescription: baseURL, identifier, datestamp, metadataNamespace, and the chain inside.";
    Rights Error "about-rights" "guidelines, rights" "Rights containers obey their schema"
        "One rightsReference with ref, or one rightsDefinition, and one container a record.";
    DatestampGranularity Error "datestamp-granularity" "2.7.1" "Datestamps are written in the granularity of Identify"
        "Write all of them alike.";
    DatestampFuture Warning "datestamp-future" "2.7.1" "No datestamp is in the future"
        "Datestamps say when the record changed here; one in the future hides the record from incremental harvests.";
    VerbMissing Error "verb-missing" "3.6" "A missing verb gives badVerb" "Answer badVerb.";
    VerbIllegal Error "verb-illegal" "3.6" "A verb that there is not gives badVerb; case matters" "Answer badVerb.";
    VerbRepeated Error "verb-repeated" "3.6" "A repeated verb gives badVerb"
        "Read the raw query: many frameworks keep only the last of repeated arguments.";
    ArgumentIllegal Error "argument-illegal" "3.6" "An argument that the verb does not take gives badArgument"
        "Refuse what is not known.";
    ArgumentMissing Error "argument-missing" "3.6" "A missing argument gives badArgument" "Answer badArgument.";
    ArgumentRepeated Error "argument-repeated" "3.6" "A repeated argument gives badArgument"
        "Read the raw query: many frameworks keep only the last of repeated arguments.";
    ArgumentOrder Error "argument-order" "3.1.1" "The order of the arguments does not matter" "Read arguments by name.";
    Post Error "post" "3.1.1" "POST gives what GET gives" "Take application/x-www-form-urlencoded at the same address.";
    DateSyntax Error "date-syntax" "3.3" "from and until of any other form give badArgument"
        "Take YYYY-MM-DD and YYYY-MM-DDThh:mm:ssZ only.";
    DateImpossible Error "date-impossible" "3.3" "Dates that no calendar has give badArgument"
        "Check the day against the month: 2026-02-30 is no date.";
    DateMixed Error "date-mixed" "2.7.1" "from and until of different granularity give badArgument" "Compare their forms.";
    DateFiner Error "date-finer" "2.7.1" "Dates finer than the repository's granularity give badArgument" "Answer badArgument.";
    DateReversed Error "date-reversed" "2.7.1" "from after until gives badArgument"
        "Answer badArgument, not noRecordsMatch.";
    DateBeforeEarliest Error "date-before-earliest" "2.7.1" "until before earliestDatestamp gives noRecordsMatch" "Answer noRecordsMatch.";
    DateFuture Error "date-future" "2.7.1" "from in the future gives an empty list (noRecordsMatch)"
        "An incremental harvester reads anything else as changes.";
    DateDay Error "date-day" "2.7.1" "Days are understood whatever the granularity" "Take YYYY-MM-DD for from and until; until covers its whole day.";
    DateWindow Error "date-window" "2.7.1" "Lists hold nothing outside from and until" "Compare the datestamp that the header shows.";
    DateInclusive Error "date-inclusive" "2.7.1" "from and until are inclusive"
        "Use >= and <=; with seconds, the last second of until counts.";
    DatePartition Error "date-partition" "2.7.1" "The list up to a date and the list after it make the whole list"
        "Every record must be found by its datestamp.";
    ListProgress Error "list-progress" "3.5" "Every page brings something new, and the list ends"
        "Go on after the last record of the page before; a token that leads to itself is an endless harvest.";
    ListDuplicates Error "list-duplicates" "3.5" "No record comes twice in a list"
        "Order by a key without ties (datestamp and identifier): where some come twice, others are skipped.";
    ListEnd Error "list-end" "3.5" "The last page of a split list has an empty resumptionToken"
        "Write <resumptionToken/> on the last page.";
    ListUnsplit Warning "list-unsplit" "3.5" "A list of one page has no resumptionToken" "Leave it out.";
    ListSize Warning "list-size" "3.5" "completeListSize is the number of records, and the same on every page"
        "Count what the list holds; harvesters compare.";
    ListCursor Error "list-cursor" "3.5" "cursor is the number of records before the page, on every page or none"
        "Count from 0.";
    ListExpiration Warning "list-expiration" "3.5" "Tokens live long enough"
        "Give them a day; BASE asks for 23 hours. Tokens without state need never expire.";
    ListPageSize Info "list-page-size" "BASE (OVAL)" "Pages hold 50 to 1000 records" "Small pages cost requests, large ones memory.";
    ListIdentifiers Error "list-identifiers" "4.3" "ListIdentifiers gives the headers of ListRecords"
        "Answer both from one place.";
    TokenReplay Error "token-replay" "3.5.1" "The same token gives the same page again"
        "Harvesters send a token again after a broken connection: keep no state, or keep it.";
    TokenPrevious Error "token-previous" "guidelines, 5.3" "The token before gives its page again" "Keep the token before valid.";
    TokenJunk Error "token-junk" "3.6" "A token that was never given gives badResumptionToken" "Answer badResumptionToken.";
    TokenForged Error "token-forged" "3.6" "A token with its numbers changed gives badResumptionToken"
        "Sign tokens, or check every part; -5 or a million must not reach the database.";
    TokenFlipped Warning "token-flipped" "3.6" "A token with one character changed gives badResumptionToken"
        "Sign tokens: a damaged one must not lead elsewhere.";
    TokenVerb Error "token-verb" "3.6" "A token of another verb gives badResumptionToken" "Keep the verb in the token.";
    TokenExclusive Error "token-exclusive" "3.6" "Other arguments beside resumptionToken give badArgument" "Answer badArgument.";
    Identity Error "identity" "3.1.3" "Without Accept-Encoding, and where gzip is refused, answers are not compressed"
        "Compress only for those who ask.";
    Compression Error "compression" "3.1.3" "Compressed answers can be unpacked, and hold the same"
        "Check the proxy.";
    CompressionDeclared Warning "compression-declared" "3.1.3" "Identify names the compressions that are used"
        "Add or remove <compression>gzip</compression>.";
    Latency Warning "latency" "field practice" "The last pages come as fast as the first"
        "Page by key, not by offset: the cost of an offset grows with depth until harvesters time out.";
    StaticRepository Error "static-repository" "guidelines, static repository" "A static repository obeys its rules"
        "No sets, no deletions, no tokens, datestamps in days.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_has_a_name_of_its_own_and_something_to_say() {
        let ids: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.about().id).collect();
        assert_eq!(ids.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            let about = rule.about();
            assert!(about.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", about.id);
            assert!(!about.title.ends_with('.') && about.advice.ends_with('.'), "{}", about.id);
        }
    }
}
