//! Everything the bank says, in Korean and in English: every error, every label, every letter, against a list that is
//! written by hand (`sentences.tsv`: what says it, English, Korean). What is new and not listed fails, and so does what
//! is listed and gone.

mod errors;
mod labels;
mod letters;
pub mod source;

use std::collections::BTreeMap;
use stembank::language::Lang;

/// What says something, and what it says in English and in Korean.
type Said = Vec<(String, [String; 2])>;

const SENTENCES: &str = include_str!("sentences.tsv");

/// The list, of those entries whose name begins so.
fn listed(area: &str) -> BTreeMap<String, [String; 2]> {
    let mut list = BTreeMap::new();
    for line in SENTENCES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [key, en, ko] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("three columns: {line}") };
        let twice = list.insert(key.to_owned(), [en.to_owned(), ko.to_owned()]);
        assert!(twice.is_none(), "{key} is listed twice");
    }
    list.retain(|key, _| key.starts_with(area));
    list
}

/// Fails unless an area says exactly what is listed, each in its language.
fn as_listed(area: &str, said: Said) {
    let mut list = listed(area);
    let mut wrong = vec![];
    for (key, [en, ko]) in said {
        let one_line = |text: &str| text.replace('\n', "\\n");
        let (en, ko) = (one_line(&en), one_line(&ko));
        assert!(key.starts_with(area), "{key} is not of {area}");
        if list.remove(&key) != Some([en.clone(), ko.clone()]) {
            wrong.push(format!("{key}\t{en}\t{ko}"));
        }
        wrong.extend(flaws(&en, &ko).into_iter().map(|flaw| format!("{key}: {flaw}: {en} / {ko}")));
    }
    wrong.extend(list.into_keys().map(|key| format!("{key} is listed and nothing says it")));
    assert!(wrong.is_empty(), "not as in tests/bank/sentences.tsv:\n{}\n", wrong.join("\n"));
}

fn has_hangul(text: &str) -> bool {
    text.chars().any(|c| ('가'..='힣').contains(&c) || ('ㄱ'..='ㆎ').contains(&c))
}

/// What is wrong with a pair of wordings, whatever they say.
fn flaws(en: &str, ko: &str) -> Vec<&'static str> {
    let mut flaws = vec![];
    if en.trim().is_empty() || ko.trim().is_empty() {
        flaws.push("a wording is empty");
    }
    if has_hangul(en) {
        flaws.push("the English one is in Korean");
    }
    if !has_hangul(ko) {
        flaws.push("the Korean one has no Hangul");
    }
    if CRUTCHES.iter().any(|crutch| ko.contains(crutch)) {
        flaws.push("two particles at once");
    }
    if [en, ko].iter().any(|text| text.contains("{}") || text.contains("  ") && !text.contains("\\n    ")) {
        flaws.push("a place is not filled, or there are two spaces");
    }
    flaws
}

/// Both particles, so that the writer need not know which: not Korean that one shows to people.
const CRUTCHES: [&str; 16] = [
    "을(를)", "를(을)", "이(가)", "가(이)", "은(는)", "는(은)", "(으)로", "와(과)", "과(와)", "(이)", "(은)", "(을)",
    "을/를", "이/가", "은/는", "와/과",
];

/// A text in both languages.
fn both(say: impl Fn(Lang) -> String) -> [String; 2] {
    [say(Lang::En), say(Lang::Ko)]
}

#[test]
fn what_is_wrong_with_a_wording_would_be_caught() {
    assert!(flaws("There is no such line.", "해당 세포주를 찾을 수 없습니다.").is_empty());
    for (en, ko) in [
        ("There is 없음.", "없습니다."),
        ("There is none.", "There is none."),
        ("", "없습니다."),
        ("{} is gone.", "없습니다."),
        ("Line X is gone.", "세포주 X이(가) 없습니다."),
        ("Line X is gone.", "X(으)로 되었습니다."),
    ] {
        assert_eq!(flaws(en, ko).len(), 1, "{en} / {ko}");
    }
}
