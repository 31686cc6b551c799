//! Small named values that outlive a restart, and secrets.

use super::{Store, StoreError};
use sqlx::Row;

impl Store {
    /// The value of a setting, when it was ever set.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("select value from setting where name = $1")
            .bind(name)
            .fetch_optional(self.reader())
            .await?;
        Ok(row.map(|row| row.try_get("value")).transpose()?)
    }

    /// Sets a setting.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        sqlx::query(
            "insert into setting (name, value) values ($1, $2) \
             on conflict (name) do update set value = excluded.value",
        )
        .bind(name)
        .bind(value)
        .execute(self.writer())
        .await?;
        Ok(())
    }

    /// 32 random bytes, made once and kept: every node and every restart gets the same.
    ///
    /// # Errors
    /// [`StoreError::Random`] when the system has no random bytes.
    pub async fn secret(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let key = format!("secret:{name}");
        if self.setting(&key).await?.is_none() {
            let mut bytes = [0_u8; 32];
            rustls::crypto::ring::default_provider()
                .secure_random
                .fill(&mut bytes)
                .map_err(|_| StoreError::Random(name.to_owned()))?;
            let value = crate::hex::hex(&bytes);
            // Two nodes may start at once: the first one's bytes stay.
            sqlx::query("insert into setting (name, value) values ($1, $2) on conflict do nothing")
                .bind(key.as_str())
                .bind(value)
                .execute(self.writer())
                .await?;
        }
        let value = self.setting(&key).await?.unwrap_or_default();
        let bytes: Option<Vec<u8>> = (0..value.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(value.get(at..at + 2)?, 16).ok())
            .collect();
        bytes.filter(|bytes| bytes.len() == 32).ok_or(StoreError::Setting(key))
    }
}
