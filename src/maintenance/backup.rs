//! Making a backup while the bank serves.

use super::archive;
use super::contents::Contents;
use super::error::Error;
use super::events::BackupEvent;
use super::manifest::{Engine, FORM, Manifest};
use super::model::backup;
use super::postgres;
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::audit::verify::{Verdict, verify};
use crate::audit::{self, Subject};
use crate::command::{Command, Work, permit};
use crate::config::Durability;
use crate::db::{Db, copy_sqlite, quick_check, sqlite_url, with_end};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbBackend, DbErr, Set, StreamTrait};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The file to write; there must be none.
    pub file: &'a Path,
    /// Encrypt it for `backup.recipient` of the settings.
    pub encrypted: bool,
    /// The schedule wants it.
    pub scheduled: bool,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Length of its file.
    pub bytes: u64,
    /// SHA-256 of its file, in hexadecimal.
    pub sha256: String,
    /// The history in it is intact. If it is not, the bank's own is not.
    pub history_is_intact: bool,
}

/// Makes a backup and looks through it. Nothing stays if it fails.
///
/// # Errors
/// Not allowed, [`Error::Exists`], [`Error::NoRecipient`], [`Error::WrongKey`], [`Error::File`], [`Error::Differs`],
/// [`Error::Program`], or those of the database.
pub async fn make(app: &App, actor: &Actor, request: Request<'_>) -> Result<Made, Error> {
    permit::<RecordBackup<'_>>(actor)?;
    if request.file.exists() {
        return Err(Error::Exists(request.file.into()));
    }
    let recipient = match (request.encrypted, &app.config.backup.recipient) {
        (false, _) => None,
        (true, Some(recipient)) => Some(recipient.clone()),
        (true, None) => return Err(Error::NoRecipient),
    };
    let folder = WorkFolder::beside(request.file)?;
    let (manifest, history_is_intact) = copy(app, actor, &folder.database()).await?;
    let (file, target) = (folder.archive(), request.file.to_owned());
    let (database, says) = (folder.database(), manifest.clone());
    let (bytes, sha256) = blocking(move || {
        let written = archive::write(&file, &says, &database, recipient.as_deref())?;
        read_back(&file, &written.1, recipient.is_none())?;
        put(&file, &target)?;
        Ok(written)
    })
    .await?;
    drop(folder);
    let made = Made { manifest, bytes, sha256, history_is_intact };
    app.run(actor, RecordBackup { request, made: &made }).await?;
    Ok(made)
}

/// What was written is on the disk as it was written.
fn read_back(file: &Path, sha256: &str, is_plain: bool) -> Result<(), Error> {
    if archive::hash_of(file)? != sha256 {
        return Err(Error::Differs("SHA-256".into()));
    }
    if is_plain { archive::read(file, None, None).map(drop) } else { Ok(()) }
}

/// Gives the whole file its name, and waits until the folder has it.
fn put(file: &Path, target: &Path) -> Result<(), Error> {
    let failed = |cause| Error::File(target.into(), cause);
    // Unlike a renaming, this never takes the place of another file.
    fs::hard_link(file, target).map_err(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists(target.into()),
        _ => failed(cause),
    })?;
    fs::File::open(folder_of(target)).and_then(|folder| folder.sync_all()).map_err(failed)
}

/// Copies the database into a file and looks through the copy: what it has, and whether its history is intact.
async fn copy(app: &App, actor: &Actor, to: &Path) -> Result<(Manifest, bool), Error> {
    let (manifest, history_is_intact) = match app.db.backend() {
        DbBackend::Sqlite => copy_file(app, actor, to).await?,
        _ => dump(app, actor, to).await?,
    };
    Ok((Manifest { database_sha256: archive::hash_of(to)?, ..manifest }, history_is_intact))
}

/// On SQLite the copy is a database of its own, which is looked through.
async fn copy_file(app: &App, actor: &Actor, to: &Path) -> Result<(Manifest, bool), Error> {
    let made_at = app.clock.now();
    copy_sqlite(&app.config.database_url, to).await?;
    let copied = App { db: open_copy(to).await?, ..app.clone() };
    let is_intact = is_intact(&copied, actor).await;
    let manifest = describe(copied.db.read(), Engine::Sqlite, made_at).await;
    copied.db.close().await?;
    if with_end(to, "-wal").exists() {
        return Err(Error::Differs("-wal".into()));
    }
    Ok((manifest?, is_intact?))
}

/// On PostgreSQL one snapshot is dumped and looked through at the same time; the dump is counted afterwards.
async fn dump(app: &App, actor: &Actor, to: &Path) -> Result<(Manifest, bool), Error> {
    let snapshot = app.db.snapshot().await?;
    let made_at = app.clock.now();
    let (url, name, file) = (app.config.database_url.clone(), snapshot.name.clone(), to.to_owned());
    let dumping = blocking(move || postgres::dump(&url, &name, &file));
    let (dumped, manifest) = tokio::join!(dumping, describe(snapshot.read(), Engine::Postgres, made_at));
    dumped?;
    let manifest = manifest?;
    drop(snapshot);
    let (file, contents) = (to.to_owned(), manifest.contents.clone());
    blocking(move || postgres::check(&file, &contents)).await?;
    Ok((manifest, is_intact(app, actor).await?))
}

/// Opens a copy of an SQLite file and looks through all of its pages.
pub(super) async fn open_copy(file: &Path) -> Result<Db, Error> {
    let url = sqlite_url(file).ok_or_else(|| Error::File(file.into(), io::ErrorKind::InvalidFilename.into()))?;
    let db = Db::connect_with(&url, Durability::Normal).await?;
    match quick_check(db.read()).await? {
        Some(answer) if answer == "ok" => Ok(db),
        answer => Err(Error::Differs(answer.unwrap_or_default())),
    }
}

async fn describe<C: ConnectionTrait + StreamTrait>(
    db: &C,
    engine: Engine,
    made_at: DateTime<Utc>,
) -> Result<Manifest, Error> {
    let (history_length, history_head) = audit::sealer::end_of_chain(db).await?;
    Ok(Manifest {
        form: FORM,
        engine,
        made_at,
        migrations: crate::db::migrations_that_ran(db).await?,
        contents: Contents::read(db).await?,
        history_length,
        history_head,
        database_sha256: String::new(),
    })
}

async fn is_intact(app: &App, actor: &Actor) -> Result<bool, Error> {
    Ok(matches!(verify(app, actor, None).await?, Verdict::Intact(_)))
}

/// Work that waits for the disk or another program.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.map_err(|error| Error::Db(DbErr::Custom(error.to_string())))?
}

/// The folder of a file.
pub(super) fn folder_of(file: &Path) -> PathBuf {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).into()
}

/// A folder beside a file in which it is made; it goes with whatever is in it.
pub(super) struct WorkFolder(PathBuf);

impl WorkFolder {
    pub(super) fn beside(file: &Path) -> Result<Self, Error> {
        let folder = with_end(file, &format!(".{:08x}.partial", rand::random::<u32>()));
        fs::create_dir(&folder).map_err(|cause| Error::File(folder.clone(), cause))?;
        Ok(Self(folder))
    }

    pub(super) fn database(&self) -> PathBuf {
        self.0.join("database")
    }

    fn archive(&self) -> PathBuf {
        self.0.join("archive")
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, folder = %self.0.display(), "a folder of an unfinished backup is left");
        }
    }
}

/// Notes that a backup was made.
///
/// Refused: never.
struct RecordBackup<'a> {
    request: Request<'a>,
    made: &'a Made,
}

impl Command for RecordBackup<'_> {
    const VERB: Verb = Verb::RecordBackup;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let Self { request, made } = self;
        let file = request.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let bytes = i64::try_from(made.bytes).unwrap_or(i64::MAX);
        let row = backup::ActiveModel {
            made_at: Set(made.manifest.made_at),
            file_name: Set(file.clone()),
            bytes: Set(bytes),
            sha256: Set(made.sha256.clone()),
            encrypted: Set(request.encrypted),
            scheduled: Set(request.scheduled),
            ..Default::default()
        };
        row.insert(work).await?;
        let event = BackupEvent::Made { file, bytes, sha256: made.sha256.clone(), encrypted: request.encrypted };
        Ok(audit::record(work, Subject::BANK, &event).await?)
    }
}
