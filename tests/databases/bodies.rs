//! What holds on every server.

use crate::mariadb::PASSWORD;
use crate::producer::{Producer, Server, counts};
use passerelle::config::source::HarvestMode::{Full, Incremental};
use tokio_util::sync::CancellationToken;

pub(crate) async fn values(mut producer: Producer) {
    let (table, row, more) = match producer.server {
        Server::Postgres => (
            "create table t (ref int8 primary key, prix numeric(30,10), reel float8, fin float4, \
             vrai bool, jour date, quand timestamp, ou timestamptz, uid uuid, tab text[], \
             nums numeric[], js jsonb, photo bytea, rien text, vide text, genre char(4))",
            "insert into t values (9007199254740993, 12345678901234567890.1234567800, 0.1, 0.1, \
             true, '1853-02-03', '2024-05-06 07:08:09.123456', '2024-05-06 09:08:09+02', \
             'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{huile,\"toile, bois\"}', '{1.50}', \
             '{\"auteur\":{\"nom\":\"Vélin\"},\"annees\":[1,2]}', '\\x00ff00', null, '', 'ab')",
            "",
        ),
        Server::MariaDb => (
            "create table t (ref bigint unsigned primary key, prix decimal(30,10), reel double, \
             fin float, vrai bool, jour date, quand datetime(6), ou timestamp null, \
             bin_txt varchar(20) character set utf8mb4 collate utf8mb4_bin, js json, \
             photo blob, rien text, vide text)",
            "insert into t values (18446744073709551615, 12345678901234567890.1234567800, 0.1, \
             0.1, true, '1853-02-03', '2024-05-06 07:08:09.123456', '2024-05-06 07:08:09', \
             'Vélin', '{\"auteur\":{\"nom\":\"Vélin\"},\"annees\":[1,2]}', x'00ff00', null, '')",
            "json = ['js']",
        ),
        Server::Sqlite => (
            "create table t (ref integer primary key, prix text, reel real, entier real, quand \
             text, mal text, js text, photo blob, rien text, vide text)",
            "insert into t values (9007199254740993, '12345678901234567890.1234567800', 0.1, 2, \
             '2024-05-06 07:08:09', cast(x'56e96c696e' as text), \
             '{\"auteur\":{\"nom\":\"Vélin\"},\"annees\":[1,2]}', x'00ff00', null, '')",
            "json = ['js']",
        ),
    };
    producer.sql(table).await;
    producer.sql(row).await;
    let config = producer.config("select * from t", more);
    let run = producer.run(&config, Full).await;
    assert_eq!((run.status.as_str(), counts(&run)), ("complete", [1, 0, 0, 0, 0]), "{run:?}");
    let id = if producer.server == Server::MariaDb {
        "18446744073709551615"
    } else {
        "9007199254740993"
    };
    let stored = producer.store.stored_source_record("joconde", id).await.unwrap().unwrap();
    let issues: Vec<String> =
        stored.issues.iter().map(|i| format!("{} {} {}", i.code, i.path, i.value)).collect();
    assert!(issues.iter().any(|i| i == "binary_left_out photo 3 bytes"), "{issues:?}");
    let pages = producer.pages(&run).await;
    assert_eq!(pages[0].1, "joconde/rows#row=1-1");
    let name = format!("values_{:?}", producer.server).to_lowercase();
    let shown = format!(
        "{}\n\n{}",
        producer.fields(id).await.join("\n"),
        String::from_utf8(pages[0].2.clone()).unwrap()
    );
    insta::assert_snapshot!(name, shown);
}

pub(crate) async fn incremental(mut producer: Producer) {
    producer.works(25).await;
    let more = "watermark = 'dmaj'\ndeleted = 'etat'\ndeleted_values = ['supprime']";
    let mut config = producer.config("select * from oeuvre", more);
    config.harvest.absence_check = Some("never".to_owned());
    // Nothing was read before: everything is.
    let first = producer.run(&config, Incremental).await;
    assert_eq!((first.status.as_str(), counts(&first)), ("complete", [25, 0, 0, 0, 0]));
    assert_eq!(first.counts.pages, 3);
    // Rows of the last second come again, and nothing else.
    let second = producer.run(&config, Incremental).await;
    assert_eq!(counts(&second), [0, 0, 1, 0, 0], "{second:?}");

    producer
        .sql("update oeuvre set titr = 'Autre', dmaj = '2024-02-01 00:00:00' where ref = 'W0003'")
        .await;
    producer
        .sql(
            "update oeuvre set etat = 'supprime', dmaj = '2024-02-01 00:00:00' where ref = 'W0004'",
        )
        .await;
    producer
        .sql("insert into oeuvre values ('N1', 'Neuf', 'publie', 'x', '2024-02-01 00:00:00')")
        .await;
    // Without watermark it would never be seen.
    producer.sql("insert into oeuvre values ('N2', 'Sans date', 'publie', 'x', null)").await;
    producer.sql("delete from oeuvre where ref = 'W0005'").await;
    let third = producer.run(&config, Incremental).await;
    assert_eq!((third.status.as_str(), counts(&third)), ("complete", [2, 1, 1, 1, 0]), "{third:?}");
    assert!(producer.deleted("W0004").await);
    assert!(!producer.deleted("W0005").await, "nothing said that it is gone");

    // Now all keys are compared.
    config.harvest.absence_check = Some("0s".to_owned());
    let fourth = producer.run(&config, Incremental).await;
    assert_eq!(fourth.status, "complete", "{fourth:?}");
    assert!(producer.deleted("W0005").await);
    assert!(!producer.deleted("W0006").await);
    assert!(fourth.verdict.as_deref().unwrap().contains("\"absence_checked\":true"));
    let keys = producer.pages(&fourth).await;
    assert!(keys.iter().any(|page| page.1.starts_with("joconde/keys#row=")), "{keys:?}");

    // A backup was restored: the largest watermark lies before the last one.
    producer.sql("delete from oeuvre where dmaj > '2024-01-20 00:00:00'").await;
    let fifth = producer.run(&config, Incremental).await;
    assert!(fifth.counts.rows > 20, "everything is read: {fifth:?}");
    assert!(producer.deleted("N1").await);
}

pub(crate) async fn deletions(mut producer: Producer) {
    producer.works(40).await;
    let config = producer
        .config("select * from oeuvre;  ", "deleted = 'etat'\ndeleted_values = ['supprime']");
    let first = producer.run(&config, Full).await;
    assert_eq!(counts(&first), [40, 0, 0, 0, 0], "{first:?}");
    producer.sql("update oeuvre set etat = 'supprime' where ref = 'W0000'").await;
    producer.sql("delete from oeuvre where ref = 'W0001'").await;
    let second = producer.run(&config, Full).await;
    assert_eq!((second.status.as_str(), counts(&second)), ("complete", [0, 0, 38, 1, 0]));
    assert!(producer.deleted("W0000").await && producer.deleted("W0001").await);
    producer.sql("delete from oeuvre where ref > 'W0010'").await;
    let third = producer.run(&config, Full).await;
    assert_eq!(third.status, "partial");
    assert!(third.reason.as_deref().unwrap().starts_with("brake:"), "{third:?}");
    assert!(!producer.deleted("W0020").await);
    producer.sql("delete from oeuvre").await;
    let fourth = producer.run(&config, Full).await;
    assert_eq!(fourth.status, "failed", "{fourth:?}");
    assert!(fourth.reason.as_deref().unwrap().contains("gives no row"), "{fourth:?}");
}

pub(crate) async fn mistakes(mut producer: Producer) {
    producer.works(3).await;
    let refused = async |query: &str, more: &str| {
        let run = producer.run(&producer.config(query, more), Full).await;
        assert_eq!(run.status, "failed", "{query}");
        run.reason.unwrap()
    };
    let table = refused("select * from peinture", "").await;
    assert!(table.contains("names a table that is not there"), "{table}");
    let column = refused("select cote as ref from oeuvre", "").await;
    assert!(column.contains("names a column that is not there"), "{column}");
    let key = refused("select titr, etat from oeuvre", "").await;
    assert!(
        key.contains("database.key `ref` is not in the result; database.query gives titr, etat"),
        "{key}"
    );
    let twice =
        refused("select o.ref, p.ref from oeuvre o join oeuvre p on o.ref = p.ref", "").await;
    assert!(twice.contains("two columns `ref`"), "{twice}");
    let mark = refused("select ref from oeuvre", "watermark = 'dmaj'").await;
    assert!(mark.contains("database.watermark `dmaj` is not in the result"), "{mark}");
    let syntax = refused("select ref, from oeuvre", "").await;
    assert!(syntax.contains("not one SELECT that can stand in brackets"), "{syntax}");
    let mut config = producer.config("select * from oeuvre", "");
    config.masked = vec!["REF".to_owned()];
    let run = producer.run(&config, Full).await;
    assert!(run.reason.as_deref().unwrap().contains("database.key `ref` is masked"), "{run:?}");
    // Several rows of one key: the first one counts, the others say what to do.
    let joined =
        "select o.ref, o.titr, p.n from oeuvre o cross join (select 1 as n union all select 2) p";
    let run = producer.run(&producer.config(joined, ""), Full).await;
    assert_eq!((run.status.as_str(), counts(&run)), ("complete", [3, 0, 0, 0, 3]));
    let rows = producer.store.quarantined(run.run_id, 0, 1).await.unwrap();
    assert_eq!(rows[0].1.code, "repeated_identifier");
    assert!(rows[0].1.detail.contains("group them in database.query"), "{}", rows[0].1.detail);
}

pub(crate) async fn stopped(mut producer: Producer) {
    producer.works(95).await;
    let config = producer.config("select * from oeuvre -- all of them", "");
    let mut pages = 0;
    let mut root = None;
    loop {
        // Stopped as soon as one more page is in the store.
        let cancel = CancellationToken::new();
        let watch = {
            let (store, cancel) = (producer.store.clone(), cancel.clone());
            tokio::spawn(async move {
                while !cancel.is_cancelled() {
                    let run = store.open_run("joconde").await.unwrap();
                    if run.is_some_and(|run| run.counts.pages > pages) {
                        cancel.cancel();
                    }
                    tokio::task::yield_now().await;
                }
            })
        };
        let run = producer.run_until(&config, Full, cancel.clone()).await;
        cancel.cancel();
        watch.await.unwrap();
        assert_eq!(*root.get_or_insert(run.run_id), run.run_id, "one run, resumed");
        pages = run.counts.pages;
        if run.status != "running" {
            assert_eq!(
                (run.status.as_str(), counts(&run)),
                ("complete", [95, 0, 0, 0, 0]),
                "{run:?}"
            );
            break;
        }
    }
    let again = producer.run(&config, Full).await;
    assert_eq!(counts(&again), [0, 0, 95, 0, 0]);
}

pub(crate) async fn writing(mut producer: Producer) {
    producer.works(3).await;
    let writes = match producer.server {
        Server::Postgres => {
            producer.sql("create function wipe() returns int language sql as 'delete from oeuvre; select 1'").await;
            "select ref, wipe() as w from oeuvre"
        }
        Server::MariaDb => {
            producer.sql("create function wipe() returns int begin delete from oeuvre where ref = 'W0001'; return 1; end").await;
            "select ref, wipe() as w from (select 'X' as ref) x"
        }
        Server::Sqlite => "with gone as (delete from oeuvre returning ref) select ref from gone",
    };
    let run = producer.run(&producer.config(writes, ""), Full).await;
    assert_eq!(run.status, "failed", "{run:?}");
    assert_eq!(producer.count("select count(*) from oeuvre").await, 3);
}

pub(crate) async fn masked(mut producer: Producer) {
    producer.works(12).await;
    let run = producer.run(&producer.config("select * from oeuvre", ""), Full).await;
    assert_eq!(counts(&run), [12, 0, 0, 0, 0]);
    for (_, _, body) in producer.pages(&run).await {
        let body = String::from_utf8(body).unwrap();
        assert!(
            body.contains("Vue") && !body.contains("hidden") && !body.contains("secret"),
            "{body}"
        );
    }
    assert!(!producer.fields("W0001").await.iter().any(|field| field.contains("hidden")));
}

pub(crate) async fn password(mut producer: Producer) {
    producer.works(2).await;
    let mut config = producer.config("select * from oeuvre", "password_file = 'password'");
    config.location = config.location.replace("root@", "reader@");
    std::fs::write(producer.folder.path().join("password"), format!("{PASSWORD}\n")).unwrap();
    let run = producer.run(&config, Full).await;
    assert_eq!((run.status.as_str(), run.counts.created), ("complete", 2), "{run:?}");
    assert!(!producer.store.source("joconde").await.unwrap().unwrap().settings.contains(PASSWORD));

    std::fs::write(producer.folder.path().join("password"), "wr0ng\n").unwrap();
    let run = producer.run(&config, Full).await;
    let reason = run.reason.unwrap();
    assert_eq!(run.status, "failed");
    assert!(reason.contains("user or password are wrong") && !reason.contains("wr0ng"), "{reason}");
    config.location = config.location.replace("reader@", "reader:${PASSERELLE_NO_SUCH_PASSWORD}@");
    config.database.as_mut().unwrap().password_file = None;
    let run = producer.run(&config, Full).await;
    let reason = run.reason.unwrap();
    assert!(
        reason.contains("environment variable `PASSERELLE_NO_SUCH_PASSWORD` is not set"),
        "{reason}"
    );
}
