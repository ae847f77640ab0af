//! What stands between people and the bank shows views of it: rows, steps and statements stay behind the faces of their
//! areas.

use super::{File, TokenTree, follows_path, is, line, obeyed, rust_files};

/// What turns requests into commands and views into answers.
const ADAPTERS: [&str; 3] = ["graphql", "web", "cli"];
/// Modules of an area that are its own affair.
const INNER: [&str; 3] = ["model", "steps", "sql"];

#[test]
fn adapters_name_no_rows_no_steps_and_no_statements() {
    let files = rust_files(&["src"]);
    let adapters = files.iter().filter(|file| file.top_module().is_some_and(|module| ADAPTERS.contains(&module)));
    obeyed(adapters.flat_map(breaches));
    // It sees how the domain itself names them: there every area would break the rule.
    let domain = files.iter().filter(|file| file.top_module() == Some("requests"));
    assert!(domain.flat_map(breaches).count() > 10);
}

#[test]
fn a_row_in_an_adapter_would_be_caught() {
    let caught = |code: &str| breaches(&File::new("src/web/desk/page.rs", code));
    for code in [
        "use crate::inventory::model::lot;",
        "use crate::requests::{policy, model::{request, message}};",
        "use crate::{id::LotId, agreements::{steps}};",
        "fn f() {\n let row: crate::catalogue::model::cell_line::Model = x;\n}",
        "fn f() { vec![crate::requests::sql::due()] }",
        "use crate::accounts::institutions::model::Record;",
    ] {
        assert_eq!(caught(code).len(), 1, "{code}: {:?}", caught(code));
    }
    for code in [
        "use crate::inventory::LotView;",
        "use crate::web::requests::steps;",
        "use super::steps::ask;",
        "// crate::inventory::model\nfn model() -> steps::Path { sql(\"crate::a::model\") }",
    ] {
        assert_eq!(caught(code), [""; 0], "{code}");
    }
}

fn breaches(file: &File) -> Vec<String> {
    let mut found = vec![];
    paths(file.tokens(), &mut found);
    let rule = |name: &str| format!("'{name}' of an area is its own affair: name a view or its face");
    found.into_iter().map(|(line, name)| file.breach(line, rule(&name))).collect()
}

/// Line and name of each inner module in a path from the crate's root.
fn paths(tokens: Vec<TokenTree>, found: &mut Vec<(usize, String)>) {
    let mut at = 0;
    while at < tokens.len() {
        if is(&tokens[at], "crate") && follows_path(&tokens, at) {
            at = path(&tokens, at + 3, found);
            continue;
        }
        if let TokenTree::Group(group) = &tokens[at] {
            paths(group.stream().into_iter().collect(), found);
        }
        at += 1;
    }
}

/// Follows one path with all its branches; where it ends.
fn path(tokens: &[TokenTree], mut at: usize, found: &mut Vec<(usize, String)>) -> usize {
    let is_adapters = ADAPTERS.iter().any(|adapter| is(&tokens[at], adapter));
    loop {
        match &tokens[at] {
            TokenTree::Group(group) => branches(group.stream().into_iter().collect(), found),
            name if !is_adapters && INNER.iter().any(|inner| is(name, inner)) => {
                found.push((line(name), name.to_string()));
                // Once is enough for what stands below it.
                while follows_path(tokens, at) {
                    at += 3;
                }
                return at + 1;
            }
            _ => {}
        }
        if !follows_path(tokens, at) {
            return at + 1;
        }
        at += 3;
    }
}

fn branches(tokens: Vec<TokenTree>, found: &mut Vec<(usize, String)>) {
    let mut at = 0;
    while at < tokens.len() {
        at = path(&tokens, at, found);
    }
}
