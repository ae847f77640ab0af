//! The catalogue at its full size: how both engines run what the service asks them, and that the answers are right
//! there.

use crate::cast::Person;
use crate::catalogue::{found, import_all_diseases, import_line_file, seen};
use crate::instance::Instance;
use crate::support::{Bank, on_a_bank, tables};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use stembank::actor::{Actor, Grant, Role};
use stembank::app::App;
use stembank::config::Config;
use stembank::page::Window;
use stembank::requests::queries::{OverviewFilter, View, overview, overview_counts};

/// A table with more rows than this is large: going through all of it is refused. Of a smaller one a planner may
/// rightly read everything.
const LARGE: i64 = 2_000;

/// The large tables of a bank, by counting.
async fn large_tables(bank: &Bank) -> BTreeSet<String> {
    let mut large = BTreeSet::new();
    for table in tables(&bank.app.db).await {
        if bank.number(&format!("SELECT count(*) FROM {table}")).await > LARGE {
            large.insert(table);
        }
    }
    large
}

type Names = BTreeMap<String, BTreeSet<String>>;

/// What each name in a statement stands for: after `FROM cell_line l` both `cell_line` and `l` stand for that table. A
/// name that is used more than once stands for all its tables; one for rows that the statement makes itself, as in
/// `FROM (SELECT ..) w`, for none. Keywords are upper case.
fn names(sql: &str) -> Names {
    let text = ["(", ")", ","].iter().fold(sql.replace('"', ""), |text, sign| text.replace(sign, &format!(" {sign} ")));
    let words: Vec<&str> = text.split_whitespace().collect();
    let name_at = |at: usize| {
        let is_name = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        words.get(at).copied().filter(is_name)
    };
    let named_at = |at: usize| name_at(at + usize::from(words.get(at) == Some(&"AS")));
    let mut names = Names::new();
    for (at, word) in words.iter().enumerate() {
        match (*word, name_at(at + 1)) {
            ("FROM" | "JOIN", Some(table)) => {
                for name in [Some(table), named_at(at + 2)].into_iter().flatten() {
                    names.entry(name.into()).or_default().insert(table.into());
                }
            }
            (")", _) => drop(named_at(at + 1).map(|name| names.entry(name.into()).or_default())),
            _ => {}
        }
    }
    names
}

/// The name of what a step of SQLite goes through, unless those are rows that the statement made or wrote itself.
fn scanned(step: &str) -> Option<&str> {
    let name = step.trim_start().strip_prefix("SCAN ")?.split(' ').next()?;
    name.starts_with(|c: char| c.is_ascii_lowercase()).then_some(name)
}

/// An instance without a cache that keeps a list of every statement that its reads send.
struct Watched {
    instance: Instance,
    app: App,
    statements: Arc<Mutex<Vec<Statement>>>,
    explaining: DatabaseConnection,
    large: BTreeSet<String>,
}

impl Watched {
    async fn of(bank: &Bank) -> Self {
        let statements = Arc::new(Mutex::new(vec![]));
        let config = Config { cache_mib: 0, ..(*bank.app.config).clone() };
        let mut app = App { config: Arc::new(config), ..bank.app.clone() };
        let list = statements.clone();
        app.db.watch_reads(move |statement| list.lock().unwrap().push(statement.clone()));
        let (instance, explaining) = (Instance::running(app.clone()), bank.app.db.read().clone());
        Self { instance, app, statements, explaining, large: large_tables(bank).await }
    }

    /// Statements that a query sends, each with its plan.
    async fn plans(&self, token: Option<&str>, query: &str) -> Vec<(String, Vec<String>)> {
        self.statements.lock().unwrap().clear();
        let bearer = crate::instance::bearer(token.unwrap_or_default());
        let headers = [("accept-language", "en"), ("authorization", bearer.as_str())];
        let headers = if token.is_some() { &headers[..] } else { &headers[..1] };
        let answer = self.instance.post(headers, json!({ "query": query })).await.json();
        assert!(answer.get("errors").is_none(), "{query}: {answer:#}");
        self.sent().await
    }

    /// Statements since the last look, each with its plan.
    async fn sent(&self) -> Vec<(String, Vec<String>)> {
        let sent = std::mem::take(&mut *self.statements.lock().unwrap());
        let mut plans = vec![];
        for statement in sent {
            plans.push((statement.sql.clone(), self.explain(statement).await));
        }
        plans
    }

    /// Lists and counts requests as pages do: one statement each, none through a whole table. A list without a filter
    /// may walk along its own order and stop.
    async fn refuse_scans_of_worklists(&self, actor: &Actor, filter: &OverviewFilter) -> Vec<String> {
        self.statements.lock().unwrap().clear();
        overview(&self.app, actor, filter, &Window::default()).await.unwrap();
        overview_counts(&self.app, actor, filter).await.unwrap();
        let plans = self.sent().await;
        assert_eq!(plans.len(), 2, "a page is one statement, and so are the counts");
        // Sorts within a row's own subqueries are fine; the list's own would be the last step.
        let walks = |sql: &str, plan: &[String]| {
            let own_order = plan.first().is_some_and(|step| step == "SCAN q")
                && plan.last().is_some_and(|step| !step.contains("TEMP B-TREE"));
            filter.view == View::All && sql.contains("ORDER BY w.id DESC LIMIT") && own_order
        };
        let bad = |(sql, plan): &&(String, Vec<String>)| !walks(sql, plan) && goes_through_all(sql, plan, &self.large);
        plans.iter().filter(bad).map(|(sql, plan)| format!("{filter:?}\n{sql}\n\n{}\n", plan.join("\n"))).collect()
    }

    async fn explain(&self, mut statement: Statement) -> Vec<String> {
        let (word, column) = match statement.db_backend {
            DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", 3),
            _ => ("EXPLAIN", 0),
        };
        statement.sql = format!("{word} {}", statement.sql);
        let rows = self.explaining.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(column).unwrap()).collect()
    }

    /// Refuses a query of which a statement goes through a whole large table. A page of a list may walk along the
    /// list's own order and stop; what `looks_up` may not even do that.
    async fn refuse_scans(&self, token: Option<&str>, query: &str, looks_up: bool) -> Vec<String> {
        let plans = self.plans(token, query).await;
        assert!(!plans.is_empty(), "{query}: nothing was watched");
        let bad = |(sql, plan): &&(String, Vec<String>)| {
            let by_key =
                !looks_up && sql.contains("ORDER BY l.id DESC LIMIT") && !plan.join("").contains("TEMP B-TREE");
            (!by_key && goes_through_all(sql, plan, &self.large)) || (looks_up && walks_an_index(sql, plan))
        };
        let one_line = |sql: &str| sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let say =
            |(sql, plan): &(String, Vec<String>)| format!("{query}\n\n{}\n\n{}\n", one_line(sql), plan.join("\n"));
        plans.iter().filter(bad).map(say).collect()
    }
}

/// True if a step of a plan reads all of a large table, whatever the statement calls it.
fn goes_through_all(sql: &str, plan: &[String], large: &BTreeSet<String>) -> bool {
    let names = names(sql);
    plan.iter().any(|step| {
        if let Some((_, table)) = step.split_once("Seq Scan on ") {
            return table.split(' ').next().is_some_and(|table| large.contains(table));
        }
        let Some(name) = scanned(step) else { return false };
        let tables = names.get(name).unwrap_or_else(|| panic!("what is '{name}'?\n{sql}\n{step}"));
        !step.contains(" USING ") && !tables.is_disjoint(large)
    })
}

/// True if the lines are read in the order of an index from its beginning; an index that is entered at a place says so,
/// on PostgreSQL in the next step.
fn walks_an_index(sql: &str, plan: &[String]) -> bool {
    let names = names(sql);
    let enters = |at: usize| plan.get(at + 1).is_some_and(|step| step.trim_start().starts_with("Index Cond"));
    plan.iter().enumerate().any(|(at, step)| {
        let on_lines = step.contains(" on cell_line ") && step.contains("Index") && !step.contains("Bitmap");
        goes_through_lines(&names, step) || (on_lines && !enters(at))
    })
}

/// True if a step of SQLite goes through the lines, in whatever order.
fn goes_through_lines(names: &Names, step: &str) -> bool {
    scanned(step).and_then(|name| names.get(name)).is_some_and(|tables| tables.contains("cell_line"))
}

#[test]
fn a_plan_through_a_whole_table_would_be_caught_whatever_its_name_in_the_statement() {
    let large: BTreeSet<String> = ["cell_line", "request"].map(Into::into).into();
    let sql = "SELECT c.id, count(*) FROM (SELECT \"h\".line_id FROM request AS h JOIN lot ON lot.id = h.id) w
               JOIN cell_line c ON c.id = w.line_id";
    let caught = |step: &str| goes_through_all(sql, &["SEARCH lot".into(), step.into()], &large);
    for step in [
        "SCAN c",
        "SCAN h",
        "  SCAN cell_line",
        "  ->  Seq Scan on cell_line c  (cost=0.00..1 rows=1 width=1)",
        "Parallel Seq Scan on request h  (cost=0.00..1 rows=1 width=1)",
    ] {
        assert!(caught(step), "{step}");
    }
    for step in [
        "SCAN w",
        "SCAN lot",
        "SCAN (subquery-1)",
        "SCAN 2 CONSTANT ROWS",
        "SEARCH c USING PRIMARY KEY (id=?)",
        "SCAN c USING COVERING INDEX cell_line_counted",
        "Seq Scan on lot  (cost=0.00..1 rows=1 width=1)",
        "Index Scan using cell_line_pkey on cell_line c  (cost=0.00..1 rows=1 width=1)",
    ] {
        assert!(!caught(step), "{step}");
    }
    assert!(std::panic::catch_unwind(|| caught("SCAN z")).is_err(), "a name that nothing explains is not passed over");
    assert!(walks_an_index(sql, &["SCAN c USING INDEX cell_line_order".into()]));
    assert!(!walks_an_index(sql, &["SCAN h USING INDEX request_by_state".into()]));
}

const ROW: &str =
    "nodes { name rrid synonyms availability diseases { label disease { label } } } pageInfo { endCursor hasNextPage }";

/// Many requests by two people, as rows: only their number matters here.
async fn many_requests(bank: &Bank) -> (Person, Person) {
    let institution = bank.institution("Made-up University", "university").await;
    let researcher = Grant { role: Role::Researcher, institution: None };
    let one = bank.person("one", Some(institution), vec![researcher]).await;
    let two = bank.person("two", Some(institution), vec![researcher]).await;
    let staff = bank.person("staff", None, vec![Grant { role: Role::Staff, institution: None }]).await;
    let id = |person: &crate::cast::Person| person.actor.person_id().unwrap().0;
    let rows = format!(
        "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 30000)
         INSERT INTO request (number, applicant_id, principal_investigator_id, institution_id, state, state_since, created_at,
           project_title, summary, use_plan, commercial, in_people, redistribution, country, region, address, delivery, made_up)
         SELECT 'REQ-2026-' || CAST(n AS TEXT), CASE WHEN n % 3000 = 0 THEN {one} ELSE {two} END,
           CASE WHEN n % 3000 = 0 THEN {one} ELSE {two} END, {institution},
           CASE WHEN n % 1000 = 0 THEN 'submitted' ELSE 'closed' END,
           '2026-03-02 03:00:00+00:00', '2026-03-02 03:00:00+00:00', 'Made up', '', '', FALSE, FALSE, FALSE, 'KR', '', '', 'courier', TRUE
         FROM s",
        one = id(&one), two = id(&two), institution = institution.0
    );
    bank.execute(&rows).await.unwrap();
    for more in [
        "INSERT INTO request_line (request_id, line_id, vials_requested, vials_approved, state)
         SELECT q.id, (SELECT min(id) FROM cell_line), 2, 2, 'received' FROM request q",
        "INSERT INTO lot (line_id, number, number_key, tier, passage, frozen_on, vials_made, cells_per_vial, state, released_at)
         SELECT l.id, 'LOT-' || CAST(l.id AS TEXT), 'lot-' || CAST(l.id AS TEXT), 'distribution', 9, '2026-03-02', 10, 1000, 'released',
           '2026-03-02 03:00:00+00:00' FROM (SELECT id FROM cell_line ORDER BY id DESC LIMIT 3000) AS l",
        "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 10)
         INSERT INTO vial (lot_id, barcode, state)
         SELECT o.id, o.number || '-' || CAST(s.n AS TEXT), 'available' FROM lot o CROSS JOIN s",
    ] {
        bank.execute(more).await.unwrap();
    }
    (one, staff)
}

/// A label for every line, as complete release files have them: the shipped file keeps few, and of a table of some
/// hundred pages a planner may rightly read all. Their diseases are ones that no question of this file is about.
async fn many_labels(bank: &Bank) {
    for sql in [
        "INSERT INTO cell_line_disease (line_id, disease_id, label)
         SELECT l.id, d.id, 'Made up' FROM cell_line l JOIN disease d ON d.id = 1 + l.id % 1300
         WHERE NOT EXISTS (SELECT 1 FROM cell_line_disease x WHERE x.line_id = l.id)
           AND NOT EXISTS (SELECT 1 FROM disease_ancestor a WHERE a.disease_id = d.id OR a.ancestor_id = d.id)",
        "INSERT INTO disease_ancestor (ancestor_id, disease_id, distance)
         SELECT a.id, d.id, 1 FROM disease a JOIN disease d ON d.id > a.id AND d.id <= a.id + 8
         WHERE NOT EXISTS (SELECT 1 FROM disease_ancestor x WHERE x.disease_id IN (a.id, d.id) OR x.ancestor_id IN (a.id, d.id))",
    ] {
        bank.execute(sql).await.unwrap();
    }
}

#[tokio::test]
async fn sqlite_keeps_the_plan_of_a_statement_whatever_is_bound_to_it() {
    on_a_bank(async |bank| {
        if bank.engine() == DbBackend::Sqlite {
            let kept = "SELECT count(*) FROM pragma_compile_options WHERE compile_options = 'ENABLE_QPSG'";
            assert_eq!(bank.number(kept).await, 1, "SQLite was built without what .cargo/config.toml sets");
        }
    })
    .await;
}

#[tokio::test]
async fn at_full_size_nothing_goes_through_a_whole_table_and_the_answers_are_right() {
    on_a_bank(async |bank| {
        import_all_diseases(bank).await;
        let started = std::time::Instant::now();
        import_line_file(bank, "cellosaurus_v55_rebuilt.txt.gz").await;
        eprintln!("imported in {:?}", started.elapsed());
        for n in 1..=2 {
            bank.line(&format!("TEST-000{n}")).await;
        }
        let (researcher, staff) = many_requests(bank).await;
        many_labels(bank).await;
        bank.app.db.analyze().await.unwrap();
        answers_are_right(bank).await;
        plans_are_right(bank, &researcher.token, &staff.token).await;
        worklists_are_right(bank, &researcher, &staff).await;
    })
    .await;
}

async fn plans_are_right(bank: &Bank, researcher: &str, staff: &str) {
    let watched = Watched::of(bank).await;
    let mut scans = vec![];
    let list = |arguments: &str| format!("{{ cellLines({arguments}) {{ {ROW} }} }}");
    let next = seen(bank, "{ cellLines(first: 20) { pageInfo { endCursor } } }", json!({})).await;
    let cursor = next["cellLines"]["pageInfo"]["endCursor"].as_str().unwrap();
    for arguments in [
        "first: 20".to_owned(),
        format!("first: 20, after: \"{cursor}\""),
        "last: 20".into(),
        "first: 20, orderBy: NEWEST".into(),
        "first: 20, where: { cellType: { eq: EMBRYONIC } }".into(),
        "first: 20, where: { cellType: { eq: SOMATIC } }".into(),
        "first: 20, where: { holding: { eq: HELD } }".into(),
        "first: 20, where: { holding: { eq: HELD }, availability: { in: [AVAILABLE, WAITING_LIST] } }".into(),
        "first: 20, where: { publicationStatus: { eq: PUBLISHED }, holding: { eq: HELD } }".into(),
        "first: 20, where: { modification: { eq: NONE }, livingModifiedOrganism: false }".into(),
    ] {
        scans.extend(watched.refuse_scans(None, &list(&arguments), false).await);
    }
    for arguments in [
        "first: 20, where: { disease: { eq: \"MONDO:0010726\" } }",
        "first: 20, where: { disease: { eq: \"MONDO:0010726\" }, cellType: { eq: INDUCED_PLURIPOTENT } }",
        // A word of few lines: of a word of thousands PostgreSQL rightly joins the whole table.
        "first: 20, search: \"wtc11\"",
        "first: 20, search: \"CVCL_0030\"",
        "first: 20, search: \"파킨슨병\"",
        "first: 20, search: \"cvcl 0030\"",
        "first: 20, search: \"kscbi001a\"",
        "first: 20, search: \"rett\", where: { cellType: { eq: INDUCED_PLURIPOTENT } }",
        "first: 20, search: \"rett\", where: { availability: { eq: FEW }, donorSex: { eq: \"Female\" } }",
    ] {
        scans.extend(watched.refuse_scans(None, &list(arguments), true).await);
    }
    for words in ["cell line", "human cell line", "human"] {
        scans.extend(expects_too_much(&watched, &list(&format!("first: 20, search: \"{words}\""))).await);
    }
    for key in [
        "accession: \"TEST-0001\"",
        "rrid: \"CVCL_0030\"",
        "name: \"HeLa\"",
        "name: \"he la\"",
        "name: \"nobody at all\"",
    ] {
        let query = format!(
            "{{ cellLine({key}) {{ name parent {{ name }} lots {{ number }} comments diseases {{ label }} }} }}"
        );
        scans.extend(watched.refuse_scans(None, &query, true).await);
    }
    scans.extend(held_only_facets_begin_from_held_lines(&watched).await);
    for query in ["{ turnaround { steps { cases } } }", "{ holdingsOverview { counts { all } newest { name } } }"] {
        scans.extend(watched.refuse_scans(None, query, false).await);
    }
    let requests =
        |filter: &str| format!("{{ distributionRequests(first: 20{filter}) {{ nodes {{ number lines {{ id }} }} }} }}");
    for (token, filter) in [
        (researcher, ""),
        (researcher, ", where: { state: { eq: SUBMITTED } }"),
        (staff, ", where: { state: { eq: SUBMITTED } }"),
    ] {
        scans.extend(watched.refuse_scans(Some(token), &requests(filter), false).await);
    }
    assert!(scans.is_empty(), "{} statements go through a whole table:\n\n{}", scans.len(), scans.join("\n----\n"));
}

/// Statements of which PostgreSQL expects many times the lines that there are. Then it compares all with all: a search
/// of two frequent words took twenty seconds so.
async fn expects_too_much(watched: &Watched, query: &str) -> Vec<String> {
    const MOST: u64 = 4 * 167_186;
    let rows = |step: &String| step.split_once(" rows=")?.1.split(' ').next()?.parse::<u64>().ok();
    let plans = watched.plans(None, query).await;
    let bad = plans.iter().filter(|(_, plan)| plan.iter().filter_map(rows).any(|rows| rows > MOST));
    bad.map(|(sql, plan)| format!("{query}\n\n{sql}\n\n{}\n", plan.join("\n"))).collect()
}

async fn worklists_are_right(bank: &Bank, researcher: &Person, staff: &Person) {
    let watched = Watched::of(bank).await;
    let line = stembank::id::CellLineId(bank.number("SELECT max(id) FROM cell_line").await);
    let narrowed = |view| OverviewFilter { view, ..OverviewFilter::default() };
    let mut filters: Vec<_> =
        [View::All, View::Open, View::Taken, View::Unassigned, View::Overdue, View::Waiting].map(narrowed).into();
    filters.push(OverviewFilter { cell_line: Some(line), ..OverviewFilter::default() });
    filters.push(OverviewFilter { search: Some("REQ-2026-29000".into()), ..OverviewFilter::default() });
    filters.push(OverviewFilter { own: true, ..OverviewFilter::default() });
    let mut scans = vec![];
    for filter in &filters {
        for person in [researcher, staff] {
            scans.extend(watched.refuse_scans_of_worklists(&person.actor, filter).await);
        }
    }
    assert!(scans.is_empty(), "{} statements go through a whole table:\n\n{}", scans.len(), scans.join("\n----\n"));
    let own = OverviewFilter { own: true, ..OverviewFilter::default() };
    let page = overview(&bank.app, &researcher.actor, &own, &Window::default()).await.unwrap();
    assert_eq!(page.rows.len(), 10);
}

/// What only held lines have is counted from those; the columns of all lines are counted once, from an index that holds
/// nothing else.
async fn held_only_facets_begin_from_held_lines(watched: &Watched) -> Vec<String> {
    let mut bad = vec![];
    for arguments in ["first: 0", "first: 0, where: { holding: { eq: HELD } }", "first: 0, search: \"wtc11\""] {
        let query = format!("{{ cellLines({arguments}) {{ facets {{ field values {{ value count }} }} }} }}");
        let started = std::time::Instant::now();
        let plans = watched.plans(None, &query).await;
        eprintln!("facets of {arguments}, with their plans: {:?}", started.elapsed());
        let of_held = |sql: &str| sql.contains(" AS free") || sql.contains("genetic_modification g");
        assert_eq!(plans.iter().filter(|(sql, _)| of_held(sql)).count(), 3, "{arguments}");
        let counted = |sql: &str| sql.contains("AS lines FROM cell_line l");
        assert_eq!(plans.iter().filter(|(sql, _)| counted(sql)).count(), 1, "{arguments}");
        for (sql, plan) in plans {
            let names = names(&sql);
            let scans = of_held(&sql) && goes_through_all(&sql, &plan, &watched.large);
            let beside_the_index = |step: &String| goes_through_lines(&names, step) && !step.contains("COVERING");
            let reads_lines = counted(&sql) && plan.iter().any(beside_the_index);
            if scans || reads_lines {
                bad.push(format!("{query}\n{sql}\n{}", plan.join("\n")));
            }
        }
    }
    bad
}

async fn answers_are_right(bank: &Bank) {
    let page = "query($s: String, $a: String) { cellLines(search: $s, first: 50, after: $a) { totalCount
        nodes { id name } pageInfo { endCursor hasNextPage } } }";
    for (search, first) in [
        ("HeLa", "HeLa"),
        ("hela", "HeLa"),
        ("CVCL_0030", "HeLa"),
        ("KSCBi001-A", "KSCBi001-A"),
        ("kscbi 001 a", "KSCBi001-A"),
    ] {
        assert_eq!(found(bank, search).await.first().map(String::as_str), Some(first), "{search}");
    }
    let parkinson = seen(bank, page, json!({ "s": "파킨슨병" })).await["cellLines"]["totalCount"].as_i64().unwrap();
    assert!(parkinson >= 86, "the file has 86 lines of Parkinson's disease itself: {parkinson}");
    for search in [None, Some("ips"), Some("파킨슨병")] {
        let (mut ids, mut cursor) = (vec![], Value::Null);
        for _ in 0..3 {
            let list = seen(bank, page, json!({ "s": search, "a": cursor })).await["cellLines"].clone();
            let nodes = list["nodes"].as_array().unwrap().clone();
            ids.extend(nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()));
            cursor = list["pageInfo"]["endCursor"].clone();
            if list["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert!(ids.len() == all && all > 85, "{search:?}: {all}, {} different", ids.len());
    }
    let facets = "{ cellLines(first: 1) { totalCount facets { field values { value count } } } }";
    let list = seen(bank, facets, json!({})).await["cellLines"].clone();
    let of_holding =
        list["facets"][0]["values"].as_array().unwrap().iter().map(|value| value["count"].as_i64().unwrap());
    assert_eq!(list["totalCount"], 167_188);
    assert_eq!(of_holding.sum::<i64>(), 167_188);
}
