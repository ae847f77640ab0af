//! Lines, from the text format of Cellosaurus.

use super::*;
use crate::support::Bank;
use serde_json::json;

/// Made up, but each line in the form of a release.
const EVERY_CODE: &str = "\
----------------------------------------------------------------------------
        CALIPHO group at the SIB - Swiss Institute of Bioinformatics
        Cellosaurus: a controlled vocabulary of cell lines
----------------------------------------------------------------------------
 Line code  Content                                  Occurrence in an entry
  ID         Identifier (cell line name)              Once; starts an entry
  AN         A line of the preamble
AN   not a record either
__________________________________________________________________________

ID   Made-up 1
AC   CVCL_ZZ01
AS   CVCL_ZZ02; CVCL_ZZ03
SY   MU-1; MU 1
DR   BTO; BTO:0000001
DR   hPSCreg; MADEi001-A
RX   PubMed=12345678;
RX   DOI=10.1000/made.up;
WW   https://example.org/made-up
CC   Knockout cell: Method=CRISPR/Cas9; HGNC; HGNC:1748; CDH1.
CC   Problematic cell line: Contaminated. Made up.
ST   Source(s): ATCC; DSMZ
ST   Amelogenin: X
ST   Source(s): KCLB
DI   NCIt; C4878; Lung carcinoma
OX   NCBI_TaxID=9606; ! Homo sapiens (Human)
OX   NCBI_TaxID=10090; ! Mus musculus (Mouse)
HI   CVCL_ZZ04 ! Made-up 0
OI   CVCL_ZZ05 ! Made-up 2
SX   Female
AG   8Y
CA   Hybrid cell line
DT   Created: 04-04-12; Last updated: 10-09-24; Version: 40
//
";

#[tokio::test]
async fn every_line_code_of_a_release_is_kept_and_its_preamble_is_no_record() {
    let app = Bank::open().await;
    let summary = import_text(&app, Kind::Lines, EVERY_CODE).await;
    assert_eq!(counts(&summary), [1, 1, 0, 0, 0]);
    assert!(summary.notes.is_empty());
    let codes = codes(&app, "CVCL_ZZ01").await;
    let kept: Vec<&String> = codes.as_object().unwrap().keys().collect();
    let all = ["AG", "AS", "CA", "CC", "DI", "DR", "DT", "HI", "OI", "OX", "RX", "ST", "SX", "SY", "WW"];
    assert_eq!(kept, all);
    assert_eq!(codes["ST"], json!(["Source(s): ATCC; DSMZ", "Amelogenin: X", "Source(s): KCLB"]));
    assert_eq!(codes["RX"], json!(["PubMed=12345678;", "DOI=10.1000/made.up;"]));
    for (column, value) in [
        ("name", "Made-up 1"),
        ("name_key", "madeup1"),
        ("holding", "reference"),
        ("hpscreg_name", "MADEi001-A"),
        ("parent_rrid", "CVCL_ZZ04"),
        ("cell_type", "other"),
        ("category", "Hybrid cell line"),
        ("species", "Homo sapiens (Human); Mus musculus (Mouse)"),
        ("sex", "Female"),
        ("donor_age", "8Y"),
        ("problematic", "Contaminated. Made up."),
        ("accession", "null"),
        ("grade", "null"),
        ("publication_status", "null"),
    ] {
        assert_eq!(of_line(&app, "CVCL_ZZ01", column).await, value, "{column}");
    }
    assert_eq!(number(&app, "SELECT count(*) FROM cell_line WHERE engineered_in_source").await, 1);
    for word in ["madeup1", "cvclzz01", "cvclzz02", "mu1", "madei001a", "madei001", "lung"] {
        assert_eq!(found_by(&app, word).await, ["CVCL_ZZ01"], "{word}");
    }
}

#[tokio::test]
async fn a_file_of_nothing_but_a_preamble_has_no_record_and_fails() {
    let app = Bank::open().await;
    let text = "Cellosaurus\n  ID   no\nAC   CVCL_0001\n//\n";
    let error = try_import(&app, Kind::Lines, source(text), Options::default()).await.unwrap_err();
    let said = "made up has no record that could be imported; it looks like a text of another kind.";
    assert_eq!(error.to_string(), said);
    assert_eq!(error.summary().map(counts), Some([0; 5]));
}

#[tokio::test]
async fn a_record_of_a_name_and_an_accession_is_a_line_of_unknown_type() {
    let app = Bank::open().await;
    let summary = import_text(&app, Kind::Lines, "ID   #15310-LN\nAC   CVCL_E548\n//\n").await;
    assert_eq!(counts(&summary), [1, 1, 0, 0, 0]);
    assert_eq!(of_line(&app, "CVCL_E548", "cell_type").await, "unknown");
    assert_eq!(codes(&app, "CVCL_E548").await, json!({}));
}

#[tokio::test]
async fn a_disease_of_which_nothing_is_known_keeps_its_label_and_finds_the_line() {
    let app = Bank::open().await;
    import_file(&app, Kind::Diseases, "disease_codes.csv").await;
    import_text(&app, Kind::Lines, "ID   a\nAC   CVCL_0001\nDI   NCIt; C999999; Unheard-of ailment\nDI   odd\n//\n")
        .await;
    let sql = "SELECT label || ' ' || coalesce(code, '-') || ' ' || coalesce(CAST(disease_id AS TEXT), '-') AS v
               FROM cell_line_disease ORDER BY id";
    assert_eq!(column(&app, sql).await, ["Unheard-of ailment NCIT:C999999 -", "odd - -"]);
    assert_eq!(found_by(&app, "ailment").await, ["CVCL_0001"]);
}

#[tokio::test]
async fn a_code_that_comes_replaces_and_one_that_is_silent_stays() {
    let app = Bank::open().await;
    let first = "ID   a\nAC   CVCL_0001\nSY   old; older\nSX   Male\nDI   NCIt; C1; Old ailment\nCA   Embryonic stem cell\n//\n";
    import_text(&app, Kind::Lines, first).await;
    let second = "ID   b\nAC   CVCL_0001\nSY   new\nDI   NCIt; C2; New trouble\n//\n";
    let summary = import_text(&app, Kind::Lines, second).await;
    assert_eq!(counts(&summary), [1, 0, 1, 0, 0]);
    assert_eq!(codes(&app, "CVCL_0001").await["SY"], json!(["new"]));
    assert_eq!(codes(&app, "CVCL_0001").await["SX"], json!(["Male"]));
    assert_eq!(of_line(&app, "CVCL_0001", "name").await, "b");
    assert_eq!(of_line(&app, "CVCL_0001", "sex").await, "Male");
    assert_eq!(of_line(&app, "CVCL_0001", "cell_type").await, "embryonic");
    assert_eq!(column(&app, "SELECT label AS v FROM cell_line_disease").await, ["New trouble"]);
    for gone in ["a", "old", "older", "ailment"] {
        assert!(found_by(&app, gone).await.is_empty(), "{gone}");
    }
    for there in ["b", "new", "trouble", "cvcl0001"] {
        assert_eq!(found_by(&app, there).await, ["CVCL_0001"], "{there}");
    }
}

#[tokio::test]
async fn the_same_file_again_changes_nothing() {
    let app = Bank::open().await;
    let summary = import_file(&app, Kind::Lines, "curated_psc_lines.txt").await;
    assert_eq!(counts(&summary), [253, 253, 0, 0, 0]);
    let (before, raised) = (everything(&app).await, version(&app).await);
    let summary = import_file(&app, Kind::Lines, "curated_psc_lines.txt").await;
    assert_eq!(counts(&summary), [253, 0, 0, 253, 0]);
    assert_eq!(everything(&app).await, before);
    assert_eq!(version(&app).await, raised);
}

#[tokio::test]
async fn the_banks_own_columns_and_words_outlive_an_import() {
    let app = Bank::open().await;
    import_file(&app, Kind::Lines, "curated_psc_lines.txt").await;
    let id = app.number("SELECT id FROM cell_line WHERE rrid = 'CVCL_IT62'").await;
    let tx = app.db.begin().await.unwrap();
    stembank::catalogue::index::deindex(&tx, &[id]).await.unwrap();
    let hold = "UPDATE cell_line SET holding = 'held', accession = 'BANK-0001', grade = 'research',
                publication_status = 'published', registry_number = 'R-1' WHERE id = $1";
    for sql in [
        hold,
        "INSERT INTO genetic_modification (line_id, kind, gene, product) VALUES ($1, 'knock_in', 'CDH1', 'Madeupin')",
        "INSERT INTO cell_line_disease (line_id, label) VALUES ($1, 'said by the bank')",
    ] {
        Sql::with(sql, [id.into()]).run(&*tx).await.unwrap();
    }
    stembank::catalogue::index::index(&tx, &[id]).await.unwrap();
    tx.commit().await.unwrap();
    let record = "ID   KSCBi001-A\nAC   CVCL_IT62\nSY   another\nDI   ORDO; Orphanet_258; Whatever\n//\n";
    assert_eq!(counts(&import_text(&app, Kind::Lines, record).await), [1, 0, 1, 0, 0]);
    for (column, value) in [
        ("holding", "held"),
        ("accession", "BANK-0001"),
        ("grade", "research"),
        ("publication_status", "published"),
        ("registry_number", "R-1"),
    ] {
        assert_eq!(of_line(&app, "CVCL_IT62", column).await, value);
    }
    for word in ["bank0001", "madeupin", "said", "another", "whatever", "kscbi001a"] {
        assert_eq!(found_by(&app, word).await, ["CVCL_IT62"], "{word}");
    }
    assert!(found_by(&app, "husips2").await.is_empty());
}

#[tokio::test]
async fn what_the_bank_said_of_a_line_without_a_record_stays_where_the_record_is_silent() {
    let app = Bank::open().await;
    let tx = app.db.begin().await.unwrap();
    let sql = "INSERT INTO cell_line (holding, accession, name, name_key, synonyms, rrid, cell_type, grade, publication_status)
               VALUES ('held', 'BANK-0002', 'a', 'a', $1, 'CVCL_0001', 'embryonic', 'clinical', 'draft')";
    Sql::with(sql, [json!([]).into()]).run(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(counts(&import_text(&app, Kind::Lines, "ID   a\nAC   CVCL_0001\n//\n").await), [1, 0, 0, 1, 0]);
    import_text(&app, Kind::Lines, "ID   a\nAC   CVCL_0001\nSX   Female\n//\n").await;
    assert_eq!(of_line(&app, "CVCL_0001", "cell_type").await, "embryonic");
    assert_eq!(of_line(&app, "CVCL_0001", "sex").await, "Female");
}

#[tokio::test]
async fn two_lines_of_one_name_are_both_kept_and_the_summary_says_so() {
    let app = Bank::open().await;
    let text = "ID   a\nAC   CVCL_0001\n//\nID   a\nAC   CVCL_0002\n//\n";
    let summary = import_text(&app, Kind::Lines, text).await;
    assert_eq!(counts(&summary), [2, 2, 0, 0, 0]);
    assert_eq!(summary.notes, ["CVCL_0001 and CVCL_0002 share the name a; both are kept."]);
    let summary = import_text(&app, Kind::Lines, "ID   a\nAC   CVCL_0003\n//\n").await;
    assert_eq!(summary.notes.len(), 2);
    assert!(summary.notes.iter().all(|note| note.contains("CVCL_0003")));
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_writes_nothing() {
    let app = Bank::open().await;
    let dry = Options { dry_run: true, ..Options::default() };
    for (kind, name) in [
        (Kind::Lines, "curated_psc_lines.txt"),
        (Kind::Diseases, "disease_codes.csv"),
        (Kind::Institutions, "kr_institutions_ror.csv"),
        (Kind::History, "distribution_history.csv"),
    ] {
        let before = version(&app).await;
        let tried = try_import(&app, kind, file(name), dry).await.unwrap();
        assert!(tried.created > 0);
        assert_eq!(version(&app).await, before);
        assert_eq!(counts(&import_file(&app, kind, name).await), counts(&tried));
        let again = try_import(&app, kind, file(name), dry).await.unwrap();
        assert_eq!((again.created, again.updated, again.unchanged), (0, 0, tried.created));
    }
    assert_eq!(number(&app, "SELECT count(*) FROM audit_event").await, 8);
}
