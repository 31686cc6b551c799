//! Every exit is asked for what it must not give: the pixels of restricted images, masked and
//! private fields, records whose metadata is closed.
//!
//! The routes are read out of the sources of the program: one that this test has no requests for
//! fails it, so that a new exit cannot be forgotten.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::assigning_clones,
    clippy::single_match_else,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on stops with the reason; helpers outside #[test] are tests too"
)]

use conformance_tests::{command, free_port, workspace};
use reqwest::{Client, StatusCode};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

/// Texts that must not come out anywhere, with what they are.
const SECRETS: &[(&str, &str)] = &[
    ("coffre-numero-sept", "field that the schedule masks"),
    ("adresse.electronique@prive.example", "field that the mapping calls private"),
    ("Madame Confidentielle", "field that the schedule calls private"),
    ("Titre entierement ferme", "title of a record whose metadata is closed"),
    ("Partenaire-Secret-Masque", "masked field of an OAI-PMH partner"),
    ("Partenaire-Contact-Prive", "private field of an OAI-PMH partner"),
    ("Titre ferme du partenaire", "title of a partner's record whose metadata is closed"),
];

/// Side of the largest rendering of the image of each object that may be shown, `None`: all of it.
const LIMITS: &[(&str, Option<u32>)] = &[
    ("PLEINE", None),
    ("REDUITE", Some(200)),
    ("INTERDITE", Some(0)),
    ("FERMEE", Some(0)),
    ("RETIREE", Some(0)),
];
const WIDTH: u32 = 800;
const HEIGHT: u32 = 600;

/// A program with everything that has a secret in it.
struct World {
    _folder: tempfile::TempDir,
    data: PathBuf,
    schedules: PathBuf,
    url: String,
    server: Child,
    client: Client,
}

impl Drop for World {
    fn drop(&mut self) {
        let _already_gone = self.server.kill();
        let _reaped = self.server.wait();
    }
}

const SCHEDULE: &str = r#"
label = "Musée des droits"
kind = "file"
location = "records.csv"
format = "ssv"
mapping = "joconde"
masked = ["COFFRE"]
private = ["NOTE_PRIVEE"]
images = "images"
allow_private_addresses = true

[[rights.rules]]
name = "closed"
fields = ["STAT"]
equals = ["ferme"]
image = "full"
statement = "http://rightsstatements.org/vocab/InC/1.0/"
metadata = false

[[rights.rules]]
name = "two_hundred"
fields = ["COPY"]
contains = ["reduite"]
image = "max:200"
statement = "http://rightsstatements.org/vocab/InC/1.0/"
"#;

/// Width and height of the JPEG that a rendering is.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    while bytes.get(at) == Some(&0xFF) {
        let marker = bytes[at + 1];
        let length = usize::from(bytes[at + 2]) << 8 | usize::from(bytes[at + 3]);
        if (0xC0..=0xC3).contains(&marker) {
            let two = |from: usize| u32::from(bytes[from]) << 8 | u32::from(bytes[from + 1]);
            return Some((two(at + 7), two(at + 5)));
        }
        at += 2 + length;
    }
    None
}

/// An OAI-PMH repository of two records on a thread of its own.
fn partner() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/oai", listener.local_addr().unwrap());
    let own = base.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut buffer = [0_u8; 8192];
            let Ok(count) = stream.read(&mut buffer) else { continue };
            let request = String::from_utf8_lossy(&buffer[..count]).into_owned();
            let verb = request
                .split_once("verb=")
                .map(|(_, rest)| rest.split(['&', ' ']).next().unwrap_or("").to_owned())
                .unwrap_or_default();
            let body = partner_answer(&own, &verb);
            let _gone = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    base
}

fn partner_answer(base: &str, verb: &str) -> String {
    let record = |id: &str, title: &str, kind: &str| {
        format!(
            "<record><header><identifier>oai:p:{id}</identifier><datestamp>2020-01-01T00:00:00Z</datestamp></header>\
             <metadata><oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\
             <dc:title>{title}</dc:title><dc:type>{kind}</dc:type>\
             <dc:source>Partenaire-Secret-Masque</dc:source>\
             <dc:publisher>Partenaire-Contact-Prive</dc:publisher>\
             <dc:rights>CC0</dc:rights></oai_dc:dc></metadata></record>"
        )
    };
    let content = match verb {
        "Identify" => format!(
            "<Identify><repositoryName>P</repositoryName><baseURL>{base}</baseURL>\
             <protocolVersion>2.0</protocolVersion><adminEmail>a@example.org</adminEmail>\
             <earliestDatestamp>2000-01-01T00:00:00Z</earliestDatestamp>\
             <deletedRecord>no</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
        ),
        "ListRecords" => format!(
            "<ListRecords>{}{}</ListRecords>",
            record("OUVERT", "Dessin ouvert du partenaire", "dessin"),
            record("FERME", "Titre ferme du partenaire", "ferme")
        ),
        "ListIdentifiers" => "<ListIdentifiers><header><identifier>oai:p:OUVERT</identifier><datestamp>2020-01-01T00:00:00Z</datestamp></header><header><identifier>oai:p:FERME</identifier><datestamp>2020-01-01T00:00:00Z</datestamp></header></ListIdentifiers>".to_owned(),
        "ListMetadataFormats" => "<ListMetadataFormats><metadataFormat><metadataPrefix>oai_dc</metadataPrefix><schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</schema><metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace></metadataFormat></ListMetadataFormats>".to_owned(),
        "ListSets" => "<error code=\"noSetHierarchy\"/>".to_owned(),
        _ => "<error code=\"badVerb\"/>".to_owned(),
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
         <responseDate>2024-01-01T00:00:00Z</responseDate><request verb=\"{verb}\">{base}</request>{content}</OAI-PMH>"
    )
}

fn run(data: &Path, schedules: &Path, arguments: &[&str]) -> (bool, String) {
    let output = command(data, Some(schedules)).args(arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let schedules = folder.path().join("schedules");
        let data = folder.path().join("data");
        std::fs::create_dir_all(schedules.join("images")).unwrap();
        std::fs::create_dir_all(&data).unwrap();
        std::fs::write(schedules.join("droits.toml"), SCHEDULE).unwrap();
        std::fs::write(
            schedules.join("partenaire.toml"),
            format!(
                "label = \"Partenaire\"\nkind = \"oai-pmh\"\nlocation = \"{}\"\nformat = \"oai_dc\"\n\
                 mapping = \"oai_dc\"\nallow_private_addresses = true\nmasked = [\"dc:source\"]\n\
                 private = [\"dc:publisher\"]\n[[rights.rules]]\nname = \"closed\"\n\
                 fields = [\"dc:type\"]\nequals = [\"ferme\"]\nimage = \"none\"\n\
                 statement = \"http://rightsstatements.org/vocab/InC/1.0/\"\nmetadata = false\n",
                partner()
            ),
        )
        .unwrap();
        let mut csv = "REF;TITR;DOMN;COPY;STAT;CONTACT;NOTE_PRIVEE;COFFRE;DIFFU;IMG\n".to_owned();
        for (reference, title, copy, status, diffu) in [
            ("PLEINE", "Vase ouvert", "Domaine public", "", "oui"),
            ("REDUITE", "Vase reduit", "© X, image reduite", "", "oui"),
            ("INTERDITE", "Vase interdit", "Domaine public", "", "non"),
            ("FERMEE", "Titre entierement ferme", "Domaine public", "ferme", "oui"),
            ("RETIREE", "Vase retire", "Domaine public", "", "oui"),
            // No identifier: quarantined, with its secrets.
            ("", "Vase sans reference", "Domaine public", "", "oui"),
        ] {
            let _ok = writeln!(
                csv,
                "{reference};{title};vase;{copy};{status};adresse.electronique@prive.example;\
                 Madame Confidentielle;coffre-numero-sept;{diffu};{reference}.png"
            );
            if !reference.is_empty() {
                // Different bytes each: a file that two records have in common is stricter.
                let mut picture = conformance_tests::picture::png(WIDTH, HEIGHT).unwrap();
                picture.extend(reference.bytes());
                std::fs::write(schedules.join(format!("images/{reference}.png")), picture).unwrap();
            }
        }
        std::fs::write(schedules.join("records.csv"), csv).unwrap();
        for source in ["droits", "partenaire"] {
            let (_, said) = run(&data, &schedules, &["harvest", source]);
            for (secret, what) in SECRETS {
                assert!(!said.contains(secret), "harvest tells the {what}: {said}");
            }
        }
        let port = free_port().unwrap();
        let log = std::fs::File::create(folder.path().join("serve.log")).unwrap();
        let mut serve = command(&data, Some(&schedules));
        serve
            .env("PASSERELLE_PUBLIC_URL", format!("http://127.0.0.1:{port}"))
            .env("RUST_LOG", "debug")
            .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
            .stdout(Stdio::from(log.try_clone().unwrap()))
            .stderr(Stdio::from(log));
        let server = serve.spawn().unwrap();
        let _installed_already = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let world = Self {
            data,
            schedules,
            url: format!("http://127.0.0.1:{port}"),
            server,
            client,
            _folder: folder,
        };
        world.until("/readyz", |status, _| status == StatusCode::OK).await;
        world
    }

    async fn get(&self, path: &str) -> (StatusCode, Vec<u8>) {
        let response = self.client.get(format!("{}{path}", self.url)).send().await.unwrap();
        (response.status(), response.bytes().await.unwrap().to_vec())
    }

    /// What another process decides holds for pixels a second later at most.
    async fn within_a_second(&self, path: &str, status: StatusCode) {
        let begin = std::time::Instant::now();
        let mut last = self.get(path).await.0;
        // An answer that was asked for within the second may be an old one.
        while last != status && begin.elapsed() <= Duration::from_secs(1) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            last = self.get(path).await.0;
        }
        assert_eq!(last, status, "{path}");
    }

    /// Asks until the answer is as it should become: the program says when it is ready by nothing
    /// else, and an index follows a publication within seconds.
    async fn until(&self, path: &str, good: impl Fn(StatusCode, &str) -> bool) {
        for _ in 0..300 {
            if let Ok(response) = self.client.get(format!("{}{path}", self.url)).send().await {
                let status = response.status();
                let body = response.text().await.unwrap_or_default();
                if good(status, &body) {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{path} did not become what it should");
    }

    fn passerelle(&self, arguments: &[&str]) -> (bool, String) {
        run(&self.data, &self.schedules, arguments)
    }
}

/// Every route in the sources of the program, the demo's partner aside.
fn routes() -> BTreeSet<String> {
    fn walk(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            if path.ends_with("demo_partner.rs") {
                continue;
            }
            for (at, _) in text.match_indices(".route(") {
                let rest = &text[at + ".route(".len()..];
                let literal = rest.split('"').nth(1).unwrap_or("");
                // `&format!("{base}/…{{object}}…")`
                let route = match literal.strip_prefix("{base}") {
                    Some(rest) => {
                        let rest = rest.replace("{{", "{").replace("}}", "}");
                        format!("/iiif/presentation/3{rest}")
                    }
                    None => literal.to_owned(),
                };
                assert!(
                    route.starts_with('/'),
                    "{}: a route that this test cannot read",
                    path.display()
                );
                found.insert(route);
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(&workspace().join("src/web"), &mut found);
    found
}

/// The requests that each route is asked, for every object.
fn requests() -> Vec<(&'static str, Vec<String>)> {
    let objects: Vec<String> = LIMITS
        .iter()
        .map(|(reference, _)| format!("droits_{reference}"))
        .chain(["partenaire_oai_3Ap_3AOUVERT".to_owned(), "partenaire_oai_3Ap_3AFERME".to_owned()])
        .collect();
    let each = |form: &str| objects.iter().map(|id| form.replace("{}", id)).collect::<Vec<_>>();
    let words = ["vase", "coffre", "Confidentielle", "ferme", "Partenaire", "prive", ""];
    let searches =
        |path: &str| words.iter().map(|word| format!("{path}?q={word}")).collect::<Vec<_>>();
    let mut oai = vec!["/oai?verb=Identify".to_owned(), "/oai?verb=ListSets".to_owned()];
    for prefix in ["oai_dc", "edm", "lido", "raw"] {
        oai.push(format!("/oai?verb=ListRecords&metadataPrefix={prefix}"));
        oai.push(format!("/oai?verb=ListIdentifiers&metadataPrefix={prefix}"));
        for id in &objects {
            oai.push(format!(
                "/oai?verb=GetRecord&metadataPrefix={prefix}&identifier=oai:127.0.0.1:{id}"
            ));
            oai.push(format!("/oai?verb=ListMetadataFormats&identifier=oai:127.0.0.1:{id}"));
        }
    }
    let images: Vec<String> = objects.iter().map(|id| format!("{id}_2F1")).collect();
    let image_requests = |version: u8| {
        let mut all = Vec::new();
        for id in &images {
            let root = format!("/iiif/{version}/{id}");
            all.push(root.clone());
            all.push(format!("{root}/info.json"));
            let max = if version == 3 { "max" } else { "full" };
            for (region, size) in [
                ("full", max.to_owned()),
                ("full", "800,600".to_owned()),
                ("full", "201,".to_owned()),
                ("full", "!512,512".to_owned()),
                ("full", "200,".to_owned()),
                ("full", "!100,100".to_owned()),
                ("full", "1,1".to_owned()),
                ("square", max.to_owned()),
                ("0,0,256,256", "256,256".to_owned()),
                ("0,0,512,512", "128,128".to_owned()),
                ("0,0,512,512", "256,256".to_owned()),
                ("100,100,50,50", max.to_owned()),
                ("pct:0,0,10,10", max.to_owned()),
            ] {
                all.push(format!("{root}/{region}/{size}/0/default.jpg"));
            }
            all.push(format!("{root}/full/^max/0/default.jpg"));
            all.push(format!("{root}/full/!200,200/90/gray.png"));
        }
        all
    };
    let none = |path: &str| vec![path.to_owned()];
    vec![
        ("/", none("/")),
        ("/search", searches("/search")),
        ("/object/{id}", {
            let mut all = each("/object/{}");
            all.extend(each("/object/{}.json"));
            all.extend(each("/object/{}.edm.xml"));
            all
        }),
        ("/id/{id}", each("/id/{}")),
        (
            "/notice/{base}/{reference}",
            LIMITS.iter().map(|(reference, _)| format!("/notice/droits/{reference}")).collect(),
        ),
        ("/api/v1/search", searches("/api/v1/search")),
        ("/api/v1/objects/{id}", each("/api/v1/objects/{}")),
        ("/api/v1/objects/{id}/source-records", each("/api/v1/objects/{}/source-records")),
        ("/api/v1/objects/{id}/quality", each("/api/v1/objects/{}/quality")),
        ("/quality", none("/quality")),
        ("/quality/source/{name}", {
            let forms = ["", ".csv", ".json"].into_iter();
            forms.map(|form| format!("/quality/source/droits{form}")).collect()
        }),
        ("/quality/source/{name}/issues.csv", none("/quality/source/droits/issues.csv")),
        ("/quality/producer/{name}", none("/quality/producer/Musee")),
        ("/api/v1/sources", none("/api/v1/sources")),
        ("/api/v1/runs", none("/api/v1/runs")),
        ("/api/v1/openapi.json", none("/api/v1/openapi.json")),
        ("/api/v1/harvesters", none("/api/v1/harvesters")),
        ("/oai", oai),
        ("/.well-known/resourcesync", none("/.well-known/resourcesync")),
        ("/resourcesync/capabilitylist.xml", none("/resourcesync/capabilitylist.xml")),
        ("/resourcesync/resourcelist.xml", none("/resourcesync/resourcelist.xml")),
        ("/resourcesync/resourcelist/{part}", none("/resourcesync/resourcelist/0.xml")),
        ("/resourcesync/changelist.xml", none("/resourcesync/changelist.xml")),
        ("/resourcesync/changelist/{part}", none("/resourcesync/changelist/0.xml")),
        ("/resourcesync/resourcedump.xml", none("/resourcesync/resourcedump.xml")),
        ("/resourcesync/resourcedump/{part}", none("/resourcesync/resourcedump/0.zip")),
        ("/iiif/2/{*path}", image_requests(2)),
        ("/iiif/3/{*path}", image_requests(3)),
        ("/iiif/presentation/3/collection", none("/iiif/presentation/3/collection")),
        (
            "/iiif/presentation/3/collection/{base}",
            vec![
                "/iiif/presentation/3/collection/droits".to_owned(),
                "/iiif/presentation/3/collection/partenaire".to_owned(),
            ],
        ),
        (
            "/iiif/presentation/3/collection/{base}/{chunk}",
            none("/iiif/presentation/3/collection/droits/0"),
        ),
        ("/iiif/presentation/3/{object}/manifest", each("/iiif/presentation/3/{}/manifest")),
        (
            "/iiif/presentation/3/{object}/canvas/{name}",
            each("/iiif/presentation/3/{}/canvas/{}_2F1"),
        ),
        ("/static/{*name}", none("/static/nothing.css")),
        ("/robots.txt", none("/robots.txt")),
        // Each asks for the token of a source: nothing comes out without.
        ("/import/{name}", none("/import/1")),
        ("/import/{name}/rows.csv", none("/import/1/rows.csv")),
        ("/import/{name}/approve", none("/import/1/approve")),
        ("/healthz", none("/healthz")),
        ("/readyz", none("/readyz")),
        ("/metrics", none("/metrics")),
    ]
}

/// The object that a path is about.
fn limit_of(path: &str) -> Option<(&'static str, Option<u32>)> {
    LIMITS.iter().copied().find(|(reference, _)| path.contains(&format!("droits_{reference}_2F1")))
}

/// Asks every route for everything, and returns what was given against the rules.
async fn leaks(world: &World) -> Vec<String> {
    let mut leaks = Vec::new();
    let mut pixels = 0;
    for (route, paths) in requests() {
        for path in paths {
            let (status, body) = world.get(&path).await;
            assert!(status.as_u16() < 500, "{path}: {status}");
            // A dump is a ZIP with its members deflated.
            let text = if body.starts_with(b"PK") {
                unzip(&body)
            } else {
                String::from_utf8_lossy(&body).into_owned()
            };
            for (secret, what) in SECRETS {
                if text.contains(secret) {
                    leaks.push(format!("{route}: {path} gives the {what}"));
                }
            }
            let image_route = matches!(route, "/iiif/2/{*path}" | "/iiif/3/{*path}");
            // Nothing names an image that may not be shown, wherever it would be embedded.
            for (reference, limit) in LIMITS.iter().filter(|_| !image_route) {
                let image = format!("droits_{reference}_2F1");
                if status == StatusCode::OK && *limit == Some(0) && text.contains(&image) {
                    leaks.push(format!("{route}: {path} names the image of {reference}"));
                }
            }
            let Some((reference, limit)) = limit_of(&path) else { continue };
            if image_route && status == StatusCode::OK {
                pixels += 1;
                match limit {
                    Some(0) => leaks.push(format!("{path}: {status}, of {reference}")),
                    Some(side) => {
                        if let Some((width, height)) = jpeg_size(&body) {
                            let of = region(&path);
                            let most = |part: u32| (part * side).div_ceil(WIDTH).max(1);
                            if width > most(of.0) || height > most(of.1) {
                                leaks.push(format!("{path}: {width}x{height} of {of:?}"));
                            }
                        } else if path.ends_with("info.json") && !text.contains("200") {
                            leaks.push(format!("{path} does not say its limit: {text}"));
                        }
                    }
                    None => {}
                }
            } else if !image_route && limit == Some(0) && status == StatusCode::OK {
                leaks.push(format!("{path}: {status}, a canvas of {reference}"));
            }
        }
    }
    assert!(pixels > 20, "only {pixels} renderings came: the test asks for the wrong thing");
    leaks
}

/// Pixels of the region of an image request.
fn region(path: &str) -> (u32, u32) {
    let region = path.split('/').nth(4).unwrap_or("full");
    match region {
        "full" => (WIDTH, HEIGHT),
        "square" => (HEIGHT, HEIGHT),
        _ => match region.strip_prefix("pct:") {
            Some(_) => (WIDTH / 10, HEIGHT / 10),
            None => {
                let numbers: Vec<u32> =
                    region.split(',').filter_map(|number| number.parse().ok()).collect();
                (numbers[2], numbers[3])
            }
        },
    }
}

/// The text of all members of a ZIP of deflated or stored members.
fn unzip(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(4).position(|window| window == b"PK\x03\x04") {
        let head = at + found;
        let two = |from: usize| usize::from(bytes[from]) | usize::from(bytes[from + 1]) << 8;
        let start = head + 30 + two(head + 26) + two(head + 28);
        let mut member = Vec::new();
        let deflated = two(head + 8) == 8;
        if deflated {
            let mut inflate = flate2::read::DeflateDecoder::new(&bytes[start..]);
            let _to_its_end = inflate.read_to_end(&mut member);
        } else {
            member.extend(&bytes[start..]);
        }
        text.push_str(&String::from_utf8_lossy(&member));
        at = start;
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn no_exit_gives_what_rights_masks_and_people_forbid() {
    // Every route has requests, and every request belongs to a route.
    let asked: BTreeSet<String> =
        requests().into_iter().map(|(route, _)| route.to_owned()).collect();
    assert_eq!(
        routes(),
        asked,
        "a route without a verdict in this test, or a verdict without a route"
    );

    let world = World::new().await;
    // Published so far, and withdrawn by another process while the program serves: the pixels are
    // gone within a second.
    let retired = "/iiif/3/droits_RETIREE_2F1/full/max/0/default.jpg";
    assert_eq!(world.get(retired).await.0, StatusCode::OK);
    let decide = [
        "rights",
        "override",
        "droits_RETIREE",
        "--image",
        "none",
        "--reason",
        "letter of the family",
        "--author",
        "A. Martin",
    ];
    let (done, said) = world.passerelle(&decide);
    assert!(done, "{said}");
    world.within_a_second(retired, StatusCode::NOT_FOUND).await;
    // The index follows on its own.
    world
        .until("/api/v1/search?q=retire", |_, body| {
            body.contains("Vase retire") && !body.contains("droits_RETIREE_2F1")
        })
        .await;

    let found = leaks(&world).await;
    assert_eq!(found, Vec::<String>::new(), "{}", found.join("\n"));

    // What is shown is shown: the test would else be content with nothing.
    let (_, page) = world.get("/object/droits_INTERDITE").await;
    assert!(String::from_utf8_lossy(&page).contains("Vase interdit"));
    let (status, _) = world.get("/object/droits_FERMEE").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, list) = world.get("/oai?verb=ListRecords&metadataPrefix=raw").await;
    let list = String::from_utf8_lossy(&list);
    assert!(list.contains("Vase reduit") && list.contains("Dessin ouvert du partenaire"), "{list}");

    // Exports, listings, logs, and for what never enters: the database itself.
    let export = world.data.join("static.xml");
    let (done, said) = world.passerelle(&[
        "export",
        "static-repository",
        export.to_str().unwrap(),
        "--base-url",
        "http://gateway.example.org/oai/x/y.xml",
        "--prefix",
        "oai_dc",
        "--prefix",
        "edm",
    ]);
    let exported = std::fs::read_to_string(&export).unwrap_or_default();
    assert!(!done || exported.contains("Vase reduit"), "{said}");
    let (_, listed) = world.passerelle(&["sources"]);
    let (_, crosswalk) = world.passerelle(&["crosswalk", "droits", "--dry-run"]);
    let log = std::fs::read_to_string(world.data.parent().unwrap().join("serve.log")).unwrap();
    for (name, text) in
        [("export", exported + &said), ("sources", listed), ("crosswalk", crosswalk), ("log", log)]
    {
        for (secret, what) in SECRETS {
            assert!(!text.contains(secret), "{name} gives the {what}");
        }
        for (reference, limit) in LIMITS.iter().filter(|_| name == "export") {
            assert!(*limit != Some(0) || !text.contains(&format!("droits_{reference}_2F1")));
        }
    }
    for name in ["passerelle.db", "passerelle.db-wal"] {
        let Ok(bytes) = std::fs::read(world.data.join(name)) else { continue };
        for masked in ["coffre-numero-sept", "Partenaire-Secret-Masque"] {
            let inside = bytes.windows(masked.len()).any(|window| window == masked.as_bytes());
            assert!(!inside, "{masked} is in {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_override_explain_and_withdraw_with_a_trail() {
    let world = World::new().await;
    let good = ["--reason", "a letter", "--author", "A. Martin"];
    let with = |arguments: &[&str]| {
        let all: Vec<&str> =
            ["rights"].into_iter().chain(arguments.iter().copied()).chain(good).collect();
        world.passerelle(&all)
    };
    for (arguments, expected) in [
        (vec!["override", "droits_NOBODY", "--image", "none"], "no object `droits_NOBODY`"),
        (vec!["override", "droits/NOBODY", "--image", "none"], "no source record `droits/NOBODY`"),
        (vec!["override", "droits_PLEINE"], "it decides nothing"),
        (vec!["override", "droits_PLEINE", "--image", "some"], "allowed: none, full, max:N"),
        (
            vec!["override", "droits_PLEINE", "--statement", "http://example.org/x"],
            "no rights statement that Europeana accepts",
        ),
        (vec!["override", "droits_PLEINE", "--image", "none", "--until", "2001-01-01"], "is over"),
        (vec!["withdraw", "99"], "override 99: there is none of that number"),
    ] {
        let (done, said) = with(&arguments);
        assert!(!done && said.contains(expected), "{arguments:?}: {said}");
    }
    let (done, said) = world.passerelle(&[
        "rights",
        "override",
        "droits_PLEINE",
        "--image",
        "none",
        "--reason",
        " ",
        "--author",
        "x",
    ]);
    assert!(!done && said.contains("--reason: it is empty"), "{said}");

    let tile = "/iiif/3/droits_PLEINE_2F1/0,0,256,256/256,256/0/default.jpg";
    assert_eq!(world.get(tile).await.0, StatusCode::OK);
    let (done, said) =
        with(&["override", "droits_PLEINE", "--image", "max:300", "--until", "2999-12-31"]);
    assert!(done && said.contains("Decision 1 on droits_PLEINE"), "{said}");
    world.within_a_second(tile, StatusCode::NOT_FOUND).await;
    let (_, info) = world.get("/iiif/3/droits_PLEINE_2F1/info.json").await;
    assert!(String::from_utf8_lossy(&info).contains("300"));
    // Another harvest of everything, after a change of the row.
    let records = world.schedules.join("records.csv");
    let csv = std::fs::read_to_string(&records).unwrap();
    std::fs::write(&records, csv.replace("Vase ouvert", "Vase bien ouvert")).unwrap();
    world.passerelle(&["harvest", "droits"]);
    world.until("/object/droits_PLEINE", |_, body| body.contains("Vase bien ouvert")).await;
    assert_eq!(world.get(tile).await.0, StatusCode::NOT_FOUND);

    let (done, said) = world.passerelle(&["rights", "explain", "droits_PLEINE"]);
    assert!(done, "{said}");
    for expected in [
        "record droits/PLEINE",
        "`public_domain` on *: DECIDED: COPY = Domaine public",
        "schedule droits.toml rule 1 `closed` on STAT: does not match",
        "built-in rule 1 `diffusion_refused` on DIFFU: does not match",
        "in force: metadata open, image reduced:300",
        "1\tdroits_PLEINE\timage reduced:300",
        "image service, thumbnails: images of at most 300 pixels a side",
    ] {
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
    let output = command(&world.data, Some(&world.schedules))
        .args(["rights", "explain", "droits_FERMEE", "--format", "json"])
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["published"], false);
    assert_eq!(json["members"][0]["rules"]["decision"]["rule"], "closed");
    assert_eq!(json["members"][0]["rules"]["decision"]["written"]["number"], 1);

    let (done, said) = with(&["withdraw", "1"]);
    assert!(done, "{said}");
    world.within_a_second(tile, StatusCode::OK).await;
    let (_, log) = world.passerelle(&["rights", "log", "droits_PLEINE"]);
    for expected in ["by A. Martin: a letter", "before: droits/PLEINE: image full", "withdrawn 2"] {
        assert!(log.contains(expected), "{expected} is not in\n{log}");
    }
}
