//! The words of pages and errors: every key is there in both languages with the same things put in, none is missing,
//! none unused.

use crate::languages::source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Where the messages of pages are, and those of errors.
const FOLDERS: [&str; 2] = ["src/web/texts", "src/texts"];

/// Key and message.
type Messages = BTreeMap<String, String>;

#[test]
fn both_languages_have_the_same_messages_with_the_same_things_put_in() {
    for folder in FOLDERS {
        let (ko, en) = (messages(folder, "ko"), messages(folder, "en"));
        let keys = |messages: &Messages| messages.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(keys(&ko).symmetric_difference(&keys(&en)).collect::<Vec<_>>(), [""; 0], "only in one language");
        let differ: Vec<_> = ko.keys().filter(|key| inserted(&ko[*key]) != inserted(&en[*key])).collect();
        assert_eq!(differ, [""; 0], "other things are put in");
    }
}

#[test]
fn korean_is_korean_and_english_is_english() {
    let has_hangul = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
    // What both languages write alike: names of formats and units.
    let is_shared =
        |text: &str| text.chars().all(|c| c.is_ascii_uppercase() || !c.is_alphabetic() || "CSVJSOPDF".contains(c));
    let korean: Vec<_> =
        everything("ko").into_iter().filter(|(_, text)| !has_hangul(text) && !is_shared(&words(text))).collect();
    assert_eq!(korean, [], "Korean messages without Korean");
    let english: Vec<_> = everything("en").into_iter().filter(|(_, text)| has_hangul(text)).collect();
    assert_eq!(english, [], "English messages with Korean");
    let crutches = ["을(를)", "를(을)", "이(가)", "가(이)", "은(는)", "는(은)", "(으)로", "와(과)", "과(와)"];
    let lazy: Vec<_> =
        everything("ko").into_iter().filter(|(_, text)| crutches.iter().any(|crutch| text.contains(crutch))).collect();
    assert_eq!(lazy, [], "a particle is chosen by PARTICLE(), not left to the reader");
}

#[test]
fn no_message_is_missing_and_none_is_unused() {
    let messages = messages("src/web/texts", "en");
    let used = Used::read();
    let missing: Vec<_> = used.said.iter().filter(|key| !messages.contains_key(*key)).collect();
    assert_eq!(missing, [""; 0], "pages say what is not there");
    let empty: Vec<_> =
        used.begun.iter().filter(|prefix| !messages.keys().any(|key| key.starts_with(*prefix))).collect();
    assert_eq!(empty, [""; 0], "no message begins so");
    let is_used = |key: &&String| {
        used.literals.contains(key.as_str()) || used.prefixes.iter().any(|prefix| key.starts_with(prefix.as_str()))
    };
    let unused: Vec<_> = messages.keys().filter(|key| !is_used(key)).collect();
    assert_eq!(unused, [""; 0], "nobody says these");
}

#[test]
fn what_is_wrong_with_messages_would_be_caught() {
    let text = "# words\na-key = Words { $n }\n    and { $m } more\nb-key = { $n ->\n    [one] one\n   *[other] { $n } many\n }\n";
    let read = parse(text);
    assert_eq!(read.keys().collect::<Vec<_>>(), ["a-key", "b-key"]);
    assert_eq!(inserted(&read["a-key"]), BTreeSet::from(["n".into(), "m".into()]));
    let mut used = Used::default();
    used.add(r#"t.say("a-key") t.say1(
        "b-key", "n", 1) format!("c-{}", x) format!("d-{name}") format!("file-{name}.csv") t.say(if x { "e-key" } else { "f" })"#);
    assert_eq!(used.said, BTreeSet::from(["a-key".into(), "b-key".into()]));
    assert_eq!(used.prefixes, BTreeSet::from(["c-".into(), "d-".into()]));
    assert!(used.literals.contains("e-key"));
}

/// That an error says nothing that is not there shows when each of them is read in both languages.
#[test]
fn no_sentence_of_an_error_is_left_over() {
    let files = source::files();
    let mut said: BTreeSet<String> = BTreeSet::new();
    for (_, text) in &files {
        said.extend(sentences(text));
    }
    assert!(said.contains("requests-wrong-state") && said.contains("denied-role"), "{said:?}");
    let messages = messages("src/texts", "en");
    let left: Vec<_> = messages.keys().filter(|key| !said.contains(*key)).collect();
    assert_eq!(left, [""; 0], "no error says these");
}

#[test]
fn a_sentence_that_is_left_over_would_be_caught() {
    let code = r#"pub enum Error { NotYours(Whose), BadRorId { text: String } }
        enum Whose { Applicant }
        fn f() { texts::error(lang, "tea", self.into(), &[]); texts::sentence(lang, "tea-cold", &[]) }"#;
    assert_eq!(
        sentences(code),
        BTreeSet::from(["applicant", "bad-ror-id", "cold", "not-yours"].map(|n| format!("tea-{n}")))
    );
}

/// Keys of what the errors of a file say.
fn sentences(text: &str) -> BTreeSet<String> {
    let after = |start: &'static str| text.split(start).skip(1).filter_map(|rest| rest.split('"').nth(1));
    let mut said: BTreeSet<String> = after("texts::sentence(").map(str::to_owned).collect();
    let enums = text.split("enum ").skip(1).filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next());
    let variants: BTreeSet<String> = enums.filter_map(|name| source::variants(text, name)).flatten().collect();
    for area in after("texts::error(") {
        said.extend(variants.iter().map(|variant| format!("{area}-{}", kebab(variant))));
    }
    // Keys that are chosen before they are said.
    said.extend(text.split('"').skip(1).step_by(2).filter(|text| text.contains('-')).map(str::to_owned));
    said
}

/// `BadRorId` as keys have it: `bad-ror-id`.
fn kebab(variant: &str) -> String {
    let mut key = String::new();
    for c in variant.chars() {
        if c.is_ascii_uppercase() && !key.is_empty() {
            key.push('-');
        }
        key.extend(c.to_lowercase());
    }
    key
}

fn everything(language: &str) -> Messages {
    FOLDERS.into_iter().flat_map(|folder| messages(folder, language)).collect()
}

fn messages(folder: &str, language: &str) -> Messages {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(language);
    let mut all = Messages::new();
    for file in files(&folder, &["ftl"]) {
        for (key, text) in parse(&std::fs::read_to_string(&file).unwrap()) {
            let twice = all.insert(key.clone(), text);
            assert!(twice.is_none(), "{key} stands twice in {language}");
        }
    }
    assert!(all.len() > 50, "the messages are not where they should be");
    all
}

/// Messages of a file; a line that is indented or closes a choice belongs to the one before.
fn parse(text: &str) -> Messages {
    let mut all = Messages::new();
    let mut last = String::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let is_key = |key: &str| {
            !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        match line.split_once(" =") {
            Some((key, text)) if is_key(key) => {
                last = key.to_owned();
                all.insert(last.clone(), text.trim().to_owned());
            }
            _ => {
                if let Some(text) = all.get_mut(&last) {
                    text.push('\n');
                    text.push_str(line);
                }
            }
        }
    }
    all
}

/// Names of the things that a message has put in.
fn inserted(text: &str) -> BTreeSet<String> {
    let ends = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    text.split('$').skip(1).filter_map(|rest| rest.split(ends).next()).map(str::to_owned).collect()
}

/// A message without what is put in.
fn words(text: &str) -> String {
    let mut depth = 0;
    text.chars()
        .filter(|c| {
            depth += i32::from(*c == '{');
            let outside = depth == 0;
            depth -= i32::from(*c == '}');
            outside
        })
        .collect()
}

/// What the pages say, read from their source.
#[derive(Default)]
struct Used {
    /// Keys given to `say` and its kin.
    said: BTreeSet<String>,
    /// Beginnings of keys that are put together: `format!("begin-{…}")`.
    prefixes: BTreeSet<String>,
    /// Those of them that are said right there.
    begun: BTreeSet<String>,
    /// Everything in quotes that could be a key.
    literals: BTreeSet<String>,
}

impl Used {
    fn read() -> Self {
        let mut used = Self::default();
        for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web"), &["rs", "html"]) {
            used.add(&std::fs::read_to_string(file).unwrap());
        }
        used
    }

    fn add(&mut self, text: &str) {
        for (before, rest) in text.match_indices('"').map(|(at, _)| (text[..at].trim_end(), &text[at + 1..])) {
            let literal = rest.split('"').next().unwrap_or_default();
            let is_key = |key: &str| {
                key.contains('-') && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            };
            if is_key(literal) || !literal.is_empty() && literal.bytes().all(|b| b.is_ascii_lowercase()) {
                self.literals.insert(literal.to_owned());
            }
            let say = ["say(", "say1(", "say2(", ".with("];
            if is_key(literal) && say.iter().any(|call| before.ends_with(call)) {
                self.said.insert(literal.to_owned());
            }
            if let Some((prefix, _)) = literal.split_once('{')
                && before.ends_with("format!(")
                && is_key(prefix)
                && prefix.ends_with('-')
                && literal.rsplit('}').next().is_some_and(|end| end.is_empty() || end.starts_with('-'))
            {
                self.prefixes.insert(prefix.to_owned());
                if say.iter().any(|call| {
                    [format!("{call}format!("), format!("{call}&format!(")]
                        .iter()
                        .any(|end| before.ends_with(end.as_str()))
                }) {
                    self.begun.insert(prefix.to_owned());
                }
            }
        }
    }
}

fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut all = vec![];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path, endings));
        } else if path.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted)) {
            all.push(path);
        }
    }
    all
}
