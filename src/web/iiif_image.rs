//! `/iiif/2/…` and `/iiif/3/…`: the Image API.
//!
//! axum decodes what it captures, which would make `a%2Fb` two segments; so the raw path is taken
//! and `iiif::image::Resource` reads it.

mod answer;
#[cfg(test)]
mod tests;

use super::iiif_http::{Usual, cors, json, preflight, problem, redirect, with_cors};
use super::{App, PublicUrl};
use crate::images::{ImagesError, Known, Pixels, ServedImage};
use answer::Answer;
use axum::Router;
use axum::body::Body;
use axum::extract::{OriginalUri, State};
use axum::http::header::{CONTENT_LENGTH, LINK};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use iiif::image::identifier::Identifier;
use iiif::image::{Plan, Request, Resource, Version, info};
use std::sync::Arc;
use tokio_util::io::ReaderStream;

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
            ImagesError::Busy | ImagesError::TooCostly { .. } => {
                problem(status, &error.to_string())
            }
            _ => problem(status, "this image cannot be rendered"),
        }
    })
}

fn base_uri(public: &PublicUrl, version: Version, id: &Identifier) -> String {
    format!("{}/iiif/{}/{id}", public.0, version.number())
}

type Found = Result<(Arc<Known>, Arc<ServedImage>), Response>;

async fn find(app: &App, id: &Identifier) -> Result<Found, ImagesError> {
    let known = app.images.known(id.as_str()).await?;
    Ok(match known.image.clone() {
        Some(image) => Ok((known, image)),
        None => Err(problem(404, &format!("there is no image `{id}`"))),
    })
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
    let (known, image) = match find(app, id).await? {
        Ok(found) => found,
        Err(missing) => return Ok(missing),
    };
    let mut info = image.info.clone();
    if let Some(form) = &known.form {
        info.tile = form.serving().tile_side();
    }
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
    let (known, image) = match find(app, &request.identifier).await? {
        Ok(found) => found,
        Err(missing) => return Ok(missing),
    };
    let plan = Plan::new(request, &image.info)?;
    if let Some(partner) = image.elsewhere(&plan.canonical) {
        return Ok(redirect(StatusCode::FOUND, &partner));
    }
    let answer = Answer::of(public, request, &image, &plan);
    if answer.is_known(headers) {
        return Ok(answer.not_modified());
    }
    let response = match app.images.render(&known, &plan).await? {
        Pixels::Bytes(bytes) => answer.with(Body::from(bytes)),
        Pixels::File { file, length } => {
            let parts = ReaderStream::with_capacity(file, 64 << 10);
            let mut response = answer.with(Body::from_stream(parts));
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
            response
        }
    };
    Ok(response)
}

/// The answer to a request for a rendering that lies ready in memory, or that the client has
/// already; `None` when the answer must be waited for, or is none of these: the router knows then.
pub fn at_once(app: &App, request: &axum::http::Request<Body>) -> Option<Response> {
    if request.method() != Method::GET {
        return None;
    }
    let path = request.uri().path().strip_prefix("/iiif/")?;
    let (version, raw) = match path.split_at_checked(2)? {
        ("3/", raw) => (Version::V3, raw),
        ("2/", raw) => (Version::V2, raw),
        _ => return None,
    };
    // Only the spelling of the specification goes this way; others get their answer elsewhere.
    raw.strip_suffix(".jpg")?;
    let Ok(Resource::Image(wanted)) = Resource::parse(raw, version) else { return None };
    let known = app.images.known_now(wanted.identifier.as_str())?;
    let (image, form) = (known.image.as_ref()?, known.form.as_ref()?);
    let plan = Plan::new(&wanted, &image.info).ok()?;
    let public = PublicUrl::of(request.headers(), request.extensions(), app);
    let answer = Answer::of(&public, &wanted, image, &plan);
    let mut response = if answer.is_known(request.headers()) {
        answer.not_modified()
    } else {
        answer.with(Body::from(form.at_once(&plan)?))
    };
    cors(&mut response);
    Some(response)
}
