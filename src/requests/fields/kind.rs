//! What a field of a request may hold, and what follows from that alone.

use crate::characters::one_line;
use crate::language::Lang;
use crate::requests::model::request;
use chrono::NaiveDate;
use sea_orm::ActiveEnum;
use serde_json::Value as Json;

/// What was typed is nothing that the field may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// A kind of field.
pub trait Kind {
    /// What the column holds.
    type Stored;
    /// What a draft says of it, unless it leaves the field as it is.
    type Drafted;
    /// Answered by yes or no.
    const IS_TICK: bool = false;
    /// In SQL, what the column holds when nothing is there.
    const BLANK: &'static str = "NULL";

    /// What a draft puts into the column.
    fn stored(drafted: &Self::Drafted) -> Self::Stored;
    /// What a draft says that puts this into the column; `None` if a draft that says nothing does.
    fn drafted(stored: &Self::Stored) -> Option<Self::Drafted>;
    /// What stands in the column, as JSON.
    fn value(stored: &Self::Stored) -> Json;
    /// Reads what stands in a form; `None` leaves the field as it is.
    ///
    /// # Errors
    /// It cannot be read.
    fn parse(text: &str) -> Result<Option<Self::Drafted>, Malformed>;

    /// The text that a draft says, if it is a text.
    fn text(_: &Self::Drafted) -> Option<&str> {
        None
    }

    /// What was typed into a form, as it stands in there once it is saved: with lines ended the same way everywhere.
    fn normal(typed: &str) -> String {
        trimmed_lines(typed)
    }

    /// What stands in a form as a person reads it; empty if nothing does.
    fn read(text: &str, _: Lang) -> String {
        text.to_owned()
    }
}

macro_rules! text_kinds {
    ($($(#[$doc:meta])* $name:ident: $stored:expr, $normal:expr;)*) => {$(
        $(#[$doc])*
        pub enum $name {}

        impl Kind for $name {
            type Stored = String;
            type Drafted = String;
            const BLANK: &'static str = "''";

            fn stored(drafted: &String) -> String {
                $stored(drafted)
            }

            fn drafted(stored: &String) -> Option<String> {
                Some(stored.clone())
            }

            fn value(stored: &String) -> Json {
                stored.as_str().into()
            }

            fn parse(text: &str) -> Result<Option<String>, Malformed> {
                Ok(Some(text.to_owned()))
            }

            fn text(drafted: &String) -> Option<&str> {
                Some(drafted)
            }

            fn normal(typed: &str) -> String {
                $normal(typed)
            }
        }
    )*};
}
text_kinds! {
    /// A text that is empty until somebody writes it.
    Text: trimmed, trimmed_lines;
    /// A short text on one line that is empty until somebody writes it.
    Line: one_line, one_line;
}

fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}

/// With lines ended the same way everywhere.
fn trimmed_lines(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

/// A short text on one line that may not be there; an empty one takes it away.
pub enum OptionalLine {}

impl Kind for OptionalLine {
    type Stored = Option<String>;
    type Drafted = String;

    fn stored(drafted: &String) -> Option<String> {
        Some(one_line(drafted)).filter(|text| !text.is_empty())
    }

    fn drafted(stored: &Option<String>) -> Option<String> {
        stored.clone()
    }

    fn value(stored: &Option<String>) -> Json {
        stored.as_deref().into()
    }

    fn parse(text: &str) -> Result<Option<String>, Malformed> {
        Ok(Some(text.to_owned()))
    }

    fn text(drafted: &String) -> Option<&str> {
        Some(drafted)
    }

    fn normal(typed: &str) -> String {
        one_line(typed)
    }
}

/// A day, or none.
pub enum Day {}

impl Kind for Day {
    type Stored = Option<NaiveDate>;
    type Drafted = Option<NaiveDate>;

    fn stored(drafted: &Option<NaiveDate>) -> Option<NaiveDate> {
        *drafted
    }

    fn drafted(stored: &Option<NaiveDate>) -> Option<Option<NaiveDate>> {
        Some(*stored)
    }

    fn value(stored: &Option<NaiveDate>) -> Json {
        stored.map(|day| day.to_string()).into()
    }

    fn parse(text: &str) -> Result<Option<Option<NaiveDate>>, Malformed> {
        let day = (!text.is_empty()).then(|| text.parse()).transpose();
        day.map(Some).map_err(|_| Malformed)
    }

    /// However its parts are parted: `2027. 8. 31.`
    fn normal(typed: &str) -> String {
        typed.trim().trim_end_matches('.').replace(['.', '/'], "-").replace(' ', "")
    }
}

/// Yes or no.
pub enum Tick {}

impl Kind for Tick {
    type Stored = bool;
    type Drafted = bool;
    const IS_TICK: bool = true;
    const BLANK: &'static str = "FALSE";

    fn stored(drafted: &bool) -> bool {
        *drafted
    }

    fn drafted(stored: &bool) -> Option<bool> {
        Some(*stored)
    }

    fn value(stored: &bool) -> Json {
        (*stored).into()
    }

    fn parse(text: &str) -> Result<Option<bool>, Malformed> {
        Ok(Some(!text.is_empty()))
    }

    fn normal(typed: &str) -> String {
        if typed.trim().is_empty() { String::new() } else { "yes".to_owned() }
    }

    fn read(text: &str, lang: Lang) -> String {
        if text.is_empty() { lang.pick("no", "아니요") } else { lang.pick("yes", "예") }.to_owned()
    }
}

/// What the cells are wanted for; a draft may not say yet, and never takes it back.
pub enum IntendedUse {}

impl Kind for IntendedUse {
    type Stored = Option<request::Use>;
    type Drafted = request::Use;

    fn stored(drafted: &request::Use) -> Option<request::Use> {
        Some(*drafted)
    }

    fn drafted(stored: &Option<request::Use>) -> Option<request::Use> {
        *stored
    }

    fn value(stored: &Option<request::Use>) -> Json {
        stored.map(|of| of.to_value()).into()
    }

    fn parse(text: &str) -> Result<Option<request::Use>, Malformed> {
        Ok(request::Use::try_from_value(&text.to_owned()).ok())
    }

    fn read(text: &str, lang: Lang) -> String {
        request::Use::try_from_value(&text.to_owned()).map_or("", |of| of.label(lang)).to_owned()
    }
}

/// How vials reach the laboratory.
pub enum Delivery {}

impl Kind for Delivery {
    type Stored = request::Delivery;
    type Drafted = request::Delivery;
    const BLANK: &'static str = "'courier'";

    fn stored(drafted: &request::Delivery) -> request::Delivery {
        *drafted
    }

    fn drafted(stored: &request::Delivery) -> Option<request::Delivery> {
        Some(*stored)
    }

    fn value(stored: &request::Delivery) -> Json {
        stored.to_value().into()
    }

    fn parse(text: &str) -> Result<Option<request::Delivery>, Malformed> {
        Ok(request::Delivery::try_from_value(&text.to_owned()).ok())
    }

    fn read(text: &str, lang: Lang) -> String {
        request::Delivery::try_from_value(&text.to_owned()).map_or("", |way| way.label(lang)).to_owned()
    }
}
