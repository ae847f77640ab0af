//! The real records inside the program. Their origins and licences stand in `data/README.md`.

use super::Error;
use crate::actor::Actor;
use crate::app::App;
use crate::import::{Options, Source, Summary};
use crate::{accounts, catalogue, statistics};

const DISEASES: [(&str, &[u8]); 3] = [
    ("disease_codes.csv", include_bytes!("../../data/disease_codes.csv")),
    ("disease_ancestors.csv", include_bytes!("../../data/disease_ancestors.csv")),
    ("disease_names_ko.csv", include_bytes!("../../data/disease_names_ko.csv")),
];
const INSTITUTIONS: (&str, &[u8]) = ("kr_institutions_ror.csv", include_bytes!("../../data/kr_institutions_ror.csv"));
const LINES: (&str, &[u8]) = ("curated_psc_lines.txt", include_bytes!("../../data/curated_psc_lines.txt"));
const HISTORY: (&str, &[u8]) = ("distribution_history.csv", include_bytes!("../../data/distribution_history.csv"));

/// Imports them all and gives their number. Diseases come before the lines that have them.
///
/// # Errors
/// Those of the imports; a record that an import skips is a fault of ours, since these files are known.
pub(super) async fn import_all(app: &App) -> Result<u64, Error> {
    let (actor, options) = (Actor::system("demo"), Options::default());
    let mut read = 0;
    for file in DISEASES {
        read += whole(catalogue::import::import_diseases(app, &actor, source(file)?, options, &()).await?)?;
    }
    read += whole(accounts::import::import(app, &actor, source(INSTITUTIONS)?, options, &()).await?)?;
    read += whole(catalogue::import::import_cellosaurus(app, &actor, source(LINES)?, options, &()).await?)?;
    read += whole(statistics::import::import(app, &actor, source(HISTORY)?, None, options, &()).await?)?;
    Ok(read)
}

fn source((name, bytes): (&str, &'static [u8])) -> Result<Source, Error> {
    Ok(Source::from_reader(name, bytes)?)
}

fn whole(summary: Summary) -> Result<u64, Error> {
    match summary.skipped.first() {
        None => Ok(summary.read),
        Some(skipped) => Err(Error::Records(format!("line {}: {}", skipped.line, skipped.reason))),
    }
}
