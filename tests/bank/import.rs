//! Importing real records.

mod broken;
mod foreign;
mod lines;
mod merged;
mod tables;
mod totals;

use std::io::Cursor;
use std::path::Path;
use stembank::accounts::import::import as import_institutions;
use stembank::actor::Actor;
use stembank::app::App;
use stembank::catalogue::import::{import_cellosaurus, import_diseases};
use stembank::db::Sql;
use stembank::import::{Error, Options, Source, Summary};
use stembank::language::Lang;
use stembank::statistics::import::import as import_history;

/// What a file has.
#[derive(Clone, Copy)]
enum Kind {
    Lines,
    Diseases,
    Institutions,
    History,
}

async fn try_import(app: &App, kind: Kind, source: Source, options: Options) -> Result<Summary, Error> {
    let actor = Actor::system("import");
    match kind {
        Kind::Lines => import_cellosaurus(app, &actor, source, options, &()).await,
        Kind::Diseases => import_diseases(app, &actor, source, options, &()).await,
        Kind::Institutions => import_institutions(app, &actor, source, options, &()).await,
        Kind::History => import_history(app, &actor, source, None, options, &()).await,
    }
}

/// Imports one of the files that come with the product.
async fn import_file(app: &App, kind: Kind, name: &str) -> Summary {
    try_import(app, kind, file(name), Options::default()).await.unwrap()
}

/// Imports a made-up text.
async fn import_text(app: &App, kind: Kind, text: &str) -> Summary {
    try_import(app, kind, source(text), Options::default()).await.unwrap()
}

fn file(name: &str) -> Source {
    Source::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)).unwrap()
}

fn source(text: &str) -> Source {
    Source::from_reader("made up", Cursor::new(text.to_owned())).unwrap()
}

fn counts(summary: &Summary) -> [u64; 5] {
    [summary.read, summary.created, summary.updated, summary.unchanged, summary.skipped_count()]
}

/// Line and reason of everything skipped.
fn skipped(summary: &Summary) -> Vec<(u64, &str)> {
    summary.skipped.iter().map(|skipped| (skipped.line, skipped.reason.as_str())).collect()
}

/// The first column of all rows, as texts.
async fn column(app: &App, sql: &str) -> Vec<String> {
    let rows = Sql::new(format!("SELECT CAST(x.v AS TEXT) FROM ({sql}) AS x")).rows(app.db.read()).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<Option<String>>(0).unwrap().unwrap_or_else(|| "null".into())).collect()
}

async fn number(app: &App, sql: &str) -> i64 {
    Sql::new(sql).number(app.db.read()).await.unwrap()
}

/// A column of the line with this RRID.
async fn of_line(app: &App, rrid: &str, expression: &str) -> String {
    column(app, &format!("SELECT {expression} AS v FROM cell_line WHERE rrid = '{rrid}'")).await.remove(0)
}

/// What the line's record has, by line code.
async fn codes(app: &App, rrid: &str) -> serde_json::Value {
    let sql = format!(
        "SELECT r.codes AS v FROM cell_line_record r JOIN cell_line l ON l.id = r.line_id WHERE l.rrid = '{rrid}'"
    );
    serde_json::from_str(&column(app, &sql).await[0]).unwrap()
}

/// RRIDs of the lines that a word finds, in order.
async fn found_by(app: &App, token: &str) -> Vec<String> {
    let sql = format!(
        "SELECT l.rrid AS v FROM cell_line_token t JOIN cell_line l ON l.id = t.line_id WHERE t.token = '{token}'
         ORDER BY l.rrid"
    );
    column(app, &sql).await
}

async fn version(app: &App) -> i64 {
    stembank::db::catalogue_version(app.db.read()).await.unwrap()
}

/// Everything that imports write about lines, without keys, in an order of its own.
async fn everything(app: &App) -> Vec<String> {
    let mut all = Vec::new();
    for sql in [
        "SELECT coalesce(rrid, '') || '|' || name || '|' || name_key || '|' || CAST(synonyms AS TEXT) || '|' || cell_type
           || '|' || coalesce(category, '') || '|' || coalesce(species, '') || '|' || coalesce(sex, '') || '|'
           || coalesce(donor_age, '') || '|' || coalesce(parent_rrid, '') || '|' || coalesce(hpscreg_name, '') AS v
         FROM cell_line ORDER BY rrid",
        "SELECT l.rrid || '|' || r.codes AS v FROM cell_line_record r JOIN cell_line l ON l.id = r.line_id ORDER BY l.rrid",
        "SELECT l.rrid || '|' || t.token || '|' || CAST(t.weight AS TEXT) AS v FROM cell_line_token t
         JOIN cell_line l ON l.id = t.line_id ORDER BY l.rrid, t.token",
        "SELECT l.rrid || '|' || d.label || '|' || coalesce(d.code, '') || '|' || coalesce(m.mondo_id, '') AS v
         FROM cell_line_disease d JOIN cell_line l ON l.id = d.line_id LEFT JOIN disease m ON m.id = d.disease_id
         ORDER BY l.rrid, d.label, d.code",
    ] {
        all.extend(column(app, sql).await);
    }
    all
}

#[tokio::test]
async fn only_those_who_administer_import() {
    let app = crate::support::Bank::open().await;
    for (kind, name) in [
        (Kind::Lines, "curated_psc_lines.txt"),
        (Kind::Diseases, "disease_codes.csv"),
        (Kind::Institutions, "kr_institutions_ror.csv"),
        (Kind::History, "distribution_history.csv"),
    ] {
        let (nobody, options) = (Actor::anonymous(Lang::En), Options::default());
        let refused = match kind {
            Kind::Lines => import_cellosaurus(&app, &nobody, file(name), options, &()).await,
            Kind::Diseases => import_diseases(&app, &nobody, file(name), options, &()).await,
            Kind::Institutions => import_institutions(&app, &nobody, file(name), options, &()).await,
            Kind::History => import_history(&app, &nobody, file(name), None, options, &()).await,
        };
        assert!(matches!(refused, Err(Error::Denied(_))));
    }
    assert_eq!(number(&app, "SELECT count(*) FROM audit_event").await, 0);
    assert_eq!(number(&app, "SELECT count(*) FROM cell_line").await, 0);
}

#[tokio::test]
async fn the_history_has_the_start_and_the_end_of_every_import() {
    let app = crate::support::Bank::open().await;
    import_file(&app, Kind::Lines, "curated_psc_lines.txt").await;
    import_file(&app, Kind::History, "distribution_history.csv").await;
    let events =
        column(&app, "SELECT action || ' ' || CAST(subject_id AS TEXT) AS v FROM audit_event ORDER BY id").await;
    assert_eq!(events, ["import.started 1", "import.ended 1", "import.started 2", "import.ended 2"]);
    let detail = column(&app, "SELECT detail AS v FROM audit_event ORDER BY id").await;
    assert!(detail[0].contains("curated_psc_lines.txt") && !detail[0].contains('/'), "{}", detail[0]);
    assert!(detail[1].contains("253"), "{}", detail[1]);
}

#[tokio::test]
async fn a_summary_has_the_keys_that_scripts_read() {
    let app = crate::support::Bank::open().await;
    let summary = import_text(&app, Kind::Lines, "ID   Made-up 1\nAC   nonsense\n//\n").await;
    let json = serde_json::to_value(&summary).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["created", "notes", "read", "skipped", "unchanged", "updated"]);
    let skipped: Vec<&String> = json["skipped"][0].as_object().unwrap().keys().collect();
    assert_eq!(skipped, ["line", "reason", "text"]);
}
