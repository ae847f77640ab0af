//! Parts of the verbs that [`crate::requests`] does on agreements.

use super::model::agreement::{self, State};
use super::model::signature::{self, Authentication, Party};
use super::model::{agreement_template, required_signature};
use super::rules::{self, Kind};
use super::templates;
use crate::accounts::operations::Authenticated;
use crate::db::{Transaction, next_number};
use crate::id::{PersonId, RequestId, TemplateId};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};

/// Values of a text's places, `number` and `expires` excepted.
pub type Places = Vec<(&'static str, String)>;

/// What an agreement says.
pub struct Wording {
    /// Kind of agreement.
    pub kind: Kind,
    /// Places of the English text.
    pub en: Places,
    /// Places of the Korean text.
    pub ko: Places,
}

/// The whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// In English.
    pub en: String,
    /// In Korean.
    pub ko: String,
}

impl Wording {
    /// The text under a number, good through a day.
    pub fn text(&self, number: &str, expires_on: NaiveDate) -> Text {
        let template = templates::current(self.kind);
        let text = |body, places: &Places| {
            let mut places = places.clone();
            places.extend([("number", number.to_owned()), ("expires", expires_on.to_string())]);
            templates::fill(body, &places)
        };
        Text { en: text(template.body_en, &self.en), ko: text(template.body_ko, &self.ko) }
    }
}

/// What an agreement is made from.
pub struct Offer {
    /// The request.
    pub request: RequestId,
    /// What it says.
    pub wording: Wording,
    /// Who offers it.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// That day in Asia/Seoul.
    pub today: NaiveDate,
    /// Year of its number.
    pub year: i32,
}

/// Makes the text, freezes it and writes down which signatures it needs.
///
/// # Errors
/// Those of the database.
pub async fn offer(tx: &Transaction, offer: &Offer) -> Result<agreement::Model, DbErr> {
    let template_id = keep_template(tx, &templates::current(offer.wording.kind)).await?;
    let number = next_number(tx, "MTA", offer.year).await?;
    let expires_on = rules::last_day(offer.today);
    let Text { en: text_en, ko: text_ko } = offer.wording.text(&number, expires_on);
    let row = agreement::ActiveModel {
        number: Set(number),
        request_id: Set(offer.request),
        template_id: Set(template_id),
        state: Set(State::Offered),
        document_hash: Set(rules::document_hash(&text_en, &text_ko)),
        text_en: Set(text_en),
        text_ko: Set(text_ko),
        offered_at: Set(offer.at),
        offered_by: Set(offer.by),
        expires_on: Set(expires_on),
        ..Default::default()
    };
    let agreement = row.insert(&**tx).await?;
    let parties = [(Party::PrincipalInvestigator, 1), (Party::Recipient, 2), (Party::Bank, 3)];
    let needed = parties.map(|(party, ordinal)| required_signature::ActiveModel {
        agreement_id: Set(agreement.id),
        party: Set(party),
        ordinal: Set(ordinal),
    });
    required_signature::Entity::insert_many(needed).exec_without_returning(&**tx).await?;
    Ok(agreement)
}

/// Keeps the wording under its version for ever; from then on the row is what counts.
async fn keep_template(tx: &Transaction, template: &templates::Template) -> Result<TemplateId, DbErr> {
    use agreement_template::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        kind: Set(template.kind),
        version: Set(template.version),
        body_en: Set(template.body_en.to_owned()),
        body_ko: Set(template.body_ko.to_owned()),
        ..Default::default()
    };
    let unless_kept = Entity::insert(row).on_conflict_do_nothing_on([Column::Kind, Column::Version]);
    unless_kept.exec_without_returning(&**tx).await?;
    let kept = Entity::find().filter(Column::Kind.eq(template.kind)).filter(Column::Version.eq(template.version));
    let kept = kept.select_only().column(Column::Id).into_tuple().one(&**tx).await?;
    kept.ok_or_else(|| DbErr::RecordNotFound("agreement_template".into()))
}

/// Writes a signature.
///
/// # Errors
/// Those of the database.
pub async fn sign(
    tx: &Transaction,
    agreement: &agreement::Model,
    party: Party,
    signer: &Authenticated,
    meaning: &str,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let template = agreement_template::Entity::find_by_id(agreement.template_id).one(&**tx).await?;
    let template = template.ok_or_else(|| DbErr::RecordNotFound("agreement_template".into()))?;
    let row = signature::ActiveModel {
        agreement_id: Set(agreement.id),
        party: Set(party),
        person_id: Set(signer.person()),
        printed_name: Set(signer.name().to_owned()),
        meaning: Set(meaning.to_owned()),
        signed_at: Set(at),
        authentication: Set(signer.provider().map_or(Authentication::Password, |_| Authentication::Provider)),
        document_hash: Set(agreement.document_hash.clone()),
        template_version: Set(template.version),
        ..Default::default()
    };
    signature::Entity::insert(row).exec_without_returning(&**tx).await.map(drop)
}
