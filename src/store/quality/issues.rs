//! Issues of the records of a source: counted after its runs, and told one by one.

use super::super::rows::json_of;
use super::super::{Store, StoreError};
use super::ScopeKind;
use domain::issue::Issue;
use sqlx::{AssertSqlSafe, Row};

/// A source as it was after a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunQuality {
    /// Run.
    pub run_id: i64,
    /// When it ended, in seconds since the epoch.
    pub finished_at: i64,
    /// How it ended.
    pub status: String,
    /// Rows received.
    pub rows: i64,
    /// Rows that could not be taken.
    pub quarantined: i64,
    /// Issues of the records of the source then.
    pub issues: i64,
    /// Counts of the source then, as JSON: measure, value, objects.
    pub counts: String,
}

/// Issues of one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueCount {
    /// Code.
    pub code: String,
    /// How many.
    pub issues: i64,
    /// Of how many records.
    pub records: i64,
}

/// One issue of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueLine {
    /// Identifier in the source.
    pub local_id: String,
    /// What.
    pub issue: Issue,
}

impl Store {
    /// Sources whose latest ended run is not counted yet, with that run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn runs_to_count(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = sqlx::query(
            "select s.source_id, max(r.run_id) as run_id from source s \
             join run r on r.source_id = s.source_id and r.status <> 'running' \
             group by s.source_id \
             having max(r.run_id) > coalesce((select max(q.run_id) from quality_run q \
             where q.source_id = s.source_id), 0) order by s.source_id",
        )
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(|row| Ok((row.try_get("source_id")?, row.try_get("run_id")?))).collect()
    }

    /// Counts the issues of a source, by code and producer, and notes the state of the source after
    /// its run. Reads the issues of the source once: to be called after a run, not for a page.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_run(
        &self,
        source_id: &str,
        run_id: i64,
        counts: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("delete from quality_issue where source_id = $1")
            .bind(source_id)
            .execute(tx.connection())
            .await?;
        sqlx::query(
            "insert into quality_issue (source_id, scope_id, code, issue_count, record_count) \
             select $1, 0, i.code, count(*), count(distinct i.record_id) from issue i \
             join source_record r on r.record_id = i.record_id \
             where r.source_id = $2 and r.deleted = 0 group by i.code",
        )
        .bind(source_id)
        .bind(source_id)
        .execute(tx.connection())
        .await?;
        // The second scope of an object is its producer.
        let producer = match tx.dialect() {
            super::super::Dialect::Sqlite => "json_extract(q.scopes, '$[1]')",
            super::super::Dialect::Postgres => "(q.scopes::jsonb ->> 1)::bigint",
        };
        let sql = format!(
            "insert into quality_issue (source_id, scope_id, code, issue_count, record_count) \
             select $1, {producer}, i.code, count(*), count(distinct i.record_id) from issue i \
             join source_record r on r.record_id = i.record_id \
             join cluster c on c.cluster_id = r.cluster_id \
             join object_quality q on q.object_id = c.object_id \
             where r.source_id = $2 and r.deleted = 0 group by {producer}, i.code"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(source_id)
            .bind(source_id)
            .execute(tx.connection())
            .await?;
        sqlx::query(
            "insert into quality_run (run_id, source_id, issue_count, counts) \
             values ($1, $2, coalesce((select sum(issue_count) from quality_issue \
             where source_id = $3 and scope_id = 0), 0), $4) \
             on conflict (run_id) do update set issue_count = excluded.issue_count, \
             counts = excluded.counts",
        )
        .bind(run_id)
        .bind(source_id)
        .bind(source_id)
        .bind(counts)
        .execute(tx.connection())
        .await?;
        tx.commit().await
    }

    /// The latest counted runs of a source, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quality_runs(
        &self,
        source_id: &str,
        limit: i64,
    ) -> Result<Vec<RunQuality>, StoreError> {
        let rows = sqlx::query(
            "select q.run_id, q.issue_count, q.counts, r.finished_at, r.started_at, r.status, \
             r.row_count, r.quarantined_count from quality_run q join run r on r.run_id = q.run_id \
             where q.source_id = $1 order by q.run_id desc limit $2",
        )
        .bind(source_id)
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                let started: i64 = row.try_get("started_at")?;
                Ok(RunQuality {
                    run_id: row.try_get("run_id")?,
                    finished_at: row.try_get::<Option<i64>, _>("finished_at")?.unwrap_or(started),
                    status: row.try_get("status")?,
                    rows: row.try_get("row_count")?,
                    quarantined: row.try_get("quarantined_count")?,
                    issues: row.try_get("issue_count")?,
                    counts: row.try_get("counts")?,
                })
            })
            .collect()
    }

    /// Issues by code, of a source or of a producer, as counted after the last run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quality_issues(
        &self,
        kind: ScopeKind,
        scope_id: i64,
        name: &str,
    ) -> Result<Vec<IssueCount>, StoreError> {
        // PostgreSQL sums integers to a type of its own.
        let sums = "code, cast(sum(issue_count) as bigint) as issues, \
             cast(sum(record_count) as bigint) as records from quality_issue";
        let query = match kind {
            ScopeKind::Source => sqlx::query(AssertSqlSafe(format!(
                "select {sums} where source_id = $1 and scope_id = 0 group by code order by code"
            )))
            .bind(name.to_owned()),
            ScopeKind::Producer | ScopeKind::All => {
                // Everything is what all sources have; there are few of them.
                let scope_id = if kind == ScopeKind::All { 0 } else { scope_id };
                sqlx::query(AssertSqlSafe(format!(
                    "select {sums} where scope_id = $1 group by code order by code"
                )))
                .bind(scope_id)
            }
        };
        let rows = query.fetch_all(self.reader()).await?;
        rows.iter()
            .map(|row| {
                Ok(IssueCount {
                    code: row.try_get("code")?,
                    issues: row.try_get("issues")?,
                    records: row.try_get("records")?,
                })
            })
            .collect()
    }

    /// Live records of a source after `after` (a local identifier), at most `limit`, with their
    /// issues; also the last identifier looked at, none at the end. `open`: only records whose
    /// metadata may be published.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn issue_lines(
        &self,
        source_id: &str,
        after: &str,
        limit: i64,
        open: bool,
    ) -> Result<(Vec<IssueLine>, Option<String>), StoreError> {
        let records = sqlx::query(
            "select record_id, local_id from source_record r where source_id = $1 \
             and local_id > $2 and deleted = 0 and ($3 = 0 or exists (select 1 from \
             rights_decision d where d.record_id = r.record_id and d.metadata_open = 1)) \
             order by local_id limit $4",
        )
        .bind(source_id)
        .bind(after)
        .bind(i64::from(open))
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        let mut ids: Vec<i64> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for row in &records {
            ids.push(row.try_get("record_id")?);
            names.push(row.try_get("local_id")?);
        }
        let last = names.last().cloned();
        let sql = format!(
            "select record_id, code, path, value from issue where {} order by record_id, number",
            self.dialect().integer_in("record_id", 1)
        );
        let mut found: std::collections::BTreeMap<i64, Vec<Issue>> =
            std::collections::BTreeMap::new();
        for row in
            sqlx::query(AssertSqlSafe(sql)).bind(json_of(&ids)).fetch_all(self.reader()).await?
        {
            let issue = Issue {
                code: row.try_get("code")?,
                path: row.try_get("path")?,
                value: row.try_get("value")?,
            };
            found.entry(row.try_get("record_id")?).or_default().push(issue);
        }
        let lines = ids.iter().zip(names).flat_map(|(id, local_id)| {
            found
                .remove(id)
                .unwrap_or_default()
                .into_iter()
                .map(move |issue| IssueLine { local_id: local_id.clone(), issue })
        });
        Ok((lines.collect(), last))
    }
}
