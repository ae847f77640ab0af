//! `stembank account export` and `stembank account erase`.

use super::{Failure, lang};
use crate::actor::Actor;
use crate::app::App;
use crate::personal_data::commands::EraseAccountFor;
use crate::personal_data::export;
use crate::personal_data::queries::{Kept, erasure_preview};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// Writes somebody's data; a file is for the owner's eyes only and never overwritten.
pub async fn export(app: &App, actor: &Actor, email: &str, output: Option<&Path>) -> Result<(), Failure> {
    let mut actor = actor.clone();
    actor.lang = lang();
    let document = export::of(app, &actor, email).await?;
    match output {
        None => print!("{document}"),
        Some(path) => {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let written = options.open(path).and_then(|mut file| file.write_all(document.as_bytes()));
            written.map_err(|error| Failure::at(format!("cannot write {}", path.display()))(&error))?;
        }
    }
    Ok(())
}

/// Erases an account, or says what that would do.
pub async fn erase(app: &App, actor: &Actor, email: &str, yes: bool) -> Result<(), Failure> {
    if !yes {
        let preview = erasure_preview(app, actor, email).await?;
        if let Some(refusal) = preview.refusal {
            return Err(refusal.into());
        }
        print_kept(&preview.keeps);
        println!("Nothing was done yet; say --yes to erase {email}.");
        return Ok(());
    }
    let erased = app.run(actor, EraseAccountFor { email: email.into() }).await?;
    println!("The account is erased, with {} draft(s) and the texts of {} request(s).", erased.drafts, erased.blanked);
    print_kept(&erased.keeps);
    Ok(())
}

fn print_kept(keeps: &[Kept]) {
    let lang = lang();
    for kept in keeps {
        let until = kept.until.map_or("the request is under way".into(), |day| format!("kept until {day}"));
        println!("{}\t{until}\t{}", kept.what(lang), kept.legal_basis(lang));
    }
}
