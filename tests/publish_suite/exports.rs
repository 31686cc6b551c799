//! What would change, and what is published as a file.

use crate::world::World;
use passerelle::config::load_folder;
use passerelle::config::settings::RepositorySettings;
use passerelle::crosswalk::Crosswalk;
use passerelle::fetch::Fetcher;
use passerelle::harvest::{Progress, harvest};
use passerelle::publish::preview::preview;
use passerelle::publish::static_repository::{ExportError, Selection, write};
use passerelle::store::Store;
use protocols::formats::Format;
use std::path::Path;
use tokio_util::sync::CancellationToken;

const TABLE: &str = r#"
base = "small"
kind = "museum_object"
key = ["id"]
names = ["ref:{id}"]
field = [
  { name = "id", to = "identifier" },
  { name = "title", to = "title" },
  { name = "maker", to = "creator" },
  { name = "note", to = "description" },
]
"#;

fn schedule(folder: &Path) {
    let schedule = "label = \"Small\"\nkind = \"file\"\nlocation = \"small.csv\"\nformat = \"csv\"\nmapping = \"tables/small.toml\"\n";
    std::fs::write(folder.join("small.toml"), schedule).unwrap();
    std::fs::write(
        folder.join("small.csv"),
        "id,title,maker,note\n1,One,Anne,a\n2,Two,Anne,\n3,Three,,\n",
    )
    .unwrap();
}

async fn run(store: &Store, folder: &Path) {
    let sources = load_folder(folder).unwrap();
    let fetcher = Fetcher::new().unwrap();
    let run =
        harvest(store, &fetcher, &sources[0], None, Progress::silent(), CancellationToken::new());
    assert_eq!(run.await.unwrap().status, "complete");
}

on_both! {
    async fn a_preview_counts_what_the_new_mapping_then_really_moves(bench) {
        let world = World::new(bench.open().await).await;
        let folder = tempfile::tempdir().unwrap();
        let tables = folder.path().join("tables");
        std::fs::create_dir(&tables).unwrap();
        schedule(folder.path());
        let table = tables.join("small.toml");
        std::fs::write(&table, TABLE).unwrap();
        run(&world.store, folder.path()).await;
        assert_eq!(world.settle().await.created, 3);

        let look = async || {
            let sources = load_folder(folder.path()).unwrap();
            let crosswalk = Crosswalk::for_source(&sources[0]).unwrap();
            let cancel = CancellationToken::new();
            preview(&world.store, &sources[0].id, &crosswalk, world.now(), &cancel).await.unwrap()
        };
        let same = look().await;
        assert_eq!((same.records, same.changed, same.objects.entries()), (3, 0, 0));

        // The maker becomes a contributor: two of the three records have one.
        std::fs::write(&table, TABLE.replace("creator", "contributor")).unwrap();
        let found = look().await;
        assert_eq!((found.records, found.changed, found.rekeyed), (3, 2, 0));
        assert_eq!((found.objects.updated, found.objects.entries()), (2, 2));
        // Looking changed nothing.
        assert_eq!(world.settle().await.entries(), 0);
        assert_eq!(look().await, found);

        run(&world.store, folder.path()).await;
        assert_eq!(world.settle().await.updated, 2);
        assert_eq!(look().await.changed, 0);
    }

    async fn a_static_repository_holds_the_live_objects_of_a_set(bench) {
        use crate::world::record;
        use domain::record::Kind;
        let world = World::new(bench.open().await).await;
        let object = |name: &str| Some(record(Kind::MuseumObject, name, name));
        world.put("joconde", vec![("A", object("A")), ("B", object("B"))]).await;
        world.put("palissy", vec![("P", object("P"))]).await;
        world.settle().await;
        world.put("joconde", vec![("B", None)]).await;
        world.settle().await;
        let settings = RepositorySettings::default();
        let export = async |set: &'static str| {
            let selection = Selection {
                formats: &[Format::OaiDc, Format::Edm],
                set: Some(set),
                horizon: world.now(),
                public_url: "https://example.org",
                base_url: "https://gateway.example.org/oai/example.org/records.xml",
            };
            let mut out = Vec::new();
            let written = write(&world.store, &settings, &selection, &mut out).await;
            written.map(|count| (count, String::from_utf8(out).unwrap()))
        };
        let (count, file) = export("base:joconde").await.unwrap();
        assert_eq!(count, 1);
        assert_eq!(file.matches("<oai:record>").count(), 2, "one in each format");
        assert_eq!(file.matches("oai:passerelle.example.org:joconde_A<").count(), 2);
        assert!(!file.contains("joconde_B") && !file.contains("palissy_P"), "{file}");
        assert!(matches!(export("base:merimee").await, Err(ExportError::Empty)));
    }
}
