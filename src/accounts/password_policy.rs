//! Passwords that anybody would try first. Length does the work; this refuses what length alone lets through.

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
const WORDS: [&str; 78] = [
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
];

/// True for a word that everybody tries, a run of keys, a few signs repeated, or something of the person's own.
pub fn is_guessable(password: &str, own: &[&str]) -> bool {
    let plain: String = password.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let distinct = plain.chars().collect::<std::collections::HashSet<_>>().len();
    let letters: String = plain.chars().filter(|c| c.is_alphabetic()).collect();
    distinct < 5
        || RUNS.iter().any(|run| run.contains(&plain))
        || WORDS.iter().any(|word| is_repeated(&plain, word) || (!letters.is_empty() && is_repeated(&letters, word)))
        || own.iter().any(|own| is_own(&plain, &own.to_lowercase()))
}

fn is_repeated(text: &str, word: &str) -> bool {
    text.len().is_multiple_of(word.len()) && text.as_bytes().chunks(word.len()).all(|part| part == word.as_bytes())
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
        ] {
            assert!(is_guessable(password, &own), "{password}");
        }
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
