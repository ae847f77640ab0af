//! The certificate of analysis of a lot: the newest result of each test, and a hash by which two prints can be compared.
//! Made from the rows whenever it is read, so that it can never say anything else than they do.

use super::model::lot;
use super::model::quality_test::{Model, Test};
use super::rules::PublicTest;
use crate::accounts::passwords::sha256_hex;
use crate::language::Lang;
use serde_json::json;

/// What a certificate says of the tests of a lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The newest result of each test, in the order in which the tests were first done.
    pub tests: Vec<PublicTest>,
    /// SHA-256 over accession, lot and these results in English, whatever the language of the reader.
    pub hash: String,
}

impl Certificate {
    /// The certificate of a lot of a line. `results` come oldest first.
    pub fn of(accession: &str, lot: &lot::Model, results: &[Model], lang: Lang) -> Self {
        let mut newest: Vec<(Test, &Model)> = vec![];
        for result in results {
            match newest.iter_mut().find(|(test, _)| *test == result.test) {
                Some((_, older)) => *older = result,
                None => newest.push((result.test, result)),
            }
        }
        let said = |lang| newest.iter().map(|(_, row)| PublicTest::of(row, lang)).collect::<Vec<_>>();
        let rows: Vec<_> = said(Lang::En)
            .into_iter()
            .zip(&newest)
            .map(|(test, (kind, row))| {
                let PublicTest { method, specification, result, tested_on, .. } = test;
                json!([
                    kind.label(Lang::En),
                    method,
                    row.laboratory,
                    specification,
                    result,
                    row.verdict.label(Lang::En),
                    tested_on
                ])
            })
            .collect();
        let whole = json!({ "line": accession, "lot": lot.number, "passage": lot.passage, "frozen_on": lot.frozen_on, "tests": rows });
        Self { tests: said(lang), hash: sha256_hex(whole.to_string().as_bytes()) }
    }
}
