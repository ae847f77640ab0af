//! Diseases, institutions, yearly totals: tables in CSV.

use super::*;
use crate::support::Bank;

const MAPPED: &str = "SELECT l.name || ' -> ' || d.name AS v FROM cell_line_disease c
                      JOIN cell_line l ON l.id = c.line_id JOIN disease d ON d.id = c.disease_id ORDER BY l.name";

#[tokio::test]
async fn diseases_come_with_codes_ancestors_and_korean_names_and_again_change_nothing() {
    let app = Bank::open().await;
    let files = [("disease_codes.csv", 1_382), ("disease_ancestors.csv", 652), ("disease_names_ko.csv", 53)];
    for (name, rows) in files {
        let summary = import_file(&app, Kind::Diseases, name).await;
        let written = summary.created + summary.updated;
        assert_eq!((summary.read, written, summary.skipped_count()), (rows, rows, 0), "{name}");
    }
    let raised = version(&app).await;
    for (name, rows) in files {
        assert_eq!(counts(&import_file(&app, Kind::Diseases, name).await), [rows, 0, 0, rows, 0], "{name}");
    }
    assert_eq!(version(&app).await, raised);
    assert_eq!(number(&app, "SELECT count(*) FROM disease WHERE core").await, 91);
    let rett = "SELECT c.code AS v FROM disease_code c JOIN disease d ON d.id = c.disease_id
                WHERE d.mondo_id = 'MONDO:0010726' ORDER BY c.code";
    let codes = column(&app, rett).await;
    for code in ["ORPHANET:778", "OMIM:312750", "MONDO:0010726", "NAME:rettsyndrome", "NAME:레트증후군"] {
        assert!(codes.iter().any(|known| known == code), "{code} in {codes:?}");
    }
    let tokens = "SELECT d.name AS v FROM disease_token t JOIN disease d ON d.id = t.disease_id WHERE t.token = ";
    assert_eq!(column(&app, &format!("{tokens}'레트증후군'")).await, ["Rett syndrome"]);
    assert!(column(&app, &format!("{tokens}'증후군'")).await.len() > 5);
}

#[tokio::test]
async fn codes_mean_a_disease_whatever_their_prefix_and_separator() {
    let app = Bank::open().await;
    import_file(&app, Kind::Diseases, "disease_codes.csv").await;
    let lines = [
        "ORDO; Orphanet_778; x",
        "Orphanet; Orphanet:778; x",
        "MONDO; MONDO:0010726; x",
        "OMIM; 312750; x",
        "MIM; MIM:312750; x",
        "mystery; 1; RETT Syndrome",
        "mystery; 1; PD",
    ];
    let text: String =
        lines.iter().enumerate().map(|(i, di)| format!("ID   {i}\nAC   CVCL_000{i}\nDI   {di}\n//\n")).collect();
    import_text(&app, Kind::Lines, &text).await;
    let expected: Vec<String> = (0..6).map(|i| format!("{i} -> Rett syndrome")).collect();
    assert_eq!(column(&app, MAPPED).await, expected, "PD is a synonym of two diseases and means neither");
}

#[tokio::test]
async fn lines_imported_before_the_diseases_are_mapped_when_those_come() {
    let (early, late) = (Bank::open().await, Bank::open().await);
    import_file(&early, Kind::Lines, "curated_psc_lines.txt").await;
    assert!(column(&early, MAPPED).await.is_empty());
    let summary = import_file(&early, Kind::Diseases, "disease_codes.csv").await;
    assert_eq!(summary.notes.len(), 1, "{:?}", summary.notes);
    import_file(&late, Kind::Diseases, "disease_codes.csv").await;
    import_file(&late, Kind::Lines, "curated_psc_lines.txt").await;
    let mapped = column(&early, MAPPED).await;
    assert!(mapped.len() > 40);
    assert!(mapped.contains(&"RS1-52M -> Rett syndrome".to_owned()), "{mapped:?}");
    assert_eq!(everything(&early).await, everything(&late).await);
}

#[tokio::test]
async fn names_and_ancestors_of_a_disease_that_is_not_there_are_reported() {
    let app = Bank::open().await;
    let names = import_text(&app, Kind::Diseases, "mondo_id,name_ko,synonyms_ko\nMONDO:0010726,레트증후군,\n").await;
    assert_eq!(skipped(&names), [(2, "The disease MONDO:0010726 is unknown; import the diseases first.")]);
    let text = "mondo_id,ancestor_mondo_id,distance\nMONDO:0010726,MONDO:0020121,0\nMONDO:0010726,MONDO:0020121,1\n";
    let ancestors = import_text(&app, Kind::Diseases, text).await;
    assert_eq!(ancestors.skipped.iter().map(|skipped| skipped.line).collect::<Vec<_>>(), [2, 3]);
}

#[tokio::test]
async fn korean_names_outlive_a_new_table_of_codes() {
    let app = Bank::open().await;
    import_file(&app, Kind::Diseases, "disease_codes.csv").await;
    import_file(&app, Kind::Diseases, "disease_names_ko.csv").await;
    let text = "mondo_id,name,synonyms,description\nMONDO:0010726,Rett syndrome,RTT | Rett,shorter\n,nameless,,\n";
    assert_eq!(counts(&import_text(&app, Kind::Diseases, text).await), [2, 0, 1, 0, 1]);
    let sql = "SELECT name_ko || ' ' || description AS v FROM disease WHERE mondo_id = 'MONDO:0010726'";
    assert_eq!(column(&app, sql).await, ["레트증후군 shorter"]);
    let found = number(&app, "SELECT count(*) FROM disease_token WHERE token = '레트증후군'").await;
    assert_eq!(found, 1);
}

#[tokio::test]
async fn a_table_of_another_kind_is_refused_with_what_it_lacks() {
    let app = Bank::open().await;
    for (kind, text) in [
        (Kind::Diseases, "year,value\n"),
        (Kind::Institutions, "name,types\n"),
        (Kind::History, "ID   a\nAC   CVCL_0001\n//\n"),
    ] {
        let error = try_import(&app, kind, source(text), Options::default()).await.unwrap_err();
        assert!(matches!(error, Error::Header { .. }), "{error}");
    }
    assert_eq!(number(&app, "SELECT count(*) FROM audit_event").await, 0);
}

#[tokio::test]
async fn institutions_come_with_the_type_that_their_ror_types_mean() {
    let app = Bank::open().await;
    let summary = import_file(&app, Kind::Institutions, "kr_institutions_ror.csv").await;
    assert_eq!(counts(&summary), [767, 767, 0, 0, 0]);
    let types = "SELECT institution_type || ' ' || CAST(count(*) AS TEXT) AS v FROM institution
                 GROUP BY institution_type ORDER BY institution_type";
    let expected = ["company 105", "government 66", "hospital 248", "institute 247", "university 101"];
    assert_eq!(column(&app, types).await, expected);
    let closed = "SELECT count(*) FROM institution WHERE status = 'closed'";
    assert_eq!(number(&app, closed).await, 25, "17 withdrawn and 8 inactive");
    let ajou = "SELECT DISTINCT i.name AS v FROM institution_token t JOIN institution i ON i.id = t.institution_id
                WHERE t.token = '아주대학교' AND t.weight = 0 ORDER BY 1";
    assert_eq!(column(&app, ajou).await, ["Ajou University"]);
    assert_eq!(counts(&import_file(&app, Kind::Institutions, "kr_institutions_ror.csv").await), [767, 0, 0, 767, 0]);
}

#[tokio::test]
async fn a_type_that_staff_chose_outlives_an_import() {
    let app = Bank::open().await;
    let text = |name, types, status| {
        format!(
            "ror_id,name,types,status\nhttps://ror.org/04677dp78,{name},{types},{status}\n04677dp78,again,,active\n"
        )
    };
    let summary = import_text(&app, Kind::Institutions, &text("Made up", "company", "active")).await;
    assert_eq!(counts(&summary), [2, 1, 0, 0, 1]);
    let tx = app.db.begin().await.unwrap();
    let sql = "UPDATE institution SET institution_type = 'hospital', type_set_by_staff = TRUE";
    Sql::new(sql).run(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    let summary = import_text(&app, Kind::Institutions, &text("Made up", "education", "active")).await;
    assert_eq!((summary.updated, summary.unchanged), (0, 1));
    let summary = import_text(&app, Kind::Institutions, &text("Renamed", "education", "withdrawn")).await;
    assert_eq!(summary.updated, 1);
    let sql = "SELECT name || ' ' || institution_type || ' ' || status AS v FROM institution";
    assert_eq!(column(&app, sql).await, ["Renamed hospital closed"]);
    let words = column(&app, "SELECT token AS v FROM institution_token ORDER BY token").await;
    assert_eq!(words, ["04677dp78", "renamed"]);
}

#[tokio::test]
async fn bad_rows_of_institutions_are_reported_and_the_others_come() {
    let app = Bank::open().await;
    let text = "ror_id,name,types,status\nnot-ror,a,,active\n04677dp78,,,active\n04677dp78,a,,sleeping\n\
                04677dp78,a\n01e0hcx30,\"b\nc\",,active\n";
    let summary = import_text(&app, Kind::Institutions, text).await;
    assert_eq!(
        skipped(&summary),
        [
            (2, "'ror_id' cannot be \"not-ror\"."),
            (3, "'name' cannot be \"\"."),
            (4, "'status' cannot be \"sleeping\"."),
            (5, "The row has 2 fields, the header 4."),
        ]
    );
    assert_eq!(counts(&summary), [5, 1, 0, 0, 4]);
}

#[tokio::test]
async fn yearly_totals_come_once_and_a_corrected_one_replaces_for_a_reason() {
    let app = Bank::open().await;
    assert_eq!(counts(&import_file(&app, Kind::History, "distribution_history.csv").await), [9, 9, 0, 0, 0]);
    assert_eq!(counts(&import_file(&app, Kind::History, "distribution_history.csv").await), [9, 0, 0, 9, 0]);
    let text = "year,measure,institution_type,value,source\n2024,distributions,,134,corrected\n2024,hugs,,1,x\n\
                2024,vials,,-1,x\n20x4,vials,,1,x\n2024,vials,,1,\n2024,institutions,university,36,x\n";
    let (actor, options) = (Actor::system("import"), Options::default());
    let summary = import_history(&app, &actor, source(text), Some("made up"), options, &()).await.unwrap();
    assert_eq!(counts(&summary), [6, 0, 2, 0, 4]);
    let total = "SELECT value FROM historical_total WHERE year = 2024 AND measure = 'distributions'";
    assert_eq!(number(&app, total).await, 134);
}
