//! Published totals: what cannot be true is refused, and what is published changes for a reason only.

use super::*;
use crate::support::Bank;

const HEAD: &str = "year,measure,institution_type,value,source\n";

async fn import_totals(app: &App, rows: &str, reason: Option<&str>) -> Summary {
    let (actor, source) = (Actor::system("import"), source(&format!("{HEAD}{rows}")));
    import_history(app, &actor, source, reason, Options::default(), &()).await.expect("the table is read")
}

#[tokio::test]
async fn a_published_total_changes_for_a_reason_only_and_the_history_keeps_both() {
    let app = Bank::open().await;
    import_totals(&app, "2019,distributions,,66,made up\n", None).await;
    let changed = "2019,distributions,,70,made up\n";
    let summary = import_totals(&app, changed, None).await;
    assert_eq!(counts(&summary), [1, 0, 0, 0, 1]);
    assert_eq!(
        skipped(&summary),
        [(2, "2019 distributions is published as 66 and would become 70; say why with --reason.")]
    );
    assert_eq!(number(&app, "SELECT value FROM historical_total").await, 66);
    let summary = import_totals(&app, changed, Some("A made-up erratum")).await;
    assert_eq!(counts(&summary), [1, 0, 1, 0, 0]);
    assert_eq!(summary.notes, ["2019 distributions: 66 -> 70 (made up -> made up)"]);
    assert_eq!(number(&app, "SELECT value FROM historical_total").await, 70);
    let sql = "SELECT detail AS v FROM audit_event WHERE action = 'statistics.total_changed' AND subject_id = 2019";
    let detail: serde_json::Value = serde_json::from_str(&column(&app, sql).await[0]).unwrap();
    assert_eq!((&detail["before"]["value"], &detail["after"]["value"]), (&66.into(), &70.into()));
    assert_eq!(detail["reason"], "A made-up erratum");
    assert_eq!(counts(&import_totals(&app, changed, None).await), [1, 0, 0, 1, 0], "the same again needs none");
}

#[tokio::test]
async fn totals_that_cannot_be_true_are_refused_with_both_figures() {
    let app = Bank::open().await;
    app.app.clock.set("2026-11-27T00:00:00Z".parse().unwrap());
    let rows = "2027,distributions,,1,made up
2024,vials,university,5,made up
2024,institutions,,50,made up
2024,institutions,university,36,made up
2024,institutions,company,13,made up
2024,distributions,,133,made up\n";
    let summary = import_totals(&app, rows, None).await;
    assert_eq!(counts(&summary), [6, 1, 0, 0, 5]);
    let reasons = skipped(&summary);
    assert!(reasons[0].1.contains("2027") && reasons[0].1.contains("2026"), "{reasons:?}");
    assert!(reasons[1].1.contains("'vials' (5)"), "{reasons:?}");
    assert_eq!(reasons[2], (4, "The institutions of 2024 are 50, but those of its types add up to 49."));
    assert_eq!(column(&app, "SELECT measure AS v FROM historical_total").await, ["distributions"]);
    // The same against what is there already.
    import_totals(&app, "2024,institutions,university,36,made up\n2024,institutions,company,13,made up\n", None).await;
    let summary = import_totals(&app, "2024,institutions,,50,made up\n", None).await;
    assert_eq!(counts(&summary), [1, 0, 0, 0, 1]);
    assert_eq!(counts(&import_totals(&app, "2024,institutions,,49,made up\n", None).await), [1, 1, 0, 0, 0]);
}
