//! The table of verbs against what there is: every verb is one command, and every mutation of the schema a verb.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use stembank::actor::Verb;

const SCHEMA: &str = include_str!("../../schema.graphql");

#[test]
fn every_verb_has_one_command_and_every_command_one_verb() {
    let sources = sources();
    let mut commands: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (path, text) in &sources {
        for verb in verbs_of_commands(text) {
            commands.entry(verb.to_owned()).or_default().push(path);
        }
    }
    let mut wrong = vec![];
    for verb in Verb::ALL {
        match commands.remove(&format!("{verb:?}")).as_deref() {
            Some([_]) => {}
            Some(several) => wrong.push(format!("{verb:?} has several commands: {several:?}")),
            None => wrong.push(format!("{verb:?} has no command")),
        }
    }
    wrong.extend(commands.into_keys().map(|verb| format!("there is no verb '{verb}'")));
    // Whoever makes a command has said by what verb; one that took it from elsewhere would not be seen above.
    for (path, text) in &sources {
        let (made, named) = (text.matches("const VERB: Verb").count(), verbs_of_commands(text).count());
        if made != named && path != "src/command.rs" {
            wrong.push(format!("{path}: {made} commands, {named} of them with a verb of the table"));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn names_of_verbs_are_their_own() {
    let mut names: Vec<_> = Verb::ALL.iter().map(|verb| verb.name()).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn every_mutation_is_a_verb_and_every_verb_of_that_door_a_mutation() {
    let mut mutations = mutations(SCHEMA);
    assert!(mutations.len() > 60, "{mutations:?}");
    let mut verbs: Vec<_> = Verb::mutations().map(Verb::name).collect();
    mutations.sort_unstable();
    verbs.sort_unstable();
    assert_eq!(mutations, verbs);
}

#[test]
fn commands_and_mutations_are_seen_where_they_are() {
    let code = "impl Command for A {\n    const VERB: Verb = Verb::SignIn;\n}\nfn f() { Verb::SignOut }
        impl Command for B<'_> { const VERB: Verb = Verb::SignOut; }";
    assert_eq!(verbs_of_commands(code).collect::<Vec<_>>(), ["SignIn", "SignOut"]);
    let schema = "type Query {\n\tnot(a: ID!): X\n}\ntype Mutation {\n\t\"\"\"\n\tSigns in.\n\t\"\"\"\n\tsignIn(\n\t\t\"\"\"\n\t\tx(y
\t\t\"\"\"\n\t\tinput: In!\n\t): Out!\n\tsignOut(input: In!): Out!\n}\ntype Other {\n\tnone(a: ID!): X\n}";
    assert_eq!(mutations(schema), ["signIn", "signOut"]);
}

/// Names of the verbs of the commands in a file.
fn verbs_of_commands(text: &str) -> impl Iterator<Item = &str> {
    text.split("const VERB: Verb = Verb::").skip(1).filter_map(|rest| rest.split(';').next())
}

/// Names of the mutations in a schema as it is printed: one tab, the name, a bracket.
fn mutations(schema: &str) -> Vec<&str> {
    let (_, body) = schema.split_once("\ntype Mutation {\n").expect("there are mutations");
    let (body, _) = body.split_once("\n}").expect("the type ends");
    let mut described = false;
    let mut names = vec![];
    for line in body.lines() {
        if line.trim() == "\"\"\"" {
            described = !described;
        } else if let Some(field) = line.strip_prefix('\t').filter(|rest| !described && !rest.starts_with(['\t', ')']))
        {
            names.extend(field.split_once('(').map(|(name, _)| name));
        }
    }
    names
}

/// Every source file of the product, by its path.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> = vec![root.join("src")];
    let mut files = vec![];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|end| end == "rs") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    files
}
