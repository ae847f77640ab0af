//! The architecture, read from the source tree: layers, sizes, where queries live, no path of one machine; and
//! that the glossary names what there is.

mod adapters;
mod sql;
mod transactions;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Modules by layer, lowest first. A module names only modules in layers strictly below its own.
const LAYERS: &[&[&str]] = &[
    &["characters", "csv_writer", "id", "language"],
    &["texts"],
    &["error", "config"],
    &["telemetry"],
    &["actor"],
    &["db"],
    &["page", "search_words"],
    &["app"],
    &["idempotency"],
    &["command"],
    &["audit"],
    // A letter is about the same subject as the event it tells of.
    &["mail"],
    &["import"],
    &["accounts"],
    &["maintenance"],
    &["health"],
    &["catalogue"],
    &["inventory"],
    &["search", "response_cache"],
    &["agreements", "approvals"],
    &["requests"],
    &["shipments"],
    &["personal_data"],
    &["statistics"],
    // What every area's events are called.
    &["history"],
    &["graphql", "web"],
    &["server"],
    &["demo"],
    &["cli"],
    &["main"],
];
const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 60;
/// Of templates, style sheets, scripts and the documentation's prose; rustfmt sees to the code.
const COLUMNS: usize = 120;
/// Paths that exist on one machine only; in pieces, so that this file does not break the rule.
const MACHINE_PATHS: [&str; 3] = [concat!("/wo", "rk/"), concat!("../sha", "red"), concat!(".lib", "rary")];

#[test]
fn every_module_names_only_modules_below_it() {
    let files = rust_files(&["src"]);
    let macros = files.iter().flat_map(|file| file.macros()).collect();
    obeyed(files.iter().flat_map(|file| layer_breaches(file, &macros)));
}

#[test]
fn the_migrations_know_nothing_of_the_bank() {
    let files = text_files(&["migrations"]);
    obeyed(files.iter().flat_map(|file| file.lines_with("stembank", "a step knows tables by name only")));
}

#[test]
fn files_and_functions_stay_small() {
    obeyed(rust_files(&["src", "migrations"]).iter().flat_map(size_breaches));
}

#[test]
fn rows_are_found_in_queries_operations_and_steps_only() {
    let files = rust_files(&["src"]);
    obeyed(files.iter().flat_map(query_breaches));
    // It sees how rows are really found: in another place every area that has rows of its own would break it.
    let elsewhere =
        |file: &File| query_breaches(&File::new(&format!("src/{}/rules.rs", file.top_module()?), &file.text)).pop();
    let areas: BTreeSet<_> =
        files.iter().filter(|file| elsewhere(file).is_some()).filter_map(File::top_module).collect();
    assert!(areas.is_superset(&["catalogue", "inventory", "requests", "shipments"].into()), "{areas:?}");
}

#[test]
fn templates_styles_and_prose_fit_into_120_columns() {
    let mut files = text_files(&["src/web", "docs", "README.md"]);
    let is_ours = |path: &str| !path.ends_with(".min.js");
    files.retain(|file| {
        [".html", ".css", ".js", ".md"].iter().any(|end| file.path.ends_with(end)) && is_ours(&file.path)
    });
    obeyed(files.iter().flat_map(width_breaches));
}

#[test]
fn every_name_in_the_glossary_is_declared() {
    let declared = rust_files(&["src"]).iter().flat_map(File::declared).collect();
    obeyed(text_files(&["docs/glossary.md"]).iter().flat_map(|file| glossary_breaches(file, &declared)));
}

#[test]
fn nothing_names_a_path_of_one_machine() {
    let product = [
        "src",
        "tests",
        "benches",
        "migrations",
        "docs",
        "Makefile",
        ".ci",
        "README.md",
        "data/README.md",
        "Cargo.toml",
    ];
    let files = text_files(&product);
    obeyed(files.iter().flat_map(|file| {
        MACHINE_PATHS.iter().flat_map(move |path| file.lines_with(path, "this path is on one machine only"))
    }));
}

#[test]
fn a_wrong_import_would_be_caught() {
    let macros = BTreeMap::from([("subject".to_owned(), "audit".to_owned())]);
    let check = |path: &str, text: &str| layer_breaches(&File::new(path, text), &macros);
    let caught = |path, text, lines: &[usize]| {
        let breaches = check(path, text);
        let expected: Vec<_> = lines.iter().map(|line| format!("{path}:{line}: ")).collect();
        assert_eq!(breaches.len(), lines.len(), "{text}: {breaches:?}");
        assert!(breaches.iter().zip(&expected).all(|(b, start)| b.starts_with(start)), "{text}: {breaches:?}");
    };
    caught("src/db.rs", "use crate::error::Kind;\nuse crate::page::Page;", &[2]);
    caught("src/db.rs", "use crate::{error::{Kind, Fault},\n id, requests::{self, x}};", &[2]);
    caught("src/db.rs", "fn f() {\n  let x = vec![crate::mail::post()];\n}", &[2]);
    caught("src/error.rs", "use crate::config::Config;", &[1]);
    caught("src/page.rs", "crate::subject!(CellLineId, id);", &[1]);
    caught("src/mail/post.rs", "crate::subject!(CellLineId, id);\nuse super::Letter;\nuse crate::mail::x;", &[]);
    caught("src/mail/post.rs", "use super::super::{id, cli};", &[1]);
    caught("src/mail/mod.rs", "mod tests { use super::*; }\nmod more { use super::super::cli; }", &[2]);
    caught(
        "src/db.rs",
        "//! [`crate::cli`]\n// crate::cli\nconst A: &str = \"crate::cli\";\npub(crate) fn f() {}",
        &[],
    );
    caught("src/db.rs", "use crate::*;", &[1]);
    caught("src/cellar.rs", "use crate::id::CellLineId;", &[1]);
    caught("src/main.rs", "fn main() { stembank::cli::run() }", &[]);
}

#[test]
fn what_is_too_long_or_in_the_wrong_place_would_be_caught() {
    let function = |lines: usize| format!("/// }}\nfn long() {{\n{}}}", "  f(\"{\");\n".repeat(lines - 2));
    assert_eq!(size_breaches(&File::new("src/a.rs", &function(60))), [""; 0]);
    assert_eq!(size_breaches(&File::new("src/a.rs", &format!("mod a {{ {} }}", function(61)))).len(), 1);
    assert_eq!(size_breaches(&File::new("src/a.rs", &"\n".repeat(400))), [""; 0]);
    assert_eq!(size_breaches(&File::new("src/a.rs", &"\n".repeat(401))).len(), 1);

    for query in [
        "lot::Entity::find().all(db)",
        "lot::Entity::find_by_id(id).lock_exclusive().one(&**tx)",
        "Entity::find_by_number(number).one(db)",
        "lot::Entity::load().with(vial::Entity)",
        "lot.find_related(vial::Entity).all(db)",
        "vec![lots.load_many(vial::Entity, db)]",
    ] {
        let query = format!("fn f() {{\n  {query}\n}}");
        let places = ["src/a/queries.rs", "src/a/operations.rs", "src/a/steps.rs", "src/a/operations/sign.rs"];
        for path in places.into_iter().chain(["src/a/queries/mod.rs"]) {
            assert_eq!(query_breaches(&File::new(path, &query)), [""; 0]);
        }
        let breaches = query_breaches(&File::new("src/a/rules.rs", &query));
        assert!(breaches.len() == 1 && breaches[0].starts_with("src/a/rules.rs:2: "), "{query}: {breaches:?}");
    }
    for other in ["list.iter().find(|x| x.is_big())", "Entity::insert(row)", "fn find_related() {}", "find(x)"] {
        assert_eq!(query_breaches(&File::new("src/a/rules.rs", &format!("fn f() {{ {other} }}"))), [""; 0]);
    }
}

#[test]
fn a_line_that_is_too_wide_and_a_word_without_code_would_be_caught() {
    let wide = |columns: usize| format!("<p>\n  {}\n</p>", "건".repeat(columns - 2));
    assert_eq!(width_breaches(&File::new("src/web/a.html", &wide(120))), [""; 0]);
    assert!(width_breaches(&File::new("src/web/a.html", &wide(121)))[0].starts_with("src/web/a.html:2: "));
    let table = |start: &str| format!("{start}{}\n```\n{}\n```\n", "x ".repeat(60), "x ".repeat(61));
    assert_eq!(width_breaches(&File::new("docs/a.md", &table("| "))), [""; 0]);
    assert_eq!(width_breaches(&File::new("docs/a.md", &table("- "))).len(), 1);

    let code = "pub mod cup { pub enum Size {} }\npub use cup::Size;\nmacro_rules! pour { () => {} }";
    let declared = File::new("src/kitchen/tea.rs", code).declared().into_iter().collect();
    let missing = |names: &str| glossary_breaches(&File::new("docs/a.md", &format!("| `x` | {names} |")), &declared);
    assert_eq!(missing("`kitchen` `kitchen::tea::cup::Size` `kitchen::Size` `kitchen::tea::pour`"), [""; 0]);
    assert_eq!(missing("`kitchen::cup::Colour` `tea::Size` `kitchen::cup`").len(), 2);
}

/// Fails with every breach, one a line.
fn obeyed(breaches: impl Iterator<Item = String>) {
    let breaches: Vec<_> = breaches.collect();
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

fn layer_breaches(file: &File, macros: &BTreeMap<String, String>) -> Vec<String> {
    let Some(module) = file.top_module() else { return vec![] };
    let Some(own) = layer(module) else {
        return vec![file.breach(1, format!("the module '{module}' has no layer yet"))];
    };
    let mut named = vec![];
    modules_named(file.tokens(), file.depth(), &mut named);
    let breach = |(line, name): (usize, String)| {
        let other = macros.get(&name).filter(|_| layer(&name).is_none()).unwrap_or(&name);
        match layer(other) {
            Some(below) if below < own => None,
            _ if other == module => None,
            Some(_) => Some(file.breach(line, format!("'{module}' may not know '{other}': only layers below its own"))),
            None => Some(file.breach(line, format!("'crate::{name}' is no module; name the module it comes from"))),
        }
    };
    named.into_iter().filter_map(breach).collect()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Line and name of what follows the crate's root in every path: after `crate::` or as many `super::` as lead there.
/// Tokens have no comments and keep strings whole, and inside macros they are there as well.
fn modules_named(tokens: Vec<TokenTree>, depth: usize, named: &mut Vec<(usize, String)>) {
    let mut at = 0;
    while at < tokens.len() {
        if let TokenTree::Group(group) = &tokens[at] {
            let is_module = at >= 2 && is(&tokens[at - 2], "mod") && group.delimiter() == Delimiter::Brace;
            modules_named(group.stream().into_iter().collect(), depth + usize::from(is_module), named);
        }
        let mut ups = 0;
        while is(&tokens[at], "super") && follows_path(&tokens, at) {
            ups += 1;
            at += 3;
        }
        if is(&tokens[at], "crate") && follows_path(&tokens, at) {
            ups = depth;
            at += 3;
        }
        if ups == 0 {
            at += 1;
        } else if ups == depth {
            heads(&tokens[at], named);
        }
    }
}

/// True if `::` and something more come after.
fn follows_path(tokens: &[TokenTree], at: usize) -> bool {
    tokens.len() > at + 3 && is(&tokens[at + 1], ":") && is(&tokens[at + 2], ":")
}

/// First names of a path or of each path of a `{group}`.
fn heads(token: &TokenTree, named: &mut Vec<(usize, String)>) {
    match token {
        TokenTree::Group(group) => {
            let mut first = true;
            for token in group.stream() {
                if first && !is(&token, "self") {
                    heads(&token, named);
                }
                first = is(&token, ",");
            }
        }
        name => named.push((line(name), name.to_string())),
    }
}

fn size_breaches(file: &File) -> Vec<String> {
    let mut breaches = vec![];
    let lines = file.text.lines().count();
    if lines > FILE_LINES {
        breaches.push(file.breach(lines, format!("{lines} lines, more than {FILE_LINES}")));
    }
    functions(file.tokens(), &mut |name, first, last| {
        let lines = last - first + 1;
        if lines > FUNCTION_LINES {
            breaches.push(file.breach(first, format!("'{name}' has {lines} lines, more than {FUNCTION_LINES}")));
        }
    });
    breaches
}

/// Calls back with name, first and last line of every function that has a body.
fn functions(tokens: Vec<TokenTree>, found: &mut impl FnMut(String, usize, usize)) {
    for (at, token) in tokens.iter().enumerate() {
        if is(token, "fn") {
            let body = tokens[at..].iter().take_while(|token| !is(token, ";")).find_map(|token| match token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
                _ => None,
            });
            // `fn(u8)` is a type and has no name.
            if let (Some(name @ TokenTree::Ident(_)), Some(body)) = (tokens.get(at + 1), body) {
                found(name.to_string(), line(token), body.span_close().end().line);
            }
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            functions(group.stream().into_iter().collect(), found);
        }
    }
}

/// In Markdown, tables and code are as wide as they have to be.
fn width_breaches(file: &File) -> Vec<String> {
    let is_prose = file.path.ends_with(".md");
    let mut in_code = false;
    let mut breaches = vec![];
    for (at, line) in file.text.lines().enumerate() {
        let is_fence = is_prose && line.trim_start().starts_with("```");
        in_code ^= is_fence;
        let is_free = is_prose && (is_fence || in_code || line.starts_with('|'));
        let columns = line.chars().count();
        if columns > COLUMNS && !is_free {
            breaches.push(file.breach(at + 1, format!("{columns} columns, more than {COLUMNS}")));
        }
    }
    breaches
}

/// Names in the last column of its tables that no module declares. What a module shows from further within may be named
/// without the modules between.
fn glossary_breaches(file: &File, declared: &BTreeSet<Vec<String>>) -> Vec<String> {
    let is_declared = |name: &str| {
        let parts: Vec<_> = name.split("::").collect();
        declared.iter().any(|path| {
            let mut rest = path.iter();
            path.first().is_some_and(|first| first == parts[0])
                && parts.iter().all(|part| rest.any(|segment| segment == part))
                && rest.next().is_none()
        })
    };
    let mut breaches = vec![];
    for (at, line) in file.text.lines().enumerate().filter(|(_, line)| line.starts_with('|')) {
        let cell = line.trim_end_matches([' ', '|']).rsplit('|').next().unwrap_or_default();
        let names = cell.split('`').skip(1).step_by(2);
        let missing = names.filter(|name| !is_declared(name));
        breaches.extend(missing.map(|name| file.breach(at + 1, format!("there is no '{name}'"))));
    }
    breaches
}

/// Calls back with the path of everything that has a name of its own.
fn declarations(tokens: Vec<TokenTree>, path: &[String], found: &mut impl FnMut(Vec<String>)) {
    const KEYWORDS: [&str; 8] = ["mod", "struct", "enum", "trait", "fn", "type", "const", "macro_rules"];
    let mut inside = path.to_vec();
    for (at, token) in tokens.iter().enumerate() {
        if KEYWORDS.iter().any(|keyword| is(token, keyword)) {
            let name = tokens[at + 1..].iter().find(|token| matches!(token, TokenTree::Ident(_)));
            if let Some(name) = name {
                let full = [path, &[name.to_string()]].concat();
                found(full.clone());
                inside = if is(token, "mod") { full } else { path.to_vec() };
            }
        }
        if let TokenTree::Group(group) = token {
            declarations(group.stream().into_iter().collect(), &inside, found);
        }
        if is(token, ";") || matches!(token, TokenTree::Group(_)) {
            inside = path.to_vec();
        }
    }
}

fn query_breaches(file: &File) -> Vec<String> {
    let here = ["queries", "commands", "operations", "steps"];
    // Modules that are about rows as a whole, and a loader of the graph, which batches keys and finds no rows.
    let whole = ["audit", "db", "idempotency"];
    let is_row_module = file.top_module().is_some_and(|module| whole.contains(&module));
    let is_loader = file.path == "src/graphql/loaders.rs";
    // A command that is a matter of its own stands in a file of its own.
    let has_command = file.text.contains("impl Command for ");
    if is_row_module || is_loader || has_command || file.segments().iter().any(|part| here.contains(part)) {
        return vec![];
    }
    let mut breaches = vec![];
    finds(file.tokens(), &mut |line, name| {
        breaches.push(file.breach(line, format!("'{name}': rows are found in queries, operations or steps")));
    });
    breaches
}

/// What an entity is asked for rows by, and what leads from a row to others: `Entity::find`, `Entity::find_by_id`,
/// `Entity::load`, `row.find_related(..)`, `rows.load_many(..)`.
fn finds(tokens: Vec<TokenTree>, found: &mut impl FnMut(usize, &str)) {
    const FROM_ROWS: [&str; 4] = ["find_related", "find_linked", "load_one", "load_many"];
    for (at, token) in tokens.iter().enumerate() {
        let of_entity = is(token, "Entity") && follows_path(&tokens, at);
        if of_entity && let TokenTree::Ident(method) = &tokens[at + 3] {
            let method = method.to_string();
            if method == "load" || method == "find" || method.starts_with("find_") {
                found(line(token), &format!("Entity::{method}"));
            }
        }
        let after_dot = at > 0 && is(&tokens[at - 1], ".");
        if let Some(method) = FROM_ROWS.into_iter().find(|method| after_dot && is(token, method)) {
            found(line(token), method);
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            finds(group.stream().into_iter().collect(), found);
        }
    }
}

fn is(token: &TokenTree, text: &str) -> bool {
    match token {
        TokenTree::Ident(ident) => ident == text,
        TokenTree::Punct(punct) => text.len() == 1 && text.starts_with(punct.as_char()),
        _ => false,
    }
}

fn line(token: &TokenTree) -> usize {
    token.span().start().line
}

/// A file of the product; its path is relative to the root, with `/`.
struct File {
    path: String,
    text: String,
}

impl File {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    fn breach(&self, line: usize, rule: String) -> String {
        format!("{}:{line}: {rule}", self.path)
    }

    fn tokens(&self) -> Vec<TokenTree> {
        let tokens: TokenStream = self.text.parse().unwrap_or_else(|error| panic!("{}: {error}", self.path));
        tokens.into_iter().collect()
    }

    /// Parts of its module's path: `src/mail/post.rs` is `mail::post`.
    fn segments(&self) -> Vec<&str> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        path.split('/').filter(|part| *part != "mod").collect()
    }

    /// The module it belongs to; the crate's root belongs to none.
    fn top_module(&self) -> Option<&str> {
        self.segments().first().copied().filter(|module| *module != "lib")
    }

    /// How many `super::` lead to the crate's root.
    fn depth(&self) -> usize {
        self.segments().len()
    }

    /// Names of the macros written here, with the module: an exported one is called by the crate's root.
    fn macros(&self) -> Vec<(String, String)> {
        let module = self.top_module().unwrap_or_default();
        let tokens = self.tokens();
        let names = tokens.windows(3).filter(|three| is(&three[0], "macro_rules"));
        names.map(|three| (three[2].to_string(), module.to_owned())).collect()
    }

    /// Paths of its module and of everything declared there.
    fn declared(&self) -> Vec<Vec<String>> {
        let module: Vec<_> = self.segments().into_iter().map(str::to_owned).collect();
        let mut paths: Vec<_> = (1..=module.len()).map(|length| module[..length].to_vec()).collect();
        declarations(self.tokens(), &module, &mut |path| paths.push(path));
        paths
    }

    fn lines_with(&self, text: &str, rule: &str) -> Vec<String> {
        let lines = self.text.lines().enumerate().filter(|(_, line)| line.contains(text));
        lines.map(|(number, _)| self.breach(number + 1, format!("'{text}': {rule}"))).collect()
    }
}

fn rust_files(places: &[&str]) -> Vec<File> {
    let mut files = text_files(places);
    files.retain(|file| file.path.ends_with(".rs"));
    files
}

/// All files of these files and folders that are there; what npm fetched is not ours.
fn text_files(places: &[&str]) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = places.iter().map(|place| root.join(place)).collect();
    let mut files = vec![];
    while let Some(path) = paths.pop() {
        if path.is_dir() && !path.ends_with("node_modules") {
            paths.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.is_file() {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            let path = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            files.push(File { path, text });
        }
    }
    assert!(!files.is_empty(), "nothing to read in {places:?}");
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}
