//! What is wrong with a file costs only what is wrong.

use super::*;
use crate::support::Bank;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Read, Write};

fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn curated() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/curated_psc_lines.txt")).unwrap()
}

#[tokio::test]
async fn a_gzipped_file_is_told_by_its_first_bytes_and_may_have_several_members() {
    let app = Bank::open().await;
    let text = curated();
    let (first, second) = text.split_at(text.match_indices("//\n").nth(100).unwrap().0 + 3);
    let members = [gzipped(first), gzipped(second)].concat();
    let source = Source::from_reader("no ending", Cursor::new(members)).unwrap();
    let summary = try_import(&app, Kind::Lines, source, Options::default()).await.unwrap();
    assert_eq!(counts(&summary), [253, 253, 0, 0, 0]);
}

#[tokio::test]
async fn a_truncated_archive_is_an_error_that_names_it_and_its_whole_records_are_in() {
    let app = Bank::open().await;
    let mut archive = gzipped(&curated());
    archive.truncate(archive.len() / 2);
    let source = Source::from_reader("half.txt.gz", Cursor::new(archive)).unwrap();
    let error = try_import(&app, Kind::Lines, source, Options::default()).await.unwrap_err();
    assert!(error.to_string().starts_with("half.txt.gz is truncated: it ends after line "), "{error}");
    let Error::Broken { summary, line, .. } = error else { panic!() };
    assert!(line > 100 && summary.created > 20 && summary.created < 253);
    assert_eq!(number(&app, "SELECT count(*) FROM cell_line").await, summary.created as i64);
    let ended = column(&app, "SELECT detail AS v FROM audit_event WHERE action = 'import.ended'").await;
    assert!(ended[0].replace(' ', "").contains("\"complete\":false"), "{}", ended[0]);
}

/// Told to stop, it ends at a chunk and says how far it is and how it goes on.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_told_to_stop_says_how_far_it_is() {
    let app = Bank::open().await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cellosaurus_v55_rebuilt.txt.gz");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_stembank"));
    command.args(["--config", "/dev/null/none.toml", "import", "cellosaurus"]).arg(file);
    command.env("BANK_DATABASE_URL", &app.config.database_url).env("LANG", "en").env("RUST_LOG", "error");
    let process = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    crate::support::until("the first records are in", async || {
        number(&app, "SELECT count(*) FROM cell_line").await > 0
    })
    .await;
    let told = std::process::Command::new("kill").args(["-TERM", &process.id().to_string()]).status();
    assert!(told.unwrap().success());
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let read = number(&app, "SELECT count(*) FROM cell_line").await;
    assert!(said.contains(&format!("The import was stopped after {read} records, which are in.")), "{said}");
    let ended = column(&app, "SELECT detail AS v FROM audit_event WHERE action = 'import.ended'").await;
    assert!(ended[0].replace(' ', "").contains("\"complete\":false"), "{}", ended[0]);
}

#[tokio::test]
async fn a_table_in_a_truncated_archive_is_treated_alike() {
    let app = Bank::open().await;
    let text = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/kr_institutions_ror.csv")).unwrap();
    let mut archive = gzipped(str::from_utf8(&text).unwrap());
    archive.truncate(archive.len() - 9);
    let source = Source::from_reader("cut.csv.gz", Cursor::new(archive)).unwrap();
    let error = try_import(&app, Kind::Institutions, source, Options::default()).await.unwrap_err();
    assert!(error.to_string().contains("cut.csv.gz is truncated"), "{error}");
    let there = number(&app, "SELECT count(*) FROM institution").await;
    assert!((700..=767).contains(&there), "{there}");
}

#[tokio::test]
async fn a_line_of_an_unknown_code_is_reported_and_its_record_is_read() {
    let app = Bank::open().await;
    let text = "ID   a\nAC   CVCL_0001\nQQ   what\nSX   Male\nno code\nCA: wrong\nAC   CVCL_0002\n//\n";
    let summary = import_text(&app, Kind::Lines, text).await;
    assert_eq!(
        skipped(&summary),
        [
            (3, "The line code QQ is unknown; the rest of its record was read."),
            (5, "The line does not begin with a line code; the rest of its record was read."),
            (6, "The line does not begin with a line code; the rest of its record was read."),
            (7, "The record has a second AC line; the first one counts."),
        ]
    );
    assert_eq!(summary.skipped[0].text, "QQ   what");
    assert_eq!(counts(&summary), [1, 1, 0, 0, 4]);
    assert_eq!(of_line(&app, "CVCL_0001", "sex").await, "Male");
}

#[tokio::test]
async fn a_record_that_cannot_be_one_is_reported_with_its_line_and_the_others_are_read() {
    let app = Bank::open().await;
    let text = "ID   good\nAC   CVCL_0001\n//\nAC   CVCL_0002\n//\nID   no accession\n//\nID   bad\nAC   cvcl_3\n//\n\
                ID   good too\nAC   CVCL_0004\n//\nID   twice\nAC   CVCL_0001\n//\nID   not ended\nAC   CVCL_0005\n\
                ID   also good\nAC   CVCL_0006\n//\n//\nID   cut o";
    let summary = import_text(&app, Kind::Lines, text).await;
    assert_eq!(
        skipped(&summary),
        [
            (4, "The record has no ID line."),
            (6, "The record has no AC line."),
            (9, "The accession is not CVCL_ and four digits or capital letters."),
            (15, "CVCL_0001 stood earlier in this file; the first one counts."),
            (17, "The record is not ended by //; it may be cut off. It was not imported."),
            (22, "// ends no record."),
            (23, "The record is not ended by //; it may be cut off. It was not imported."),
        ]
    );
    assert_eq!(summary.read, 9);
    assert_eq!(column(&app, "SELECT name AS v FROM cell_line ORDER BY id").await, ["good", "good too", "also good"]);
}

#[tokio::test]
async fn lines_that_no_one_can_read_are_reported_in_the_callers_language() {
    let app = Bank::open().await;
    let mut bytes = b"ID   a\nAC   CVCL_0001\nCC   ".to_vec();
    bytes.extend(vec![b'x'; 2 << 20]);
    bytes.extend(b"\nSY   \xff\xfe\nSX   Male\n//\n");
    let source = Source::from_reader("made up", Cursor::new(bytes)).unwrap();
    let mut actor = Actor::system("import");
    actor.lang = Lang::Ko;
    let summary = import_cellosaurus(&app, &actor, source, Options::default(), &()).await.unwrap();
    assert_eq!(
        skipped(&summary),
        [
            (3, "64 KiB보다 긴 줄입니다."),
            (4, "읽을 수 없는 줄입니다(추정 문자 인코딩: windows-1254). 파일을 UTF-8로 저장해 주십시오.")
        ]
    );
    assert!(summary.skipped.iter().all(|skipped| skipped.text.chars().count() <= 200));
    assert_eq!(of_line(&app, "CVCL_0001", "sex").await, "Male");
}

#[tokio::test]
async fn a_record_of_too_many_lines_is_reported_and_the_next_one_is_read() {
    let app = Bank::open().await;
    let long = format!("CC   {}\n", "x".repeat(60_000)).repeat(100);
    let text = format!("ID   long\nAC   CVCL_0001\n{long}//\nID   next\nAC   CVCL_0002\n//\n");
    let summary = import_text(&app, Kind::Lines, &text).await;
    assert_eq!(skipped(&summary), [(1, "The record is longer than 1 MiB; it was not imported.")]);
    assert_eq!(column(&app, "SELECT name AS v FROM cell_line ORDER BY id").await, ["next"]);
}

#[tokio::test]
async fn a_source_that_unpacks_to_more_than_it_may_is_broken_off() {
    let app = Bank::open().await;
    let long = format!("CC   {}\n", "x".repeat(60_000)).repeat(100);
    let packed = gzipped(&format!("ID   long\nAC   CVCL_0001\n{long}//\n"));
    let source = Source::from_reader("made up", Cursor::new(packed)).unwrap().at_most(1_000_000);
    let error = try_import(&app, Kind::Lines, source, Options::default()).await.unwrap_err();
    let is_too_large = |cause: &io::Error| cause.kind() == io::ErrorKind::FileTooLarge;
    assert!(matches!(&error, Error::Broken { cause, .. } if is_too_large(cause)), "{error}");
}

#[tokio::test]
async fn a_summary_keeps_a_thousand_skipped_lines_and_counts_the_rest() {
    let app = Bank::open().await;
    let text = "ID   a\nAC   nonsense\n//\n".repeat(1_500);
    let summary = import_text(&app, Kind::Lines, &text).await;
    assert_eq!((summary.skipped.len(), summary.skipped_count(), summary.read), (1_000, 1_500, 1_500));
    assert_eq!(summary.notes, ["1500 records or lines were skipped; the first 1000 are listed."]);
}

/// Gives the bytes of a text up to a place and then fails, as a source on a broken line does.
struct Failing(Cursor<Vec<u8>>);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::ErrorKind::ConnectionReset.into()),
            read => Ok(read),
        }
    }
}

#[tokio::test]
async fn an_import_that_broke_off_and_is_repeated_ends_where_an_undisturbed_one_ends() {
    let (disturbed, undisturbed) = (Bank::open().await, Bank::open().await);
    let small = Options { chunk: 20, ..Options::default() };
    for app in [&disturbed, &undisturbed] {
        import_file(app, Kind::Diseases, "disease_codes.csv").await;
    }
    let mut text = curated().into_bytes();
    text.truncate(text.len() / 3);
    let source = Source::from_reader("made up", Failing(Cursor::new(text))).unwrap();
    let error = try_import(&disturbed, Kind::Lines, source, small).await.unwrap_err();
    assert!(error.to_string().contains("made up is damaged after line"), "{error}");
    let there = number(&disturbed, "SELECT count(*) FROM cell_line").await;
    assert!(there > 20 && there < 253, "{there}");

    // Killed: the future is dropped while a chunk is being written.
    let import = try_import(&disturbed, Kind::Lines, file("curated_psc_lines.txt"), small);
    let _ = tokio::time::timeout(std::time::Duration::from_millis(15), import).await;

    let again = try_import(&disturbed, Kind::Lines, file("curated_psc_lines.txt"), small).await.unwrap();
    assert_eq!(again.created + again.unchanged, 253);
    import_file(&undisturbed, Kind::Lines, "curated_psc_lines.txt").await;
    assert_eq!(everything(&disturbed).await, everything(&undisturbed).await);
}

#[tokio::test]
async fn a_line_with_a_control_character_is_told_and_the_others_are_imported() {
    let app = Bank::open().await;
    let text = "ID   one\nAC   CVCL_0001\nSY   a\0b\n//\nID   two\nAC   CVCL_0002\n//\n";
    let summary = import_text(&app, Kind::Lines, text).await;
    assert_eq!(skipped(&summary), [(3, "The line has a control character, such as U+0000.")]);
    assert_eq!(column(&app, "SELECT name AS v FROM cell_line ORDER BY id").await, ["one", "two"]);
}
