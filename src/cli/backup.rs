//! `stembank backup` and `stembank restore`.

use super::{Failure, settings, with_bank};
use crate::actor::Actor;
use crate::app::App;
use crate::error::DomainError;
use crate::language::Lang;
use crate::maintenance::backup::{Request, make};
use crate::maintenance::opening::Purpose;
use crate::maintenance::{Error, Manifest, new_identity, restore::restore};
use clap::Args;
use std::path::{Path, PathBuf};

/// Makes a copy of the whole bank while it serves, and looks through it.
#[derive(Args)]
pub struct Backup {
    /// The file to write; one that is there is never touched.
    #[arg(required_unless_present = "new_key")]
    file: Option<PathBuf>,
    /// Encrypt it for backup.recipient of the settings.
    #[arg(long)]
    encrypt: bool,
    /// Only make a key to read encrypted backups by, write it here, and print the public one for the settings.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "encrypt"])]
    new_key: Option<PathBuf>,
}

/// Brings a backup back into an empty place: the one that the settings name.
#[derive(Args)]
pub struct Restore {
    /// The backup.
    file: PathBuf,
    /// The file with the key to an encrypted one.
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

/// Makes a backup, or a key for one.
pub async fn back_up(config: &Path, lang: Lang, arguments: Backup) -> Result<(), Failure> {
    let spoken = |error: Error| Failure::new(error.say(lang));
    if let Some(file) = arguments.new_key {
        println!("{}", new_identity(&file).map_err(spoken)?);
        eprintln!("{}", lang.pick("The key is in", "열쇠 파일:").to_owned() + " " + &file.display().to_string());
        return Ok(());
    }
    let file = arguments.file.unwrap_or_default();
    let request = Request { file: &file, encrypted: arguments.encrypt, scheduled: false };
    let actor = Actor::system("command-line");
    let made = async |app: &App| make(app, &actor, request).await.map_err(spoken);
    let made = with_bank(config, Purpose::Look, made).await?;
    describe(lang, &made.manifest);
    println!("SHA-256\t{}", made.sha256);
    if made.history_is_intact {
        return Ok(());
    }
    Err(Failure::new(lang.pick(
        "the backup was made, but the bank's history is not intact; 'stembank audit verify' tells where",
        "백업은 만들었지만 은행의 기록이 온전하지 않습니다. 'stembank audit verify'로 확인해 주십시오",
    )))
}

/// Restores a backup.
pub async fn bring_back(config: &Path, lang: Lang, arguments: Restore) -> Result<(), Failure> {
    let config = settings(config)?;
    let restored = restore(&config, &arguments.file, arguments.identity.as_deref()).await;
    let manifest = restored.map_err(|error| Failure::new(error.say(lang)))?;
    describe(lang, &manifest);
    println!(
        "{}",
        lang.pick("What happened after that instant is not in it.", "이 시각 이후의 내용은 들어 있지 않습니다.")
    );
    Ok(())
}

fn describe(lang: Lang, manifest: &Manifest) {
    let head = if manifest.history_head.is_empty() { "-" } else { &manifest.history_head };
    for (en, ko, value) in [
        ("state of", "기준 시각", manifest.made_at.to_rfc3339()),
        ("rows", "행", format!("{} ({})", manifest.contents.total(), manifest.contents.hash)),
        ("history", "기록", format!("{} ({head})", manifest.history_length)),
    ] {
        println!("{}\t{value}", lang.pick(en, ko));
    }
}
