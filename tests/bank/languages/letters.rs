//! The letters, as they arrive.

use super::{Said, as_listed};
use crate::mail::server::Server;
use crate::mail::words::{facts, received, speaks};
use crate::support::on_a_bank;
use serde_json::{Value, json};
use stembank::mail::LetterKind;

/// What can change about how one signs in.
const ACCOUNT_CHANGES: [&str; 6] =
    ["password", "identity_linked", "second_factor_on", "second_factor_off", "second_factor_reset", "recovery_codes"];

/// What a letter's words depend on; a number that ends in a consonant when it is spoken, and one that ends in a vowel,
/// where Korean particles follow it.
fn variants(letter: LetterKind) -> Vec<(&'static str, Value)> {
    let numbers = json!({ "request": "REQ-2026-00041", "agreement": "MTA-2026-00002", "shipment": "SHP-2026-00002",
        "vials": 1 });
    match letter {
        LetterKind::RequestDecided => vec![
            ("approved", json!({ "state": "approved" })),
            ("rejected", json!({ "state": "rejected" })),
            ("approved, other numbers", json!({ "state": "approved", "request": "REQ-2026-00041" })),
        ],
        LetterKind::MembershipDecided => vec![
            ("active", json!({ "state": "active" })),
            ("refused", json!({ "state": "refused" })),
            ("left", json!({ "state": "left", "reason": null })),
        ],
        LetterKind::InstitutionDecided => {
            vec![("verified", json!({ "outcome": "verified" })), ("closed", json!({ "outcome": "closed" }))]
        }
        LetterKind::AccountChanged => ACCOUNT_CHANGES.map(|change| (change, json!({ "change": change }))).to_vec(),
        LetterKind::Reminder => vec![
            ("review", json!({ "waits_for": "review" })),
            ("review, other numbers", json!({ "waits_for": "review", "request": "REQ-2026-00041" })),
            ("completion", json!({ "waits_for": "completion" })),
            ("signature", json!({ "waits_for": "signature" })),
            ("receipt", json!({ "waits_for": "receipt" })),
            ("receipt, other numbers", json!({ "waits_for": "receipt", "shipment": "SHP-2026-00002" })),
        ],
        LetterKind::VerifyEmail => vec![("", json!({})), ("without an end", json!({ "expires_at": null }))],
        LetterKind::VialsReserved | LetterKind::LineWaits | LetterKind::ReservationExpired => {
            vec![("", json!({})), ("one", numbers), ("without its line", json!({ "cell_line": null }))]
        }
        letter if facts_of(letter) => vec![("", json!({})), ("other numbers", numbers)],
        _ => vec![("", json!({}))],
    }
}

/// Letters about a request name numbers.
fn facts_of(letter: LetterKind) -> bool {
    use LetterKind::*;
    matches!(
        letter,
        RequestSubmitted
            | RequestReturned
            | RequestClaimed
            | RequestWithdrawn
            | AgreementToSign
            | AgreementInForce
            | AgreementDeclined
            | ShipmentDispatched
            | ShipmentReceived
    )
}

#[tokio::test]
async fn every_letter_says_in_both_languages_what_is_listed() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        bank.execute("UPDATE person SET name = 'M. U.'").await.unwrap();
        let server = Server::start();
        let mut said: Said = vec![];
        for letter in LetterKind::ALL {
            for (variant, changes) in variants(*letter) {
                let mut texts = vec![];
                for lang in ["en", "ko"] {
                    speaks(bank, &cast.researcher, lang).await;
                    let mut facts = facts();
                    facts.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
                    let mail = received(bank, &server, &cast.researcher, *letter, facts).await;
                    let text = mail.text();
                    let body = text.split("\n\n-- \n").next().unwrap().to_owned();
                    texts.push(format!("{}\n{body}", mail.header("Subject")));
                }
                let [en, ko] = texts.try_into().unwrap();
                said.push((format!("letter {} {variant}", letter.name()).trim_end().into(), [en, ko]));
            }
        }
        as_listed("letter ", said);
    })
    .await;
}
