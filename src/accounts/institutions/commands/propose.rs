//! Proposing an institution that the bank does not know.

use super::super::index::{self, Names};
use super::super::model::Record;
use super::super::steps::read;
use super::super::{Error, checks, policy, queries};
use crate::accounts::institutions::events::InstitutionEvent;
use crate::accounts::model::institution::Type;
use crate::accounts::queries::with_role;
use crate::actor::{Role, Verb};
use crate::audit::{self, Changes};
use crate::command::{Command, Create, Work};
use crate::db::Sql;
use crate::error::or_taken;
use crate::id::InstitutionId;
use crate::mail::{self, Letter};
use crate::search_words::name_key;
use chrono::NaiveDate;
use sea_orm::ActiveEnum;
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
        let sql = "INSERT INTO institution (ror_id, name, name_ko, name_key, acronyms, aliases, institution_type, city,
                     website, domains, status, verification, proposed_by)
                   VALUES ($1, $2, $3, $4, '', '', $5, $6, $7, '', 'open', 'proposed', $8) RETURNING id";
        let values = [
            new.ror_id.clone().into(),
            new.name.as_str().into(),
            new.name_ko.clone().into(),
            name_key(&new.name).into(),
            self.institution_type.to_value().into(),
            new.city.clone().into(),
            new.website.clone().into(),
            work.person()?.0.into(),
        ];
        let id = Sql::with(sql, values).number(work).await;
        Ok(InstitutionId(id.map_err(|error| or_taken(error, || Error::RorIdTaken))?))
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
