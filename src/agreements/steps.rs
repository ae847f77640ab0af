//! Parts of the commands that [`crate::requests`] has on agreements.

use super::model::agreement::{self, State};
use super::model::signature::{self, Authentication, Party};
use super::model::{agreement_template, required_signature};
use super::rules::{self, Kind};
use super::templates;
use crate::accounts::commands::Authenticated;
use crate::app::seoul_year;
use crate::command::Work;
use crate::db::next_number;
use crate::id::{PersonId, RequestId, TemplateId};
use chrono::NaiveDate;
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
    let parties = [(Party::PrincipalInvestigator, 1), (Party::Recipient, 2), (Party::Bank, 3)];
    let needed = parties.map(|(party, ordinal)| required_signature::ActiveModel {
        agreement_id: Set(agreement.id),
        party: Set(party),
        ordinal: Set(ordinal),
    });
    required_signature::Entity::insert_many(needed).exec_without_returning(work).await?;
    Ok(agreement)
}

/// Keeps the wording under its version for ever; from then on the row is what counts.
async fn keep_template(work: &Work<'_>, template: &templates::Template) -> Result<TemplateId, DbErr> {
    use agreement_template::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        kind: Set(template.kind),
        version: Set(template.version),
        body_en: Set(template.body_en.to_owned()),
        body_ko: Set(template.body_ko.to_owned()),
        ..Default::default()
    };
    let unless_kept = Entity::insert(row).on_conflict_do_nothing_on([Column::Kind, Column::Version]);
    unless_kept.exec_without_returning(work).await?;
    let kept = Entity::find().filter(Column::Kind.eq(template.kind)).filter(Column::Version.eq(template.version));
    let kept = kept.select_only().column(Column::Id).into_tuple().one(work).await?;
    kept.ok_or_else(|| DbErr::RecordNotFound("agreement_template".into()))
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
    let template = agreement_template::Entity::find_by_id(agreement.template_id).one(work).await?;
    let template = template.ok_or_else(|| DbErr::RecordNotFound("agreement_template".into()))?;
    let row = signature::ActiveModel {
        agreement_id: Set(agreement.id),
        party: Set(party),
        person_id: Set(signer.person()),
        printed_name: Set(signer.name().to_owned()),
        meaning: Set(meaning.to_owned()),
        signed_at: Set(work.now()),
        authentication: Set(signer.provider().map_or(Authentication::Password, |_| Authentication::Provider)),
        document_hash: Set(agreement.document_hash.clone()),
        template_version: Set(template.version),
        ..Default::default()
    };
    signature::Entity::insert(row).exec_without_returning(work).await.map(drop)
}
