//! Parts of the verbs that [`crate::requests`] does on agreements.

use super::model::agreement::{self, State};
use super::model::signature::{Authentication, Party};
use super::rules::{self, Kind};
use super::templates;
use crate::accounts::commands::Authenticated;
use crate::db::{Sql, Transaction, next_number};
use crate::id::{PersonId, RequestId, TemplateId};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ActiveEnum, ActiveModelTrait, DbErr, Set};

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
    for (place, party) in [Party::PrincipalInvestigator, Party::Recipient, Party::Bank].iter().enumerate() {
        let sql = "INSERT INTO required_signature (agreement_id, party, ordinal) VALUES ($1, $2, $3)";
        let ordinal = i32::try_from(place + 1).unwrap_or(i32::MAX);
        Sql::with(sql, [agreement.id.0.into(), party.to_value().into(), ordinal.into()]).run(&**tx).await?;
    }
    Ok(agreement)
}

/// Keeps the wording under its version for ever; from then on the row is what counts.
async fn keep_template(tx: &Transaction, template: &templates::Template) -> Result<TemplateId, DbErr> {
    let sql = "INSERT INTO agreement_template (kind, version, body_en, body_ko) VALUES ($1, $2, $3, $4)
               ON CONFLICT (kind, version) DO NOTHING";
    let kind = template.kind.to_value();
    let values = [kind.clone().into(), template.version.into(), template.body_en.into(), template.body_ko.into()];
    Sql::with(sql, values).run(&**tx).await?;
    let sql = "SELECT id FROM agreement_template WHERE kind = $1 AND version = $2";
    Ok(TemplateId(Sql::with(sql, [kind.into(), template.version.into()]).number(&**tx).await?))
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
    let sql = "INSERT INTO signature
                 (agreement_id, party, person_id, printed_name, meaning, signed_at, authentication, document_hash,
                  template_version)
               SELECT $1, $2, $3, $4, $5, $6, $7, $8, version FROM agreement_template WHERE id = $9";
    let by = signer.provider().map_or(Authentication::Password, |_| Authentication::Provider);
    let values = [
        agreement.id.0.into(),
        party.to_value().into(),
        signer.person().0.into(),
        signer.name().into(),
        meaning.into(),
        at.into(),
        by.to_value().into(),
        agreement.document_hash.clone().into(),
        agreement.template_id.0.into(),
    ];
    Sql::with(sql, values).run(&**tx).await.map(drop)
}
