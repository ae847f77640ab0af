//! Forms: every address that takes one, with fields of every page and whatever could be typed into them.

use super::Fuzz;
use crate::pages::Pages;
use crate::support::on_a_bank;
use axum::http::StatusCode;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

/// Ends the session, and with it the run.
const NOT_SENT: &[&str] = &["/sign-out", "/account/data/erase", "/account/sessions/{id}/end"];

fn files(folder: &Path, ending: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("the source is there") {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(std::fs::read_to_string(path).expect("a file"));
        }
    }
}

/// What stands between two marks, everywhere.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

/// Addresses that take a form, and the names of fields, read from the pages' own source.
fn addresses_and_fields() -> (Vec<String>, Vec<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    let (mut code, mut pages) = (vec![], vec![]);
    files(&folder, ".rs", &mut code);
    files(&folder, ".html", &mut pages);
    let mut addresses = BTreeSet::new();
    for route in code.iter().flat_map(|text| between(text, ".route(\"", "\n")) {
        let address = route.split('"').next().unwrap_or_default();
        if route.contains("post(") && !NOT_SENT.contains(&address) {
            addresses.insert(address.to_owned());
        }
    }
    let mut fields = BTreeSet::new();
    for page in &pages {
        fields.extend(between(page, " name=\"", "\"").into_iter().map(str::to_owned));
        fields.extend(between(page, "errors, \"", "\"").into_iter().map(str::to_owned));
    }
    fields.retain(|field| !field.is_empty() && !field.contains(['{', '%']));
    (addresses.into_iter().collect(), fields.into_iter().collect())
}

#[tokio::test]
async fn forms_filled_at_random_are_answered_or_refused_at_once() {
    let variable = "STEMBANK_FUZZ_FORMS";
    on_a_bank(async |bank| {
        let line = bank.line("TEST-0001").await;
        let cast = bank.cast().await;
        let journey = bank.draft(&cast.researcher, &[(line.id, 1)]).await;
        let (addresses, fields) = addresses_and_fields();
        assert!(addresses.len() > 40 && fields.len() > 60, "{} {}", addresses.len(), fields.len());
        let people = [&cast.researcher, &cast.signatory, &cast.staff, &cast.committee, &cast.administrator];
        let mut readers = vec![Pages::without_factor(bank, "ko")];
        for person in people {
            readers.push(Pages::at_work(bank, person).await);
        }
        let mut fuzz = Fuzz::new(variable, 300);
        for _ in 0..fuzz.amount {
            let address = fuzz.one_of(&addresses).clone();
            let parts: Vec<String> = (address.split('/'))
                .map(|part| match part.starts_with('{') {
                    true if fuzz.one_in(2) => journey.number.clone(),
                    true if fuzz.one_in(2) => "1".into(),
                    true => fuzz
                        .text()
                        .chars()
                        .take(40)
                        .flat_map(|c| format!("%{:02X}", u32::from(c) % 256).chars().collect::<Vec<_>>())
                        .collect(),
                    false => part.to_owned(),
                })
                .collect();
            let address = parts.join("/");
            let typed: Vec<(String, String)> =
                (0..fuzz.below(14)).map(|_| (fuzz.one_of(&fields).clone(), fuzz.text())).collect();
            let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let reader = fuzz.below(readers.len());
            let begun = Instant::now();
            let reply = readers[reader].send(&address, &typed).await;
            fuzz.took(begun, || format!("{address} {typed:?}"));
            let is_fault = reply.status.is_server_error() && reply.status != StatusCode::SERVICE_UNAVAILABLE;
            assert!(!is_fault, "seed {}: {} {address} {typed:?}\n{}", fuzz.seed, reply.status, reply.text);
        }
        fuzz.ended(variable);
        bank.letters().await;
    })
    .await;
}
