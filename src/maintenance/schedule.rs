//! Backups that the service makes by itself, and how many of them stay.

use super::backup::{Request, make};
use super::error::Error;
use super::queries::newest;
use crate::actor::Actor;
use crate::app::App;
use chrono::Duration;
use std::fs;
use std::path::{Path, PathBuf};

/// How names of scheduled backups begin and end; what has another name is left alone.
const BEGIN: &str = "stembank-";
const END: &str = ".backup";

/// Makes a backup if one is due, and removes the oldest beyond those that stay: whether it made one. Without a folder in
/// the settings nothing is scheduled.
///
/// # Errors
/// Those of [`make`].
pub async fn keep_backups(app: &App) -> Result<bool, Error> {
    let settings = &app.config.backup;
    let Some(folder) = &settings.folder else { return Ok(false) };
    let due_after = Duration::hours(settings.every_hours.max(1).into());
    // Whoever made the newest one, it is one.
    let last = newest(app.db.read()).await?;
    if last.is_some_and(|last| app.clock.now() - last.made_at < due_after) {
        return Ok(false);
    }
    fs::create_dir_all(folder).map_err(|cause| Error::File(folder.clone(), cause))?;
    let name = format!("{BEGIN}{}{END}", app.clock.now().format("%Y-%m-%dT%H%M%SZ"));
    let request = Request { file: &folder.join(name), encrypted: settings.recipient.is_some(), scheduled: true };
    let made = make(app, &Actor::system("backup"), request).await?;
    if !made.history_is_intact {
        tracing::error!("the history of the bank is not intact; 'stembank audit verify' tells where");
    }
    remove_oldest(folder, settings.keep.max(1))?;
    Ok(true)
}

fn remove_oldest(folder: &Path, keep: usize) -> Result<(), Error> {
    let failed = |cause| Error::File(folder.into(), cause);
    let entries = fs::read_dir(folder).map_err(failed)?.filter_map(Result::ok);
    let ours = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with(BEGIN) && name.ends_with(END)
    };
    let mut backups: Vec<_> = entries.map(|entry| entry.path()).filter(ours).collect();
    // Their names sort by time.
    backups.sort_unstable();
    for old in backups.iter().rev().skip(keep) {
        fs::remove_file(old).map_err(|cause| Error::File(old.clone(), cause))?;
    }
    Ok(())
}
