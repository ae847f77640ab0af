//! What people change of their own row.

use super::administration::existing;
use super::opening::checked_name;
use crate::accounts::Error;
use crate::accounts::events::AccountEvent;
use crate::accounts::model::person;
use crate::actor::Verb;
use crate::audit::{self, Changes};
use crate::command::{Command, Work};
use crate::language::Lang;
use chrono::NaiveDate;
use sea_orm::{EntityTrait, Set, Unchanged};

/// Changes the caller's own name and language; what is left out stays.
///
/// Refused: a malformed name.
#[derive(Clone, Debug)]
pub struct UpdateProfile {
    /// Name as printed under agreements.
    pub name: Option<String>,
    /// The language of letters.
    pub lang: Option<Lang>,
}

impl Command for UpdateProfile {
    const VERB: Verb = Verb::UpdateProfile;
    type Output = person::Model;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        self.name.as_deref().map(checked_name).transpose().map(drop)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<person::Model, Error> {
        let person = work.person()?;
        let name = self.name.as_deref().map(checked_name).transpose()?;
        let mut row = existing(work, person).await?;
        let changed: Vec<_> =
            [name.as_ref().map(|_| "name"), self.lang.map(|_| "locale")].into_iter().flatten().collect();
        row.name = name.unwrap_or(row.name);
        let before = row.locale.clone();
        row.locale = self.lang.map_or(row.locale, |lang| lang.tag().into());
        let updated = person::ActiveModel {
            id: Unchanged(person),
            name: Set(row.name.clone()),
            locale: Set(row.locale.clone()),
            ..Default::default()
        };
        person::Entity::update(updated).exec_without_returning(work).await?;
        // A name stands in the person's row only, never in the history.
        let changes = Changes::of("locale", before, row.locale.clone());
        let changed = changed.into_iter().map(str::to_owned).collect();
        audit::record(work, person, &AccountEvent::ProfileUpdated { changed, changes }).await?;
        Ok(row)
    }
}
