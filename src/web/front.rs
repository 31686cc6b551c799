//! The first door: what can be answered at once, a tile that lies ready, is answered here; all else
//! goes on to the router. Both are counted, timed and written to the access log alike.

use super::access_log::{AccessLog, Line};
use super::router::REQUEST_ID;
use super::{App, health, iiif_image, router};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;
use tower::Service;

/// Everything that is served, tiles first.
#[derive(Debug, Clone)]
pub struct Front {
    app: App,
    router: Router,
    log: Option<Arc<AccessLog>>,
}

impl Front {
    /// The whole site of a gateway.
    pub fn new(app: App, log: Option<Arc<AccessLog>>) -> Self {
        Self { router: router::router(app.clone()), app, log }
    }
}

impl Service<Request<Body>> for Front {
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Body>>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        let line = self.log.as_ref().map(|_| AccessLog::begin(&request));
        let begin = Instant::now();
        let state = match iiif_image::at_once(&self.app, &request) {
            Some(mut response) => {
                if let Some(id) = request.headers().get(&REQUEST_ID) {
                    response.headers_mut().insert(REQUEST_ID.clone(), id.clone());
                }
                health::count_at_once(&response, begin);
                State::Ready(Some(response))
            }
            None => State::Routed(Box::pin(self.router.call(request))),
        };
        let log = self.log.clone().zip(line).map(|(log, line)| (log, line, self.app.clock.clone()));
        Answer { state, log }
    }
}

/// The answer to come.
#[expect(missing_debug_implementations, reason = "a future")]
pub struct Answer {
    state: State,
    log: Option<(Arc<AccessLog>, Line, crate::clock::Clock)>,
}

enum State {
    Ready(Option<Response>),
    Routed(Pin<Box<axum::routing::future::RouteFuture<Infallible>>>),
}

impl Future for Answer {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let response = match &mut self.state {
            State::Ready(response) => response.take().unwrap_or_default(),
            State::Routed(routed) => ready!(routed.as_mut().poll(context))?,
        };
        if let Some((log, line, clock)) = self.log.take() {
            log.end(&line, &response, clock.now());
        }
        Poll::Ready(Ok(response))
    }
}
