//! Changing what is known of an institution.

use super::super::index::{self, Names};
use super::super::model::Record;
use super::super::rules::with_column;
use super::super::steps::{lock_unmerged, read};
use super::super::{Error, checks, queries};
use crate::accounts::InstitutionView;
use crate::accounts::institutions::events::InstitutionEvent;
use crate::accounts::model::institution::{self, Column, Type};
use crate::actor::Verb;
use crate::audit::{self, Changes};
use crate::command::{Command, Work};
use crate::error::or_taken;
use crate::id::InstitutionId;
use crate::search_words::name_key;
use chrono::NaiveDate;
use sea_orm::{ActiveEnum, ActiveModelTrait, DbErr, EntityTrait, IdenStatic, Set, Unchanged};
use serde_json::Map;

/// What staff change of an institution; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// English name.
    pub name: Option<String>,
    /// Korean name; an empty text takes it away.
    pub name_ko: Option<String>,
    /// What it is.
    pub institution_type: Option<Type>,
    /// ROR id; an empty text takes it away.
    pub ror_id: Option<String>,
    /// Home page; an empty text takes it away.
    pub website: Option<String>,
    /// City; an empty text takes it away.
    pub city: Option<String>,
    /// All e-mail domains of its people.
    pub domains: Option<Vec<String>>,
}

/// Changes an institution. What staff set is never undone by an import.
///
/// Refused: no such institution, one that was merged, a malformed value, or a ROR id that another one has.
#[derive(Clone, Debug)]
pub struct UpdateInstitution {
    /// Which one.
    pub institution: InstitutionId,
    /// What changes of it.
    pub change: Change,
}

impl Command for UpdateInstitution {
    const VERB: Verb = Verb::UpdateInstitution;
    type Output = Record;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        Changed::checked(&self.change).map(drop)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<Record, Error> {
        let (id, change) = (self.institution, Changed::checked(&self.change)?);
        let before = lock_unmerged(work, id).await?;
        if let Some(Some(ror_id)) = &change.ror_id
            && queries::has_ror_id(work, ror_id, Some(id)).await?
        {
            return Err(Error::RorIdTaken);
        }
        let columns = change.differing(&before);
        if columns.is_empty() {
            return Ok(before);
        }
        let row = institution::Entity::update(changed_row(&before, &columns)?).exec_without_returning(work).await;
        row.map_err(|error| or_taken(error, || Error::RorIdTaken))?;
        let after = read(work, id).await?;
        index::write(work, &[(id.0, names(&after))]).await?;
        let (mut was, mut is) = (Map::new(), Map::new());
        for (column, old, new) in columns {
            was.insert(column.as_str().into(), old.into());
            is.insert(column.as_str().into(), new.into());
        }
        audit::record(work, id, &InstitutionEvent::Updated { changes: Changes::whole(was, is) }).await?;
        work.public_changed();
        Ok(after)
    }
}

/// A column, with what it was and what it becomes.
type ColumnChange = (Column, Option<String>, Option<String>);

/// The row as it is to be; columns that staff set are kept as such, so that no import changes them any more.
fn changed_row(before: &Record, columns: &[ColumnChange]) -> Result<institution::ActiveModel, DbErr> {
    let mut set_by_staff = before.set_by_staff.clone();
    let mut row = institution::ActiveModel { id: Unchanged(before.institution.id), ..Default::default() };
    for (column, _, new) in columns {
        set_by_staff = with_column(&set_by_staff, column.as_str());
        row.try_set(*column, new.clone().into())?;
        match column {
            Column::Name => row.name_key = Set(name_key(new.as_deref().unwrap_or_default())),
            Column::InstitutionType => row.type_set_by_staff = Set(true),
            Column::RorId => row.ror_checked_at = Set(None),
            _ => {}
        }
    }
    row.set_by_staff = Set(set_by_staff);
    Ok(row)
}

/// What it is called.
fn names(record: &Record) -> Names<'_> {
    Names {
        name: &record.institution.name,
        name_ko: record.institution.name_ko.as_deref(),
        acronyms: &record.acronyms,
        aliases: &record.aliases,
        ror_id: record.institution.ror_id.as_deref(),
    }
}

/// A change in the form in which it is kept.
#[derive(Default)]
struct Changed {
    name: Option<String>,
    name_ko: Option<Option<String>>,
    institution_type: Option<Type>,
    ror_id: Option<Option<String>>,
    website: Option<Option<String>>,
    city: Option<Option<String>>,
    domains: Option<String>,
}

impl Changed {
    fn checked(change: &Change) -> Result<Self, Error> {
        Ok(Self {
            name: change.name.as_deref().map(checks::name).transpose()?,
            name_ko: change.name_ko.as_deref().map(checks::name_ko).transpose()?,
            institution_type: change.institution_type,
            ror_id: change.ror_id.as_deref().map(checks::ror_id).transpose()?,
            website: change.website.as_deref().map(checks::website).transpose()?,
            city: change.city.as_deref().map(checks::city).transpose()?,
            domains: change.domains.as_deref().map(checks::domain_list).transpose()?,
        })
    }

    /// Columns that become something else, or that staff had not set themselves yet: name, old and new value.
    fn differing(self, before: &Record) -> Vec<ColumnChange> {
        let InstitutionView { name, name_ko, institution_type, ror_id, website, city, .. } = before.institution.clone();
        let columns = [
            (Column::Name, Some(name), self.name.map(Some)),
            (Column::NameKo, name_ko, self.name_ko),
            (
                Column::InstitutionType,
                Some(institution_type.to_value()),
                self.institution_type.map(|t| Some(t.to_value())),
            ),
            (Column::RorId, ror_id, self.ror_id),
            (Column::Website, website, self.website),
            (Column::City, city, self.city),
            (Column::Domains, Some(before.domains.clone()), self.domains.map(Some)),
        ];
        let set: Vec<&str> = before.set_by_staff.split(',').collect();
        let said = columns.into_iter().filter_map(|(column, old, new)| Some((column, old, new?)));
        said.filter(|(column, old, new)| old != new || !set.contains(&column.as_str())).collect()
    }
}
