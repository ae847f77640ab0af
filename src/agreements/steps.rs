//! Parts of the commands that [`crate::requests`] has on agreements.

use super::model::agreement::{self, State};
use super::model::signature::{Authentication, Party};
use super::rules::{self, Kind};
use super::templates;
use crate::accounts::operations::Authenticated;
use crate::app::seoul_year;
use crate::command::Work;
use crate::db::{Sql, next_number};
use crate::id::{PersonId, RequestId, TemplateId};
use chrono::NaiveDate;
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

/// Makes the text of an agreement on a request, freezes it and writes down which signatures it needs.
///
/// # Errors
/// Those of the database.
pub async fn offer(
    work: &Work<'_>,
    request: RequestId,
    wording: &Wording,
    by: PersonId,
) -> Result<agreement::Model, DbErr> {
    let template_id = keep_template(work, &templates::current(wording.kind)).await?;
    let number = next_number(work, "MTA", seoul_year(work.now())).await?;
    let expires_on = rules::last_day(work.today());
    let Text { en: text_en, ko: text_ko } = wording.text(&number, expires_on);
    let row = agreement::ActiveModel {
        number: Set(number),
        request_id: Set(request),
        template_id: Set(template_id),
        state: Set(State::Offered),
        document_hash: Set(rules::document_hash(&text_en, &text_ko)),
        text_en: Set(text_en),
        text_ko: Set(text_ko),
        offered_at: Set(work.now()),
        offered_by: Set(by),
        expires_on: Set(expires_on),
        ..Default::default()
    };
    let agreement = row.insert(work).await?;
    for (place, party) in [Party::PrincipalInvestigator, Party::Recipient, Party::Bank].iter().enumerate() {
        let sql = "INSERT INTO required_signature (agreement_id, party, ordinal) VALUES ($1, $2, $3)";
        let ordinal = i32::try_from(place + 1).unwrap_or(i32::MAX);
        Sql::with(sql, [agreement.id.0.into(), party.to_value().into(), ordinal.into()]).run(work).await?;
    }
    Ok(agreement)
}

/// Keeps the wording under its version for ever; from then on the row is what counts.
async fn keep_template(work: &Work<'_>, template: &templates::Template) -> Result<TemplateId, DbErr> {
    let sql = "INSERT INTO agreement_template (kind, version, body_en, body_ko) VALUES ($1, $2, $3, $4)
               ON CONFLICT (kind, version) DO NOTHING";
    let kind = template.kind.to_value();
    let values = [kind.clone().into(), template.version.into(), template.body_en.into(), template.body_ko.into()];
    Sql::with(sql, values).run(work).await?;
    let sql = "SELECT id FROM agreement_template WHERE kind = $1 AND version = $2";
    Ok(TemplateId(Sql::with(sql, [kind.into(), template.version.into()]).number(work).await?))
}

/// A signature to write.
pub struct NewSignature<'a> {
    /// For whom.
    pub party: Party,
    /// Who signs.
    pub signer: &'a Authenticated,
    /// What it means.
    pub meaning: &'a str,
}

/// Writes a signature.
///
/// # Errors
/// Those of the database.
pub async fn sign(work: &Work<'_>, agreement: &agreement::Model, signature: &NewSignature<'_>) -> Result<(), DbErr> {
    let NewSignature { party, signer, meaning } = *signature;
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
        work.now().into(),
        by.to_value().into(),
        agreement.document_hash.clone().into(),
        agreement.template_id.0.into(),
    ];
    Sql::with(sql, values).run(work).await.map(drop)
}
