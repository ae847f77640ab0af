//! The certificate of analysis of a lot: the newest result of each test, and a hash by which two prints can be
//! compared. Made from the rows whenever it is read, so that it can never say anything else than they do.

use super::model::quality_test::{Model, Test};
use super::queries::test_rows;
use super::views::{LotView, TestView};
use crate::accounts::passwords::sha256_hex;
use crate::language::Lang;
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr};
use serde_json::{Value, json};

/// What a certificate says of the tests of a lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The newest result of each test, in the order in which the tests were first done. Reference tests are as many
    /// tests as they have methods.
    pub tests: Vec<TestView>,
    /// SHA-256 over accession, lot and these results as they are kept: neither the reader's language nor a change of
    /// wording changes it.
    pub hash: String,
}

impl Certificate {
    /// Reads the certificate of a lot of a line, for whoever may see the lot.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn read(db: &impl ConnectionTrait, accession: &str, lot: &LotView, lang: Lang) -> Result<Self, DbErr> {
        Ok(Self::of(accession, lot, &test_rows(db, &[lot.id]).await?, lang))
    }

    /// The certificate of a lot of a line. `results` come oldest first.
    fn of(accession: &str, lot: &LotView, results: &[Model], lang: Lang) -> Self {
        let newest = newest(results);
        let whole = json!({
            "line": accession,
            "lot": lot.number,
            "tier": lot.tier.to_value(),
            "passage": lot.passage,
            "frozen_on": lot.frozen_on,
            "cells_per_vial": lot.cells_per_vial,
            "released_at": lot.released_at,
            "tests": newest.iter().map(|row| kept(row)).collect::<Vec<_>>(),
        });
        let tests = newest.into_iter().map(|row| TestView::public(row.clone(), lang)).collect();
        Self { tests, hash: sha256_hex(whole.to_string().as_bytes()) }
    }
}

/// The newest result of each test.
fn newest(results: &[Model]) -> Vec<&Model> {
    let mut newest: Vec<&Model> = vec![];
    for result in results {
        match newest.iter_mut().find(|older| is_same_test(older, result)) {
            Some(older) => *older = result,
            None => newest.push(result),
        }
    }
    newest
}

/// All reference tests are of one kind; what tells them apart is how they were done.
fn is_same_test(one: &Model, other: &Model) -> bool {
    one.test == other.test && (one.test != Test::Reference || one.method == other.method)
}

/// A result for the hash. Of identity only the verdict: from a hash over alleles somebody could guess them.
fn kept(row: &Model) -> Value {
    let unless_identity = |text: &str| (row.test != Test::IdentityStr).then(|| text.to_owned());
    json!([
        row.test.to_value(),
        row.method,
        row.laboratory,
        unless_identity(&row.specification),
        unless_identity(&row.result),
        row.verdict.to_value(),
        row.tested_on,
        row.passage,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{CellLineId, LotId, PersonId, QualityTestId};
    use crate::inventory::model::quality_test::Verdict;
    use crate::inventory::{LotState, LotTier};

    fn lot() -> LotView {
        LotView {
            id: LotId(1),
            line_id: CellLineId(1),
            number: "TEST-LOT-1".into(),
            tier: LotTier::Distribution,
            passage: 12,
            parent_lot_id: None,
            frozen_on: "2026-03-01".parse().unwrap(),
            vials_made: 3,
            cells_per_vial: 1_000_000,
            state: LotState::Released,
            released_at: Some("2026-03-02T03:00:00Z".parse().unwrap()),
            released_by: Some(PersonId(1)),
            made_up: true,
        }
    }

    fn result(test: Test, method: &str, result: &str) -> Model {
        Model {
            id: QualityTestId(1),
            lot_id: LotId(1),
            test,
            method: method.into(),
            laboratory: "made-up laboratory".into(),
            specification: "as specified".into(),
            result: result.into(),
            verdict: Verdict::Pass,
            tested_on: "2026-03-01".parse().unwrap(),
            passage: 12,
            analyst: "Made-up A".into(),
            reviewer: "Made-up B".into(),
            recorded_by: PersonId(1),
            recorded_at: "2026-03-02T03:00:00Z".parse().unwrap(),
        }
    }

    fn of(lot: &LotView, results: &[Model]) -> Certificate {
        Certificate::of("TEST-0001", lot, results, Lang::En)
    }

    #[test]
    fn each_test_stands_once_with_its_newest_result_and_each_reference_test_by_its_method() {
        let results = [
            result(Test::Sterility, "culture", "unclear"),
            result(Test::Reference, "PluriTest", "passed"),
            result(Test::Reference, "trilineage", "three layers"),
            result(Test::Sterility, "culture, repeated", "no growth"),
            result(Test::Reference, "PluriTest", "passed again"),
        ];
        let said: Vec<_> = of(&lot(), &results).tests.into_iter().map(|test| test.result).collect();
        assert_eq!(said, ["no growth", "passed again", "three layers"]);
    }

    #[test]
    fn the_hash_changes_with_whatever_the_certificate_says_and_with_nothing_else() {
        let results = [result(Test::Sterility, "culture", "no growth")];
        let hash = of(&lot(), &results).hash;
        assert_eq!(Certificate::of("TEST-0001", &lot(), &results, Lang::Ko).hash, hash);
        let recalled = LotView { state: LotState::Recalled, ..lot() };
        assert_eq!(of(&recalled, &results).hash, hash, "a recall stands above the certificate, the results stay");
        let other_lots = [
            LotView { passage: 13, ..lot() },
            LotView { cells_per_vial: 1, ..lot() },
            LotView { released_at: Some("2026-03-03T03:00:00Z".parse().unwrap()), ..lot() },
        ];
        for other in other_lots {
            assert_ne!(of(&other, &results).hash, hash, "{other:?}");
        }
        let at_other_passage = [Model { passage: 13, ..results[0].clone() }];
        let failed = [Model { verdict: Verdict::Fail, ..results[0].clone() }];
        for other in [at_other_passage, failed, [result(Test::Sterility, "culture", "growth")]] {
            assert_ne!(of(&lot(), &other).hash, hash, "{other:?}");
        }
    }

    #[test]
    fn alleles_are_in_neither_the_certificate_nor_its_hash() {
        let of_alleles = |alleles: &str| of(&lot(), &[result(Test::IdentityStr, "STR, 16 loci", alleles)]);
        assert_eq!(of_alleles("D5S818 11,12"), of_alleles("D5S818 9,13"));
    }
}
