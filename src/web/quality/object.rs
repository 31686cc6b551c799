//! The quality of one object, with reasons.

use crate::quality::assess;
use crate::web::object::{Found, load};
use crate::web::{App, PublicUrl, WebError};
use axum::Json;
use axum::extract::{Path, State};
use domain::issue::catalogue;
use domain::quality::europeana;
use domain::quality::pattern::Pattern;
use domain::quality::words::{self, Language};
use protocols::formats::ObjectContext;
use protocols::formats::edm::facts;
use protocols::formats::edm::validate::{is_valid, validate};
use serde_json::{Value, json};

/// Tiers with their reasons and what is missing for the next, problem patterns, validity of the EDM,
/// and the id that Europeana will give (after `/{dataset}/`).
pub(in crate::web) async fn quality(
    State(app): State<App>,
    public: PublicUrl,
    Path(id): Path<String>,
) -> Result<Json<Value>, WebError> {
    let Found::Live(found) = load(&app, &id).await? else { return Err(WebError::not_found()) };
    let (row, record) = *found;
    let assessed = assess(&row.object_id, &record);
    let context = ObjectContext {
        object_id: &row.object_id,
        public_url: &public.0,
        provider: &app.settings.repository.provider,
    };
    let findings = validate(&facts::tree(&record, &context));
    let mut patterns = assessed.patterns.clone();
    if app.store.objects_of_same_title(&row.object_id).await? > 1 {
        patterns.insert(0, Pattern::P1);
    }
    let in_words = |language: Language| {
        json!({
            "content_missing": words::content_missing(&assessed.content, language),
            "metadata_missing": words::metadata_missing(&assessed.metadata, language),
            "patterns": patterns.iter().map(|p| catalogue::what(p.code(), language)).collect::<Vec<_>>(),
            "edm": findings.iter().map(|f| catalogue::sentence(&f.issue, language)).collect::<Vec<_>>(),
        })
    };
    let metadata = &assessed.metadata;
    Ok(Json(json!({
        "id": row.object_id,
        "content_tier": assessed.content.tier,
        "content_tier_before_licence": assessed.content.before_licence,
        "metadata_tier": metadata.tier().name(),
        "language": {
            "tier": metadata.language.name(),
            "properties": metadata.qualifying,
            "without_language": metadata.without_language,
        },
        "enabling_elements": { "tier": metadata.enabling.name(), "elements": metadata.elements },
        "contextual_classes": {
            "tier": metadata.contextual.name(),
            "complete": metadata.complete.len(),
            "incomplete": metadata.incomplete.len(),
        },
        "patterns": patterns.iter().map(|pattern| pattern.name()).collect::<Vec<_>>(),
        "edm_valid": is_valid(&findings),
        "europeana_local_id": europeana::local_id(&context.uri()),
        "fr": in_words(Language::Fr),
        "en": in_words(Language::En),
    })))
}
