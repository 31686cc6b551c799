//! From the TOML of a table to the table that the engine works with: every name resolved, every
//! reference checked.

use super::spec::{
    CandidateSpec, FallbackSpec, FieldSpec, FlagSpec, ImageForm, ImageSpec, KindWhen, LinkSpec,
    PositionSpec, TableSpec,
};
use super::template::Template;
use super::transform::Transform;
use super::url_key::UrlKey;
use super::{FieldRole, TableError};
use domain::fold::{fold, fold_name};
use domain::normalise::place::Role;
use domain::record::{EdmType, Kind, LinkKind, Property};
use domain::rights::{RightsPolicy, RightsRule};
use std::collections::{HashMap, HashSet};

/// Position of a field in [`Table::fields`].
pub(super) type FieldIndex = usize;

/// A crosswalk table, ready for use. Make one with [`Table::builtin`] or [`Table::parse`].
#[derive(Debug, Clone)]
pub struct Table {
    pub(super) base: String,
    pub(super) kind: Kind,
    pub(super) kind_when: Vec<KindRule>,
    pub(super) edm_type: Option<EdmType>,
    pub(super) edm_type_field: Option<FieldIndex>,
    pub(super) key: Vec<FieldIndex>,
    pub(super) key_fields: Vec<String>,
    pub(super) empty: Vec<String>,
    pub(super) landing_page: Vec<Template>,
    pub(super) names: Vec<Template>,
    pub(super) certain_keys: Vec<Template>,
    pub(super) sets: Vec<Template>,
    pub(super) data_provider: Vec<(Template, Vec<String>)>,
    pub(super) rights: RightsPolicy,
    pub(super) links: Vec<LinkRule>,
    pub(super) candidates: Vec<CandidateRule>,
    pub(super) images: Vec<ImageRule>,
    pub(super) positions: Vec<PositionRule>,
    pub(super) located: Option<Property>,
    /// Fields that say something of the place.
    pub(super) place_fields: Vec<(FieldIndex, Role)>,
    pub(super) flags: Vec<FlagRule>,
    pub(super) fallbacks: Vec<Fallback>,
    pub(super) url_keys: Vec<UrlKeyRule>,
    pub(super) fields: Vec<FieldMap>,
    /// By folded name.
    index: HashMap<String, FieldIndex>,
    /// By name as the table writes it.
    spelled: HashMap<String, FieldIndex>,
    prefixes: Vec<String>,
    masked: HashSet<String>,
    /// Exact spellings.
    masked_exactly: Vec<String>,
    private: HashSet<String>,
    ignored: HashSet<String>,
}

#[derive(Debug, Clone)]
pub(super) struct FieldMap {
    pub(super) name: String,
    pub(super) to: Vec<Property>,
    pub(super) split: Vec<String>,
    pub(super) line_marks: String,
    pub(super) lang: Option<String>,
    pub(super) transforms: Vec<Transform>,
    pub(super) prefix: String,
    pub(super) suffix: String,
    pub(super) unless: Vec<FieldIndex>,
    pub(super) bears_rights: bool,
    /// Rights rules may name any field; only these are handed to them.
    pub(super) in_rights_rules: bool,
}

#[derive(Debug, Clone)]
pub(super) struct KindRule {
    pub(super) field: FieldIndex,
    pub(super) prefix: Vec<String>,
    /// Folded.
    pub(super) equals: Vec<String>,
    pub(super) kind: Kind,
}

/// What a property takes when it has no value.
#[derive(Debug, Clone)]
pub(super) struct Fallback {
    pub(super) property: Property,
    pub(super) fields: Vec<FieldIndex>,
    pub(super) template: Option<Template>,
    /// Language of what the template makes.
    pub(super) lang: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct LinkRule {
    pub(super) field: FieldIndex,
    pub(super) kind: LinkKind,
    pub(super) target: Template,
    pub(super) prefix: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct CandidateRule {
    pub(super) field: FieldIndex,
    pub(super) target: Template,
    pub(super) pairs: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub(super) struct ImageRule {
    pub(super) field: FieldIndex,
    pub(super) form: ImageForm,
    pub(super) location: Option<Template>,
    pub(super) credit: Option<FieldIndex>,
    pub(super) label: Option<FieldIndex>,
}

#[derive(Debug, Clone)]
pub(super) enum PositionRule {
    One {
        field: FieldIndex,
        longitude_first: bool,
    },
    Two {
        latitude: FieldIndex,
        longitude: FieldIndex,
    },
    /// For normalisation.
    AnyForm {
        field: FieldIndex,
        system: Option<FieldIndex>,
        longitude_first: bool,
    },
}

#[derive(Debug, Clone)]
pub(super) struct FlagRule {
    pub(super) name: String,
    pub(super) field: FieldIndex,
    /// Folded.
    pub(super) contains: Vec<String>,
    /// Folded.
    pub(super) last_part: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct UrlKeyRule {
    /// `None` is the local identifier.
    pub(super) fields: Vec<Option<FieldIndex>>,
    pub(super) matcher: UrlKey,
    pub(super) key: Template,
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// [`TableError`] names the line, the key and what is allowed: an unknown key or property, a
    /// template with an unknown field, two fields with one alias, a wrong transform.
    pub fn parse(toml: &str) -> Result<Self, TableError> {
        let spec: TableSpec =
            toml::from_str(toml).map_err(|error| TableError::Toml(error.to_string()))?;
        Compiler { toml, index: HashMap::new() }.table(spec)
    }

    /// Base that the table is for.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Names (all dialects) of the fields that identify a record, in the order in which to try them.
    pub fn key_fields(&self) -> &[String] {
        &self.key_fields
    }

    /// Rights rules of the table.
    pub fn rights(&self) -> &RightsPolicy {
        &self.rights
    }

    /// Whether any field is masked at all.
    pub fn masks_anything(&self) -> bool {
        !self.masked.is_empty() || !self.masked_exactly.is_empty()
    }

    /// Whether a field never enters the store.
    pub fn is_masked(&self, field: &str) -> bool {
        self.role_of(field) == FieldRole::Masked
    }

    /// What the table does with a field of that name.
    pub fn role_of(&self, field: &str) -> FieldRole {
        let folded = fold_name(field);
        let names = || self.without_prefixes(&folded);
        let exactly = self.masked_exactly.iter().any(|masked| {
            field
                .strip_prefix(masked.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '#']))
        });
        if exactly || names().any(|name| listed(&self.masked, name)) {
            FieldRole::Masked
        } else if names().any(|name| listed(&self.private, name)) {
            FieldRole::Private
        } else if self.find_folded(&folded).is_some() {
            FieldRole::Mapped
        } else if names().any(|name| listed(&self.ignored, name)) {
            FieldRole::Ignored
        } else {
            FieldRole::Unknown
        }
    }

    /// The field of that source name.
    pub(super) fn find(&self, field: &str) -> Option<FieldIndex> {
        // Folding costs more than a look.
        self.spelled.get(field).copied().or_else(|| self.find_folded(&fold_name(field)))
    }

    fn find_folded(&self, folded: &str) -> Option<FieldIndex> {
        self.without_prefixes(folded).find_map(|name| self.index.get(name).copied())
    }

    /// The name itself, then without each prefix, then without two of them.
    fn without_prefixes<'n>(&'n self, folded: &'n str) -> impl Iterator<Item = &'n str> {
        let strip = |name: &'n str| {
            self.prefixes.iter().filter_map(move |prefix| name.strip_prefix(prefix.as_str()))
        };
        std::iter::once(folded).chain(strip(folded)).chain(strip(folded).flat_map(strip))
    }
}

/// Whether a folded name or the object that it belongs to (`historique` of `historique.email`) is
/// in a list.
fn listed(list: &HashSet<String>, name: &str) -> bool {
    list.contains(name)
        || name
            .match_indices('.')
            .any(|(at, _)| name.get(..at).is_some_and(|head| list.contains(head)))
}

struct Compiler<'t> {
    toml: &'t str,
    index: HashMap<String, FieldIndex>,
}

impl Compiler<'_> {
    fn table(mut self, spec: TableSpec) -> Result<Table, TableError> {
        self.index_names(&spec.field)?;
        let bears_rights = self.resolve_all("rights_fields", &spec.rights_fields)?;
        let named_in_rules: HashSet<FieldIndex> = spec
            .rights
            .rules
            .iter()
            .flat_map(RightsRule::named_fields)
            .map(|field| self.resolve("rights.rules.fields", field))
            .collect::<Result<_, _>>()?;
        if let Some(mistake) = spec.rights.mistakes().into_iter().next() {
            return Err(TableError::at(self.toml, "rights", "rights", mistake));
        }
        let fields = spec
            .field
            .iter()
            .enumerate()
            .map(|(at, field)| {
                let mut map = self.field(field, spec.lang.as_ref(), &spec.line_marks)?;
                map.bears_rights = bears_rights.contains(&at);
                map.in_rights_rules = map.bears_rights || named_in_rules.contains(&at);
                Ok(map)
            })
            .collect::<Result<Vec<_>, TableError>>()?;
        let key = self.resolve_all("key", &spec.key)?;
        let key_fields = spec
            .key
            .iter()
            .flat_map(|key| spec.field.iter().filter(move |field| field.name == *key))
            .flat_map(|field| std::iter::once(&field.name).chain(&field.aliases))
            .cloned()
            .collect();
        let fold_set =
            |names: &[String]| names.iter().map(|name| fold_name(name)).collect::<HashSet<_>>();
        Ok(Table {
            base: spec.base.clone(),
            kind: spec.kind,
            kind_when: spec
                .kind_when
                .iter()
                .map(|rule| self.kind(rule))
                .collect::<Result<_, _>>()?,
            edm_type: spec.edm_type,
            edm_type_field: self
                .resolve_option("edm_type_field", spec.edm_type_field.as_deref())?,
            key,
            key_fields,
            empty: spec.empty.iter().map(|value| fold(value)).collect(),
            landing_page: self.templates("landing_page", &spec.landing_page)?,
            names: self.templates("names", &spec.names)?,
            certain_keys: self.templates("certain_keys", &spec.certain_keys)?,
            sets: self.templates("sets", &spec.sets)?,
            data_provider: spec
                .data_provider
                .iter()
                .map(|provider| {
                    Ok((
                        self.template("data_provider", &provider.template)?,
                        provider.prefix.clone(),
                    ))
                })
                .collect::<Result<_, TableError>>()?,
            links: spec.link.iter().map(|link| self.link(link)).collect::<Result<_, _>>()?,
            candidates: spec
                .candidate
                .iter()
                .map(|rule| self.candidate(rule))
                .collect::<Result<_, _>>()?,
            images: spec.image.iter().map(|image| self.image(image)).collect::<Result<_, _>>()?,
            positions: spec
                .position
                .iter()
                .map(|rule| self.position(rule))
                .collect::<Result<_, _>>()?,
            located: spec.located,
            place_fields: spec
                .field
                .iter()
                .enumerate()
                .filter_map(|(at, field)| Some((at, field.place?)))
                .collect(),
            flags: spec.flag.iter().map(|flag| self.flag(flag)).collect::<Result<_, _>>()?,
            fallbacks: spec
                .fallback
                .iter()
                .map(|rule| self.fallback(rule, spec.lang.as_ref()))
                .collect::<Result<_, _>>()?,
            url_keys: spec
                .key_from_url
                .iter()
                .map(|rule| {
                    let fields = rule
                        .fields
                        .iter()
                        .map(|name| {
                            if name == "key" {
                                Ok(None)
                            } else {
                                self.resolve("key_from_url.fields", name).map(Some)
                            }
                        })
                        .collect::<Result<_, TableError>>()?;
                    Ok(UrlKeyRule {
                        fields,
                        matcher: UrlKey {
                            after: rule.after.to_ascii_lowercase(),
                            skip: rule.skip,
                            forms: rule.forms.clone(),
                        },
                        key: self.template("key_from_url.key", &rule.key)?,
                    })
                })
                .collect::<Result<_, TableError>>()?,
            rights: RightsPolicy { written_in: format!("mapping {}", spec.base), ..spec.rights },
            fields,
            prefixes: spec.name_prefixes.iter().map(|prefix| fold_name(prefix)).collect(),
            masked_exactly: spec
                .masked
                .iter()
                .filter_map(|name| name.strip_prefix('='))
                .map(str::to_owned)
                .collect(),
            masked: self.with_aliases(
                &spec
                    .masked
                    .iter()
                    .filter(|name| !name.starts_with('='))
                    .cloned()
                    .collect::<Vec<_>>(),
                &spec.field,
                &fold_set,
            ),
            private: self.with_aliases(&spec.private, &spec.field, &fold_set),
            ignored: fold_set(&spec.ignored),
            spelled: spec
                .field
                .iter()
                .flat_map(|field| std::iter::once(&field.name).chain(&field.aliases))
                .filter_map(|name| Some((name.clone(), *self.index.get(&fold_name(name))?)))
                .collect(),
            index: self.index,
        })
    }

    fn index_names(&mut self, fields: &[FieldSpec]) -> Result<(), TableError> {
        for (at, field) in fields.iter().enumerate() {
            for name in std::iter::once(&field.name).chain(&field.aliases) {
                if let Some(other) =
                    self.index.insert(fold_name(name), at).filter(|other| *other != at)
                {
                    let other = fields.get(other).map_or("", |other| other.name.as_str());
                    return Err(TableError::at(
                        self.toml,
                        "field.aliases",
                        name,
                        format!(
                            "`{name}` is a name of `{}` and of `{other}` (case, accents, spaces and \
                             underscores do not count); a name belongs to one field",
                            field.name
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    fn with_aliases(
        &self,
        names: &[String],
        fields: &[FieldSpec],
        fold_set: &impl Fn(&[String]) -> HashSet<String>,
    ) -> HashSet<String> {
        let mut set = fold_set(names);
        for name in names {
            let field = self.index.get(&fold_name(name)).and_then(|at| fields.get(*at));
            set.extend(field.into_iter().flat_map(|field| fold_set(&field.aliases)));
        }
        set
    }

    fn resolve(&self, key: &str, name: &str) -> Result<FieldIndex, TableError> {
        self.index.get(&fold_name(name)).copied().ok_or_else(|| {
            TableError::at(
                self.toml,
                key,
                name,
                format!("`{name}` is no field of this table; allowed: the name or an alias of a [[field]]"),
            )
        })
    }

    fn resolve_all(&self, key: &str, names: &[String]) -> Result<Vec<FieldIndex>, TableError> {
        names.iter().map(|name| self.resolve(key, name)).collect()
    }

    fn resolve_option(
        &self,
        key: &str,
        name: Option<&str>,
    ) -> Result<Option<FieldIndex>, TableError> {
        name.map(|name| self.resolve(key, name)).transpose()
    }

    fn template(&self, key: &str, text: &str) -> Result<Template, TableError> {
        Template::parse(text, |name| self.index.get(&fold_name(name)).copied())
            .map_err(|problem| TableError::at(self.toml, key, text, format!("`{text}`: {problem}")))
    }

    fn templates(&self, key: &str, texts: &[String]) -> Result<Vec<Template>, TableError> {
        texts.iter().map(|text| self.template(key, text)).collect()
    }

    fn field(
        &self,
        spec: &FieldSpec,
        lang: Option<&String>,
        line_marks: &str,
    ) -> Result<FieldMap, TableError> {
        let to = spec
            .to
            .clone()
            .into_vec()
            .iter()
            .map(|name| {
                Property::parse(name).ok_or_else(|| {
                    let allowed = Property::ALL.map(Property::as_str).join(", ");
                    TableError::at(
                        self.toml,
                        &format!("field `{}`, to", spec.name),
                        name,
                        format!("`{name}` is no property; allowed: {allowed}"),
                    )
                })
            })
            .collect::<Result<_, _>>()?;
        let transforms = spec
            .transforms
            .iter()
            .map(|name| {
                Transform::parse(name).ok_or_else(|| {
                    TableError::at(
                        self.toml,
                        &format!("field `{}`, transforms", spec.name),
                        name,
                        format!("`{name}` is no transform; allowed: {}", Transform::NAMES),
                    )
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(FieldMap {
            name: spec.name.clone(),
            to,
            split: spec
                .split
                .clone()
                .into_vec()
                .into_iter()
                .filter(|mark| !mark.is_empty())
                .collect(),
            line_marks: spec.line_marks.clone().unwrap_or_else(|| line_marks.to_owned()),
            lang: spec.lang.clone().or_else(|| lang.cloned()).filter(|lang| !lang.is_empty()),
            transforms,
            prefix: spec.prefix.clone(),
            suffix: spec.suffix.clone(),
            unless: self.resolve_all("field.unless", &spec.unless)?,
            bears_rights: false,
            in_rights_rules: false,
        })
    }

    fn kind(&self, rule: &KindWhen) -> Result<KindRule, TableError> {
        Ok(KindRule {
            field: self.resolve("kind_when.field", &rule.field)?,
            prefix: rule.prefix.clone(),
            equals: rule.equals.iter().map(|value| fold(value)).collect(),
            kind: rule.kind,
        })
    }

    fn link(&self, link: &LinkSpec) -> Result<LinkRule, TableError> {
        Ok(LinkRule {
            field: self.resolve("link.field", &link.field)?,
            kind: link.kind,
            target: self.template("link.target", &link.target)?,
            prefix: link.prefix.clone(),
        })
    }

    fn candidate(&self, rule: &CandidateSpec) -> Result<CandidateRule, TableError> {
        Ok(CandidateRule {
            field: self.resolve("candidate.field", &rule.field)?,
            target: self.template("candidate.target", &rule.target)?,
            pairs: rule.pairs.clone(),
        })
    }

    fn image(&self, image: &ImageSpec) -> Result<ImageRule, TableError> {
        Ok(ImageRule {
            field: self.resolve("image.field", &image.field)?,
            form: image.form,
            location: image
                .location
                .as_deref()
                .map(|text| self.template("image.location", text))
                .transpose()?,
            credit: self.resolve_option("image.credit", image.credit.as_deref())?,
            label: self.resolve_option("image.label", image.label.as_deref())?,
        })
    }

    fn position(&self, rule: &PositionSpec) -> Result<PositionRule, TableError> {
        match (&rule.field, &rule.latitude, &rule.longitude) {
            (Some(field), None, None) if rule.any_form || rule.system.is_some() => {
                Ok(PositionRule::AnyForm {
                    field: self.resolve("position.field", field)?,
                    system: self.resolve_option("position.system", rule.system.as_deref())?,
                    longitude_first: rule.longitude_first,
                })
            }
            (Some(field), None, None) => Ok(PositionRule::One {
                field: self.resolve("position.field", field)?,
                longitude_first: rule.longitude_first,
            }),
            (None, Some(latitude), Some(longitude)) => Ok(PositionRule::Two {
                latitude: self.resolve("position.latitude", latitude)?,
                longitude: self.resolve("position.longitude", longitude)?,
            }),
            _ => Err(TableError::at(
                self.toml,
                "position",
                "position",
                "give `field`, or both `latitude` and `longitude`",
            )),
        }
    }

    fn flag(&self, flag: &FlagSpec) -> Result<FlagRule, TableError> {
        Ok(FlagRule {
            name: flag.name.clone(),
            field: self.resolve("flag.field", &flag.field)?,
            contains: flag.contains.iter().map(|word| fold(word)).collect(),
            last_part: flag.last_part.iter().map(|word| fold(word)).collect(),
        })
    }

    fn fallback(&self, rule: &FallbackSpec, lang: Option<&String>) -> Result<Fallback, TableError> {
        Ok(Fallback {
            property: rule.property,
            fields: self.resolve_all("fallback.fields", &rule.fields)?,
            template: rule
                .template
                .as_deref()
                .map(|text| self.template("fallback.template", text))
                .transpose()?,
            lang: lang.filter(|lang| !lang.is_empty()).cloned(),
        })
    }
}
