//! Rules of agreements that need no database.

use super::model::agreement::{Model, State};
use super::model::required_signature;
use super::model::signature::{self, Party};
use crate::accounts::model::institution;
use crate::accounts::passwords::sha256_hex;
use crate::language::Lang;
use chrono::{Days, Months, NaiveDate};

impl State {
    /// Which state follows which; the database refuses every other change.
    pub const TRANSITIONS: [(Self, Self); 6] = [
        (Self::Offered, Self::PartlySigned),
        (Self::Offered, Self::InForce),
        (Self::Offered, Self::Declined),
        (Self::PartlySigned, Self::InForce),
        (Self::PartlySigned, Self::Declined),
        (Self::InForce, Self::Expired),
    ];
}

/// Years for which an agreement runs.
const TERM_YEARS: u32 = 5;

/// The kinds of agreement on a request.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, sea_orm::EnumIter, sea_orm::DeriveActiveEnum, async_graphql::Enum,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[graphql(name = "AgreementKind")]
pub enum Kind {
    /// Not for profit.
    Academic,
    /// For a company, or for commercial use.
    Commercial,
}

impl Kind {
    /// The label a person reads.
    pub fn label(self, lang: crate::language::Lang) -> &'static str {
        match self {
            Self::Academic => lang.pick("academic material transfer agreement", "학술 물질이전협약"),
            Self::Commercial => lang.pick("commercial material transfer agreement", "상업 물질이전협약"),
        }
    }
}

/// Which kind a request needs: commercial for a company as recipient and for commercial use.
pub fn kind_for(recipient: institution::Type, commercial_use: bool) -> Kind {
    if commercial_use || recipient == institution::Type::Company { Kind::Commercial } else { Kind::Academic }
}

/// Hash of the frozen texts: what every signature names. Changing either text changes it.
pub fn document_hash(text_en: &str, text_ko: &str) -> String {
    sha256_hex(format!("{text_en}\u{0}{text_ko}").as_bytes())
}

/// Last day of an agreement offered on a day.
pub fn last_day(offered: NaiveDate) -> NaiveDate {
    let end = offered.checked_add_months(Months::new(12 * TERM_YEARS)).unwrap_or(NaiveDate::MAX);
    end.checked_sub_days(Days::new(1)).unwrap_or(end)
}

/// True while vials may ship under it: signed by all, and its last day in Asia/Seoul has not passed.
pub fn is_in_force(agreement: &Model, today: NaiveDate) -> bool {
    agreement.state == State::InForce && today <= agreement.expires_on
}

/// True while signatures are collected.
pub fn is_open(state: State) -> bool {
    matches!(state, State::Offered | State::PartlySigned)
}

/// Whose signature is next; `None` when all are there.
pub fn next_party(required: &[required_signature::Model], given: &[signature::Model]) -> Option<Party> {
    let open = required.iter().filter(|r| !given.iter().any(|s| s.party == r.party));
    open.min_by_key(|r| r.ordinal).map(|r| r.party)
}

/// What a signature shows of itself wherever the agreement is read: printed name, for whom, when, what it means (21 CFR
/// 11.50) and how the signer proved who they are. The time is of Asia/Seoul.
pub fn manifestation(signature: &signature::Model, lang: Lang) -> String {
    let signature::Model { printed_name: name, meaning, signed_at, party, authentication, .. } = signature;
    let at = signed_at.with_timezone(&chrono_tz::Asia::Seoul).format("%Y-%m-%d %H:%M:%S");
    let (party, by) = (party.label(lang), authentication.label(lang));
    lang.pick(
        format!("Signed by {name} for the {party} on {at} (Asia/Seoul), meaning \"{meaning}\"; proved by {by}."),
        format!("서명자 {name}, 당사자 {party}, 서명 시각 {at}(서울), 서명의 의미 \"{meaning}\", 본인 확인 {by}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{AgreementId, PersonId, SignatureId};

    #[test]
    fn a_company_needs_the_commercial_agreement_whatever_it_does() {
        assert_eq!(kind_for(institution::Type::Company, false), Kind::Commercial);
        assert_eq!(kind_for(institution::Type::University, true), Kind::Commercial);
        assert_eq!(kind_for(institution::Type::Hospital, false), Kind::Academic);
    }

    #[test]
    fn the_hash_changes_with_either_text_and_with_their_border() {
        let hash = document_hash("ab", "c");
        assert_ne!(hash, document_hash("a", "bc"));
        assert_ne!(hash, document_hash("ab", "d"));
        assert_eq!(hash, document_hash("ab", "c"));
    }

    #[test]
    fn a_term_of_five_years_ends_the_day_before() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(last_day(day("2026-03-02")), day("2031-03-01"));
        assert_eq!(last_day(day("2024-02-29")), day("2029-02-27"));
    }

    #[test]
    fn a_signature_shows_who_when_why_and_how_it_was_proved() {
        let given = |authentication| signature::Model {
            id: SignatureId(1),
            agreement_id: AgreementId(1),
            party: Party::Recipient,
            person_id: PersonId(1),
            printed_name: "Made-up A".into(),
            meaning: "I accept".into(),
            signed_at: "2026-03-02T03:00:00Z".parse().unwrap(),
            authentication,
            document_hash: "abc".into(),
            template_version: 1,
        };
        let by_provider = given(signature::Authentication::Provider);
        assert_eq!(
            manifestation(&by_provider, Lang::En),
            "Signed by Made-up A for the recipient institution on 2026-03-02 12:00:00 (Asia/Seoul), meaning \"I \
             accept\"; proved by e-mail and a fresh authentication at the identity provider."
        );
        let by_password = given(signature::Authentication::Password);
        assert_eq!(
            manifestation(&by_password, Lang::Ko),
            "서명자 Made-up A, 당사자 수령 기관, 서명 시각 2026-03-02 12:00:00(서울), 서명의 의미 \"I accept\", 본인 \
             확인 이메일과 비밀번호."
        );
    }

    #[test]
    fn the_next_signature_follows_the_order_in_the_rows() {
        let required = |party, ordinal| required_signature::Model { agreement_id: AgreementId(1), party, ordinal };
        let rows = [required(Party::Bank, 3), required(Party::PrincipalInvestigator, 1), required(Party::Recipient, 2)];
        assert_eq!(next_party(&rows, &[]), Some(Party::PrincipalInvestigator));
        assert_eq!(next_party(&[], &[]), None);
    }
}
