//! The public JSON types. They are a promise: the domain may change, these only grow.

use crate::search::{Card, FacetCounts, SearchResult, rights_class};
use crate::store::object::ObjectRow;
use crate::store::run::{Run, SourceRecordRow, SourceRow};
use crate::web::PublicUrl;
use crate::web::params::Params;
use crate::web::thumbnail::href;
use chrono::{DateTime, SecondsFormat};
use domain::merge::{MergedImage, MergedRecord, SourcedValue};
use domain::rights::RightsDecision;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Seconds since the epoch as RFC 3339.
fn rfc3339(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0)
        .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
        .unwrap_or_default()
}

/// A page of results.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchJson {
    /// Number of results in all.
    pub total: u64,
    /// This page, from 1.
    pub page: u32,
    /// Results a page.
    pub size: u32,
    /// relevance, title or changed.
    pub sort: String,
    /// Whether the end of a too long query was left out.
    pub query_shortened: bool,
    /// The next page, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Results.
    pub items: Vec<CardJson>,
    /// Facets, each counted without its own filter.
    pub facets: Vec<FacetJson>,
}

impl SearchJson {
    /// The page of a search.
    pub fn new(public: &PublicUrl, params: &Params, result: &SearchResult) -> Self {
        let (page, size) = (params.query.page, params.query.size);
        let seen = u64::from(page) * u64::from(size);
        let more =
            seen < result.total && seen + u64::from(size) <= u64::from(crate::search::MAX_WINDOW);
        Self {
            total: result.total,
            page,
            size,
            sort: params.query.sort.as_str().to_owned(),
            query_shortened: result.shortened,
            next: more.then(|| params.at(page + 1).href(&public.0, "/api/v1/search")),
            items: result.hits.iter().map(|card| CardJson::new(public, card)).collect(),
            facets: result.facets.iter().map(FacetJson::from).collect(),
        }
    }
}

/// One result.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardJson {
    /// Object id.
    pub id: String,
    /// Page of the object.
    pub url: String,
    /// Base.
    pub base: String,
    /// museum_object, monument, movable_object, photograph, museum, agent or other.
    pub kind: String,
    /// Title.
    pub title: String,
    /// Authors.
    pub creators: Vec<String>,
    /// Date as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Denominations.
    pub types: Vec<String>,
    /// Place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Institution.
    pub provider: String,
    /// Small picture, at most 400 pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<String>,
    /// open, restricted or none.
    pub rights: String,
    /// missing, stolen.
    pub flags: Vec<String>,
    /// Last change in the publication log.
    pub updated: String,
}

impl CardJson {
    fn new(public: &PublicUrl, card: &Card) -> Self {
        Self {
            url: format!("{}/object/{}", public.0, card.id),
            id: card.id.clone(),
            base: card.base.clone(),
            kind: card.kind.as_str().to_owned(),
            title: card.title.clone(),
            creators: card.creators.clone(),
            date: card.date.clone(),
            types: card.types.clone(),
            place: card.place.clone(),
            provider: card.provider.clone(),
            thumbnail: card.image.as_ref().map(|image| href(&public.0, &image.id, 400)),
            rights: card.rights.clone(),
            flags: card.flags.clone(),
            updated: rfc3339(card.datestamp),
        }
    }
}

/// One facet.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetJson {
    /// Name, as the parameter.
    pub name: String,
    /// Most frequent values, and those asked for.
    pub values: Vec<FacetValueJson>,
    /// Whether there are more values.
    pub more: bool,
}

/// One value of a facet.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetValueJson {
    /// Value, as the parameter takes it.
    pub value: String,
    /// Results that have it.
    pub count: u64,
    /// Whether the query asks for it.
    pub selected: bool,
}

impl From<&FacetCounts> for FacetJson {
    fn from(counts: &FacetCounts) -> Self {
        Self {
            name: counts.facet.as_str().to_owned(),
            values: counts
                .values
                .iter()
                .map(|value| FacetValueJson {
                    value: value.value.clone(),
                    count: value.count,
                    selected: value.selected,
                })
                .collect(),
            more: counts.more,
        }
    }
}

/// One object.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectJson {
    /// Object id.
    pub id: String,
    /// URI of the thing itself, as EDM names it.
    pub uri: String,
    /// Page of the object.
    pub url: String,
    /// Base.
    pub base: String,
    /// museum_object, monument, movable_object, photograph, museum, agent or other.
    pub kind: String,
    /// TEXT, IMAGE, SOUND, VIDEO or 3D.
    pub edm_type: String,
    /// Display title.
    pub title: String,
    /// Values by property (Dublin Core names in snake case).
    pub values: BTreeMap<String, Vec<ValueJson>>,
    /// Links to other objects.
    pub links: Vec<LinkJson>,
    /// Images that may be shown.
    pub images: Vec<ImageJson>,
    /// Images that exist but may not be shown.
    pub hidden_images: u32,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<PositionJson>,
    /// Institution.
    pub provider: String,
    /// Page at the institution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landing_page: Option<String>,
    /// missing, stolen.
    pub flags: Vec<String>,
    /// Rights of the record.
    pub rights: RightsJson,
    /// Source records that it was made of, the leading one first.
    pub members: Vec<MemberJson>,
    /// IIIF manifest, when there is an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// The same in EDM.
    pub edm: String,
    /// Last change in the publication log.
    pub updated: String,
}

impl ObjectJson {
    /// The object as others may read it.
    pub fn new(public: &PublicUrl, row: &ObjectRow, record: &MergedRecord) -> Self {
        let (base_url, id) = (&public.0, &row.object_id);
        Self {
            uri: format!("{base_url}/id/{id}"),
            url: format!("{base_url}/object/{id}"),
            base: record.base.clone(),
            kind: record.kind.as_str().to_owned(),
            edm_type: record.edm_type.as_str().to_owned(),
            title: record.display_title().to_owned(),
            values: record
                .values
                .iter()
                .map(|(property, values)| {
                    (property.as_str().to_owned(), values.iter().map(ValueJson::from).collect())
                })
                .collect(),
            links: record
                .links
                .iter()
                .map(|link| LinkJson {
                    kind: link.kind.as_str().to_owned(),
                    label: link.label.clone(),
                    name: link.target.clone(),
                    object: link.object.clone(),
                    url: link.object.as_ref().map(|to| format!("{base_url}/object/{to}")),
                })
                .collect(),
            images: record.images.iter().map(|image| ImageJson::new(public, image)).collect(),
            hidden_images: record.hidden_images,
            position: record
                .position
                .map(|at| PositionJson { latitude: at.latitude, longitude: at.longitude }),
            provider: record.data_provider.clone(),
            landing_page: record.landing_page.clone(),
            flags: record.flags.clone(),
            rights: RightsJson::from(&record.rights),
            members: record
                .members
                .iter()
                .map(|member| MemberJson {
                    source: member.source.clone(),
                    base: member.base.clone(),
                    local_id: member.local_id.clone(),
                    landing_page: member.landing_page.clone(),
                })
                .collect(),
            manifest: (!record.images.is_empty())
                .then(|| format!("{base_url}/iiif/presentation/3/{id}/manifest")),
            edm: format!("{base_url}/object/{id}.edm.xml"),
            updated: rfc3339(row.datestamp),
            id: id.clone(),
        }
    }
}

/// One value.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueJson {
    /// Text.
    pub text: String,
    /// BCP 47 language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// Concept, agent or place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// `{source}/{local id}` of every source record that says so.
    pub sources: Vec<String>,
}

impl From<&SourcedValue> for ValueJson {
    fn from(value: &SourcedValue) -> Self {
        Self {
            text: value.value.text.clone(),
            lang: value.value.lang.clone(),
            uri: value.value.uri.clone(),
            sources: value.sources.clone(),
        }
    }
}

/// A link to another object.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkJson {
    /// representation_of, represented_by, part_of, has_part, kept_in, keeps, held_by, related_to.
    pub kind: String,
    /// Title of the other object.
    pub label: String,
    /// Name as the source gave it.
    pub name: String,
    /// Object id, when it is published here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Page of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One image.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImageJson {
    /// IIIF image service (version 3).
    pub service: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Caption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Credit line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
    /// Rights of this image.
    pub rights: RightsJson,
    /// The photograph's own object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
}

impl ImageJson {
    fn new(public: &PublicUrl, image: &MergedImage) -> Self {
        Self {
            service: format!("{}/iiif/3/{}", public.0, image.image),
            width: image.width,
            height: image.height,
            label: image.label.clone(),
            credit: image.credit.clone(),
            rights: RightsJson::from(&image.rights),
            via: image.via.clone(),
        }
    }
}

/// A position (WGS 84).
#[derive(Debug, Serialize, ToSchema)]
pub struct PositionJson {
    /// Degrees.
    pub latitude: f64,
    /// Degrees.
    pub longitude: f64,
}

/// Rights.
#[derive(Debug, Serialize, ToSchema)]
pub struct RightsJson {
    /// rightsstatements.org or Creative Commons URI.
    pub statement: String,
    /// open, restricted or none.
    pub class: String,
    /// Longest side in pixels that may be shown; absent when there is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_side: Option<u32>,
    /// Name of the rule that decided.
    pub rule: String,
}

impl From<&RightsDecision> for RightsJson {
    fn from(rights: &RightsDecision) -> Self {
        Self {
            statement: rights.statement.clone(),
            class: rights_class(rights).to_owned(),
            max_side: rights.image.max_side(),
            rule: rights.rule.clone(),
        }
    }
}

/// A source record that the object was made of.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberJson {
    /// Source.
    pub source: String,
    /// Base of the source.
    pub base: String,
    /// Identifier at the source.
    pub local_id: String,
    /// Page at the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landing_page: Option<String>,
}

/// A source record, verbatim.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceRecordJson {
    /// Source.
    pub source: String,
    /// Identifier at the source.
    pub local_id: String,
    /// The source's own datestamp.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datestamp: Option<String>,
    /// Fields as received.
    pub fields: Vec<FieldJson>,
    /// Complaints about the content.
    pub issues: Vec<IssueJson>,
}

/// One field.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldJson {
    /// Name at the source.
    pub name: String,
    /// Value as received.
    pub value: String,
    /// BCP 47 language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

/// One complaint.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssueJson {
    /// Stable code.
    pub code: String,
    /// Where.
    pub path: String,
    /// The offending text.
    pub value: String,
}

impl From<&SourceRecordRow> for SourceRecordJson {
    fn from(row: &SourceRecordRow) -> Self {
        let fields = row.source_record.fields.iter().map(|field| FieldJson {
            name: field.name.clone(),
            value: field.value.clone(),
            lang: field.lang.clone(),
            uri: field.uri.clone(),
        });
        let issues = row.issues.iter().map(|issue| IssueJson {
            code: issue.code.clone(),
            path: issue.path.clone(),
            value: issue.value.clone(),
        });
        Self {
            source: row.source_id.clone(),
            local_id: row.source_record.local_id.clone(),
            datestamp: row.source_record.datestamp.clone(),
            fields: fields.collect(),
            issues: issues.collect(),
        }
    }
}

/// A configured source. Its location stays with the operator: it may hold a password.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceJson {
    /// Source id.
    pub id: String,
    /// Base.
    pub base: String,
    /// Name.
    pub label: String,
    /// file or oai-pmh.
    pub kind: String,
    /// Trust rank, 1 is the most trusted.
    pub trust: i64,
}

impl From<&SourceRow> for SourceJson {
    fn from(row: &SourceRow) -> Self {
        Self {
            id: row.source_id.clone(),
            base: row.base.clone(),
            label: row.label.clone(),
            kind: row.kind.clone(),
            trust: row.trust,
        }
    }
}

/// One harvest run. `rows = created + updated + unchanged + deleted + quarantined`.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunJson {
    /// Run.
    pub id: i64,
    /// Source.
    pub source: String,
    /// full or incremental.
    pub mode: String,
    /// running, complete, partial or failed.
    pub status: String,
    /// Begin.
    pub started: String,
    /// End.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// Pages committed.
    pub pages: i64,
    /// Rows received.
    pub rows: i64,
    /// New.
    pub created: i64,
    /// Changed.
    pub updated: i64,
    /// The same as before.
    pub unchanged: i64,
    /// Deleted by the source.
    pub deleted: i64,
    /// Not taken.
    pub quarantined: i64,
    /// Images named.
    pub images: i64,
    /// Why it is not complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// First run of the harvest that this one goes on with.
    pub root: i64,
    /// What is known of its completeness: status, code, pages, different identifiers, declared
    /// size, gaps, what was healed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub verdict: Option<serde_json::Value>,
}

impl From<&Run> for RunJson {
    fn from(run: &Run) -> Self {
        Self {
            id: run.run_id,
            source: run.source_id.clone(),
            mode: run.mode.clone(),
            status: run.status.clone(),
            started: rfc3339(run.started_at),
            finished: run.finished_at.map(rfc3339),
            pages: run.counts.pages,
            rows: run.counts.rows,
            created: run.counts.created,
            updated: run.counts.updated,
            unchanged: run.counts.unchanged,
            deleted: run.counts.deleted,
            quarantined: run.counts.quarantined,
            images: run.counts.images,
            reason: run.reason.clone(),
            root: run.root_run_id,
            verdict: run.verdict.as_deref().and_then(|text| serde_json::from_str(text).ok()),
        }
    }
}
