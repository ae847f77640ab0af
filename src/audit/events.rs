//! Events as types: every area says in one enum what its history tells. The stored form is the action's word and JSON.

use super::Subject;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value as Json, json};

/// What an area's history tells of one kind of thing; declared by [`area_events!`](crate::area_events).
pub trait AreaEvent: Serialize + DeserializeOwned {
    /// Names what the events are about.
    type About: Into<Subject>;

    /// The word of what happened, as `area.verb`.
    fn action(&self) -> &'static str;

    /// What it needs to be understood, with before and after of what changed.
    fn detail(&self) -> Json {
        // Numbers, texts and dates are all it has: there is nothing that JSON cannot say.
        serde_json::to_value(self).map_or(Json::Null, |mut event| event["detail"].take())
    }

    /// An event as its row has it.
    ///
    /// # Errors
    /// An action that is none of these, or what the detail lacks.
    fn read(action: &str, detail: &Json) -> Result<Self, serde_json::Error> {
        serde_json::from_value(json!({ "action": action, "detail": detail }))
    }
}

/// Declares an area's events: what each tells, the word under which it is stored, and its label in English and Korean.
/// An event without a label does not compile. Beside the events stands the enum of their actions, without data: whoever
/// reads the history matches on it.
#[macro_export]
macro_rules! area_events {
    ($(#[$doc:meta])* $event:ident, $action:ident, about $about:ty: $($(#[$of_event:meta])* $name:ident {
        $($(#[$of_field:meta])* $field:ident: $type:ty),* $(,)?
    } = $word:literal, $en:literal, $ko:literal;)*) => {
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "action", content = "detail")]
        pub(crate) enum $event {
            $($(#[$of_event])* #[serde(rename = $word)] $name { $($(#[$of_field])* $field: $type),* },)*
        }

        impl $crate::audit::AreaEvent for $event {
            type About = $about;

            fn action(&self) -> &'static str {
                match self { $(Self::$name { .. } => $word,)* }
            }
        }

        /// What happened, without its data.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $action { $($(#[$of_event])* $name,)* }

        impl $action {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its word in the history.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The action of a word; none of another area's.
            pub fn of(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|action| action.word() == word)
            }

            /// The label a person reads.
            pub fn label(self, lang: $crate::language::Lang) -> &'static str {
                match self { $(Self::$name => lang.pick($en, $ko),)* }
            }
        }
    };
}

crate::area_events! {
    /// What was done with the history itself.
    HistoryEvent, HistoryAction, about Subject:

    /// It was searched, by these filters.
    Searched { #[serde(flatten)] filter: Json } = "audit.search", "History searched", "기록 검색";

    /// It was taken along, narrowed by these filters.
    Exported { #[serde(flatten)] filter: Json } = "audit.export", "History exported", "기록 내려받기";

    /// The end of its chain was told to the outside.
    Anchored { day: NaiveDate, sequence: i64, hash: String }
        = "audit.anchor", "End of the history anchored", "기록 봉인 고정";
}

/// What differs between two states of a thing, with the changed fields only. A field that one side lacks is null there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    before: Json,
    after: Json,
}

impl Changes {
    /// The fields of two objects that differ.
    pub fn between(before: &Json, after: &Json) -> Self {
        let (mut old, mut new) = (serde_json::Map::new(), serde_json::Map::new());
        let field = |of: &Json, key: &str| of.get(key).cloned().unwrap_or_default();
        let keys = [before, after].into_iter().filter_map(Json::as_object).flat_map(serde_json::Map::keys);
        for key in keys.filter(|key| field(before, key) != field(after, key)) {
            old.insert(key.clone(), field(before, key));
            new.insert(key.clone(), field(after, key));
        }
        Self { before: old.into(), after: new.into() }
    }

    /// One field.
    pub fn of(field: &str, before: impl Into<Json>, after: impl Into<Json>) -> Self {
        Self::between(&json!({ field: before.into() }), &json!({ field: after.into() }))
    }

    /// A thing that came into being.
    pub fn to(after: &Json) -> Self {
        Self::between(&json!({}), after)
    }

    /// Both sides as they are, equal fields too.
    pub fn whole(before: impl Into<Json>, after: impl Into<Json>) -> Self {
        Self { before: before.into(), after: after.into() }
    }
}

/// Words of enums in events, as the database has them: `#[serde(with = "crate::audit::word")]`.
pub mod word {
    use sea_orm::ActiveEnum;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes the word.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<E: ActiveEnum<Value = String>, S: Serializer>(of: &E, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&of.to_value())
    }

    /// Reads it.
    ///
    /// # Errors
    /// A word that the enum does not have.
    pub fn deserialize<'de, E: ActiveEnum<Value = String>, D: Deserializer<'de>>(from: D) -> Result<E, D::Error> {
        E::try_from_value(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_name_what_differs_and_nothing_else() {
        let before = json!({ "state": "draft", "vials": 2, "gone": true });
        let after = json!({ "state": "submitted", "vials": 2, "new": [1] });
        let expected = Changes {
            before: json!({ "state": "draft", "gone": true, "new": null }),
            after: json!({ "state": "submitted", "gone": null, "new": [1] }),
        };
        assert_eq!(Changes::between(&before, &after), expected);
        assert_eq!(Changes::between(&before, &before), Changes::whole(json!({}), json!({})));
        assert_eq!(Changes::of("a", 1, 2), Changes::whole(json!({ "a": 1 }), json!({ "a": 2 })));
    }
}
