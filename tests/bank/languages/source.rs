//! What the source tells: which errors there are, and that every pair of wordings in it is one in each language.

use super::{CRUTCHES, has_hangul};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::path::Path;

/// Path and text of every file of the service.
pub fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut folders, mut files) = (vec![root.join("src")], vec![]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

fn tokens(text: &str) -> Vec<TokenTree> {
    text.parse::<TokenStream>().unwrap().into_iter().collect()
}

/// Names of what implements `DomainError` in a file.
pub fn domain_errors(text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let words: Vec<String> = tokens.iter().map(TokenTree::to_string).collect();
    let named = words.windows(4).filter(|four| four[..3] == ["impl", "DomainError", "for"]).map(|four| four[3].clone());
    named.collect()
}

/// Variants of an enum of a file.
pub fn variants(text: &str, name: &str) -> Option<BTreeSet<String>> {
    let tokens = tokens(text);
    let at = tokens.windows(2).position(|two| two[0].to_string() == "enum" && two[1].to_string() == name)?;
    let TokenTree::Group(body) = &tokens[at + 2] else { return None };
    let mut variants = BTreeSet::new();
    let mut first = true;
    for token in body.stream() {
        match &token {
            TokenTree::Ident(ident) if first => {
                variants.insert(ident.to_string());
                first = false;
            }
            TokenTree::Punct(punct) if punct.as_char() == ',' => first = true,
            _ => {}
        }
    }
    Some(variants)
}

/// The text of a literal, if it is one of a string.
fn string(token: &TokenTree) -> Option<String> {
    let TokenTree::Literal(literal) = token else { return None };
    let text = literal.to_string();
    let text = text.trim_start_matches('r').trim_matches('#');
    Some(text.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

/// Every string below some tokens.
fn strings(tokens: &[TokenTree], found: &mut Vec<String>) {
    for token in tokens {
        found.extend(string(token));
        if let TokenTree::Group(group) = token {
            strings(&group.stream().into_iter().collect::<Vec<_>>(), found);
        }
    }
}

/// English and Korean strings of every `pick(english, korean)`.
fn picks(tokens: &[TokenTree], found: &mut Vec<[Vec<String>; 2]>) {
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let inner: Vec<TokenTree> = group.stream().into_iter().collect();
        picks(&inner, found);
        let named = at > 0 && ["pick", "Flaw", "new"].contains(&tokens[at - 1].to_string().as_str());
        let flaw = named && tokens[at - 1].to_string() == "new";
        // `Flaw::new` and `Self::new` of flaws pair wordings as well; other `new`s have no Hangul in them.
        if !named || group.delimiter() != Delimiter::Parenthesis {
            continue;
        }
        let halves: Vec<&[TokenTree]> = inner.split(|token| token.to_string() == ",").collect();
        let halves: Vec<_> = halves.into_iter().filter(|half| !half.is_empty()).collect();
        let [en, ko] = halves[..] else { continue };
        let mut pair = [vec![], vec![]];
        strings(en, &mut pair[0]);
        strings(ko, &mut pair[1]);
        if flaw && !pair.concat().iter().any(|text| has_hangul(text)) {
            continue;
        }
        found.push(pair);
    }
}

/// Keys, marks and columns of the database are no wording.
fn is_words(text: &str) -> bool {
    !text.starts_with("coalesce(") && (text.contains(' ') || has_hangul(text))
}

#[test]
fn every_pair_of_wordings_in_the_source_is_one_in_each_language() {
    let (mut wrong, mut pairs) = (vec![], 0);
    for (path, text) in files() {
        let mut found = vec![];
        picks(&tokens(&text), &mut found);
        for [en, ko] in found {
            if !en.iter().chain(&ko).any(|text| is_words(text)) {
                continue;
            }
            pairs += 1;
            if en.iter().any(|text| has_hangul(text)) || !ko.iter().any(|text| has_hangul(text)) {
                wrong.push(format!("{path}: {en:?} / {ko:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(pairs > 300, "only {pairs} pairs were found");
}

#[test]
fn no_particle_is_written_twice_or_guessed_after_what_is_put_in() {
    let particles = ["을", "를", "이", "가", "은", "는", "과", "와", "으로", "로"];
    let mut wrong = vec![];
    for (path, text) in files() {
        let mut found = vec![];
        strings(&tokens(&text), &mut found);
        for words in found.iter().filter(|words| has_hangul(words)) {
            let guessed = words.split('}').skip(1).any(|rest| {
                let rest = rest.trim_start_matches(['\'', '"']);
                let hangul: String = rest.chars().take_while(|c| has_hangul(&c.to_string())).collect();
                particles.contains(&hangul.as_str())
            });
            if guessed || CRUTCHES.iter().any(|crutch| words.contains(crutch)) {
                wrong.push(format!("{path}: {words}"));
            }
        }
    }
    assert!(wrong.is_empty(), "use language::particle:\n{}", wrong.join("\n"));
}

#[test]
fn an_agreement_has_one_korean_word() {
    for (path, text) in files() {
        assert!(!text.contains("계약"), "{path}: an agreement is 협약");
    }
    for text in [
        include_str!("../../../src/agreements/templates/academic-1.ko.txt"),
        include_str!("../../../src/agreements/templates/commercial-1.ko.txt"),
    ] {
        assert!(text.starts_with("물질이전협약서") && !text.contains("계약"), "{text}");
    }
}

#[test]
fn what_the_source_has_is_read_right() {
    let text = "enum A { #[x] B(u8), C { d: u8 }, E } impl DomainError for A {} fn f() { lang.pick(format!(\"a b {x}\"), g(\"다\")) }";
    assert_eq!(faults(text), ["A"]);
    assert_eq!(variants(text, "A").unwrap(), BTreeSet::from(["B".into(), "C".into(), "E".into()]));
    let mut found = vec![];
    picks(&tokens(text), &mut found);
    assert_eq!(found, [[vec!["a b {x}".to_owned()], vec!["다".to_owned()]]]);
}
