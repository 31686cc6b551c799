//! Deliveries of the producers of POP in one zip, with their pictures, dispatched to their bases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on stops with the reason; helpers outside #[test] are tests too"
)]

use passerelle::config::source::{HarvestMode, SourceConfig};
use passerelle::fetch::Fetcher;
use passerelle::harvest::{self, Progress};
use passerelle::store::Store;
use passerelle::store::run::Run;
use std::io::Write as _;
use tokio_util::sync::CancellationToken;
use zip::write::SimpleFileOptions;

/// Bytes that stand for a picture; nothing looks at them here.
const PICTURE: &[u8] = b"\xff\xd8\xff a picture";

struct Bench {
    folder: tempfile::TempDir,
    store: Store,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        let store = Store::open(&url).await.unwrap();
        Self { folder, store }
    }

    fn zip(&self, name: &str, entries: &[(&str, &[u8])]) {
        let file = std::fs::File::create(self.folder.path().join(name)).unwrap();
        let mut zip = zip::ZipWriter::new(file);
        for (name, content) in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap();
    }

    fn config(&self, text: &str) -> SourceConfig {
        let file = self.folder.path().join("livraison.toml");
        std::fs::write(&file, format!("label = 'L'\nkind = 'file'\n{text}")).unwrap();
        passerelle::config::load::load_file(&file).unwrap()
    }

    async fn harvest(&self, config: &SourceConfig) -> Run {
        let (silent, cancel) = (Progress::silent(), CancellationToken::new());
        let fetcher = Fetcher::new().unwrap();
        harvest::harvest(&self.store, &fetcher, config, Some(HarvestMode::Full), silent, cancel)
            .await
            .unwrap()
    }

    /// Base and fields that matter of a record.
    async fn record(&self, id: &str, names: &[&str]) -> (String, Vec<String>) {
        let stored = self.store.stored_source_record("livraison", id).await.unwrap().unwrap();
        let fields = &stored.source_record.fields;
        let values = names.iter().map(|name| {
            let named = fields.iter().filter(|field| field.name == *name);
            named.map(|field| field.value.as_str()).collect::<Vec<_>>().join("|")
        });
        (stored.record.base.clone().unwrap_or_default(), values.collect())
    }
}

fn words(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[tokio::test]
async fn the_three_files_of_gertrude_and_their_pictures_come_as_one_zip() {
    let bench = Bench::new().await;
    bench.zip(
        "gertrude.zip",
        &[
            (
                "GERTRUDE_xmlToPALISSY_lexicovide.txt",
                "REF|TICO|DENO|COM\nIM35000001|retable du maître-autel|\"retable ; autel\"|Rennes\n".as_bytes(),
            ),
            (
                "GERTRUDE_xmlToMERIMEE_lexicovide.txt",
                "REF|TICO|COM\nIA35000002|maison dite de la Motte|Rennes\n".as_bytes(),
            ),
            (
                "GERTRUDE_xmlToMEMOIRE_lexicovide.txt",
                "REF|LBASE|AUT|EMET|AUTR|DOC|LIEU|ADRS|NOMI|LEG\n\
                 IVR53_20203500001NUCA|IM35000001|Dagorn, Paul|Région Bretagne|Lecoq, Jean|vue d'ensemble|le Bourg|1 place|20203500001NUCA|Vue générale\n"
                    .as_bytes(),
            ),
            ("images/IVR53_20203500001NUCA.JPG", PICTURE),
            ("images/IVR53_20203500009NUCA.JPG", PICTURE),
        ],
    );
    let config = bench.config(
        "location = 'gertrude.zip'\nmapping = 'pop'\nimages = 'pictures'\nmasked = ['PRECOR']\n",
    );
    let run = bench.harvest(&config).await;
    assert_eq!(
        (run.status.as_str(), run.counts.created, run.counts.quarantined),
        ("complete", 3, 0)
    );
    let (base, values) = bench.record("IM35000001", &["DENO", "TICO"]).await;
    assert_eq!(
        (base.as_str(), values),
        ("palissy", words(&["retable ; autel", "retable du maître-autel"]))
    );
    assert_eq!(bench.record("IA35000002", &[]).await.0, "merimee");
    let names = ["AUTP", "IDPROD", "AUTOEU", "ADRESSE", "IMG", "PRECOR", "DOC"];
    let (base, values) = bench.record("IVR53_20203500001NUCA", &names).await;
    // ADRS is masked in all bases of a mixed delivery: in Autor it is where a person lives.
    let expected = [
        "Dagorn, Paul",
        "Région Bretagne",
        "Lecoq, Jean",
        "le Bourg",
        "ivr53_20203500001nuca.jpg",
        "",
        "",
    ];
    assert_eq!((base.as_str(), values), ("memoire", words(&expected)));
    // What is masked under Mémoire's name is in no page under Gertrude's.
    let mut before = i64::MAX;
    while let Some(page) = bench.store.page_before(run.run_id, before).await.unwrap() {
        before = page.number;
        assert!(!String::from_utf8(page.body).unwrap().contains("vue d'ensemble"));
    }
    let unpacked =
        std::fs::read(bench.folder.path().join("pictures/unpacked/ivr53_20203500001nuca.jpg"));
    assert_eq!(unpacked.unwrap(), PICTURE);
    let run = bench.harvest(&config).await;
    assert_eq!(run.reason.as_deref(), Some("unchanged"));
}

#[tokio::test]
async fn each_file_of_a_zip_is_read_in_its_own_form_and_names_lead_out_of_no_folder() {
    let bench = Bench::new().await;
    bench.zip(
        "tout.zip",
        &[
            ("LISEZMOI.txt", "Trois fichiers".as_bytes()),
            ("a.csv", "id;titre\na1;Un\n".as_bytes()),
            ("sous/b.json", "[{\"id\": \"b1\", \"titre\": \"Deux\"}]".as_bytes()),
            ("c.xml", "<fiches><fiche><id>c1</id><titre>Trois</titre></fiche></fiches>".as_bytes()),
            ("../../dehors.jpg", PICTURE),
            ("__MACOSX/._a.csv", b"x"),
        ],
    );
    let config = bench.config("location = 'tout.zip'\nmapping = 'generic'\nimages = 'pictures'\n");
    let run = bench.harvest(&config).await;
    assert_eq!(
        (run.status.as_str(), run.counts.created, run.counts.quarantined),
        ("complete", 3, 0)
    );
    for (id, title) in [("a1", "Un"), ("b1", "Deux"), ("c1", "Trois")] {
        assert_eq!(bench.record(id, &["titre"]).await.1, [title]);
    }
    assert!(bench.folder.path().join("pictures/unpacked/dehors.jpg").is_file());
    assert!(!bench.folder.path().parent().unwrap().join("dehors.jpg").exists());
}

#[tokio::test]
async fn a_mixed_delivery_of_monuments_goes_to_each_base_by_its_reference() {
    let bench = Bench::new().await;
    let rows = "REF|TICO|DENO|COM|LEG|NOM\n\
                PA00078014|Château de la Roche|château|Issoire||\n\
                PM63000107|Calice|calice|Issoire||\n\
                APMH00011345||||Façade sud|\n\
                AW00001|||||Ruprich-Robert\n\
                ZZ000001|Inconnu||||\n";
    std::fs::write(bench.folder.path().join("mh.csv"), rows).unwrap();
    let config = bench
        .config("location = 'mh.csv'\nmapping = 'pop'\n[file]\ndelimiter = '|'\nquoting = false\n");
    let run = bench.harvest(&config).await;
    assert_eq!(
        (run.status.as_str(), run.counts.created, run.counts.quarantined),
        ("complete", 5, 0)
    );
    for (id, base) in [
        ("PA00078014", "merimee"),
        ("PM63000107", "palissy"),
        ("APMH00011345", "memoire"),
        ("AW00001", "autor"),
    ] {
        assert_eq!(bench.record(id, &[]).await.0, base, "{id}");
    }
    // What no prefix names is not dispatched silently.
    let unknown = bench.store.stored_source_record("livraison", "ZZ000001").await.unwrap().unwrap();
    assert!(unknown.issues.iter().any(|issue| issue.code.contains("base")), "{:?}", unknown.issues);
}
