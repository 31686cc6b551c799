//! `check` and `doctor`.

use super::output;
use crate::config::settings::Settings;
use crate::config::{self};
use crate::crosswalk::reference::Reference;
use crate::store::Store;
use std::process::ExitCode;

/// Prints every mistake in reference data and schedules; exit status 1 when there is one.
pub fn check(settings: &Settings) -> ExitCode {
    let reference = Reference::of(&settings.reference).with_cache(settings.vocabulary_folder());
    if let Err(mistake) = reference.normaliser() {
        output::line(mistake);
        return ExitCode::FAILURE;
    }
    match config::load_folder(&settings.schedules) {
        Ok(sources) => {
            for source in &sources {
                output::line(format_args!(
                    "{}: ok ({})",
                    source.id,
                    source.cron.as_deref().unwrap_or("by hand")
                ));
            }
            output::line(format_args!("{} schedules, no mistake", sources.len()));
            ExitCode::SUCCESS
        }
        Err(mistakes) => {
            for mistake in &mistakes {
                output::line(mistake);
            }
            output::line(format_args!("{} mistakes", mistakes.len()));
            ExitCode::FAILURE
        }
    }
}

/// Says what works on this machine; exit status 1 when something needed does not.
///
/// # Errors
/// Never for a fault that it reports.
pub async fn doctor(settings: &Settings) -> anyhow::Result<ExitCode> {
    let mut well = true;
    let mut say = |what: &str, result: Result<String, String>| match result {
        Ok(detail) => output::line(format_args!("ok    {what}: {detail}")),
        Err(problem) => {
            well = false;
            output::line(format_args!("FAULT {what}: {problem}"));
        }
    };
    say(
        "data folder",
        std::fs::create_dir_all(&settings.data)
            .map(|()| settings.data.display().to_string())
            .map_err(|error| format!("{}: {error}", settings.data.display())),
    );
    let store = Store::connect(&settings.database_url()).await;
    say(
        "database",
        match &store {
            Ok(store) => store.ping().await.map(|()| format!("{:?} answers", store.dialect())),
            Err(error) => Err(crate::store::StoreError::Url(error.to_string())),
        }
        .map_err(|error| error.to_string()),
    );
    say(
        "schedules",
        match config::load_folder(&settings.schedules) {
            Ok(sources) => Ok(format!("{} sources", sources.len())),
            Err(mistakes) => Err(format!("{} mistakes: run `passerelle check`", mistakes.len())),
        },
    );
    say(
        "listen address",
        tokio::net::TcpListener::bind(&settings.listen)
            .await
            .map(|_| settings.listen.clone())
            .map_err(|error| format!("{}: {error}", settings.listen)),
    );
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
