//! The publish suite: from committed pages over clusters to the publication log, on SQLite and on
//! PostgreSQL.

#[macro_use]
#[path = "common/bench.rs"]
#[expect(dead_code, reason = "shared with the store suite, which uses the rest")]
mod bench;
#[path = "publish_suite/clusters.rs"]
mod clusters;
#[path = "publish_suite/lists.rs"]
mod lists;
#[path = "publish_suite/log.rs"]
mod log;
#[path = "common/postgres.rs"]
mod postgres;
#[path = "publish_suite/world.rs"]
mod world;
