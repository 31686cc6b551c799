//! The IIIF surfaces as clients get them, from files in a folder to tiles and manifests.

use crate::config::settings::Settings;
use crate::config::source::SourceConfig;
use crate::images::{Images, IngestReport};
use crate::search::Search;
use crate::store::Store;
use crate::store::run::{IncomingRecord, PageCommit, RunEnd, SourceRow};
use crate::web::front::Front;
use crate::web::{App, router::router};
use crate::{publish, reconcile};
use axum::body::Body;
use axum::http::header::{ETAG, IF_NONE_MATCH, LINK, LOCATION};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use domain::identifier::SourceId;
use domain::record::{ImageRef, Kind, Property, Record, Value as Text};
use domain::rights::{ImageRight, PUBLIC_DOMAIN, RightsDecision};
use domain::source_record::{Field, SourceRecord};
use http_body_util::BodyExt;
use iiif::image::format::Format;
use iiif::image::raster::{Channels, Raster};
use iiif::image::{Dimensions, decode, encode};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).unwrap()
    }

    fn picture(&self) -> Raster {
        assert_eq!(self.status, StatusCode::OK, "{}", String::from_utf8_lossy(&self.body));
        decode::decode(&self.body, 10_000_000, 0).unwrap().0
    }
}

/// A gateway whose images are in a folder; `ark:/1/2` is pinned.
struct Gateway {
    folder: tempfile::TempDir,
    app: App,
}

impl Gateway {
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let masters = folder.path().join("masters");
        std::fs::create_dir_all(&masters).unwrap();
        write(&masters.join("wide.jpg"), 1200, 800, Format::Jpg);
        write(&masters.join("square.png"), 1000, 1000, Format::Png);
        let mut settings = Settings {
            data: folder.path().to_owned(),
            public_url: Some("https://pop.example.org/".to_owned()),
            ..Settings::default()
        };
        settings.images.pinned.insert("ark:/1/2".to_owned(), masters.join("square.png"));
        change(&mut settings);
        let database = format!("sqlite:{}", folder.path().join("test.db").display());
        let store = Store::open(&database).await.unwrap();
        let app = App {
            images: Images::open(&settings, store.clone()).unwrap(),
            search: Search::open(&folder.path().join("search")).unwrap(),
            store,
            settings: Arc::new(settings),
            token_key: Arc::from([0_u8; 32]),
            private_fields: Arc::new(crate::web::PrivateFields::new(&[])),
            clock: crate::clock::Clock::default(),
            harvesters: Arc::default(),
        };
        Self { folder, app }
    }

    async fn ask(&self, method: Method, path: &str, header: Option<(&str, &str)>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = router(self.app.clone()).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        assert_eq!(
            parts.headers.get_all("access-control-allow-origin").iter().collect::<Vec<_>>(),
            ["*"],
            "{path}"
        );
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// What the first door answers, tiles that lie ready included.
    async fn at_the_door(&self, path: &str, header: Option<(&str, &str)>) -> Answer {
        let mut request = Request::builder().uri(path);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = Front::new(self.app.clone(), None).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// The service as another process would open it.
    fn reopened(&self) -> App {
        let images = Images::open(&self.app.settings, self.app.store.clone()).unwrap();
        App { images, ..self.app.clone() }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    async fn status(&self, path: &str) -> u16 {
        self.get(path).await.status.as_u16()
    }

    /// Harvests records of the base joconde completely, ingests their images, publishes.
    async fn harvest(&self, records: Vec<(&str, Record)>, now: i64) -> IngestReport {
        let store = &self.app.store;
        let source = SourceRow {
            source_id: "joconde".to_owned(),
            base: "joconde".to_owned(),
            label: "Joconde".to_owned(),
            kind: "file".to_owned(),
            trust: 1,
            settings: "{}".to_owned(),
            etag: None,
            last_modified: None,
            harvested_until: None,
        };
        store.upsert_source(&source, now).await.unwrap();
        let run = store.start_run("joconde", "full", now).await.unwrap();
        let records = records
            .into_iter()
            .enumerate()
            .map(|(position, (id, record))| IncomingRecord {
                position: position as i64,
                source_record: SourceRecord {
                    local_id: id.to_owned(),
                    deleted: false,
                    datestamp: None,
                    sets: Vec::new(),
                    origin: None,
                    fields: vec![Field::new("REF", id)],
                },
                content_hash: format!("{id} {now}"),
                record,
                issues: Vec::new(),
            })
            .collect();
        let page = PageCommit {
            seen: Vec::new(),
            hold_deletions: false,
            replayed: None,
            run_id: run.run_id,
            source_id: "joconde".to_owned(),
            number: 1,
            location: "test".to_owned(),
            body: b"test".to_vec(),
            records,
            quarantined: Vec::new(),
            checkpoint: None,
            now,
        };
        store.commit_page(&page).await.unwrap();
        store.finish_run(run.run_id, &RunEnd::Complete, now).await.unwrap();
        let schedule = "label = 'Joconde'\nkind = 'file'\nlocation = 'x.csv'\nmapping = 'joconde'\n\
                        images = 'masters'";
        let mut config: SourceConfig = toml::from_str(schedule).unwrap();
        config.id = SourceId::new("joconde").unwrap();
        config.folder = self.folder.path().to_owned();
        let cancel = CancellationToken::new();
        let report = self.app.images.ingest_pending(&[config], &cancel).await.unwrap();
        self.publish(now).await;
        report
    }

    async fn publish(&self, now: i64) {
        let cancel = CancellationToken::new();
        reconcile::run(&self.app.store, &cancel).await.unwrap();
        publish::run(&self.app.store, || now, &cancel).await.unwrap();
    }
}

/// The path of a URL that we sent.
fn local(url: &str) -> &str {
    url.strip_prefix("https://pop.example.org").unwrap()
}

fn write(path: &Path, width: u32, height: u32, format: Format) {
    let pixels = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| [(x / 5) as u8, (y / 5) as u8, 90]))
        .collect();
    let raster = Raster::new(Dimensions { width, height }, Channels::Rgb, pixels).unwrap();
    std::fs::write(path, encode::encode(&raster, format).unwrap()).unwrap();
}

fn vase(right: ImageRight, images: &[&str]) -> Record {
    let mut record = Record::new(Kind::MuseumObject);
    record.push(Property::Title, Text::plain("Vase à décor floral"));
    record.push(Property::Created, Text::plain("4e quart 19e siècle"));
    record.data_provider = Some("Musée d’Essai".to_owned());
    record.rights = RightsDecision {
        metadata_open: true,
        image: right,
        statement: PUBLIC_DOMAIN.to_owned(),
        rule: "test".to_owned(),
        trigger: "test".to_owned(),
        written: None,
    };
    for location in images {
        let location = (*location).to_owned();
        record.images.push(ImageRef { location, credit: None, label: None });
    }
    record
}

#[tokio::test]
async fn the_base_uri_leads_to_info_json() {
    // "It is RECOMMENDED that the response be a 303 status redirection to the image information
    // document's URI."
    let gateway = Gateway::new().await;
    let answer = gateway.get("/iiif/3/ark:%2F1%2F2").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let target = "https://pop.example.org/iiif/3/ark%3A%2F1%2F2/info.json";
    assert_eq!(answer.header(LOCATION.as_str()), target);
    let info = gateway.get("/iiif/3/ark:%2F1%2F2/info.json").await.json();
    assert_eq!(format!("{}/info.json", info["id"].as_str().unwrap()), target);
    assert_eq!((&info["width"], &info["height"]), (&1000.into(), &1000.into()));
}

#[tokio::test]
async fn identifiers_are_split_on_raw_slashes_and_decoded_once() {
    let gateway = Gateway::new().await;
    for (path, status) in [
        ("/iiif/3/ark:%2F1%2F2/full/max/0/default.jpg", 200),
        ("/iiif/2/ark%3A%2f1%2F2/full/full/0/default.jpg", 200),
        ("/iiif/3/ark:/1/2/full/max/0/default.jpg", 404),
        ("/iiif/3/ark:/1/2/info.json", 404),
        ("/iiif/3/ark:%252F1%252F2/info.json", 404),
        ("/iiif/3/nothing/info.json", 404),
        ("/iiif/3/nothing", 404),
        ("/iiif/3/..%2F..%2Fetc%2Fpasswd/info.json", 404),
        ("/iiif/3/%FF/info.json", 400),
        ("/iiif/3/x/full/max/0", 400),
        ("/iiif/3/ark:%2F1%2F2/full/1001,/0/default.jpg", 400),
        ("/iiif/3/ark:%2F1%2F2/full/%5E1001,/0/default.jpg", 200),
        ("/iiif/3/ark:%2F1%2F2/full/full/0/default.jpg", 400),
        ("/iiif/3/ark:%2F1%2F2/full/max/0/default.jp2", 400),
    ] {
        assert_eq!(gateway.status(path).await, status, "{path}");
    }
}

#[tokio::test]
async fn info_json_is_json_ld_or_json_as_asked() {
    let gateway = Gateway::new().await;
    let json_ld = "application/ld+json;profile=\"http://iiif.io/api/image/3/context.json\"";
    let three = "/iiif/3/ark:%2F1%2F2/info.json";
    let two = "/iiif/2/ark:%2F1%2F2/info.json";
    for (path, accept, expected) in [
        (three, "*/*", json_ld),
        (three, "application/json", "application/json"),
        (three, "application/ld+json", json_ld),
        (two, "*/*", "application/json"),
        (two, "application/ld+json", "application/ld+json"),
    ] {
        let answer = gateway.ask(Method::GET, path, Some(("accept", accept))).await;
        assert_eq!(answer.header("content-type"), expected, "{path} {accept}");
        assert!(answer.header("vary").contains("Accept"));
    }
    assert_eq!(
        gateway.get(two).await.json()["@id"],
        "https://pop.example.org/iiif/2/ark%3A%2F1%2F2"
    );
}

#[tokio::test]
async fn a_rendering_names_its_canonical_uri_and_its_level_and_is_sent_once() {
    let gateway = Gateway::new().await;
    let path = "/iiif/3/ark:%2F1%2F2/pct:10,10,20,20/100,/0/color.png";
    let first = gateway.get(path).await;
    assert_eq!(first.header("content-type"), "image/png");
    assert_eq!(
        first.header(LINK.as_str()),
        "<https://pop.example.org/iiif/3/ark%3A%2F1%2F2/100,100,200,200/100,100/0/default.png>\
         ;rel=\"canonical\", <http://iiif.io/api/image/3/level2.json>;rel=\"profile\""
    );
    let picture = first.picture();
    assert_eq!(picture.size(), Dimensions { width: 100, height: 100 });
    let etag = first.header(ETAG.as_str()).to_owned();
    assert!(etag.starts_with('"'));
    let again = gateway.ask(Method::GET, path, Some((IF_NONE_MATCH.as_str(), &etag))).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(again.header(ETAG.as_str()), etag);
    // Another way to ask for the same rendering has the same tag, another rendering has not.
    let canonical = gateway.get("/iiif/3/ark:%2F1%2F2/100,100,200,200/100,100/0/default.png").await;
    assert_eq!(canonical.header(ETAG.as_str()), etag);
    let other = gateway.get("/iiif/3/ark:%2F1%2F2/100,100,200,200/101,101/0/default.png").await;
    assert_ne!(other.header(ETAG.as_str()), etag);
}

#[tokio::test]
async fn head_and_preflight_are_answered() {
    let gateway = Gateway::new().await;
    for path in [
        "/iiif/3/ark:%2F1%2F2/info.json",
        "/iiif/3/ark:%2F1%2F2/full/50,/0/default.jpg",
        "/iiif/presentation/3/collection",
    ] {
        let head = gateway.ask(Method::HEAD, path, None).await;
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
        let options = gateway.ask(Method::OPTIONS, path, Some(("origin", "https://x.org"))).await;
        assert_eq!(options.status, StatusCode::NO_CONTENT);
        assert!(options.header("access-control-allow-methods").contains("GET"));
        assert_eq!(
            gateway.ask(Method::POST, path, None).await.status,
            StatusCode::METHOD_NOT_ALLOWED
        );
    }
}

#[tokio::test]
async fn images_of_records_are_served_as_their_rights_allow_and_manifests_follow() {
    let gateway = Gateway::new().await;
    let report = gateway
        .harvest(
            vec![
                ("FREE", vase(ImageRight::Full, &["wide.jpg", "square.png", "missing.jpg"])),
                ("SMALL", vase(ImageRight::Reduced(300), &["wide.jpg"])),
                ("SHUT", vase(ImageRight::None, &["wide.jpg"])),
                ("BARE", vase(ImageRight::Full, &[])),
                ("OUT", vase(ImageRight::Full, &["../test.db", "https://example.org/a.jpg"])),
            ],
            1_000,
        )
        .await;
    assert_eq!(report, IngestReport { ready: 4, failed: 2, remote: 1, ..IngestReport::default() });

    // Pixels.
    let whole = gateway.get("/iiif/3/joconde_FREE_2F1/full/max/0/default.jpg").await.picture();
    assert_eq!(whole.size(), Dimensions { width: 1200, height: 800 });
    let small = gateway.get("/iiif/3/joconde_SMALL_2F1/full/max/0/default.jpg").await.picture();
    assert_eq!(small.size(), Dimensions { width: 300, height: 200 });
    assert_eq!(
        gateway.status("/iiif/3/joconde_SMALL_2F1/0,0,512,512/512,512/0/default.jpg").await,
        404
    );
    assert_eq!(gateway.status("/iiif/3/joconde_SHUT_2F1/info.json").await, 404);
    assert_eq!(gateway.status("/iiif/3/joconde_SHUT_2F1/full/max/0/default.jpg").await, 404);
    assert_eq!(gateway.status("/iiif/3/joconde_FREE_2F3/info.json").await, 404);

    // Manifests.
    let base = "https://pop.example.org/iiif/presentation/3";
    let manifest = gateway.get("/iiif/presentation/3/joconde_FREE/manifest").await.json();
    assert_eq!(manifest["id"], format!("{base}/joconde_FREE/manifest"));
    assert_eq!(manifest["label"]["fr"][0], "Vase à décor floral");
    assert_eq!(manifest["navDate"], "1801-01-01T00:00:00Z");
    assert_eq!(manifest["rights"], PUBLIC_DOMAIN);
    assert_eq!(manifest["items"].as_array().unwrap().len(), 2);
    for canvas in manifest["items"].as_array().unwrap() {
        // Everything that a manifest points to is served under that URL.
        let body = &canvas["items"][0]["items"][0]["body"];
        let service = body["service"][0]["id"].as_str().unwrap();
        for url in [
            format!("{service}/info.json"),
            body["id"].as_str().unwrap().to_owned(),
            canvas["thumbnail"][0]["id"].as_str().unwrap().to_owned(),
            canvas["id"].as_str().unwrap().to_owned(),
        ] {
            assert_eq!(gateway.status(local(&url)).await, 200, "{url}");
        }
        let info = gateway.get(local(service)).await;
        assert_eq!(info.status, StatusCode::SEE_OTHER);
    }
    let small = gateway.get("/iiif/presentation/3/joconde_SMALL/manifest").await.json();
    assert_eq!(small["items"][0]["width"], 1200);
    assert_eq!(small["items"][0]["items"][0]["items"][0]["body"]["width"], 300);
    for missing in ["joconde_SHUT", "joconde_BARE", "joconde_OUT", "joconde_NEVER", "a-b", "%2e%2e"]
    {
        let path = format!("/iiif/presentation/3/{missing}/manifest");
        assert_eq!(gateway.status(&path).await, 404, "{missing}");
    }

    // Collections, from the root down.
    let mut path = "/iiif/presentation/3/collection".to_owned();
    for kind in ["Collection", "Collection", "Manifest"] {
        let collection = gateway.get(&path).await.json();
        assert_eq!(collection["id"], format!("https://pop.example.org{path}"));
        let first = &collection["items"][0];
        assert_eq!(first["type"], kind, "{path}");
        path = local(first["id"].as_str().unwrap()).to_owned();
    }
    let chunk = gateway.get("/iiif/presentation/3/collection/joconde/1").await.json();
    let labels: Vec<&str> = chunk["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect();
    assert_eq!(labels, ["joconde_FREE", "joconde_SMALL"].map(|id| format!("{base}/{id}/manifest")));
    for missing in ["palissy", "joconde/2", "joconde/2.zzz", "a%2Fb"] {
        let path = format!("/iiif/presentation/3/collection/{missing}");
        assert_eq!(gateway.status(&path).await, 404, "{missing}");
    }

    // What the source takes back is gone.
    gateway.harvest(vec![("SMALL", vase(ImageRight::Reduced(300), &["wide.jpg"]))], 2_000).await;
    assert_eq!(gateway.status("/iiif/presentation/3/joconde_FREE/manifest").await, 410);
    assert_eq!(gateway.status("/iiif/3/joconde_FREE_2F1/full/max/0/default.jpg").await, 404);
    assert_eq!(gateway.status("/iiif/3/joconde_SMALL_2F1/full/max/0/default.jpg").await, 200);
}

/// `joconde_FREE`, whose image is `wide.jpg`: 1200 x 800.
async fn with_a_wide_image(change: impl FnOnce(&mut Settings)) -> Gateway {
    let gateway = Gateway::with(change).await;
    let report =
        gateway.harvest(vec![("FREE", vase(ImageRight::Full, &["wide.jpg"]))], 1_000).await;
    assert_eq!(report.ready, 1);
    gateway
}

#[tokio::test]
async fn a_tile_that_lies_ready_is_answered_as_the_router_answers_it() {
    let gateway = with_a_wide_image(|_| ()).await;
    for path in [
        "/iiif/3/joconde_FREE_2F1/0,0,512,512/512,512/0/default.jpg",
        "/iiif/3/joconde_FREE_2F1/512,512,512,288/512,288/0/color.jpg",
        "/iiif/2/joconde_FREE_2F1/1024,0,176,512/176,/0/default.jpg",
        "/iiif/3/joconde_FREE_2F1/0,0,1024,800/512,400/0/default.jpg",
        "/iiif/3/joconde_FREE_2F1/full/!400,400/0/default.jpg",
        "/iiif/3/joconde_FREE_2F1/full/200,/0/default.jpg",
        "/iiif/3/joconde%5FFREE%5F2F1/pct:0,0,100,100/200,/360/default.jpg",
    ] {
        let mut routed = gateway.get(path).await;
        // The first at the door finds nothing known of the image unless somebody asked before.
        let mut ready = gateway.at_the_door(path, None).await;
        assert_eq!(ready.status, StatusCode::OK, "{path}");
        assert!(ready.headers.get("x-request-id").is_none(), "{path}: did not lie ready");
        assert!(routed.headers.remove("x-request-id").is_some());
        assert_eq!(ready.body, routed.body, "{path}");
        for headers in [&mut ready.headers, &mut routed.headers] {
            headers.remove("content-length");
            headers.remove("vary");
        }
        assert_eq!(ready.headers, routed.headers, "{path}");
        let etag = ready.header(ETAG.as_str()).to_owned();
        let again = gateway.at_the_door(path, Some((IF_NONE_MATCH.as_str(), &etag))).await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
        assert_eq!(again.header(LINK.as_str()), ready.header(LINK.as_str()));
        let date = ready.header("last-modified").to_owned();
        let again = gateway.at_the_door(path, Some(("if-modified-since", &date))).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}");
    }
    for (path, status) in [
        ("/iiif/3/joconde_FREE_2F1/0,0,512,512/513,513/0/default.jpg", 400),
        ("/iiif/3/joconde_FREE_2F1/1200,0,512,512/512,512/0/default.jpg", 400),
        ("/iiif/3/joconde_NONE_2F1/0,0,512,512/512,512/0/default.jpg", 404),
        ("/iiif/3/joconde_FREE_2F1/0,0,512,512/512,512/0/default.jpg/", 404),
    ] {
        assert_eq!(gateway.at_the_door(path, None).await.status.as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn a_decision_of_people_reaches_the_tiles_at_once() {
    use crate::store::rights::{NewOverride, Target};
    use domain::rights::RightsOverride;
    let gateway = with_a_wide_image(|_| ()).await;
    let tile = "/iiif/3/joconde_FREE_2F1/0,0,512,512/512,512/0/default.jpg";
    let coarse = "/iiif/3/joconde_FREE_2F1/full/!400,400/0/default.jpg";
    let ask = async || {
        let statuses = [tile, coarse].map(|path| gateway.at_the_door(path, None));
        futures_util::future::join_all(statuses)
            .await
            .into_iter()
            .map(|a| a.status.as_u16())
            .collect::<Vec<_>>()
    };
    assert_eq!(ask().await, [200, 200]);
    assert_eq!(ask().await, [200, 200]);
    let decide = async |image: ImageRight| {
        let decision = NewOverride {
            target: Target::parse("joconde_FREE"),
            decides: RightsOverride { image: Some(image), ..RightsOverride::default() },
            author: "A. Martin".to_owned(),
            reason: "letter of the family".to_owned(),
            until_at: None,
        };
        gateway.app.store.add_rights_override(&decision, crate::clock::now()).await.unwrap();
    };
    decide(ImageRight::Reduced(400)).await;
    assert_eq!(ask().await, [404, 200]);
    let info = gateway.get("/iiif/3/joconde_FREE_2F1/info.json").await.json();
    assert_eq!((&info["maxWidth"], &info["maxHeight"]), (&400.into(), &400.into()));
    decide(ImageRight::None).await;
    assert_eq!(ask().await, [404, 404]);
}

#[tokio::test]
async fn the_whole_of_a_jpeg_is_its_master() {
    let gateway = with_a_wide_image(|settings| settings.images.max_area = 1_000).await;
    let master = std::fs::read(gateway.folder.path().join("masters/wide.jpg")).unwrap();
    for path in [
        "/iiif/3/joconde_FREE_2F1/full/max/0/default.jpg",
        "/iiif/2/joconde_FREE_2F1/full/full/0/default.jpg",
    ] {
        let answer = gateway.get(path).await;
        assert_eq!(answer.body, master, "{path}");
        assert_eq!(answer.header("content-length"), master.len().to_string());
    }
    // What must be rendered keeps the limit of renderings.
    let png = "/iiif/3/ark:%2F1%2F2/full/max/0/default.png";
    assert_eq!(gateway.get(png).await.picture().size(), Dimensions { width: 31, height: 31 });
}

#[tokio::test]
async fn a_rendering_that_alone_is_too_costly_is_refused_and_tiles_are_not() {
    let gateway = with_a_wide_image(|settings| settings.images.memory = 4).await;
    let refused = gateway.get("/iiif/3/joconde_FREE_2F1/full/max/90/gray.png").await;
    let said = String::from_utf8(refused.body).unwrap();
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE, "{said}");
    assert!(said.contains("ask for a smaller size"), "{said}");
    let tile = "/iiif/3/joconde_FREE_2F1/0,0,512,512/512,512/0/default.jpg";
    assert_eq!(gateway.status(tile).await, 200);
    assert_eq!(gateway.status("/iiif/3/joconde_FREE_2F1/0,0,90,90/max/0/gray.png").await, 200);
}

#[tokio::test]
async fn a_rendering_is_made_once_however_many_ask() {
    let gateway = with_a_wide_image(|_| ()).await;
    let path = "/iiif/3/joconde_FREE_2F1/10,10,700,700/333,/22.5/gray.png";
    let first = gateway.get(path).await.body;
    let kept: Vec<_> =
        std::fs::read_dir(gateway.folder.path().join("derivatives")).unwrap().flatten().collect();
    assert_eq!(kept.len(), 1);
    // Whoever asks again gets what was kept, whatever it is.
    std::fs::write(kept[0].path(), b"kept").unwrap();
    assert_eq!(gateway.get(path).await.body, b"kept");
    std::fs::remove_file(kept[0].path()).unwrap();
    let crowd = std::iter::repeat_with(|| gateway.get(path)).take(20);
    for answer in futures_util::future::join_all(crowd).await {
        assert_eq!(answer.body, first);
    }
}

#[tokio::test]
async fn a_damaged_serving_file_is_made_anew() {
    let gateway = with_a_wide_image(|_| ()).await;
    let tile = "/iiif/3/joconde_FREE_2F1/0,0,512,512/512,512/0/default.jpg";
    let good = gateway.get(tile).await.body;
    let shelves = std::fs::read_dir(gateway.folder.path().join("serving")).unwrap();
    let file = shelves
        .flatten()
        .flat_map(|shelf| std::fs::read_dir(shelf.path()).unwrap().flatten())
        .map(|entry| entry.path())
        .find(|path| std::fs::metadata(path).unwrap().len() > good.len() as u64)
        .unwrap();
    let length = std::fs::metadata(&file).unwrap().len();
    std::fs::write(&file, vec![0; length as usize]).unwrap();
    assert_eq!(gateway.status(tile).await, 503);
    assert_eq!(gateway.get(tile).await.body, good);
    // One that is gone is made anew too.
    std::fs::remove_file(&file).unwrap();
    let fresh = Gateway { app: gateway.reopened(), folder: gateway.folder };
    assert_eq!(fresh.get(tile).await.body, good);
}

#[tokio::test]
async fn a_master_that_cannot_be_decoded_does_not_come_onto_the_site() {
    let gateway = Gateway::new().await;
    let masters = gateway.folder.path().join("masters");
    std::fs::write(masters.join("torn.jpg"), b"\xFF\xD8\xFF\xE0\x00\x10JFIF").unwrap();
    let report =
        gateway.harvest(vec![("TORN", vase(ImageRight::Full, &["torn.jpg"]))], 1_000).await;
    assert_eq!((report.ready, report.failed), (0, 1));
    assert_eq!(gateway.status("/iiif/presentation/3/joconde_TORN/manifest").await, 404);
    assert_eq!(gateway.status("/iiif/3/joconde_TORN_2F1/full/100,/0/default.jpg").await, 404);
}
