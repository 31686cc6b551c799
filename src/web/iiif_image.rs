//! `/iiif/2/…` and `/iiif/3/…`: the Image API.
//!
//! axum decodes what it captures, which would make `a%2Fb` two segments; so the raw path is taken
//! and `iiif::image::Resource` reads it.

#[cfg(test)]
mod tests;

use super::iiif_http::{
    Usual, has_already, json, not_modified, preflight, problem, redirect, with_cors, with_headers,
};
use super::{App, PublicUrl};
use crate::images::{ImagesError, ServedImage};
use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::http::header::{CONTENT_TYPE, LINK};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use iiif::image::identifier::Identifier;
use iiif::image::{Plan, Request, Resource, Version, info};

/// The routes of this surface.
pub fn router() -> Router<App> {
    Router::new()
        .route("/iiif/2/{*path}", get(version_2).options(preflight))
        .route("/iiif/3/{*path}", get(version_3).options(preflight))
        .layer(map_response(with_cors))
}

async fn version_2(
    state: State<App>,
    public: PublicUrl,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    serve(Version::V2, state, public, &uri, &headers).await
}

async fn version_3(
    state: State<App>,
    public: PublicUrl,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    serve(Version::V3, state, public, &uri, &headers).await
}

async fn serve(
    version: Version,
    State(app): State<App>,
    public: PublicUrl,
    uri: &Uri,
    headers: &HeaderMap,
) -> Response {
    let prefix = format!("/iiif/{}/", version.number());
    let raw = uri.path().split_once(&prefix).map_or("", |(_, rest)| rest);
    let answer = match Resource::parse(raw, version) {
        Err(error) => return problem(error.status(), &error.to_string()),
        Ok(Resource::Base(id)) => redirect_to_info(&app, &public, version, &id).await,
        Ok(Resource::Info(id)) => info_json(&app, &public, version, &id, headers).await,
        Ok(Resource::Image(request)) => rendering(&app, &public, &request, headers).await,
    };
    answer.unwrap_or_else(|error| {
        let status = error.status();
        if status >= 500 {
            tracing::error!(path = uri.path(), %error, "image request failed");
        }
        match error {
            // What the client did wrong it is told; what went wrong here is in the log.
            ImagesError::Image(ref error) if status < 500 || status == 501 => {
                problem(status, &error.to_string())
            }
            ImagesError::Busy => problem(status, &error.to_string()),
            _ => problem(status, "this image cannot be rendered"),
        }
    })
}

fn base_uri(public: &PublicUrl, version: Version, id: &Identifier) -> String {
    format!("{}/iiif/{}/{id}", public.0, version.number())
}

async fn find(app: &App, id: &Identifier) -> Result<Result<ServedImage, Response>, ImagesError> {
    let image = app.images.image_info(id.as_str()).await?;
    Ok(image.ok_or_else(|| problem(404, &format!("there is no image `{id}`"))))
}

async fn redirect_to_info(
    app: &App,
    public: &PublicUrl,
    version: Version,
    id: &Identifier,
) -> Result<Response, ImagesError> {
    let target = format!("{}/info.json", base_uri(public, version, id));
    Ok(match find(app, id).await? {
        Ok(_) => redirect(StatusCode::SEE_OTHER, &target),
        Err(missing) => missing,
    })
}

async fn info_json(
    app: &App,
    public: &PublicUrl,
    version: Version,
    id: &Identifier,
    headers: &HeaderMap,
) -> Result<Response, ImagesError> {
    let image = match find(app, id).await? {
        Ok(image) => image,
        Err(missing) => return Ok(missing),
    };
    let info = image.info(app.images.settings());
    let document = info::document(version, &base_uri(public, version, id), &info);
    let profile = format!("<{}>;rel=\"profile\"", version.profile());
    let (usual, json_ld) = match version {
        Version::V3 => {
            (Usual::JsonLd, format!("application/ld+json;profile=\"{}\"", version.context()))
        }
        Version::V2 => (Usual::Json, "application/ld+json".to_owned()),
    };
    let mut link = profile;
    if version == Version::V2 {
        // 2.1 section 5: plain JSON should say where its context is.
        let context = version.context();
        let rel = "http://www.w3.org/ns/json-ld#context";
        link = format!("{link}, <{context}>;rel=\"{rel}\";type=\"application/ld+json\"");
    }
    Ok(json(headers, &document, &json_ld, usual, vec![(LINK, link)]))
}

async fn rendering(
    app: &App,
    public: &PublicUrl,
    request: &Request,
    headers: &HeaderMap,
) -> Result<Response, ImagesError> {
    let image = match find(app, &request.identifier).await? {
        Ok(image) => image,
        Err(missing) => return Ok(missing),
    };
    let plan = Plan::new(request, &image.info(app.images.settings()))?;
    if let Some(partner) = image.elsewhere(&plan.canonical) {
        return Ok(redirect(StatusCode::FOUND, &partner));
    }
    let base = base_uri(public, request.version, &request.identifier);
    let canonical = format!("<{base}/{}>;rel=\"canonical\"", plan.canonical);
    let profile = format!("<{}>;rel=\"profile\"", request.version.profile());
    // One header line: the validator reads only the first of several.
    let links = vec![(LINK, format!("{canonical}, {profile}"))];
    let etag = image.etag(&plan.canonical);
    if has_already(headers, &etag) {
        return Ok(not_modified(&etag, links));
    }
    let bytes = app.images.render(&image, &plan).await?;
    let response = ([(CONTENT_TYPE, plan.format.media_type())], bytes).into_response();
    Ok(with_headers(response, &etag, links))
}
