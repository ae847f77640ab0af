//! Records that their source merged.

use super::*;
use crate::support::Bank;

const OLD: &str = "ID   Made-up old record\nAC   CVCL_9Z62\n//\n";
const PRIMARY: &str = "ID   Made-up primary\nAC   CVCL_9Z61\nAS   CVCL_9Z62\n//\n";
const SAID: &str = "CVCL_9Z62 was merged by its source; CVCL_9Z61 took its place.";

async fn rrids(app: &App) -> Vec<String> {
    column(app, "SELECT rrid AS v FROM cell_line ORDER BY rrid").await
}

#[tokio::test]
async fn a_record_takes_the_place_of_the_one_that_was_merged_into_it() {
    let app = Bank::open().await;
    import_text(&app, Kind::Lines, OLD).await;
    import_text(&app, Kind::Lines, "ID   Child\nAC   CVCL_9Z63\nHI   CVCL_9Z62 ! Made-up old record\n//\n").await;
    let id = of_line(&app, "CVCL_9Z62", "id").await;
    let summary = import_text(&app, Kind::Lines, PRIMARY).await;
    assert_eq!((counts(&summary), summary.notes), ([1, 0, 1, 0, 0], vec![SAID.into()]));
    assert_eq!(rrids(&app).await, ["CVCL_9Z61", "CVCL_9Z63"]);
    assert_eq!(of_line(&app, "CVCL_9Z61", "id").await, id, "it is the same line");
    assert_eq!(of_line(&app, "CVCL_9Z61", "name").await, "Made-up primary");
    assert_eq!(of_line(&app, "CVCL_9Z63", "parent_rrid").await, "CVCL_9Z61");
    for word in ["cvcl9z61", "cvcl9z62", "madeupprimary"] {
        assert_eq!(found_by(&app, word).await, ["CVCL_9Z61"], "{word}");
    }
    assert!(found_by(&app, "madeupoldrecord").await.is_empty());
    assert_eq!(counts(&import_text(&app, Kind::Lines, PRIMARY).await), [1, 0, 0, 1, 0]);
}

#[tokio::test]
async fn a_line_that_nobody_holds_goes_where_the_other_is_there() {
    let app = Bank::open().await;
    import_text(&app, Kind::Lines, OLD).await;
    import_text(&app, Kind::Lines, &PRIMARY.replace("AS   CVCL_9Z62\n", "")).await;
    assert_eq!(rrids(&app).await.len(), 2);
    let summary = import_text(&app, Kind::Lines, PRIMARY).await;
    assert_eq!(summary.notes, [SAID]);
    assert_eq!(rrids(&app).await, ["CVCL_9Z61"]);
    assert_eq!(found_by(&app, "cvcl9z62").await, ["CVCL_9Z61"]);
}

#[tokio::test]
async fn a_held_line_keeps_its_place_under_the_new_record() {
    let app = Bank::open().await;
    import_text(&app, Kind::Lines, OLD).await;
    import_text(&app, Kind::Lines, &PRIMARY.replace("AS   CVCL_9Z62\n", "")).await;
    let id = of_line(&app, "CVCL_9Z62", "id").await;
    hold(&app, "CVCL_9Z62", "MADE-UP-1").await;
    let summary = import_text(&app, Kind::Lines, PRIMARY).await;
    assert_eq!(summary.notes, [SAID]);
    assert_eq!(rrids(&app).await, ["CVCL_9Z61"]);
    assert_eq!(of_line(&app, "CVCL_9Z61", "id").await, id);
    assert_eq!(of_line(&app, "CVCL_9Z61", "accession").await, "MADE-UP-1");
}

#[tokio::test]
async fn two_lines_of_the_bank_stay_two_and_the_import_says_so() {
    let app = Bank::open().await;
    import_text(&app, Kind::Lines, OLD).await;
    import_text(&app, Kind::Lines, &PRIMARY.replace("AS   CVCL_9Z62\n", "")).await;
    hold(&app, "CVCL_9Z62", "MADE-UP-1").await;
    hold(&app, "CVCL_9Z61", "MADE-UP-2").await;
    let summary = import_text(&app, Kind::Lines, PRIMARY).await;
    assert!(summary.notes[0].ends_with("both stay."), "{:?}", summary.notes);
    assert_eq!(rrids(&app).await, ["CVCL_9Z61", "CVCL_9Z62"]);
}

async fn hold(app: &Bank, rrid: &str, accession: &str) {
    let sql = format!(
        "UPDATE cell_line SET holding = 'held', accession = '{accession}', publication_status = 'draft', grade = 'research',
         legal_basis = 'human_derived_material', provision_consent = 'given' WHERE rrid = '{rrid}'"
    );
    app.execute(&sql).await.expect("the line is held");
}
