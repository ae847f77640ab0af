//! Passwords that anybody would try first. Length does the work; this refuses what length alone lets through.

use zxcvbn::{Score, zxcvbn};

/// Rows of keys and of the alphabet, along which fingers run.
const RUNS: [&str; 6] = [
    "qwertyuiopasdfghjklzxcvbnm",
    "1234567890123456789012345678901234567890",
    "0987654321098765432109876543210987654321",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "q1w2e3r4t5y6u7i8o9p0",
];

/// Words that passwords are most often made of, also twice or with digits and signs around them.
const WORDS: &[&str] = &[
    "password",
    "passw0rd",
    "passwort",
    "passphrase",
    "letmein",
    "letmeinplease",
    "welcome",
    "welcometothebank",
    "iloveyou",
    "iloveyousomuch",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "basketball",
    "superman",
    "batman",
    "dragon",
    "monkey",
    "master",
    "shadow",
    "michael",
    "jennifer",
    "charlie",
    "trustno",
    "trustnoone",
    "administrator",
    "admin",
    "root",
    "user",
    "guest",
    "test",
    "tester",
    "testing",
    "changeme",
    "pleasechangeme",
    "default",
    "secret",
    "topsecret",
    "qwerty",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "asdf",
    "abc",
    "abcd",
    "computer",
    "internet",
    "whatever",
    "freedom",
    "starwars",
    "pokemon",
    "hello",
    "helloworld",
    "goodmorning",
    "stembank",
    "stemcell",
    "stemcells",
    "stemcellbank",
    "cellbank",
    "laboratory",
    "university",
    "hospital",
    "research",
    "researcher",
    "science",
    "korea",
    "southkorea",
    "seoul",
    "samsung",
    "correcthorsebatterystaple",
    "비밀번호",
    "패스워드",
    "줄기세포",
    "줄기세포은행",
    "사랑해",
    "대한민국",
    "안녕하세요",
    "관리자",
    "연구실",
    "연구원",
    "대학교",
    "누구게",
    "우리나라",
    "spring",
    "summer",
    "autumn",
    "fall",
    "winter",
    "봄",
    "여름",
    "가을",
    "겨울",
];

/// Characters that are weighed: what is longer is not guessed by its beginning.
const WEIGHED: usize = 100;

/// True for a word that everybody tries, also in Korean typed on Latin keys and with a year or signs around it, a run of
/// keys, a few signs repeated, something of the person's own, or what falls to some hundred million guesses (zxcvbn,
/// Wheeler 2016).
pub fn is_guessable(password: &str, own: &[&str]) -> bool {
    let beginning: String = password.chars().take(WEIGHED).collect();
    is_known(password, own) || zxcvbn(&beginning, own).score() < Score::Three
}

fn is_known(password: &str, own: &[&str]) -> bool {
    let plain: String = password.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let distinct = plain.chars().collect::<std::collections::HashSet<_>>().len();
    let letters: String = plain.chars().filter(|c| c.is_alphabetic()).collect();
    distinct < 5
        || RUNS.iter().any(|run| run.contains(&plain))
        || WORDS.iter().any(|word| {
            let spellings = [(*word).to_owned(), latin_keys(word)];
            let is = |spelling: &String| is_repeated(&plain, spelling) || is_repeated(&letters, spelling);
            spellings.iter().any(is)
        })
        || own.iter().any(|own| is_own(&plain, &own.to_lowercase()))
}

/// The Latin keys that write a Korean word on a keyboard with the usual layout (KS X 5002); other characters stay.
fn latin_keys(word: &str) -> String {
    const FIRST: [&str; 19] =
        ["r", "R", "s", "e", "E", "f", "a", "q", "Q", "t", "T", "d", "w", "W", "c", "z", "x", "v", "g"];
    const MIDDLE: [&str; 21] = [
        "k", "o", "i", "O", "j", "p", "u", "P", "h", "hk", "ho", "hl", "y", "n", "nj", "np", "nl", "b", "m", "ml", "l",
    ];
    const LAST: [&str; 28] = [
        "", "r", "R", "rt", "s", "sw", "sg", "e", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg", "a", "q", "qt", "t",
        "T", "d", "w", "c", "z", "x", "v", "g",
    ];
    let key = |character: char| match u32::from(character).checked_sub(0xac00).filter(|at| *at < 11_172) {
        Some(at) => {
            let at = at as usize;
            [FIRST[at / 588], MIDDLE[at % 588 / 28], LAST[at % 28]].concat().to_lowercase()
        }
        None => character.to_string(),
    };
    word.chars().map(key).collect()
}

fn is_repeated(text: &str, word: &str) -> bool {
    !text.is_empty()
        && text.len().is_multiple_of(word.len())
        && text.as_bytes().chunks(word.len()).all(|part| part == word.as_bytes())
}

/// An e-mail, its part before the @ or a name, alone or twice or with digits around it.
fn is_own(plain: &str, own: &str) -> bool {
    let own: String = own.chars().filter(|c| !c.is_whitespace()).collect();
    let before = own.split('@').next().unwrap_or_default();
    let without_digits = plain.trim_matches(|c: char| !c.is_alphabetic());
    [own.as_str(), before]
        .iter()
        .filter(|part| !part.is_empty())
        .any(|part| is_repeated(plain, part) || without_digits == *part || is_repeated(without_digits, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_would_try_is_obvious() {
        let own = ["kim.minji@example.org", "Kim Minji"];
        for password in [
            "passwordpassword",
            "Password1234",
            "!!password!!",
            "qwertyuiopas",
            "123456789012",
            "abcdefghijkl",
            "aaaaaaaaaaaa",
            "abababababab",
            "kim.minji@example.org",
            "kim.minji2026",
            "KimMinjiKimMinji",
            "Kim Minji 1999",
            "비밀번호비밀번호비밀번호",
            "stem cell bank",
            "letmeinletmein",
            "Summer2026!!",
            "봄봄봄2026!!!!",
            "qlalfqjsgh2026!",
            "tkfkdgotkfkdgo",
            "dkssudgktpdy12",
            "P@ssw0rd2026",
            "iloveyou2026!",
        ] {
            assert!(is_guessable(password, &own), "{password}");
        }
    }

    #[test]
    fn korean_is_known_on_latin_keys() {
        assert_eq!(["비밀번호", "사랑해", "안녕"].map(latin_keys), ["qlalfqjsgh", "tkfkdgo", "dkssud"]);
    }

    #[test]
    fn what_only_one_person_would_think_of_is_not() {
        let own = ["kim.minji@example.org", "Kim Minji"];
        for password in
            ["made-up password", "four pipettes sing", "파이펫 네 개가 노래한다", "tR9.vq2-Lm4x", "minji likes tea"]
        {
            assert!(!is_guessable(password, &own), "{password}");
        }
    }
}
