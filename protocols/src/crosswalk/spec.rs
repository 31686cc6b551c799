//! The form of a table as TOML. See [`super`] for what it is for and `protocols/tables/` for use.

use domain::normalise::place::Role;
use domain::record::{EdmType, Kind, LinkKind, Property};
use domain::rights::RightsPolicy;
use serde::Deserialize;

/// A whole table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableSpec {
    /// Base that the table is for.
    pub(super) base: String,
    /// Kind of its records.
    pub(super) kind: Kind,
    /// Kinds by condition, the first that holds wins.
    #[serde(default)]
    pub(super) kind_when: Vec<KindWhen>,
    /// `edm:type` of its records, when it does not depend on images.
    #[serde(default)]
    pub(super) edm_type: Option<EdmType>,
    /// Field that says the `edm:type`.
    #[serde(default)]
    pub(super) edm_type_field: Option<String>,
    /// Language of the texts, where the field says none.
    #[serde(default)]
    pub(super) lang: Option<String>,
    /// Fields that identify a record, tried in order.
    pub(super) key: Vec<String>,
    /// Prefixes that field names may have (`properties.`, `chp`).
    #[serde(default)]
    pub(super) name_prefixes: Vec<String>,
    /// Characters that mean a line break inside values.
    #[serde(default)]
    pub(super) line_marks: String,
    /// Values that mean nothing (`NULL`).
    #[serde(default)]
    pub(super) empty: Vec<String>,
    /// Templates, the first that can be filled is the landing page.
    #[serde(default)]
    pub(super) landing_page: Vec<String>,
    /// Templates of the names of the record.
    #[serde(default)]
    pub(super) names: Vec<String>,
    /// Templates of certain keys.
    #[serde(default)]
    pub(super) certain_keys: Vec<String>,
    /// Templates of sets.
    #[serde(default)]
    pub(super) sets: Vec<String>,
    /// Holder, the first that can be filled.
    #[serde(default)]
    pub(super) data_provider: Vec<Provider>,
    /// Fields that never enter. `=NAME` masks that exact spelling only: POP's `HISTORIQUE` holds
    /// e-mail addresses, the open data's `Historique` a text about the thing.
    #[serde(default)]
    pub(super) masked: Vec<String>,
    /// Fields that are never shown.
    #[serde(default)]
    pub(super) private: Vec<String>,
    /// Fields known to carry nothing for the record.
    #[serde(default)]
    pub(super) ignored: Vec<String>,
    /// Fields that `*` stands for in rights rules.
    #[serde(default)]
    pub(super) rights_fields: Vec<String>,
    /// Rights rules of the mapping.
    #[serde(default)]
    pub(super) rights: RightsPolicy,
    /// Links.
    #[serde(default)]
    pub(super) link: Vec<LinkSpec>,
    /// Candidates for being the same thing.
    #[serde(default)]
    pub(super) candidate: Vec<CandidateSpec>,
    /// Images; the first entry that yields any wins.
    #[serde(default)]
    pub(super) image: Vec<ImageSpec>,
    /// Positions, the first that is understood wins.
    #[serde(default)]
    pub(super) position: Vec<PositionSpec>,
    /// Which property the fields with a `place` role locate: `spatial` (where it was made or
    /// stands) or `current_location`.
    #[serde(default)]
    pub(super) located: Option<Property>,
    /// Flags.
    #[serde(default)]
    pub(super) flag: Vec<FlagSpec>,
    /// Values for a property that has none.
    #[serde(default)]
    pub(super) fallback: Vec<FallbackSpec>,
    /// Certain keys found in addresses.
    #[serde(default)]
    pub(super) key_from_url: Vec<UrlKeySpec>,
    /// The fields.
    pub(super) field: Vec<FieldSpec>,
}

/// One value or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    pub(super) fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

/// One field of the source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldSpec {
    /// Name by which the rest of the table knows it.
    pub(super) name: String,
    /// Other names seen in the wild.
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    /// Property or properties that it becomes; none: only used by links, names, rights…
    /// Kept as text so that a wrong one is reported with what is allowed.
    #[serde(default)]
    pub(super) to: OneOrMany<String>,
    /// Strings that separate values. Inside balanced parentheses nothing is split.
    #[serde(default)]
    pub(super) split: OneOrMany<String>,
    /// Line marks of this field; absent: those of the table.
    #[serde(default)]
    pub(super) line_marks: Option<String>,
    /// Language; `""`: none.
    #[serde(default)]
    pub(super) lang: Option<String>,
    /// Transforms of each value, in order.
    #[serde(default)]
    pub(super) transforms: Vec<String>,
    /// Text put before each value.
    #[serde(default)]
    pub(super) prefix: String,
    /// Text put after each value.
    #[serde(default)]
    pub(super) suffix: String,
    /// Not used when one of these fields has a value.
    #[serde(default)]
    pub(super) unless: Vec<String>,
    /// What it says of the place: `commune`, `department`, `region`, `country`, `insee`,
    /// `postal_code`, `text` (names of places in it), `detail` (an address, a building). Fields of
    /// `spatial` and `current_location` that say nothing here are `text`.
    #[serde(default)]
    pub(super) place: Option<Role>,
}

/// Kind by condition: the field has a value with one of the prefixes, or equal to one of the values.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KindWhen {
    pub(super) field: String,
    #[serde(default)]
    pub(super) prefix: Vec<String>,
    #[serde(default)]
    pub(super) equals: Vec<String>,
    pub(super) kind: Kind,
}

/// Holder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Provider {
    pub(super) template: String,
    /// Only for references with one of these prefixes.
    #[serde(default)]
    pub(super) prefix: Vec<String>,
}

/// Link to other records.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkSpec {
    pub(super) field: String,
    pub(super) kind: LinkKind,
    /// Name of the other record, `{value}` is the value.
    pub(super) target: String,
    /// Only values with one of these prefixes.
    #[serde(default)]
    pub(super) prefix: Vec<String>,
}

/// Strong candidate for being the same thing.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CandidateSpec {
    pub(super) field: String,
    pub(super) target: String,
    /// Pairs of prefixes, either way round: own reference and value.
    pub(super) pairs: Vec<(String, String)>,
}

/// How a field names images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ImageForm {
    /// A path or URL, as it is.
    Path,
    /// An absolute http(s) URL; anything else is no image.
    Url,
    /// An absolute http(s) URL whose path ends like an image file.
    ImageUrl,
    /// Joconde's REFIM: `M016183_0016630_P.JPG,DS1,,0016630.JPG`: what stands before the first
    /// comma, without folders and size prefix, in lower case.
    Refim,
}

/// Images.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImageSpec {
    pub(super) field: String,
    pub(super) form: ImageForm,
    /// Template of the location, `{value}` is the image as named.
    #[serde(default)]
    pub(super) location: Option<String>,
    /// Field with the credit line.
    #[serde(default)]
    pub(super) credit: Option<String>,
    /// Field with the caption.
    #[serde(default)]
    pub(super) label: Option<String>,
}

/// Position: one field, or two; with its system or not; a point or a polygon.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PositionSpec {
    #[serde(default)]
    pub(super) field: Option<String>,
    /// The longitude comes first (GeoJSON).
    #[serde(default)]
    pub(super) longitude_first: bool,
    #[serde(default)]
    pub(super) latitude: Option<String>,
    #[serde(default)]
    pub(super) longitude: Option<String>,
    /// Field that names the system (`Lambert93`). With it, or with `any_form`, the text is handed
    /// to normalisation when no other position was understood: projected coordinates, polygons,
    /// degrees with minutes.
    #[serde(default)]
    pub(super) system: Option<String>,
    /// See `system`.
    #[serde(default)]
    pub(super) any_form: bool,
}

/// Flag.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FlagSpec {
    pub(super) name: String,
    pub(super) field: String,
    /// Folded words one of which the value contains; empty: any value.
    #[serde(default)]
    pub(super) contains: Vec<String>,
    /// Folded words of which one begins the last `;` part of the value.
    #[serde(default)]
    pub(super) last_part: Vec<String>,
}

/// What a property takes when it has no value: the first value of the first field that has one,
/// else the template.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FallbackSpec {
    pub(super) property: Property,
    #[serde(default)]
    pub(super) fields: Vec<String>,
    /// `orgue`, `Orgue, {Edifice}, {Commune}`.
    #[serde(default)]
    pub(super) template: Option<String>,
}

/// Certain key in an address.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UrlKeySpec {
    /// Fields to look at; `key` is the local identifier.
    pub(super) fields: Vec<String>,
    /// Text after which the reference stands, any case; empty: the last word of the value.
    #[serde(default)]
    pub(super) after: String,
    /// Path segments to skip.
    #[serde(default)]
    pub(super) skip: usize,
    /// Forms one of which the reference must have: `#` a digit, `?` a letter or digit.
    #[serde(default)]
    pub(super) forms: Vec<String>,
    /// Template of the key, `{value}` is the reference in capitals.
    pub(super) key: String,
}
