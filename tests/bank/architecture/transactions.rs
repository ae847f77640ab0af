//! Transactions are begun by the runner of commands, so that every change is permitted, counted and done again in one
//! place.

use super::{File, TokenTree, is, line, obeyed, rust_files};
use std::collections::BTreeSet;

/// Where else one is begun, and why it is no command.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("src/audit/mod.rs", "that somebody read what is sensitive: nobody asks for it, a read leaves it behind"),
    ("src/command.rs", "the runner"),
    ("src/db.rs", "the door to a transaction, and the migrations in one"),
];

#[test]
fn transactions_are_begun_by_the_runner_of_commands() {
    let known: BTreeSet<_> = EXCEPTIONS.iter().map(|(path, _)| *path).collect();
    let begun: Vec<_> = rust_files(&["src"]).into_iter().filter(|file| !places(file).is_empty()).collect();
    let unknown = begun.iter().filter(|file| !known.contains(file.path.as_str())).flat_map(|file| {
        places(file).into_iter().map(|line| file.breach(line, "a change is a command, run by App::run".into()))
    });
    let found: BTreeSet<_> = begun.iter().map(|file| file.path.as_str()).collect();
    let gone = known.difference(&found).map(|path| format!("{path} begins no transaction any more"));
    obeyed(unknown.chain(gone));
}

#[test]
fn a_transaction_begun_elsewhere_would_be_caught() {
    let places = |code: &str| places(&File::new("src/a/steps.rs", code));
    assert_eq!(places("async fn f(app: &App) {\n  let tx = app.db.begin().await?;\n}"), [2]);
    assert_eq!(places("fn f() { retrying(|| async {\n vec![self.app.db\n.begin ( ).await] }) }"), [3]);
    assert_eq!(places("fn f() { let begin = Db::begin; }"), [1]);
    let others = "// app.db.begin()\nfn begin() { self.verification.begin(now); iter.begin; f(\"x.begin()\") }";
    assert_eq!(places(others), [0; 0]);
}

/// Lines on which a transaction is begun: `begin` without arguments on something, or the function by its path.
fn places(file: &File) -> Vec<usize> {
    let mut found = vec![];
    begins(file.tokens(), &mut found);
    found
}

fn begins(tokens: Vec<TokenTree>, found: &mut Vec<usize>) {
    for (at, token) in tokens.iter().enumerate() {
        if is(token, "begin") && at > 0 {
            let called = matches!(tokens.get(at + 1), Some(TokenTree::Group(given)) if given.stream().is_empty());
            let by_path = at > 2 && is(&tokens[at - 1], ":") && is(&tokens[at - 3], "Db");
            if by_path || (called && is(&tokens[at - 1], ".")) {
                found.push(line(token));
            }
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            begins(group.stream().into_iter().collect(), found);
        }
    }
}
