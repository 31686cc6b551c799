//! The OpenAPI document of the JSON API.

use super::types::{
    CardJson, FacetJson, FacetValueJson, FieldJson, ImageJson, IssueJson, LinkJson, MemberJson,
    ObjectJson, PositionJson, RightsJson, RunJson, SearchJson, SourceJson, SourceRecordJson,
    ValueJson,
};
use crate::web::PublicUrl;
use axum::Json;
use utoipa::OpenApi;
use utoipa::openapi::Server;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Passerelle",
        description = "Search and read the published objects; follow the harvests. Errors are problem documents (RFC 9457).",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(super::search, super::object, super::source_records, super::sources, super::runs),
    components(schemas(
        CardJson,
        FacetJson,
        FacetValueJson,
        FieldJson,
        ImageJson,
        IssueJson,
        LinkJson,
        MemberJson,
        ObjectJson,
        PositionJson,
        RightsJson,
        RunJson,
        SearchJson,
        SourceJson,
        SourceRecordJson,
        ValueJson
    ))
)]
pub(in crate::web) struct Document;

/// The document, for the server that was asked.
pub(in crate::web) async fn document(public: PublicUrl) -> Json<utoipa::openapi::OpenApi> {
    let mut document = Document::openapi();
    document.servers = Some(vec![Server::new(public.0)]);
    Json(document)
}
