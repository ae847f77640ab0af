//! Hand-written SQL, which the compiler cannot see through: the tables it names are held to the layers.

use super::{File, TokenTree, layer, line, obeyed, rust_files};
use std::collections::{BTreeMap, BTreeSet};

/// Where SQL names a table of a higher layer, and why it does all the same.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("src/accounts/institutions/sql.rs", "request", "a preview of a merger counts the requests that would go over"),
    ("src/agreements/sql.rs", "request", "an agreement is seen by whoever sees its request, in one query"),
    ("src/inventory/sql.rs", "request", "a vial's page names the request it is set aside for, in one query"),
    ("src/inventory/sql.rs", "request_line", "the same"),
    ("src/mail/sql.rs", "person", "a letter learns its reader's address and language when it leaves"),
    ("src/requests/sql.rs", "shipment", "the work list counts and sorts by what is packed, in one query"),
    ("src/requests/sql.rs", "shipment_vial", "a line whose vials lie packed is not withdrawn"),
];

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
