//! Verbs on institutions: propose, verify, change, close, open again.

use super::super::model::institution::{self, Status, Type};
use super::index::{self, Names};
use super::model::{Record, Verification};
use super::rules::{MOST_PROPOSALS, may_verify, with_column};
use super::steps::lock;
use super::{Error, checks, queries};
use crate::accounts::queries::with_role;
use crate::actor::{Actor, Permission, Role};
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::error::or_taken;
use crate::id::InstitutionId;
use crate::idempotency::{self, Claim, Key};
use crate::mail::{self, Letter};
use crate::search_words::name_key;
use crate::{audit, subject};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveEnum, Value};
use serde_json::{Map, json};

/// An institution that somebody misses.
#[derive(Clone, Debug)]
pub struct Proposal {
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

/// Proposes an institution. Only whoever proposed it and the bank see it until staff verified it.
///
/// # Errors
/// Not signed in, a malformed value, a ROR id that is there already, too many proposals that wait, or a key that came with
/// another input.
pub async fn propose(app: &App, actor: &Actor, proposal: Proposal, key: Option<&Key>) -> Result<Record, Error> {
    let person = actor.person_who_may_change()?;
    let name = checks::name(&proposal.name)?;
    let given = |text: &Option<String>| text.clone().unwrap_or_default();
    let name_ko = checks::name_ko(&given(&proposal.name_ko))?;
    let ror_id = checks::ror_id(&given(&proposal.ror_id))?;
    let (website, city) = (checks::website(&given(&proposal.website))?, checks::city(&given(&proposal.city))?);
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let ticket = match idempotency::claim(&tx, now, person, "institution.propose", key).await?? {
        Claim::First(ticket) => ticket,
        Claim::Again(id) => return read(&tx, actor, InstitutionId(id)).await,
    };
    if let Some(ror_id) = &ror_id
        && queries::has_ror_id(&*tx, ror_id, None).await?
    {
        return Err(Error::RorIdTaken);
    }
    if queries::open_proposals(&*tx, person).await? >= MOST_PROPOSALS {
        return Err(Error::TooManyProposals);
    }
    let sql =
        "INSERT INTO institution (ror_id, name, name_ko, name_key, acronyms, aliases, institution_type, city, website,
                 domains, status, verification, proposed_by)
               VALUES ($1, $2, $3, $4, '', '', $5, $6, $7, '', 'open', 'proposed', $8) RETURNING id";
    let values = [
        ror_id.clone().into(),
        name.as_str().into(),
        name_ko.clone().into(),
        name_key(&name).into(),
        proposal.institution_type.to_value().into(),
        city.into(),
        website.into(),
        person.0.into(),
    ];
    let id = Sql::with(sql, values).number(&*tx).await;
    let id = InstitutionId(id.map_err(|error| or_taken(error, || Error::RorIdTaken))?);
    let names =
        Names { name: &name, name_ko: name_ko.as_deref(), acronyms: "", aliases: "", ror_id: ror_id.as_deref() };
    index::write(&tx, &[(id.0, names)]).await?;
    let about = subject!(InstitutionId, id);
    let after = json!({ "verification": "proposed", "status": "open", "ror_id": ror_id });
    audit::record(&tx, now, actor, "institution.propose", about, audit::changes(&json!({}), &after)).await?;
    let staff = with_role(&*tx, Role::Staff).await?.into_iter().filter(|one| *one != person);
    mail::post(&tx, now, staff, Letter::InstitutionProposed, about, json!({})).await?;
    let record = read(&tx, actor, id).await?;
    ticket.keep(&tx, id.0).await?;
    tx.commit().await?;
    Ok(record)
}

/// Vouches for a proposed institution; from then on everybody sees it and can join it. Once more changes nothing.
///
/// # Errors
/// Not allowed, no such institution, a closed one, or one's own proposal.
pub async fn verify(app: &App, actor: &Actor, id: InstitutionId) -> Result<Record, Error> {
    actor.may(Permission::KeepInstitutions)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let record = lock_unmerged(&tx, actor, id).await?;
    if record.institution.status == Status::Closed {
        return Err(Error::Closed);
    }
    if record.verification != Verification::Proposed {
        return Ok(record);
    }
    may_verify(record.proposed_by, actor.person_id())?;
    let sql = "UPDATE institution SET verification = 'staff', verified_at = $2, verified_by = $3 WHERE id = $1";
    let by = actor.person_id().map(|person| person.0);
    Sql::with(sql, [id.0.into(), now.into(), by.into()]).run(&*tx).await?;
    let detail = json!({ "before": { "verification": "proposed" }, "after": { "verification": "staff" } });
    audit::record(&tx, now, actor, "institution.verify", subject!(InstitutionId, id), detail).await?;
    notify_proposer(&tx, now, actor, &record, "verified").await?;
    let record = read(&tx, actor, id).await?;
    tx.public_changed();
    tx.commit().await?;
    Ok(record)
}

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
/// # Errors
/// Not allowed, no such institution, one that was merged, a malformed value, or a ROR id that another one has.
pub async fn update(app: &App, actor: &Actor, id: InstitutionId, change: Change) -> Result<Record, Error> {
    actor.may(Permission::KeepInstitutions)?;
    let change = Changed::checked(&change)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let before = lock_unmerged(&tx, actor, id).await?;
    if let Some(Some(ror_id)) = &change.ror_id
        && queries::has_ror_id(&*tx, ror_id, Some(id)).await?
    {
        return Err(Error::RorIdTaken);
    }
    let columns = change.differing(&before);
    if columns.is_empty() {
        return Ok(before);
    }
    let mut set_by_staff = before.set_by_staff.clone();
    let (mut was, mut is) = (Map::new(), Map::new());
    let mut sql = Sql::new("UPDATE institution SET ");
    for (column, old, new) in columns {
        set_by_staff = with_column(&set_by_staff, column);
        was.insert(column.into(), old.into());
        is.insert(column.into(), new.clone().into());
        sql.push(&format!("{column} = ")).bind(new.clone()).push(", ");
        if column == "name" {
            sql.push("name_key = ").bind(name_key(new.as_deref().unwrap_or_default())).push(", ");
        }
        if column == "institution_type" {
            sql.push("type_set_by_staff = TRUE, ");
        }
    }
    sql.push("set_by_staff = ").bind(set_by_staff).push(" WHERE id = ").bind(id.0);
    sql.run(&*tx).await.map_err(|error| or_taken(error, || Error::RorIdTaken))?;
    let after = read(&tx, actor, id).await?;
    index::write(&tx, &[(id.0, names(&after))]).await?;
    let detail = json!({ "before": was, "after": is });
    audit::record(&tx, now, actor, "institution.update", subject!(InstitutionId, id), detail).await?;
    tx.public_changed();
    tx.commit().await?;
    Ok(after)
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
    fn differing(self, before: &Record) -> Vec<(&'static str, Option<String>, Option<String>)> {
        let institution::Model { name, name_ko, institution_type, ror_id, website, city, .. } =
            before.institution.clone();
        let columns = [
            ("name", Some(name), self.name.map(Some)),
            ("name_ko", name_ko, self.name_ko),
            ("institution_type", Some(institution_type.to_value()), self.institution_type.map(|t| Some(t.to_value()))),
            ("ror_id", ror_id, self.ror_id),
            ("website", website, self.website),
            ("city", city, self.city),
            ("domains", Some(before.domains.clone()), self.domains.map(Some)),
        ];
        let set: Vec<&str> = before.set_by_staff.split(',').collect();
        let said = columns.into_iter().filter_map(|(column, old, new)| Some((column, old, new?)));
        said.filter(|(column, old, new)| old != new || !set.contains(column)).collect()
    }
}

/// Closes an institution: nobody joins it any more and no list offers it; who belongs there still does. A closed
/// proposal is one that was refused. Once more changes nothing.
///
/// # Errors
/// Not allowed, no such institution, one that was merged, or a reason that is missing or too long.
pub async fn close(app: &App, actor: &Actor, id: InstitutionId, reason: &str) -> Result<Record, Error> {
    actor.may(Permission::KeepInstitutions)?;
    let reason = checks::reason(reason)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let record = lock_unmerged(&tx, actor, id).await?;
    if record.institution.status == Status::Closed {
        return Ok(record);
    }
    shut(&tx, &record).await?;
    if record.verification == Verification::Proposed {
        // Nobody vouched for it: the ROR id is free for the institution that has it.
        Sql::with("UPDATE institution SET ror_id = NULL WHERE id = $1", [id.0.into()]).run(&*tx).await?;
        notify_proposer(&tx, now, actor, &record, "closed").await?;
    }
    let detail = json!({ "before": { "status": "open" }, "after": { "status": "closed" }, "reason": reason });
    audit::record(&tx, now, actor, "institution.close", subject!(InstitutionId, id), detail).await?;
    let record = read(&tx, actor, id).await?;
    tx.public_changed();
    tx.commit().await?;
    Ok(record)
}

/// Opens a closed institution again: it is listed and can be joined, and no import closes it. A proposal that was refused
/// waits for the bank again. Once more changes nothing.
///
/// # Errors
/// Not allowed, no such institution, one that was merged, or a reason that is missing or too long.
pub async fn reopen(app: &App, actor: &Actor, id: InstitutionId, reason: &str) -> Result<Record, Error> {
    actor.may(Permission::KeepInstitutions)?;
    let reason = checks::reason(reason)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let record = lock_unmerged(&tx, actor, id).await?;
    if record.institution.status == Status::Open {
        return Ok(record);
    }
    let sql = "UPDATE institution SET status = 'open', set_by_staff = $2 WHERE id = $1";
    Sql::with(sql, [id.0.into(), with_column(&record.set_by_staff, "status").into()]).run(&*tx).await?;
    let detail = json!({ "before": "closed", "after": "open", "reason": reason });
    audit::record(&tx, now, actor, "institution.reopen", subject!(InstitutionId, id), detail).await?;
    let record = read(&tx, actor, id).await?;
    tx.public_changed();
    tx.commit().await?;
    Ok(record)
}

/// A step: closes an institution for good; no import opens it again.
pub(super) async fn shut(tx: &Transaction, record: &Record) -> Result<(), Error> {
    let sql = "UPDATE institution SET status = 'closed', set_by_staff = $2 WHERE id = $1";
    let values: [Value; 2] = [record.institution.id.0.into(), with_column(&record.set_by_staff, "status").into()];
    Sql::with(sql, values).run(&**tx).await?;
    Ok(())
}

/// Locks an institution; staff who name a duplicate are told so instead of changing what it was merged into.
async fn lock_unmerged(tx: &Transaction, actor: &Actor, id: InstitutionId) -> Result<Record, Error> {
    let record = lock(tx, actor, id).await?;
    if record.institution.id == id { Ok(record) } else { Err(Error::Merged { field: "institution" }) }
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

/// An institution as it is now.
pub(super) async fn read(tx: &Transaction, actor: &Actor, id: InstitutionId) -> Result<Record, Error> {
    queries::record(&**tx, actor, id).await?.ok_or(Error::NoSuchInstitution { field: "institution" })
}

/// A step: tells whoever proposed an institution what became of it, unless they did it themselves.
pub(super) async fn notify_proposer(
    tx: &Transaction,
    now: DateTime<Utc>,
    actor: &Actor,
    record: &Record,
    outcome: &str,
) -> Result<(), Error> {
    let proposer = record.proposed_by.filter(|person| Some(*person) != actor.person_id());
    let about = subject!(InstitutionId, record.institution.id);
    mail::post(tx, now, proposer, Letter::InstitutionDecided, about, json!({ "outcome": outcome })).await?;
    Ok(())
}
