//! Which disease a record means: by its code, else by its exact name or synonym.

use super::codes;
use super::facts::Label;
use crate::db::{Sql, Transaction};
use crate::import::rows;
use crate::search_words;
use sea_orm::{ConnectionTrait, DbErr};
use std::collections::{BTreeSet, HashMap};

/// Unmapped rows looked at together.
const PER_ROUND: u64 = 2_000;

/// What the bank knows of some codes and names.
#[derive(Debug, Default)]
pub struct KnownDiseases(HashMap<String, Vec<Candidate>>);

#[derive(Debug)]
struct Candidate {
    disease: i64,
    name_key: String,
}

impl KnownDiseases {
    /// Asks for the codes and names of some labels.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ask<'a>(
        db: &impl ConnectionTrait,
        labels: impl IntoIterator<Item = &'a Label>,
    ) -> Result<Self, DbErr> {
        let keys: BTreeSet<String> = labels
            .into_iter()
            .flat_map(|label| [label.code.clone(), codes::name_key(&label.label)])
            .flatten()
            .collect();
        let sql = "SELECT c.code, c.disease_id, d.name_key FROM disease_code c JOIN disease d ON d.id = c.disease_id
                   WHERE c.code IN";
        let mut known = HashMap::<String, Vec<Candidate>>::new();
        for row in rows::among(db, sql, keys).await? {
            let candidate = Candidate { disease: row.try_get_by_index(1)?, name_key: row.try_get_by_index(2)? };
            known.entry(row.try_get_by_index(0)?).or_default().push(candidate);
        }
        Ok(Self(known))
    }

    /// The disease of a label. A code of several diseases means the one that the label names, else the first; a synonym
    /// of several diseases (PD, RTS) means none of them, unless it is the proper name of one.
    pub fn disease_of(&self, label: &Label) -> Option<i64> {
        let of = |key: Option<String>| key.and_then(|key| self.0.get(&key)).map_or(&[][..], Vec::as_slice);
        let (by_code, by_name) = (of(label.code.clone()), of(codes::name_key(&label.label)));
        let agreed = by_code.iter().find(|c| by_code.len() > 1 && by_name.iter().any(|n| n.disease == c.disease));
        if let Some(candidate) = agreed.or_else(|| by_code.iter().min_by_key(|c| c.disease)) {
            return Some(candidate.disease);
        }
        let own_name = search_words::compact(&label.label);
        let named = match by_name {
            [only] => Some(only),
            several => several.iter().find(|candidate| candidate.name_key == own_name),
        };
        named.map(|candidate| candidate.disease)
    }
}

/// A step: maps what could not be mapped when its lines were imported, because the diseases were not there yet. Gives
/// the number of rows mapped.
///
/// # Errors
/// Those of the database.
pub async fn map_unmapped(tx: &Transaction, after: (i64, i64)) -> Result<(u64, Option<(i64, i64)>), DbErr> {
    let sql = "SELECT line_id, id, label, code FROM cell_line_disease
               WHERE disease_id IS NULL AND (line_id, id) > ($1, $2) ORDER BY line_id, id LIMIT ";
    let found = Sql::with(format!("{sql}{PER_ROUND}"), [after.0.into(), after.1.into()]).rows(&**tx).await?;
    let mut unmapped = Vec::with_capacity(found.len());
    for row in &found {
        let label = Label { label: row.try_get_by_index(2)?, code: row.try_get_by_index(3)? };
        unmapped.push((row.try_get_by_index::<i64>(0)?, row.try_get_by_index::<i64>(1)?, label));
    }
    let known = KnownDiseases::ask(&**tx, unmapped.iter().map(|row| &row.2)).await?;
    let mut mapped = 0;
    for (line, id, label) in &unmapped {
        let Some(disease) = known.disease_of(label) else { continue };
        let sql = "UPDATE cell_line_disease SET disease_id = $1 WHERE id = $2 AND NOT EXISTS
                     (SELECT 1 FROM cell_line_disease o WHERE o.line_id = $3 AND o.disease_id = $1)";
        let changed = Sql::with(sql, [disease.into(), (*id).into(), (*line).into()]).run(&**tx).await?;
        if changed == 0 {
            // The line has this disease by another of its labels, as if both had been mapped at once.
            Sql::with("DELETE FROM cell_line_disease WHERE id = $1", [(*id).into()]).run(&**tx).await?;
        }
        mapped += 1;
    }
    let last = unmapped.last().map(|row| (row.0, row.1));
    Ok((mapped, last))
}
