//! Sentences in both languages, as messages beside each other: `texts/en` and `texts/ko` hold one file an area with the
//! same keys in both. A test reads every error in both languages and finds messages that are missing or left over.

use crate::language::{Lang, particle};
use fluent_templates::fluent_bundle::{FluentArgs, FluentValue};
use fluent_templates::{LanguageIdentifier, Loader, langid};
use std::borrow::Cow;
use std::collections::HashMap;

fluent_templates::static_loader! {
    static TEXTS = {
        locales: "./src/texts",
        fallback_language: "en",
        customise: |bundle| {
            // The marks around inserted text are for mixed directions of writing; both languages run one way.
            bundle.set_use_isolating(false);
            let _ = bundle.add_function("PARTICLE", with_particle);
        },
    };
}

/// The sentence of an error: `AREA-VARIANT` is its key.
pub fn error(lang: Lang, area: &str, variant: &str, arguments: &[(&'static str, &str)]) -> String {
    sentence(lang, &format!("{area}-{variant}"), arguments)
}

/// A sentence with what is put into it.
pub fn sentence(lang: Lang, key: &str, arguments: &[(&'static str, &str)]) -> String {
    let arguments: HashMap<Cow<'static, str>, FluentValue<'_>> =
        arguments.iter().map(|(name, value)| (Cow::Borrowed(*name), (*value).into())).collect();
    TEXTS.lookup_with_args(identifier(lang), key, &arguments)
}

/// A language as message files name it.
pub fn identifier(lang: Lang) -> &'static LanguageIdentifier {
    static KO: LanguageIdentifier = langid!("ko");
    static EN: LanguageIdentifier = langid!("en");
    lang.pick(&EN, &KO)
}

/// `PARTICLE($name, "을", "를")` in a Korean message: the inserted noun with the particle that fits its last sound.
pub fn with_particle<'a>(given: &[FluentValue<'a>], _: &FluentArgs<'_>) -> FluentValue<'a> {
    let text = |value: &FluentValue<'a>| match value {
        FluentValue::String(text) => text.to_string(),
        FluentValue::Number(number) => number.as_string().into_owned(),
        _ => String::new(),
    };
    match given {
        [noun, closed, open] => FluentValue::String(particle(&text(noun), &text(closed), &text(open)).into()),
        _ => FluentValue::Error,
    }
}
