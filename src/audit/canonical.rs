//! The bytes over which the keyed hashes of the history stand, and the keys.
//!
//! All hashes are HMAC-SHA-256 (RFC 2104), written as 64 hexadecimal digits. An event's hash is over
//! `"stembank audit event 1" 00`, then `at`, `actor`, `person_id`, `action`, `subject_kind`, `subject_id`, `detail`: a
//! number or an instant (microseconds since 1970, UTC) as eight bytes, big end first; a text as its length in bytes the
//! same way and then its UTF-8; `person_id` as a byte 0, or a byte 1 and the number; `detail` as the text of
//! [`canonical_json`]. A seal's hash is over `"stembank audit seal 1" 00`, the hash of the seal before it (32 zero
//! bytes at the first), its sequence, the event's key, the instant of sealing and the event's hash.

use super::Event;
use super::model::audit_key;
use crate::app::App;
use crate::command::Work;
use crate::config::AUDIT_KEY_BYTES;
use crate::db::model::Secret;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Set};
use serde_json::Value as Json;
use sha2::Sha256;
use std::fmt::Write as _;

/// A keyed hash; displayed as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What stands before the first seal.
    pub const BEFORE_ALL: Self = Self([0; 32]);

    /// Reads 64 hexadecimal digits, capital or small.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut hash = [0; 32];
        for (i, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
        }
        Some(Self(hash))
    }
}

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a seal says of its event, besides the hash before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its place in the chain, from 1 without gaps.
    pub sequence: i64,
    /// Key of the event.
    pub event: i64,
    /// When it was sealed.
    pub sealed_at: DateTime<Utc>,
    /// Hash of the event.
    pub event_hash: Hash,
}

/// A secret key.
#[derive(Clone)]
pub struct Key {
    mac: Hmac<Sha256>,
    /// By which a seal says which key it needs; tells nothing of the key.
    pub id: String,
    /// It is kept in the database, next to what it protects.
    pub is_stored: bool,
}

impl Key {
    fn new(bytes: &[u8], is_stored: bool) -> Self {
        let mac = Hmac::new_from_slice(bytes).expect("HMAC takes a key of any length");
        let mut key = Self { mac, id: String::new(), is_stored };
        key.id = key.hash(b"stembank audit key 1\0").to_string()[..16].to_owned();
        key
    }

    fn hash(&self, bytes: &[u8]) -> Hash {
        Hash(self.mac.clone().chain_update(bytes).finalize().into_bytes().into())
    }

    /// The hash of an event's columns but its key.
    pub fn event(&self, event: &Event) -> Hash {
        let mut bytes = b"stembank audit event 1\0".to_vec();
        number(&mut bytes, event.at.timestamp_micros());
        text(&mut bytes, &event.actor);
        match event.person_id {
            None => bytes.push(0),
            Some(person) => {
                bytes.push(1);
                number(&mut bytes, person.0);
            }
        }
        text(&mut bytes, &event.action);
        text(&mut bytes, &event.subject_kind);
        number(&mut bytes, event.subject_id);
        text(&mut bytes, &canonical_json(&event.detail));
        self.hash(&bytes)
    }

    /// The hash of a seal after another.
    pub fn seal(&self, previous: Hash, place: &Place) -> Hash {
        let mut bytes = b"stembank audit seal 1\0".to_vec();
        bytes.extend(previous.0);
        number(&mut bytes, place.sequence);
        number(&mut bytes, place.event);
        number(&mut bytes, place.sealed_at.timestamp_micros());
        bytes.extend(place.event_hash.0);
        self.hash(&bytes)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

fn number(bytes: &mut Vec<u8>, number: i64) {
    bytes.extend(number.to_be_bytes());
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_be_bytes());
    bytes.extend(text.as_bytes());
}

/// JSON without spaces, keys in the order of their bytes, numbers by their value: an engine that stores JSON its own
/// way changes nothing of it.
pub fn canonical_json(json: &Json) -> String {
    let mut text = String::new();
    write_json(&mut text, json);
    text
}

fn write_json(text: &mut String, json: &Json) {
    match json {
        Json::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            text.push('{');
            for (i, (key, value)) in entries.into_iter().enumerate() {
                text.push_str(if i > 0 { "," } else { "" });
                text.push_str(&Json::from(key.as_str()).to_string());
                text.push(':');
                write_json(text, value);
            }
            text.push('}');
        }
        Json::Array(list) => {
            text.push('[');
            for (i, value) in list.iter().enumerate() {
                text.push_str(if i > 0 { "," } else { "" });
                write_json(text, value);
            }
            text.push(']');
        }
        Json::Number(number) => write_number(text, number),
        other => text.push_str(&other.to_string()),
    }
}

/// Whole numbers as such however they were written (`1.0` is `1`), others with the fewest digits that tell them apart.
fn write_number(text: &mut String, number: &serde_json::Number) {
    // Up to here every whole number has a floating one of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = number.as_i64().map(i128::from).or(number.as_u64().map(i128::from));
    let float = number.as_f64().unwrap_or_default();
    let written = match whole {
        Some(whole) => write!(text, "{whole}"),
        None if float.fract() == 0.0 && float.abs() < EXACT => write!(text, "{}", float + 0.0),
        None => write!(text, "{float:e}"),
    };
    debug_assert!(written.is_ok(), "a text takes every number");
}

/// The keys that are known here.
#[derive(Clone, Debug)]
pub struct Keys(Vec<Key>);

impl Keys {
    /// Configured keys, then the one in the database if there is one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn known(app: &App) -> Result<Self, DbErr> {
        let mut keys = configured(app);
        keys.extend(stored(app.db.read()).await?);
        Ok(Self(keys))
    }

    /// A key with its rank, 0 being the newest.
    pub fn find(&self, id: &str) -> Option<(usize, &Key)> {
        self.0.iter().enumerate().find(|(_, key)| key.id == id)
    }
}

/// A step: the key that seals. If none is configured and none is there yet, one is made and kept in the database.
///
/// # Errors
/// Those of the database.
pub(super) async fn sealing_key(work: &Work<'_>) -> Result<Key, DbErr> {
    if let Some(key) = configured(work.app).into_iter().next() {
        return Ok(key);
    }
    if let Some(key) = stored(work).await? {
        return Ok(key);
    }
    let bytes: [u8; AUDIT_KEY_BYTES] = rand::random();
    let made =
        audit_key::ActiveModel { id: Set(1), key: Set(Secret(STANDARD.encode(bytes))), made_at: Set(work.now()) };
    audit_key::Entity::insert(made).on_conflict_do_nothing().exec_without_returning(work).await?;
    let key = stored(work).await?.ok_or_else(|| DbErr::RecordNotFound("audit_key".into()))?;
    tracing::warn!(
        target: "stembank::audit",
        "no audit_key is configured: a key for the history's seals was made and is kept in the database; whoever can \
         write there can forge the history. Configure a key of your own (openssl rand -base64 32) and keep it elsewhere"
    );
    Ok(key)
}

fn configured(app: &App) -> Vec<Key> {
    app.config.audit_key.iter().flat_map(|keys| keys.keys()).map(|bytes| Key::new(bytes, false)).collect()
}

async fn stored(db: &impl ConnectionTrait) -> Result<Option<Key>, DbErr> {
    let Some(row) = audit_key::Entity::find_by_id(1).one(db).await? else { return Ok(None) };
    let bytes = STANDARD.decode(row.key.0);
    let bytes = bytes.map_err(|error| DbErr::Custom(format!("the stored key of the history is damaged: {error}")))?;
    Ok(Some(Key::new(&bytes, true)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{EventId, PersonId};
    use serde_json::json;

    fn event() -> Event {
        Event {
            id: EventId(1),
            at: "2026-03-02T03:00:00Z".parse().unwrap(),
            actor: "person:7".into(),
            person_id: Some(PersonId(7)),
            action: "lot.release".into(),
            subject_kind: "Lot".into(),
            subject_id: 3,
            detail: json!({ "b": [1, 2.5], "a": "로트" }),
        }
    }

    #[test]
    fn json_is_the_same_however_an_engine_keeps_it() {
        let one: Json = serde_json::from_str(r#"{"b":[1,2.50,-0.0],"a":{"z":null,"y":"q\"\u0041"},"ba":1e2}"#).unwrap();
        let other: Json =
            serde_json::from_str(r#"{ "ba": 100, "a": {"y": "q\"A", "z": null}, "b": [1.0, 2.5, 0] }"#).unwrap();
        assert_eq!(canonical_json(&one), r#"{"a":{"y":"q\"A","z":null},"b":[1,2.5e0,0],"ba":100}"#);
        assert_eq!(canonical_json(&one), canonical_json(&other));
        assert_ne!(canonical_json(&json!("1")), canonical_json(&json!(1)));
    }

    #[test]
    fn every_column_counts_and_texts_do_not_flow_into_each_other() {
        let key = Key::new(&[1; 32], false);
        let original = key.event(&event());
        let changed: [fn(&mut Event); 8] = [
            |e| e.at += chrono::Duration::microseconds(1),
            |e| e.actor = "person:8".into(),
            |e| e.person_id = None,
            |e| e.action = "lot.releas".into(),
            |e| e.subject_kind = "eLot".into(),
            |e| e.subject_id = 4,
            |e| e.detail = json!({ "b": [1, 2.5], "a": "로트." }),
            |e| (e.action, e.subject_kind) = ("lot.releas".into(), "eLot".into()),
        ];
        for (i, change) in changed.iter().enumerate() {
            let mut event = event();
            change(&mut event);
            assert_ne!(key.event(&event), original, "change {i}");
        }
        assert_ne!(Key::new(&[2; 32], false).event(&event()), original);
        assert_eq!(Hash::parse(&original.to_string()), Some(original));
    }

    #[test]
    fn a_seal_is_bound_to_its_place() {
        let key = Key::new(&[1; 32], false);
        let place = Place { sequence: 2, event: 9, sealed_at: event().at, event_hash: key.event(&event()) };
        let original = key.seal(Hash::BEFORE_ALL, &place);
        for other in [
            Place { sequence: 3, ..place },
            Place { event: 8, ..place },
            Place { sealed_at: place.sealed_at + chrono::Duration::seconds(1), ..place },
            Place { event_hash: Hash::BEFORE_ALL, ..place },
        ] {
            assert_ne!(key.seal(Hash::BEFORE_ALL, &other), original);
        }
        assert_ne!(key.seal(original, &place), original);
    }
}
