//! Proposing an institution that the bank does not know.

use super::super::index::{self, Names};
use super::super::model::{Record, Verification};
use super::super::steps::read;
use super::super::{Error, checks, policy, queries};
use crate::accounts::institutions::events::InstitutionEvent;
use crate::accounts::model::institution::{self, Status, Type};
use crate::accounts::queries::with_role;
use crate::actor::{Role, Verb};
use crate::audit::{self, Changes};
use crate::command::{Command, Create, Work};
use crate::error::or_taken;
use crate::id::InstitutionId;
use crate::mail::{self, Letter};
use crate::search_words::name_key;
use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait, Set};
use serde_json::json;

/// Proposes an institution that somebody misses. Only whoever proposed it and the bank see it until staff verified it.
///
/// Refused: a malformed value, a ROR id that is there already, or too many proposals that wait.
#[derive(Clone, Debug)]
pub struct ProposeInstitution {
    /// English name, 1 to 300 characters.
    pub name: String,
    /// Korean name, at most 300 characters.
    pub name_ko: Option<String>,
    /// What it is.
    pub institution_type: Type,
    /// ROR id.
    pub ror_id: Option<String>,
    /// Home page.
    pub website: Option<String>,
    /// City, at most 200 characters.
    pub city: Option<String>,
}

/// A proposal in the form in which it is kept.
struct Checked {
    name: String,
    name_ko: Option<String>,
    ror_id: Option<String>,
    website: Option<String>,
    city: Option<String>,
}

impl ProposeInstitution {
    fn checked(&self) -> Result<Checked, Error> {
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        Ok(Checked {
            name: checks::name(&self.name)?,
            name_ko: checks::name_ko(&given(&self.name_ko))?,
            ror_id: checks::ror_id(&given(&self.ror_id))?,
            website: checks::website(&given(&self.website))?,
            city: checks::city(&given(&self.city))?,
        })
    }

    async fn insert(&self, work: &Work<'_>, new: &Checked) -> Result<InstitutionId, Error> {
        let row = institution::ActiveModel {
            ror_id: Set(new.ror_id.clone()),
            name: Set(new.name.clone()),
            name_ko: Set(new.name_ko.clone()),
            name_key: Set(name_key(&new.name)),
            acronyms: Set(String::new()),
            aliases: Set(String::new()),
            institution_type: Set(self.institution_type),
            city: Set(new.city.clone()),
            website: Set(new.website.clone()),
            domains: Set(String::new()),
            status: Set(Status::Open),
            verification: Set(Verification::Proposed),
            proposed_by: Set(Some(work.person()?)),
            ..Default::default()
        };
        let row = row.insert(work).await.map_err(|error| or_taken(error, || Error::RorIdTaken))?;
        Ok(row.id)
    }
}

impl Command for ProposeInstitution {
    const VERB: Verb = Verb::ProposeInstitution;
    type Output = Record;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        self.checked().map(drop)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<Record, Error> {
        let (person, new) = (work.person()?, self.checked()?);
        if let Some(ror_id) = &new.ror_id
            && queries::has_ror_id(work, ror_id, None).await?
        {
            return Err(Error::RorIdTaken);
        }
        policy::may_propose(queries::open_proposals(work, person).await?)?;
        let id = self.insert(work, &new).await?;
        let names = Names {
            name: &new.name,
            name_ko: new.name_ko.as_deref(),
            acronyms: "",
            aliases: "",
            ror_id: new.ror_id.as_deref(),
        };
        index::write(work, &[(id.0, names)]).await?;
        let after = json!({ "verification": "proposed", "status": "open", "ror_id": new.ror_id });
        audit::record(work, id, &InstitutionEvent::Proposed { changes: Changes::to(&after) }).await?;
        let staff = with_role(work, Role::Staff).await?.into_iter().filter(|one| *one != person);
        mail::post(work, staff, id, &Letter::InstitutionProposed {}).await?;
        read(work, id).await
    }
}

impl Create for ProposeInstitution {
    fn made(record: &Record) -> i64 {
        record.institution.id.0
    }

    async fn find(&self, work: &Work<'_>, made: i64) -> Result<Record, Error> {
        read(work, InstitutionId(made)).await
    }
}
