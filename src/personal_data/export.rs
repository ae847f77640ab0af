//! Everything the bank holds about one person, as one JSON document. Of other people it has nothing but that they
//! exist: no names, no addresses.

use super::{Error, sql};
use crate::accounts::queries::person_by_email;
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::audit;
use crate::db::retrying;
use crate::id::PersonId;
use crate::language::Lang;
use crate::personal_data::events::PersonalDataEvent;
use crate::requests::fields::columns;
use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The most rows of one kind; the newest are given.
const MOST: u64 = 5_000;

/// The caller's own data.
///
/// # Errors
/// Nobody signed in, or those of the database.
pub async fn own(app: &App, actor: &Actor) -> Result<String, Error> {
    let Some(person) = actor.person_id() else {
        actor.may(Permission::Administer)?;
        return Err(Error::NoSuchAccount);
    };
    give(app, actor, person).await
}

/// Somebody's data, to be handed to them. For administrators.
///
/// # Errors
/// Not allowed, no such account, or those of the database.
pub async fn of(app: &App, actor: &Actor, email: &str) -> Result<String, Error> {
    actor.may(Permission::Administer)?;
    let person = person_by_email(app.db.read(), email).await?.ok_or(Error::NoSuchAccount)?;
    give(app, actor, person.id).await
}

/// Reads, then notes in the history that it was given out.
async fn give(app: &App, actor: &Actor, person: PersonId) -> Result<String, Error> {
    let document = document(app.db.read(), person, actor.lang).await?;
    let event = PersonalDataEvent::Exported {};
    let given = async || Ok::<_, Error>(audit::record_read(app, actor, person, &event).await?);
    retrying(given).await?;
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// A part of the document: its key, what it means in English and Korean, and its rows for the person `$1`, as JSON
/// objects with these keys. A key with a question mark is answered by yes or no.
struct Part {
    key: &'static str,
    meaning: [&'static str; 2],
    fields: &'static [&'static str],
    from: &'static str,
}

/// Requests in which the person stands.
macro_rules! own_requests {
    () => {
        "(SELECT id FROM request WHERE applicant_id = $1 UNION SELECT id FROM request WHERE principal_investigator_id = $1)"
    };
}

/// The part that has the fields of the form as well, as their declaration says; they stand in `q`.
const REQUESTS: &str = "requests";

const PARTS: &[Part] = &[
    Part {
        key: "account",
        meaning: ["Your account.", "회원님의 계정입니다."],
        fields: &[
            "email: p.email",
            "name: p.name",
            "language: p.locale",
            "createdAt: p.created_at",
            "disabledAt: p.disabled_at",
            "hasPassword?: p.password_hash IS NOT NULL",
            "institution: i.name",
            "institutionKo: i.name_ko",
            "rorId: i.ror_id",
            "madeUp?: p.made_up",
        ],
        from: "person p LEFT JOIN institution i ON i.id = p.institution_id WHERE p.id = $1 ORDER BY p.id",
    },
    Part {
        key: "roles",
        meaning: [
            "Roles that you hold, with the institution for which you sign.",
            "보유한 역할과 서명 대상 기관입니다.",
        ],
        fields: &["role: g.role", "institution: i.name"],
        from: "role_grant g LEFT JOIN institution i ON i.id = g.institution_id WHERE g.person_id = $1 ORDER BY g.id",
    },
    Part {
        key: "tokens",
        meaning: [
            "API tokens by name; the bank does not know the tokens.",
            "API 토큰의 이름입니다. 토큰 값은 저장하지 않습니다.",
        ],
        fields: &["name: name", "createdAt: created_at", "expiresAt: expires_at", "revokedAt: revoked_at"],
        from: "api_token WHERE person_id = $1 ORDER BY id DESC",
    },
    Part {
        key: REQUESTS,
        meaning: [
            "Requests that you wrote or answer for as principal investigator.",
            "회원님이 작성했거나 연구책임자로 지정된 신청입니다.",
        ],
        fields: &[
            "number: q.number",
            "state: q.state",
            "youWroteIt?: q.applicant_id = $1",
            "youAnswerForIt?: q.principal_investigator_id = $1",
            "institution: i.name",
            "createdAt: q.created_at",
            "submittedAt: q.submitted_at",
            "decidedAt: q.decided_at",
            "returnComment: q.return_comment",
            "returnComments: CAST(q.return_comments AS TEXT)",
            "fieldsAtReturn: CAST(q.returned_fields AS TEXT)",
            "submissions: q.revision",
        ],
        from: concat!(
            "request q JOIN institution i ON i.id = q.institution_id WHERE q.id IN ",
            own_requests!(),
            " ORDER BY q.id DESC"
        ),
    },
    Part {
        key: "requestLines",
        meaning: ["Cell lines of these requests and how they were decided.", "위 신청의 세포주와 심사 결과입니다."],
        fields: &[
            "request: q.number",
            "cellLine: coalesce(c.accession, c.rrid, c.name)",
            "state: l.state",
            "vialsRequested: l.vials_requested",
            "vialsApproved: l.vials_approved",
            "refusal: l.refusal",
            "decisionReason: l.decision_reason",
        ],
        from: concat!(
            "request_line l JOIN request q ON q.id = l.request_id JOIN cell_line c ON c.id = l.line_id WHERE q.id IN ",
            own_requests!(),
            " ORDER BY l.id DESC"
        ),
    },
    Part {
        key: "approvals",
        meaning: [
            "Approvals that are chosen on these requests, or that you entered.",
            "위 신청에 사용했거나 회원님이 등록한 승인 서류입니다.",
        ],
        fields: &[
            "kind: a.kind",
            "number: a.number",
            "issuer: a.issuer",
            "validFrom: a.valid_from",
            "validUntil: a.valid_until",
            "study: a.study",
            "institution: i.name",
            "youEnteredIt?: a.created_by = $1",
            "createdAt: a.created_at",
            "verifiedAt: a.verified_at",
        ],
        from: concat!(
            "approval a JOIN institution i ON i.id = a.institution_id WHERE a.id IN
               (SELECT id FROM approval WHERE created_by = $1
                UNION SELECT approval_id FROM request_approval WHERE request_id IN ",
            own_requests!(),
            ") ORDER BY a.id DESC"
        ),
    },
    Part {
        key: "messages",
        meaning: [
            "Messages to and from the bank about these requests, and what you wrote about others.",
            "위 신청에 관하여 은행과 주고받은 메시지와 회원님이 다른 신청에 남긴 메시지입니다.",
        ],
        fields: &["request: q.number", "at: m.at", "from: m.side", "youWroteIt?: m.author_id = $1", "text: m.text"],
        // The bank's notes are its own, whoever wrote them.
        from: concat!(
            "request_message m JOIN request q ON q.id = m.request_id WHERE NOT m.internal AND m.id IN
               (SELECT id FROM request_message WHERE author_id = $1
                UNION SELECT id FROM request_message WHERE request_id IN ",
            own_requests!(),
            ") ORDER BY m.id DESC"
        ),
    },
    Part {
        key: "agreements",
        meaning: ["Agreements on these requests.", "위 신청에 대한 협약입니다."],
        fields: &[
            "number: a.number",
            "request: q.number",
            "state: a.state",
            "documentHash: a.document_hash",
            "offeredAt: a.offered_at",
            "inForceAt: a.in_force_at",
            "expiresOn: a.expires_on",
        ],
        from: concat!(
            "agreement a JOIN request q ON q.id = a.request_id WHERE q.id IN ",
            own_requests!(),
            " ORDER BY a.id DESC"
        ),
    },
    Part {
        key: "signatures",
        meaning: ["Signatures that you gave.", "회원님이 한 서명입니다."],
        fields: &[
            "agreement: a.number",
            "party: s.party",
            "printedName: s.printed_name",
            "meaning: s.meaning",
            "signedAt: s.signed_at",
            "authentication: s.authentication",
            "documentHash: s.document_hash",
        ],
        from: "signature s JOIN agreement a ON a.id = s.agreement_id WHERE s.person_id = $1 ORDER BY s.id DESC",
    },
    Part {
        key: "shipments",
        meaning: ["Shipments of these requests.", "위 신청의 발송 내역입니다."],
        fields: &[
            "number: s.number",
            "request: q.number",
            "state: s.state",
            "courier: s.courier",
            "trackingNumber: s.tracking_number",
            "dispatchedAt: s.dispatched_at",
            "receivedAt: s.received_at",
            "youReceivedIt?: s.received_by IS NOT NULL AND s.received_by = $1",
        ],
        from: concat!(
            "shipment s JOIN request q ON q.id = s.request_id WHERE q.id IN ",
            own_requests!(),
            " ORDER BY s.id DESC"
        ),
    },
    Part {
        key: "letters",
        meaning: ["Letters to you: what they were about and since when.", "회원님에게 보낸 메일의 종류와 시각입니다."],
        fields: &["event: event", "at: created_at", "state: state"],
        from: "mail_message WHERE recipient_id = $1 ORDER BY id DESC",
    },
    Part {
        key: "history",
        meaning: ["What you did at the bank, as the history has it.", "은행 이력에 기록된 회원님의 활동입니다."],
        fields: &["at: at", "action: action", "subject: subject_kind", "subjectNumber: subject_id"],
        from: "audit_event WHERE person_id = $1 ORDER BY id DESC",
    },
    Part {
        key: "aboutYourAccount",
        meaning: ["What was done to your account.", "회원님의 계정에 대한 처리 이력입니다."],
        fields: &["at: at", "action: action"],
        from: "audit_event WHERE subject_kind = 'Person' AND subject_id = $1 ORDER BY id DESC",
    },
];

/// What is held of anybody, kind by kind, in words.
pub fn kinds(lang: Lang) -> Vec<&'static str> {
    PARTS.iter().map(|part| lang.pick(part.meaning[0], part.meaning[1])).collect()
}

async fn document(db: &impl ConnectionTrait, person: PersonId, lang: Lang) -> Result<Value, DbErr> {
    let mut parts = Map::new();
    for part in PARTS {
        let rows = rows(db, part, person).await?;
        let [en, ko] = part.meaning;
        parts.insert(part.key.into(), json!({ "meaning": lang.pick(en, ko), "rows": rows }));
    }
    let about = lang.pick(
        format!("Everything the bank holds about you; of each kind the newest {MOST} rows. Times are UTC."),
        format!("은행이 보유한 회원님의 정보 전체이며, 종류별로 최근 {MOST}건까지 담았습니다. 시각은 UTC입니다."),
    );
    parts.insert("meaning".into(), about.into());
    Ok(parts.into())
}

/// What a part answers: key, whether by yes or no, and value.
fn answers(part: &Part) -> Vec<(&'static str, bool, Cow<'static, str>)> {
    let own = part.fields.iter().filter_map(|field| field.split_once(": "));
    let own = own.map(|(key, value)| match key.strip_suffix('?') {
        Some(key) => (key, true, value.into()),
        None => (key, false, value.into()),
    });
    let of_form = columns().filter(|_| part.key == REQUESTS);
    own.chain(of_form.map(|(field, column)| (field.name, column.is_tick, format!("q.{}", column.name).into())))
        .collect()
}

/// The database makes the objects, so that a row is the same text on both engines but for the form of instants.
async fn rows(db: &impl ConnectionTrait, part: &Part, person: PersonId) -> Result<Vec<Value>, DbErr> {
    let object = if db.get_database_backend() == DbBackend::Sqlite { "json_object" } else { "json_build_object" };
    let fields = answers(part);
    let pairs: Vec<_> = fields.iter().map(|(key, _, value)| format!("'{key}', {value}")).collect();
    let (object, from) = (format!("{object}({})", pairs.join(", ")), format!("{} LIMIT {MOST}", part.from));
    let found = sql::objects(db, &object, &from, person).await?;
    let read = |row: &sea_orm::QueryResult| {
        let text: String = row.try_get_by_index(0)?;
        let mut row: Map<String, Value> =
            serde_json::from_str(&text).map_err(|error| DbErr::Json(error.to_string()))?;
        for key in fields.iter().filter(|(_, yes_or_no, _)| *yes_or_no).map(|(key, _, _)| *key) {
            // SQLite knows yes and no as numbers.
            if let Some(answer) = row.get(key).and_then(Value::as_i64) {
                row.insert(key.into(), (answer != 0).into());
            }
        }
        Ok(Value::from(row))
    };
    found.iter().map(read).collect()
}
