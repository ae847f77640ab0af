//! Which disease a record means: by its code, else by its exact name or synonym.

use super::codes;
use super::facts::Label;
use super::sql;
use crate::catalogue::model::cell_line_disease;
use crate::catalogue::queries::unmapped_diseases;
use crate::db::Transaction;
use crate::id::{CellLineId, DiseaseId};
use crate::import::rows;
use crate::search_words;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set};
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
        let mut known = HashMap::<String, Vec<Candidate>>::new();
        for row in rows::among(db, sql::DISEASES_BY_CODE, keys).await? {
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

/// The place of a disease of a line in the order in which they are mapped: the line, then the row.
pub type Place = (CellLineId, i64);

/// A step: maps what could not be mapped when its lines were imported, because the diseases were not there yet. Gives
/// the number of rows mapped.
///
/// # Errors
/// Those of the database.
pub async fn map_unmapped(tx: &Transaction, after: Place) -> Result<(u64, Option<Place>), DbErr> {
    let found = unmapped_diseases(&**tx, after, PER_ROUND).await?;
    let place = |row: cell_line_disease::Model| ((row.line_id, row.id), Label { label: row.label, code: row.code });
    let unmapped: Vec<_> = found.into_iter().map(place).collect();
    let known = KnownDiseases::ask(&**tx, unmapped.iter().map(|(_, label)| label)).await?;
    let mut mapped = 0;
    for (place, label) in &unmapped {
        let Some(disease) = known.disease_of(label) else { continue };
        map(tx, *place, DiseaseId(disease)).await?;
        mapped += 1;
    }
    Ok((mapped, unmapped.last().map(|(place, _)| *place)))
}

async fn map(tx: &Transaction, (line, id): Place, disease: DiseaseId) -> Result<(), DbErr> {
    use cell_line_disease::{ActiveModel, Column, Entity};
    let of_line = Column::LineId.eq(line).and(Column::DiseaseId.eq(disease));
    let has_it = Query::select().expr(Expr::val(1)).from(Entity).and_where(of_line).take();
    let mapped = ActiveModel { disease_id: Set(Some(disease)), ..Default::default() };
    let unless_there = Entity::update_many().set(mapped).filter(Column::Id.eq(id)).filter(Expr::not_exists(has_it));
    if unless_there.exec(&**tx).await?.rows_affected == 0 {
        // The line has this disease by another of its labels, as if both had been mapped at once.
        Entity::delete_by_id(id).exec(&**tx).await?;
    }
    Ok(())
}
