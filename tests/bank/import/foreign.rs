//! Files as the programs of an office write them: in other encodings, with other separators, with fewer columns.

use super::*;
use crate::support::Bank;
use encoding_rs::EUC_KR;

const TABLE: &str = "ror_id,name,name_ko,types,status
https://ror.org/04h9pn542,Made up,지어낸 대학교,education,active
https://ror.org/05kzjxq56,Made up two,,education,active
";

fn bytes(bytes: Vec<u8>) -> Source {
    Source::from_reader("made up", Cursor::new(bytes)).expect("bytes are read")
}

fn utf16(text: &str) -> Vec<u8> {
    "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[tokio::test]
async fn a_table_is_read_in_the_encoding_and_with_the_separator_that_it_has() {
    let with = |separator: &str| TABLE.replace(',', separator);
    for (file, notes) in [
        (EUC_KR.encode(TABLE).0.into_owned(), vec!["The file was read as CP949."]),
        (
            format!("\u{FEFF}{}", with(";")).into_bytes(),
            vec!["The fields of the file were read as separated by semicolons."],
        ),
        (with("\t").into_bytes(), vec!["The fields of the file were read as separated by tabs."]),
        (
            utf16(&with("\t").replace('\n', "\r\n")),
            vec!["The file was read as UTF-16.", "The fields of the file were read as separated by tabs."],
        ),
        (
            format!("sep=;\r\n{}", with(";")).into_bytes(),
            vec!["The fields of the file were read as separated by semicolons."],
        ),
        (TABLE.replace('\n', "\r").into_bytes(), vec![]),
        (format!("\u{FEFF}{TABLE}").into_bytes(), vec![]),
    ] {
        let app = Bank::open().await;
        let mut summary = try_import(&app, Kind::Institutions, bytes(file), Options::default()).await.unwrap();
        assert_eq!(counts(&summary), [2, 2, 0, 0, 0], "{:?}", summary.skipped);
        assert_eq!(std::mem::take(&mut summary.notes), notes);
        assert_eq!(column(&app, "SELECT name_ko AS v FROM institution ORDER BY id").await, ["지어낸 대학교", "null"]);
    }
}

#[tokio::test]
async fn records_in_another_encoding_are_read_or_reported_with_their_line_from_the_first_one_on() {
    let text = "ID   세포주 하나 (made up)\nAC   CVCL_9Z05\n//\nID   Line C\nAC   CVCL_9Z07\n//\n";
    let app = Bank::open().await;
    let summary =
        try_import(&app, Kind::Lines, bytes(EUC_KR.encode(text).0.into_owned()), Options::default()).await.unwrap();
    assert_eq!((counts(&summary), summary.notes.len()), ([2, 2, 0, 0, 0], 1));
    assert_eq!(of_line(&app, "CVCL_9Z05", "name").await, "세포주 하나 (made up)");
    // Latin-1 cannot be known from any other encoding of one byte: it is named and not read.
    let app = Bank::open().await;
    let latin = b"ID   Universit\xe9 de Montr\xe9al (made up)\nAC   CVCL_9Z05\n//\nID   Line C\nAC   CVCL_9Z07\n//\n";
    let summary = try_import(&app, Kind::Lines, bytes(latin.to_vec()), Options::default()).await.unwrap();
    assert_eq!(counts(&summary), [2, 1, 0, 0, 2]);
    let reasons = skipped(&summary);
    assert_eq!(
        reasons[0],
        (1, "The line cannot be read; it looks like windows-1252. Save the file as UTF-8."),
        "{reasons:?}"
    );
    assert_eq!(reasons[1], (1, "The record has no ID line."));
}

#[tokio::test]
async fn a_file_without_a_record_fails_and_says_what_it_looks_like() {
    let app = Bank::open().await;
    for (kind, file, said) in [
        (Kind::Lines, &b"{\"Cellosaurus\": []}"[..], "it looks like JSON."),
        (Kind::Lines, b"made up\n", "it looks like a text of another kind."),
        (Kind::Lines, b"", "it looks like an empty file."),
        (Kind::Institutions, b"PK\x03\x04\x14\0", "it looks like an Excel workbook or another archive."),
        (Kind::Institutions, b"%PDF-1.7", "it looks like PDF."),
        (Kind::Institutions, b"<html><table>", "it looks like XML or a web page."),
        (Kind::Institutions, b"ror_id,name,types,status\n", "it looks like a text of another kind."),
        (Kind::History, b"\0\x01\x02", "it looks like no text."),
    ] {
        let error = try_import(&app, kind, bytes(file.to_vec()), Options::default()).await.unwrap_err();
        assert!(error.to_string().ends_with(said), "{error}");
        assert!(matches!(error, Error::NoRecords { .. }), "{error:?}");
    }
    let ended = column(&app, "SELECT detail AS v FROM audit_event WHERE action = 'import.ended'").await;
    assert!(ended.iter().all(|detail| detail.replace(' ', "").contains("\"complete\":false")), "{ended:?}");
}

#[tokio::test]
async fn a_column_that_is_absent_leaves_what_is_there_and_an_empty_one_clears_it() {
    let app = Bank::open().await;
    let whole = "ror_id,name,name_ko,acronyms,aliases,types,city,status,website,domains
https://ror.org/04h9pn542,Made up,지어낸 대학교,MU,Made,education,Seoul,active,https://mu.example.org,mu.example.org\n";
    import_text(&app, Kind::Institutions, whole).await;
    let few = "ror_id,name,types,status\nhttps://ror.org/04h9pn542,Made up,education,active\n";
    let summary = import_text(&app, Kind::Institutions, few).await;
    assert_eq!((counts(&summary), summary.notes), ([1, 0, 0, 1, 0], vec![]));
    let kept = "SELECT name_ko || acronyms || aliases || city || website || domains AS v FROM institution";
    assert_eq!(column(&app, kept).await, ["지어낸 대학교MUMadeSeoulhttps://mu.example.orgmu.example.org"]);
    let empty = "ror_id,name,name_ko,types,city,status\nhttps://ror.org/04h9pn542,Made up,,education,,active\n";
    let trial = Options { dry_run: true, ..Options::default() };
    let summary = try_import(&app, Kind::Institutions, source(empty), trial).await.unwrap();
    assert!(summary.notes[0].starts_with("Would be cleared"), "{:?}", summary.notes);
    let summary = import_text(&app, Kind::Institutions, empty).await;
    assert_eq!(counts(&summary), [1, 0, 1, 0, 0]);
    let said = "Cleared, because the file has these columns and nothing in them: city (1), name_ko (1).";
    assert_eq!(summary.notes, [said]);
    assert_eq!(column(&app, "SELECT coalesce(city, name_ko, acronyms) AS v FROM institution").await, ["MU"]);
}

#[tokio::test]
async fn codes_of_a_disease_stay_where_a_table_has_none() {
    let app = Bank::open().await;
    import_file(&app, Kind::Diseases, "disease_codes.csv").await;
    let sql = "SELECT c.code AS v FROM disease_code c JOIN disease d ON d.id = c.disease_id
        WHERE d.mondo_id = 'MONDO:0010726' AND c.code NOT LIKE 'NAME:%' ORDER BY c.code";
    let codes = column(&app, sql).await;
    assert!(codes.len() > 3, "{codes:?}");
    let four = "mondo_id,name,synonyms,description\nMONDO:0010726,Rett syndrome,RTT,Made up.\n";
    assert_eq!(counts(&import_text(&app, Kind::Diseases, four).await), [1, 0, 1, 0, 0]);
    assert_eq!(column(&app, sql).await, codes);
    let cleared = "mondo_id,name,synonyms,description,orphanet\nMONDO:0010726,Rett syndrome,RTT,Made up.,\n";
    let summary = import_text(&app, Kind::Diseases, cleared).await;
    assert!(summary.notes.iter().any(|note| note.ends_with(": orphanet (1).")), "{:?}", summary.notes);
    assert!(!column(&app, sql).await.iter().any(|code| code.starts_with("ORPHANET:")));
}

#[tokio::test]
async fn types_are_known_in_each_spelling_and_no_other_becomes_one() {
    let app = Bank::open().await;
    let table = "ror_id,name,types,status
https://ror.org/04h9pn542,Made up,Education; Funder,Active
https://ror.org/05kzjxq56,Made up two,univrsity,active\n";
    let summary = import_text(&app, Kind::Institutions, table).await;
    assert_eq!(counts(&summary), [2, 1, 0, 0, 1]);
    assert_eq!(skipped(&summary), [(3, "'types' cannot be \"univrsity\".")]);
    assert_eq!(column(&app, "SELECT institution_type AS v FROM institution").await, ["university"]);
}

#[tokio::test]
async fn an_overlong_name_costs_its_record_on_either_engine() {
    let app = Bank::open().await;
    let long = "가".repeat(2_000);
    let lines = format!("ID   {long}\nAC   CVCL_9Z21\n//\nID   Made up\nAC   CVCL_9Z22\nSX   {long}\n//\n");
    let summary = import_text(&app, Kind::Lines, &lines).await;
    assert_eq!(counts(&summary), [2, 1, 0, 0, 3]);
    assert_eq!(skipped(&summary)[0], (1, "'ID' has more than 300 characters."));
    let table = format!("ror_id,name,types,status\nhttps://ror.org/04h9pn542,{long},education,active\n");
    assert_eq!(counts(&import_text(&app, Kind::Institutions, &table).await), [1, 0, 0, 0, 1]);
    let table = format!("mondo_id,name,synonyms,description\nMONDO:0010726,Rett syndrome,{long},Made up.\n");
    assert_eq!(counts(&import_text(&app, Kind::Diseases, &table).await), [1, 1, 0, 0, 0]);
}

#[tokio::test]
async fn a_register_confirms_the_id_that_somebody_gave() {
    let app = Bank::open().await;
    let given = "INSERT INTO institution (ror_id, name, name_key, acronyms, aliases, institution_type, domains, status)
        VALUES ('https://ror.org/04h9pn542', 'Made up', 'madeup', '', '', 'university', '', 'open')";
    app.execute(given).await.unwrap();
    let checked = "SELECT CASE WHEN ror_checked_at IS NULL THEN 'given' ELSE 'checked' END AS v FROM institution";
    assert_eq!(column(&app, checked).await, ["given"]);
    let table = "ror_id,name,types,status\nhttps://ror.org/04h9pn542,Made up,education,active\n";
    assert_eq!(counts(&import_text(&app, Kind::Institutions, table).await), [1, 0, 1, 0, 0]);
    assert_eq!(column(&app, checked).await, ["checked"]);
    assert_eq!(counts(&import_text(&app, Kind::Institutions, table).await), [1, 0, 0, 1, 0]);
}
