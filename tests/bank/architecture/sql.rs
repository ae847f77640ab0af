//! Hand-written SQL, which the compiler cannot see through: it stands in files of its own, there is little of it, and
//! the tables it names are held to the layers.

use super::{File, TokenTree, follows_path, is, layer, line, obeyed, rust_files};
use std::collections::{BTreeMap, BTreeSet};

/// Where SQL names a table of a higher layer, and why it does all the same.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("src/accounts/institutions/sql.rs", "approval", "what a duplicate has goes over in the transaction of the merger"),
    ("src/accounts/institutions/sql.rs", "request", "the same; a preview counts the requests that would go over"),
    ("src/agreements/sql.rs", "request", "an agreement is seen by whoever sees its request, in one query"),
    ("src/inventory/sql.rs", "request", "a vial's page names the request it is set aside for, in one query"),
    ("src/inventory/sql.rs", "request_line", "the same"),
    ("src/mail/sql.rs", "person", "a letter learns its reader's address and language when it leaves"),
    ("src/requests/sql.rs", "shipment", "the work list counts and sorts by what is packed, in one query"),
    ("src/requests/sql.rs", "shipment_vial", "a line whose vials lie packed is not withdrawn"),
];

/// Files of another name than `sql.rs` that write statements by hand, and why.
const WRITERS: &[(&str, &str)] =
    &[("src/import/rows.rs", "lists of any length, hundreds of rows a statement; the areas' sql.rs have the pieces")];

/// The most statements by hand. The compiler cannot hold them to the tables, and each has to be right on both engines:
/// by hand only where it earns its place, as in searches, work lists, figures and bulk imports. Where this number is in
/// the way, write one of them by its entity instead.
const STATEMENTS: usize = 70;

/// What begins a statement by hand: these functions of [`stembank::db::Sql`].
const BEGINNINGS: [&str; 3] = ["new", "with", "default"];

/// What a table's name follows.
const BEFORE_TABLES: [&str; 4] = ["FROM", "JOIN", "INTO", "UPDATE"];

#[test]
fn sql_names_only_tables_of_its_own_module_and_of_those_below() {
    let files = rust_files(&["src"]);
    let tables = tables(&files);
    assert!(tables.len() > 40, "{tables:?}");
    let known: BTreeSet<_> = EXCEPTIONS.iter().map(|(path, table, _)| (*path, *table)).collect();
    let found: Vec<_> = files.iter().flat_map(|file| breaches(file, &tables)).collect();
    let unknown = found.iter().filter(|breach| !known.contains(&(breach.path.as_str(), breach.table.as_str())));
    let found_places: BTreeSet<_> = found.iter().map(|breach| (breach.path.as_str(), breach.table.as_str())).collect();
    let gone = known.difference(&found_places).map(|(path, table)| format!("{path} no longer names '{table}'"));
    obeyed(unknown.map(|breach| breach.said.clone()).chain(gone));
}

#[test]
fn sql_is_written_in_few_places_and_seldom() {
    let files = rust_files(&["src"]);
    let known: BTreeSet<_> = WRITERS.iter().map(|(path, _)| *path).collect();
    let written: Vec<_> = files.iter().map(|file| (file, statements(file))).filter(|(_, at)| !at.is_empty()).collect();
    let total: usize = written.iter().map(|(_, at)| at.len()).sum();
    let too_many = format!("{total} statements are written by hand, more than {STATEMENTS}");
    let elsewhere = written.iter().filter(|(file, _)| !known.contains(&*file.path));
    let elsewhere = elsewhere.flat_map(|(file, at)| misplaced(file, at));
    let found: BTreeSet<_> = written.iter().map(|(file, _)| file.path.as_str()).collect();
    let gone = known.difference(&found).map(|path| format!("{path} writes no statement by hand any more"));
    obeyed(elsewhere.chain(gone).chain((total > STATEMENTS).then_some(too_many)));
}

#[test]
fn sql_elsewhere_would_be_caught() {
    let written = |path: &str, code: &str| {
        let file = File::new(path, &format!("fn f() {{\n  {code}\n}}"));
        let at = statements(&file);
        (at.len(), misplaced(&file, &at))
    };
    let statements = [
        "Sql::new(\"SELECT 1\").one(db)",
        "vec![db::Sql::with(text, [1.into()])]",
        "let mut sql = Sql :: default();",
        "let begin = Sql::new;",
    ];
    for code in statements {
        let (statements, breaches) = written("src/a/queries.rs", code);
        assert!(statements == 1 && breaches.len() == 1 && breaches[0].starts_with("src/a/queries.rs:2: "), "{code}");
        for path in ["src/a/sql.rs", "src/a/b/sql.rs"] {
            assert_eq!(written(path, code), (1, vec![]), "{code}");
        }
    }
    assert_eq!(written("src/a/sql.rs", &statements.join(";")).0, 4);
    for other in ["// Sql::new(a)", "f(\"Sql::new(a)\")", "fn new(sql: Sql) {}", "MySql::new(a)", "sql.with(a)"] {
        assert_eq!(written("src/a/queries.rs", other), (0, vec![]), "{other}");
    }
}

#[test]
fn sql_over_the_layers_would_be_caught() {
    let row = |module: &str, table: &str| {
        File::new(&format!("src/{module}/model.rs"), &format!("#[sea_orm(table_name = \"{table}\")]\nstruct Model;"))
    };
    let tables = tables(&[row("inventory", "lot"), row("requests", "request"), row("accounts", "person")]);
    let named = |path: &str, sql: &str| -> Vec<(usize, String)> {
        let file = File::new(path, &format!("fn f() {{\n  Sql::new(\"{sql}\")\n}}"));
        breaches(&file, &tables).into_iter().map(|breach| (breach.line, breach.table)).collect()
    };
    let request = vec![(2, "request".to_owned())];
    for sql in [
        "SELECT * FROM request q",
        "SELECT 1 FROM lot l LEFT JOIN request ON TRUE",
        "SELECT 1 FROM lot l, request q",
        "WITH x AS (SELECT 1 FROM (SELECT id FROM request)) SELECT 1",
        "INSERT INTO request (id) VALUES ($1)",
        "UPDATE request SET state = $1",
        " AND EXISTS (SELECT 1 FROM request)",
    ] {
        assert_eq!(named("src/inventory/sql.rs", sql), request, "{sql}");
        assert_eq!(named("src/requests/sql.rs", sql), [], "{sql}");
        assert_eq!(named("src/shipments/sql.rs", sql), [], "{sql}");
    }
    for sql in ["SELECT request FROM lot JOIN person p ON p.request = lot.id", "take it from request 7", "FROM {table}"]
    {
        assert_eq!(named("src/inventory/sql.rs", sql), [], "{sql}");
    }
    let in_tests =
        File::new("src/inventory/a.rs", "#[cfg(test)]\nmod tests { const A: &str = \"DELETE FROM request\"; }");
    assert!(breaches(&in_tests, &tables).is_empty());
}

/// What stands against statements on these lines of a file, which is not one for them.
fn misplaced(file: &File, lines: &[usize]) -> Vec<String> {
    if file.path.ends_with("/sql.rs") {
        return vec![];
    }
    let rule = "by an entity, or as a function in the area's sql.rs";
    lines.iter().map(|line| file.breach(*line, rule.into())).collect()
}

/// Lines on which a statement is written by hand.
fn statements(file: &File) -> Vec<usize> {
    let mut found = vec![];
    beginnings(file.tokens(), &mut found);
    found
}

fn beginnings(tokens: Vec<TokenTree>, found: &mut Vec<usize>) {
    for (at, token) in tokens.iter().enumerate() {
        let is_path = is(token, "Sql") && follows_path(&tokens, at);
        if is_path && BEGINNINGS.iter().any(|name| is(&tokens[at + 3], name)) {
            found.push(line(token));
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            beginnings(group.stream().into_iter().collect(), found);
        }
    }
}

/// SQL that names a table of a higher layer.
struct Breach {
    path: String,
    line: usize,
    table: String,
    said: String,
}

/// Which module a table belongs to, as its entity stands there.
fn tables(files: &[File]) -> BTreeMap<String, String> {
    let mut tables = BTreeMap::new();
    for file in files {
        for piece in file.text.split("table_name = \"").skip(1) {
            let table = piece.split('"').next().unwrap_or_default();
            tables.insert(table.to_owned(), file.top_module().unwrap_or_default().to_owned());
        }
    }
    tables
}

fn breaches(file: &File, tables: &BTreeMap<String, String>) -> Vec<Breach> {
    let Some((module, own)) = file.top_module().and_then(|module| Some((module, layer(module)?))) else {
        return vec![];
    };
    let mut found = vec![];
    texts(file.tokens(), &mut |line, text| {
        for table in tables_named(text) {
            let Some(owner) = tables.get(&table).filter(|owner| *owner != module) else { continue };
            if layer(owner).is_none_or(|above| above >= own) {
                let said = file.breach(line, format!("'{module}' may not know the table '{table}' of '{owner}'"));
                found.push(Breach { path: file.path.clone(), line, table, said });
            }
        }
    });
    found
}

/// Calls back with every text of the code, tests apart.
fn texts(tokens: Vec<TokenTree>, found: &mut impl FnMut(usize, &str)) {
    let mut is_test = false;
    for token in tokens {
        match &token {
            TokenTree::Literal(literal) => found(line(&token), &literal.to_string()),
            TokenTree::Group(group) if group.to_string().replace(' ', "") == "[cfg(test)]" => is_test = true,
            TokenTree::Group(group) => {
                let is_body = group.delimiter() == super::Delimiter::Brace;
                if !(is_test && is_body) {
                    texts(group.stream().into_iter().collect(), found);
                }
                is_test &= !is_body;
            }
            _ => {}
        }
    }
}

/// Names that stand where SQL has tables; of a list after FROM all of them.
fn tables_named(sql: &str) -> Vec<String> {
    let spaced = sql.replace(',', " , ").replace('(', " ( ").replace(')', " ) ").replace('"', " ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut named = vec![];
    for (at, word) in words.iter().enumerate() {
        if BEFORE_TABLES.contains(word) {
            named.extend(words.get(at + 1).map(|table| (*table).to_owned()));
        }
        if *word == "FROM" {
            // FROM a, b x: a name, perhaps another for it, and a comma.
            let mut rest = &words[at + 1..];
            while let Some(comma) = rest.iter().take(3).position(|word| *word == ",") {
                named.extend(rest.get(comma + 1).map(|table| (*table).to_owned()));
                rest = &rest[comma + 1..];
            }
        }
    }
    named
}
