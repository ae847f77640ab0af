//! A letter as it travels: headers and text, for one reader in their language.

use super::letter::{Letter, LetterKind};
use super::outbox::Claimed;
use super::sql::Reader;
use super::texts::{self, Context, Words};
use crate::characters::one_line;
use crate::id::RequestId;
use crate::language::Lang;
use chrono::{DateTime, Utc};
use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, SinglePart};
use std::time::SystemTime;

/// What all letters of a bank have in common.
pub(super) struct SenderIdentity {
    /// The sender.
    pub from: Mailbox,
    /// Address of the bank.
    pub public_url: String,
}

/// Why a letter cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unwritable {
    /// A newer version of the bank wrote the row; an instance of that version can send it.
    Unknown,
    /// For ever, for this reason.
    Never(String),
}

/// Writes a letter, at an instant: what a link in it is good for counts from then.
pub(super) fn compose(
    sender: &SenderIdentity,
    letter: &Claimed,
    reader: Option<&Reader>,
    now: DateTime<Utc>,
) -> Result<Message, Unwritable> {
    let kind = LetterKind::from_name(&letter.event).ok_or(Unwritable::Unknown)?;
    let never = |why: &str| Unwritable::Never(why.to_owned());
    let reader = reader.ok_or_else(|| never("the recipient has no account"))?;
    if reader.disabled_at.is_some() {
        return Err(never("the recipient's account is closed"));
    }
    let address: Address = reader.email.parse().map_err(|_| never("the recipient's address is malformed"))?;
    let lang = Lang::from_tag(&reader.locale).unwrap_or_default();
    let detail = Letter::read(kind, &letter.detail);
    let detail = detail.map_err(|error| Unwritable::Never(format!("the letter is not whole: {error}")))?;
    let detail = detail.sent_after(now - letter.created_at);
    let words = texts::write(&detail, Context { lang, public_url: &sender.public_url });
    // A name of which nothing can be written costs the letter its greeting, and never the letter.
    let name = names_reader(kind).then(|| one_line(&reader.name)).filter(|name| !name.is_empty());
    let text = text(&words, lang, name.as_deref(), sender.from.name.as_deref());
    let mut message = Message::builder()
        .from(sender.from.clone())
        .to(Mailbox::new(name, address))
        .subject(words.subject)
        .date(SystemTime::from(letter.created_at))
        .message_id(Some(letter.message_id.clone()))
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("Content-Language", lang.tag()));
    if letter.subject_kind == RequestId::KIND {
        // A letter that was never sent: every letter about the request answers it, so that readers show them together.
        let thread = format!("<{}.{}@{}>", letter.subject_kind, letter.subject_id, sender.from.email.domain());
        message = message.in_reply_to(thread.clone()).references(thread);
    }
    message
        .singlepart(SinglePart::plain(text))
        .map_err(|error| Unwritable::Never(format!("it cannot be written: {error}")))
}

/// Whoever registers an address chooses the name beside it: a letter to an address that nobody proved to be theirs must
/// not carry a stranger's words.
fn names_reader(letter: LetterKind) -> bool {
    !matches!(letter, LetterKind::VerifyEmail | LetterKind::Invitation)
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn text(words: &Words, lang: Lang, name: Option<&str>, bank: Option<&str>) -> String {
    let greeting = match name {
        Some(name) => lang.pick(format!("Dear {name},"), format!("{name} 님께")),
        None => lang.pick("Good day,", "안녕하십니까.").to_owned(),
    };
    let automatic = lang.pick(
        "This letter was sent automatically; answers to it are not read.",
        "이 메일은 자동으로 발송되었으며, 회신하셔도 읽지 않습니다.",
    );
    let bank = bank.map(|bank| format!("{bank}\n")).unwrap_or_default();
    let Words { changed, turn, link, .. } = words;
    format!("{greeting}\n\n{changed}\n\n{turn}\n{link}\n\n-- \n{bank}{automatic}\n")
}
