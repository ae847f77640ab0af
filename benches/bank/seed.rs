//! What the measured banks have in them: real names of lines and diseases, and a stock that is made up and says so.

use crate::Failure;
use crate::engine::{Bank, Engine};
use flate2::read::MultiGzDecoder;
use sea_orm::ConnectionTrait;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor};
use std::path::{Path, PathBuf};
use stembank::accounts::passwords::token_hash;
use stembank::actor::Actor;
use stembank::catalogue::import::{import_cellosaurus, import_diseases};
use stembank::catalogue::index;
use stembank::db::Sql;
use stembank::import::{Options, Source};

/// Held lines that have a disease: sixteen diseases, 25 lines each.
pub const HELD: i64 = 400;
/// Held lines of which vials are reserved; no list of a disease shows them.
pub const POPULAR: i64 = 4;
/// Approved requests for one vial each of those.
pub const REQUESTS: i64 = 3_600;
/// The token of the member of staff who reserves.
pub const TOKEN: &str = "made-up-token-of-the-benchmark";
/// Institutions that received something.
const INSTITUTIONS: i64 = 500;
/// Requests of one distribution of each of four lines.
const LINES_OF_REQUEST: i64 = 4;
/// Keys of these begin above those of [`REQUESTS`].
const DISTRIBUTED: i64 = 1_000_000;

/// The whole of Cellosaurus by name and accession, or the beginning of it.
#[derive(Clone, Copy, Debug)]
pub enum Catalogue {
    /// So many of its first records.
    First(usize),
    /// All.
    Whole,
}

/// Imports diseases and lines, then makes up a stock.
pub async fn fill(bank: &Bank, catalogue: Catalogue) -> Result<(), Failure> {
    let actor = Actor::system("bench");
    for file in ["disease_codes.csv", "disease_ancestors.csv", "disease_names_ko.csv"] {
        let source = Source::open(&data(file))?;
        import_diseases(&bank.app, &actor, source, Options::default(), &()).await?;
    }
    let file = data("cellosaurus_v55_rebuilt.txt.gz");
    let source = match catalogue {
        Catalogue::Whole => Source::open(&file)?,
        Catalogue::First(records) => Source::from_reader("the first records", Cursor::new(first(&file, records)?))?,
    };
    import_cellosaurus(&bank.app, &actor, source, Options::default(), &()).await?;
    stock(bank).await?;
    bank.settle().await
}

fn data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(file)
}

fn first(file: &Path, records: usize) -> Result<Vec<u8>, Failure> {
    let mut text = vec![];
    let mut ended = 0;
    for line in BufReader::new(MultiGzDecoder::new(File::open(file)?)).lines() {
        let line = line?;
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
        ended += usize::from(line == "//");
        if ended == records {
            break;
        }
    }
    Ok(text)
}

/// Runs a statement in which `{time}` and `{json}` are types, and `{numbers}` counts from 1 to `rows` as `i`.
async fn make(bank: &Bank, rows: i64, sql: &str) -> Result<(), Failure> {
    let (time, json) = match bank.engine {
        Engine::Sqlite => ("TEXT", "TEXT"),
        Engine::Postgres => ("TIMESTAMP WITH TIME ZONE", "JSONB"),
    };
    let numbers = format!(
        "(WITH RECURSIVE c(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM c WHERE i < {rows})
          SELECT i FROM c) n"
    );
    let sql = sql.replace("{time}", time).replace("{json}", json).replace("{numbers}", &numbers);
    let tx = bank.app.db.begin().await?;
    tx.execute_unprepared(&sql).await?;
    Ok(tx.commit().await?)
}

async fn newest_line(bank: &Bank) -> Result<i64, Failure> {
    Ok(Sql::new("SELECT max(id) FROM cell_line WHERE holding = 'reference'").number(bank.app.db.read()).await?)
}

/// Held lines with diseases, two released lots of ten vials each; popular lines have five lots of 200.
async fn stock(bank: &Bank) -> Result<(), Failure> {
    let (base, all) = (newest_line(bank).await?, HELD + POPULAR);
    let lines = format!(
        "INSERT INTO cell_line (id, holding, accession, name, name_key, synonyms, cell_type, made_up, grade,
           publication_status, legal_basis, provision_consent)
         SELECT {base} + i, 'held', 'BENCH-' || CAST(100000 + i AS TEXT), 'Made-up line ' || CAST(100000 + i AS TEXT),
           'madeupline' || CAST(100000 + i AS TEXT), CAST('[]' AS {{json}}), 'induced_pluripotent', TRUE, 'research',
           'published', 'human_derived_material', 'given' FROM {{numbers}}"
    );
    make(bank, all, &lines).await?;
    let diseases = format!(
        "INSERT INTO cell_line_disease (line_id, disease_id, label, code)
         SELECT {base} + i, d.id, d.name, d.mondo_id FROM {{numbers}} JOIN
           (SELECT id, name, mondo_id, row_number() OVER (ORDER BY id) AS place FROM disease WHERE name_ko IS NOT NULL) d
           ON d.place = (i - 1) / 25 + 1"
    );
    make(bank, HELD, &diseases).await?;
    let popular = format!("CASE WHEN i <= {0} THEN (i + 1) / 2 ELSE {HELD} + (i - {0} + 4) / 5 END", HELD * 2);
    let lots = format!(
        "INSERT INTO lot (id, line_id, number, number_key, tier, passage, frozen_on, vials_made, cells_per_vial, state, released_at,
           made_up)
         SELECT i, {base} + {popular}, 'BENCH-LOT-' || CAST(100000 + i AS TEXT),
           'bench-lot-' || CAST(100000 + i AS TEXT), 'distribution', 10 + i % 20,
           '2025-03-02', CASE WHEN i <= {0} THEN 10 ELSE 200 END, 1000000, 'released',
           CAST('2025-04-01T00:00:00+00:00' AS {{time}}), TRUE FROM {{numbers}}",
        HELD * 2
    )
    .replace("'2025-03-02'", if bank.engine == Engine::Postgres { "DATE '2025-03-02'" } else { "'2025-03-02'" });
    make(bank, HELD * 2 + POPULAR * 5, &lots).await?;
    let vials = format!(
        "INSERT INTO vial (lot_id, barcode, state, made_up)
         SELECT CASE WHEN i <= {0} THEN (i + 9) / 10 ELSE {1} + (i - {0} + 199) / 200 END,
           'BENCH-VIAL-' || CAST(100000 + i AS TEXT), 'available', TRUE FROM {{numbers}}",
        HELD * 20,
        HELD * 2
    );
    make(bank, HELD * 20 + POPULAR * 1_000, &vials).await?;
    let tx = bank.app.db.begin().await?;
    index::index(&tx, &(base + 1..=base + all).collect::<Vec<_>>()).await?;
    tx.public_changed();
    Ok(tx.commit().await?)
}

/// An institution, an applicant, a member of staff with a token, and approved requests for the popular lines.
pub async fn requests(bank: &Bank) -> Result<(), Failure> {
    let base = newest_line(bank).await? + HELD;
    let people = format!(
        "INSERT INTO institution (id, name, name_key, acronyms, aliases, institution_type, domains, status, made_up)
           SELECT i, 'Made-up institution ' || CAST(i AS TEXT), 'madeup', '', '', CASE i % 5 WHEN 0 THEN 'company'
             WHEN 1 THEN 'institute' WHEN 2 THEN 'hospital' ELSE 'university' END, '', 'open', TRUE FROM {{numbers}};
         INSERT INTO person (id, email, name, locale, institution_id, created_at, email_verified_at, made_up) VALUES
           (1, 'applicant@bench.invalid', 'Made-up applicant', 'en', 1, CAST('2026-01-01T00:00:00+00:00' AS {{time}}), CAST('2026-01-01T00:00:00+00:00' AS {{time}}), TRUE),
           (2, 'staff@bench.invalid', 'Made-up staff', 'en', NULL, CAST('2026-01-01T00:00:00+00:00' AS {{time}}), CAST('2026-01-01T00:00:00+00:00' AS {{time}}), TRUE);
         INSERT INTO role_grant (person_id, role) VALUES (1, 'researcher'), (2, 'staff');
         INSERT INTO api_token (person_id, name, token_hash, created_at)
           VALUES (2, 'bench', '{}', CAST('2026-01-01T00:00:00+00:00' AS {{time}}))",
        token_hash(TOKEN)
    );
    make(bank, INSTITUTIONS, &people).await?;
    make(bank, REQUESTS, &request("i", "1", "i", "2026-03-02T03:00:00+00:00")).await?;
    make(bank, REQUESTS, &exemption("i")).await?;
    let lines = format!(
        "INSERT INTO request_line (id, request_id, line_id, vials_requested, vials_approved, state)
         SELECT i, i, {base} + 1 + i % {POPULAR}, 1, 1, 'approved' FROM {{numbers}}"
    );
    make(bank, REQUESTS, &lines).await?;
    bank.settle().await
}

fn request(id: &str, institution: &str, number: &str, at: &str) -> String {
    format!(
        "INSERT INTO request (id, number, applicant_id, principal_investigator_id, institution_id, state, state_since,
           created_at, submitted_at, handler_id, decider_id, decided_at, project_title, summary, use_plan, intended_use,
           commercial, in_people, redistribution, country, region, address, delivery, made_up)
         SELECT {id}, 'BENCH-' || CAST({number} AS TEXT), 1, 1, {institution}, 'approved', CAST('{at}' AS {{time}}),
           CAST('{at}' AS {{time}}), CAST('{at}' AS {{time}}), 2, 2, CAST('{at}' AS {{time}}), 'Made up', 'Made up',
           'Made up', 'basic_research', FALSE, FALSE, FALSE, 'KR', 'Seoul', 'Made up', 'courier', TRUE
         FROM {{numbers}}"
    )
}

/// An exemption of an ethics board on each of those requests.
fn exemption(id: &str) -> String {
    format!(
        "INSERT INTO approval (id, kind, number, institution_id, study, created_by, created_at, made_up)
         SELECT q.id, 'irb_exemption', 'MADE-UP', q.institution_id, q.project_title, 1, q.created_at, TRUE
         FROM {{numbers}} JOIN request q ON q.id = {id};
         INSERT INTO request_approval (request_id, approval_id, typed)
         SELECT {id}, {id}, TRUE FROM {{numbers}}"
    )
}

/// So many recorded distributions over 2016 to 2025, four of each request; needs [`requests`].
pub async fn distributions(bank: &Bank, count: i64) -> Result<(), Failure> {
    let (base, requests) = (newest_line(bank).await?, count / LINES_OF_REQUEST);
    let key = format!("{DISTRIBUTED} + i");
    let one = &request(&key, &format!("1 + i % {INSTITUTIONS}"), &key, "2016-01-04T03:00:00+00:00");
    make(bank, requests, one).await?;
    make(bank, requests, &exemption(&key)).await?;
    let line = format!("{base} + 1 + ((i - 1) / {LINES_OF_REQUEST} * 7 + i % {LINES_OF_REQUEST} * 101) % {HELD}");
    let request = format!("{DISTRIBUTED} + (i + {}) / {LINES_OF_REQUEST}", LINES_OF_REQUEST - 1);
    let lines = format!(
        "INSERT INTO request_line (id, request_id, line_id, vials_requested, vials_approved, state)
         SELECT {DISTRIBUTED} + i, {request}, {line}, 2, 2, 'received' FROM {{numbers}}"
    );
    make(bank, requests * LINES_OF_REQUEST, &lines).await?;
    let year = format!("(2016 + (i - 1) * 10 / {requests})");
    let day = format!("CAST({year} AS TEXT) || '-0' || CAST(1 + i % 9 AS TEXT) || '-15T03:00:00+00:00'");
    let agreement = format!(
        "INSERT INTO agreement_template (id, kind, version, body_en, body_ko) VALUES (9999, 'academic', 9999, '-', '-');
         INSERT INTO agreement (id, number, request_id, template_id, state, text_en, text_ko, document_hash, offered_at,
           offered_by, in_force_at, expires_on)
         SELECT i, 'BENCH-' || CAST(i AS TEXT), {DISTRIBUTED} + i, 9999, 'in_force', '-', '-', '-', {now}, 2, {now},
           {expires} FROM {{numbers}};
         INSERT INTO shipment (id, number, request_id, agreement_id, state, created_at, created_by, dispatched_at,
           dispatched_by, received_at, received_by, made_up)
         SELECT i, 'BENCH-SHP-' || CAST(i AS TEXT), {DISTRIBUTED} + i, i, 'received', CAST({day} AS {{time}}), 2,
           CAST({day} AS {{time}}), 2, CAST({day} AS {{time}}), 1, TRUE FROM {{numbers}}",
        now = "CAST('2016-01-04T03:00:00+00:00' AS {time})",
        expires = if bank.engine == Engine::Postgres { "DATE '2026-12-31'" } else { "'2026-12-31'" },
    );
    make(bank, requests, &agreement).await?;
    let uses = "CASE i % 4 WHEN 0 THEN 'drug_discovery' WHEN 1 THEN 'education' ELSE 'basic_research' END";
    let rows = format!(
        "INSERT INTO dispatched_line (shipment_id, request_id, request_line_id, line_id, dispatched_at, year,
           is_distribution, vials, institution_id, institution_type, intended_use, country, region, made_up)
         SELECT s.id, s.request_id, q.id, q.line_id, s.dispatched_at, 2016 + (s.id - 1) * 10 / {requests}, TRUE, 2, o.id,
           o.institution_type, {uses}, 'KR', 'Seoul', TRUE
         FROM shipment s JOIN request r ON r.id = s.request_id JOIN request_line q ON q.request_id = r.id
         JOIN institution o ON o.id = r.institution_id",
    )
    .replace("CASE i % 4", "CASE q.id % 4");
    make(bank, 1, &rows).await?;
    bank.settle().await
}
