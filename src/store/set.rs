//! Sets: what a list that was overtaken by changes ends with, and what sets are called.

use super::object::{COLUMNS, ObjectQuery, PLACE, listed_of};
use super::{ObjectRow, Store, StoreError};
use sqlx::{Any, AssertSqlSafe, Row};
use std::collections::BTreeMap;

/// What the store knows of names for sets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetNames {
    /// Base → label of its most trusted source.
    pub bases: BTreeMap<String, String>,
    /// Source → label.
    pub sources: BTreeMap<String, String>,
    /// Reference of a museum (`M0017`) → its name.
    pub museums: BTreeMap<String, String>,
}

impl Store {
    /// What ends a list when everything that was left of it changed before its last page was asked
    /// for: the last object before the position that is still in the list, or else the object at the
    /// position, as it is now in the set that is asked for.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn closing_object(
        &self,
        query: &ObjectQuery,
    ) -> Result<Option<ObjectRow>, StoreError> {
        let Some((datestamp, id)) = &query.after else { return Ok(None) };
        let record = if query.with_record { ", o.record" } else { "" };
        let (columns, table, in_set, prefix) = match &query.set {
            Some(_) => (
                format!("{COLUMNS}, {PLACE}{record}"),
                "set_membership m join object o on o.object_id = m.object_id",
                " and m.set_spec = $4",
                "m",
            ),
            None => (format!("{COLUMNS}{record}"), "object o", "", "o"),
        };
        let before = format!(
            "select {columns} from {table} where ({prefix}.datestamp, {prefix}.object_id) <= ($1, $2) \
             and {prefix}.datestamp >= $3{in_set} \
             order by {prefix}.datestamp desc, {prefix}.object_id desc limit 1"
        );
        let mut statement = sqlx::query::<Any>(AssertSqlSafe(before))
            .bind(*datestamp)
            .bind(id.clone())
            .bind(query.from.unwrap_or(i64::MIN));
        if let Some(set) = &query.set {
            statement = statement.bind(set.clone());
        }
        if let Some(row) = statement.fetch_optional(self.reader()).await? {
            return listed_of(&row, query).map(Some);
        }
        let in_set = in_set.replace("$4", "$2");
        let same = format!("select {columns} from {table} where {prefix}.object_id = $1{in_set}");
        let mut statement = sqlx::query::<Any>(AssertSqlSafe(same)).bind(id.clone());
        if let Some(set) = &query.set {
            statement = statement.bind(set.clone());
        }
        let row = statement.fetch_optional(self.reader()).await?;
        row.map(|row| listed_of(&row, query)).transpose()
    }

    /// How many sets there are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_sets(&self) -> Result<i64, StoreError> {
        let row = sqlx::query(
            "select count(*) as amount from set_size where set_spec > '' and object_count > 0",
        )
        .fetch_one(self.reader())
        .await?;
        Ok(row.try_get("amount")?)
    }

    /// The labels of bases and sources, and the names of the museums that are in the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_names(&self, museums: &[&str]) -> Result<SetNames, StoreError> {
        let mut names = SetNames::default();
        let rows =
            sqlx::query("select source_id, base, label from source order by trust, source_id")
                .fetch_all(self.reader())
                .await?;
        for row in &rows {
            let label: String = row.try_get("label")?;
            names.bases.entry(row.try_get("base")?).or_insert_with(|| label.clone());
            names.sources.insert(row.try_get("source_id")?, label);
        }
        let references = museums.iter().map(|museum| format!("ref:{museum}"));
        let references: Vec<String> = references.collect();
        let sql = format!(
            "select n.name, o.title from record_name n \
             join source_record r on r.record_id = n.record_id \
             join cluster c on c.cluster_id = r.cluster_id \
             join object o on o.object_id = c.object_id \
             where {} and o.status = 'live' and o.kind = 'museum' order by n.record_id desc",
            self.dialect().text_in("n.name", 1)
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(super::rows::json_of_texts(references.iter().map(String::as_str)))
            .fetch_all(self.reader())
            .await?;
        for row in &rows {
            let name: &str = row.try_get("name")?;
            // The oldest record comes last and stays.
            if let Some(reference) = name.strip_prefix("ref:") {
                names.museums.insert(reference.to_owned(), row.try_get("title")?);
            }
        }
        Ok(names)
    }
}
