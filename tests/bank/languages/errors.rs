//! One of every error, and of those whose sentence depends on something, one of each wording.

use super::{Said, as_listed, both};
use sea_orm::{ConnAcquireErr, ConnectionTrait, Database, DbErr};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use stembank::actor::{Actor, Denied, Grant, Permission, Role};
use stembank::catalogue::model::cell_line::PublicationStatus;
use stembank::error::DomainError;
use stembank::id::{PersonId, SessionId};
use stembank::idempotency::Reused;
use stembank::language::Lang;
use stembank::requests::{Conflict, Whose};
use stembank::{
    accounts, approvals, audit, catalogue, demo, import, inventory, mail, maintenance, page, personal_data, requests,
    shipments,
};
use stembank::{idempotency, statistics};

/// Where an enum of errors is written, and one of each of its variants.
type Area = (&'static str, Vec<Box<dyn DomainError>>);

macro_rules! area {
    ($file:literal, $($error:expr),* $(,)?) => { ($file, vec![$(Box::new($error) as Box<dyn DomainError>),*]) };
}

fn broken() -> DbErr {
    DbErr::Custom("made up".into())
}

fn away() -> DbErr {
    DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)
}

/// What a database says of a row that is there already, and of one that another row still needs.
fn violations() -> [DbErr; 2] {
    let meet = async || {
        let db = Database::connect("sqlite::memory:").await.unwrap();
        let tables = "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a INTEGER REFERENCES a (id));
                      INSERT INTO a VALUES (1); INSERT INTO b VALUES (1);";
        db.execute_unprepared(tables).await.unwrap();
        let met = async |sql| db.execute_unprepared(sql).await.unwrap_err();
        [met("INSERT INTO a VALUES (1)").await, met("DELETE FROM a").await]
    };
    // The list of errors is no async function, though its test may be one.
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::scope(|scope| scope.spawn(|| runtime().block_on(meet())).join().unwrap())
}

fn denied() -> Denied {
    Actor::anonymous(Lang::En).may(Permission::Administer).unwrap_err()
}

fn window() -> page::Error {
    page::Error::BothDirections
}

fn io_error() -> io::Error {
    io::Error::other("made up")
}

fn text(words: &str) -> String {
    words.to_owned()
}

fn of_people() -> Vec<Area> {
    use accounts::institutions::Error as Institution;
    use accounts::membership::model::State;
    use accounts::{Error, openid};
    let [there, needed] = violations();
    vec![
        area!(
            "src/accounts/error.rs",
            Error::Denied(denied()),
            Error::WrongCredentials,
            Error::Locked { minutes: 3 },
            Error::TooManyAttempts { seconds: 3 },
            Error::SecondFactorRequired,
            Error::WrongCode,
            Error::NoSuchSession,
            Error::NoSuchAccount(text("a@example.org")),
            Error::NoSuchToken(3),
            Error::NoSuchInstitution,
            Error::EmailTaken(text("a@example.org")),
            Error::BadEmail(text("nobody")),
            Error::BadName,
            Error::BadPassword,
            Error::ObviousPassword,
            Error::LinkInvalid,
            Error::SecondFactorExists,
            Error::SecondFactorMissing,
            Error::NoScope,
            Error::TokenDays,
            Error::NoSuchPerson,
            Error::NoSuchRole,
            Error::LastAdministrator,
            Error::BadReason,
            Error::Key(Reused),
            Error::GrantInstitution,
            Error::Hashing(argon2::password_hash::Error::Algorithm),
            Error::Page(window()),
            Error::Db(broken()),
            Error::Db(away()),
            Error::Db(there),
            Error::Db(needed),
        ),
        area!(
            "src/accounts/institutions/error.rs",
            Institution::Denied(denied()),
            Institution::NoSuchInstitution { field: "institution" },
            Institution::NoSuchMembership,
            Institution::NotInCharge,
            Institution::OwnMatter,
            Institution::OwnProposal,
            Institution::LastAdministrator,
            Institution::WrongState(State::Requested),
            Institution::WrongState(State::Left),
            Institution::Closed,
            Institution::Unverified,
            Institution::Merged { field: "institution" },
            Institution::IntoItself,
            Institution::TooManyProposals,
            Institution::TooManyRequests { again: "2026-03-30T03:00:00Z".parse().unwrap() },
            Institution::Required("name"),
            Institution::TooLong { field: "name", most: 200 },
            Institution::BadRorId(text("x")),
            Institution::BadWebsite(text("x")),
            Institution::BadDomain(text("x")),
            Institution::RorIdTaken,
            Institution::OrcidTaken,
            Institution::Reused(Reused),
            Institution::Page(window()),
            Institution::Db(broken()),
        ),
        area!(
            "src/accounts/openid/error.rs",
            openid::Error::NoSuchProvider,
            openid::Error::HasPassword,
            openid::Error::Stale,
            openid::Error::OtherIdentity,
            openid::Error::OtherSession,
            openid::Error::Proof(openid::Flaw::Unknown),
            openid::Error::Proof(openid::Flaw::Used),
            openid::Error::Proof(openid::Flaw::Expired),
            openid::Error::Proof(openid::Flaw::OtherSession),
            openid::Error::Proof(openid::Flaw::OtherMatter),
            openid::Error::Proof(openid::Flaw::OtherEmail),
            openid::Error::LoginUnknown,
            openid::Error::Declined,
            openid::Error::Provider { id: text("x"), cause: text("y") },
            openid::Error::NoVerifiedEmail,
            openid::Error::IdentityTaken,
            openid::Error::LastWayIn,
            openid::Error::NoSuchIdentity,
            openid::Error::Closed,
            openid::Error::Account(Error::BadName),
            openid::Error::Db(broken()),
        ),
        area!(
            "src/personal_data/error.rs",
            personal_data::Error::Denied(denied()),
            personal_data::Error::Account(Error::BadName),
            personal_data::Error::NotYou,
            personal_data::Error::NotConfirmed,
            personal_data::Error::NoSuchAccount,
            open("REQ-2026-00042", requests::model::request::State::Submitted),
            open("REQ-2026-00041", requests::model::request::State::UnderReview),
            open("REQ-2026-00042", requests::model::request::State::Approved),
            open("REQ-2026-00041", requests::model::request::State::Approved),
            personal_data::Error::Handles { number: text("REQ-2026-00042") },
            personal_data::Error::Handles { number: text("REQ-2026-00041") },
            personal_data::Error::LastAdministrator,
            personal_data::Error::Db(broken()),
            personal_data::Error::Document(serde_json::from_str::<()>("x").unwrap_err()),
        ),
    ]
}

fn open(number: &str, state: requests::model::request::State) -> personal_data::Error {
    personal_data::Error::OpenRequest { number: text(number), state }
}

fn of_stock() -> Vec<Area> {
    use inventory::model::quality_test::Test;
    vec![
        area!(
            "src/catalogue/error.rs",
            catalogue::Error::Denied(denied()),
            catalogue::Error::NoSuchLine,
            catalogue::Error::NoSuchHeldLine,
            catalogue::Error::WrongStatus { from: PublicationStatus::Draft, to: PublicationStatus::Suspended },
            catalogue::Error::WrongStatus { from: PublicationStatus::Withdrawn, to: PublicationStatus::Published },
            catalogue::Error::NoReason { field: "reasonKo" },
            catalogue::Error::ReasonTooLong { field: "reasonKo" },
            catalogue::Error::OneKey,
            catalogue::Error::Ambiguous { name: text("HeLa"), candidates: vec![text("CVCL_0001"), text("CVCL_0002")] },
            catalogue::Error::AlreadyHeld(text("KSCB-0001")),
            catalogue::Error::AccessionTaken(text("KSCB-0001")),
            catalogue::Error::AccessionTaken(text("KSCB-0002")),
            catalogue::Error::NoSuchDisease(text("MONDO:1")),
            catalogue::Error::SearchTooLong,
            catalogue::Error::Page(window()),
            catalogue::Error::Db(broken()),
        ),
        area!(
            "src/inventory/error.rs",
            inventory::Error::Denied(denied()),
            inventory::Error::NoSuchLot,
            inventory::Error::Page(window()),
            inventory::Error::NoSuchHeldLine,
            inventory::Error::ParentOfAnotherLine,
            inventory::Error::BadValue { field: "number", value: inventory::BadValue::Number },
            inventory::Error::BadValue { field: "passage", value: inventory::BadValue::Passage },
            inventory::Error::BadValue { field: "frozenOn", value: inventory::BadValue::FrozenOn },
            inventory::Error::BadValue { field: "vials", value: inventory::BadValue::Vials },
            inventory::Error::BadValue { field: "cellsPerVial", value: inventory::BadValue::CellsPerVial },
            inventory::Error::BadValue { field: "method", value: inventory::BadValue::TestText },
            inventory::Error::BadValue { field: "testedOn", value: inventory::BadValue::TestedOn },
            inventory::Error::NumberTaken(text("LOT-1")),
            inventory::Error::NoSecondPerson,
            inventory::Error::NotQuarantined,
            inventory::Error::TestsOpen(vec![Test::Mycoplasma, Test::Karyotype]),
            inventory::Error::Reused(Reused),
            inventory::Error::Db(broken()),
        ),
        area!(
            "src/shipments/error.rs",
            shipments::Error::Request(requests::Error::NoSuchRequest),
            shipments::Error::NoSuchShipment,
            shipments::Error::NothingReserved,
            shipments::Error::WrongState,
            shipments::Error::NotInShipment { field: text("vials") },
            shipments::Error::TooLong { field: "courier" },
        ),
    ]
}

fn of_approvals() -> Area {
    use approvals::Error;
    area!(
        "src/approvals/error.rs",
        Error::Denied(denied()),
        Error::NoSuchApproval,
        Error::NoSuchInstitution,
        Error::NotYourInstitution,
        Error::NoNumber,
        Error::TooLong { field: "issuer", most: 200 },
        Error::EndsBeforeItBegins,
        Error::NoLastDay,
        Error::AlreadyVerified,
        Error::NotByYou,
        Error::Reused(Reused),
        Error::Db(broken()),
    )
}

fn of_requests() -> Area {
    use agreements::model::signature::Party;
    use requests::Error;
    use requests::model::{request, request_line};
    use requests::requirements::Code;
    use requests::rules::Move;
    use stembank::agreements;
    let missing = |rule, line: &str| Error::Requirement { rule, line: text(line) };
    area!(
        "src/requests/error.rs",
        Error::Denied(denied()),
        Error::NoSuchRequest,
        Error::Catalogue(catalogue::Error::NoSuchHeldLine),
        Error::EmptyText,
        Error::HandledByYou,
        Error::NoSuchField { field: text("x") },
        Error::NotHandedIn,
        Error::NothingProved,
        Error::TwiceProved,
        Error::Packed(vec![text("SHP-2026-00001")]),
        Error::Provider(accounts::openid::Error::Stale),
        Error::NotYours(Whose::Applicant),
        Error::NotYours(Whose::Investigator),
        Error::NotYours(Whose::Recipient),
        Error::NotYours(Whose::Decliner),
        Error::NoSuchRequestLine,
        Error::NoSuchLine { field: text("lines") },
        Error::NoSuchAgreement,
        Error::NoSuchInvestigator,
        Error::NoInstitution,
        Error::ChangedMeanwhile,
        Error::WrongState { wanted: Move::Submit, state: request::State::Closed },
        Error::WrongLineState { wanted: Move::Reserve, state: request_line::State::Refused },
        Error::ClaimedByAnother,
        Error::Vials { field: text("lines"), requested: 0, most: 100 },
        Error::DuplicateLine { field: text("lines") },
        Error::TooManyLines,
        Error::Required { field: text("summary") },
        Error::TooLong { field: "summary", most: 2_000 },
        Error::BadCountry,
        Error::BadRegion,
        Error::NoSuchApproval { field: text("approvals[0]") },
        Error::NotVerified { field: text("approvals[0]") },
        Error::NotUnderWay,
        Error::TooManyApprovals,
        Error::BadTelephone { field: "recipientTelephone" },
        Error::Several(vec![Error::BadCountry, Error::NoSuchRequest]),
        missing(Code::LmoFacility, "KSCB-0001"),
        Error::ConflictOfInterest(Conflict::Concerned),
        Error::ConflictOfInterest(Conflict::Decided),
        Error::NoAgreementYet,
        Error::AgreementExists,
        Error::AgreementClosed,
        Error::DocumentChanged,
        Error::NotYourTurn(Party::PrincipalInvestigator),
        Error::NotYourTurn(Party::Recipient),
        Error::NotYourTurn(Party::Bank),
        Error::AlreadySigned(Party::PrincipalInvestigator),
        Error::AlreadySigned(Party::Recipient),
        Error::AlreadySigned(Party::Bank),
        Error::SignerMismatch,
        Error::NoAgreementInForce,
        Error::Account(accounts::Error::WrongCredentials),
        Error::Reused(Reused),
        Error::Page(window()),
        Error::Db(broken()),
    )
}

fn of_the_house() -> Vec<Area> {
    let smtp = |make: fn(String, String) -> mail::SmtpError, server: &str| make(text(server), text("made up"));
    let tls = |server, cause| mail::SmtpError::Tls { server, cause };
    let broken_source = |kind: io::ErrorKind| import::Error::Broken {
        source_name: text("lines.txt.gz"),
        line: 7,
        cause: io::Error::new(kind, "made up"),
        summary: Box::default(),
    };
    vec![
        area!(
            "src/maintenance/error.rs",
            maintenance::Error::NoBank(text("sqlite://bank.db")),
            maintenance::Error::Foreign(text("sqlite://bank.db")),
            maintenance::Error::Newer(text("m99_later")),
            maintenance::Error::Pending(2),
            maintenance::Error::LogMissing,
            maintenance::Error::Demonstration,
            maintenance::Error::Exists("bank.backup".into()),
            maintenance::Error::File("bank.backup".into(), io_error()),
            maintenance::Error::NotABackup("bank.backup".into()),
            maintenance::Error::Encrypted,
            maintenance::Error::WrongKey,
            maintenance::Error::NoRecipient,
            maintenance::Error::OtherEngine,
            maintenance::Error::NotEmpty(text("sqlite://bank.db")),
            maintenance::Error::Differs(text("vial")),
            maintenance::Error::Program("pg_dump", text("made up")),
            maintenance::Error::History(audit::Error::Head),
            maintenance::Error::Db(broken()),
            maintenance::Error::Db(DbErr::Custom(stembank::error::OUTCOME_UNKNOWN.into())),
        ),
        area!("src/command.rs", stembank::command::AnswerUnread::of(io_error())),
        area!(
            "src/audit/error.rs",
            audit::Error::Denied(denied()),
            audit::Error::Filter { field: "actor" },
            audit::Error::Days,
            audit::Error::Head,
            audit::Error::UnknownKey { sequence: 7, key: text("ab12") },
            audit::Error::Write(io_error()),
            audit::Error::Page(window()),
            audit::Error::Db(broken()),
        ),
        area!(
            "src/mail/error.rs",
            mail::Error::Denied(denied()),
            mail::Error::NoSuchLetter,
            mail::Error::NotDead(mail::model::State::Queued),
            mail::Error::NotDead(mail::model::State::Sent),
            mail::Error::SecretGone,
            mail::Error::Duty(mail::LetterKind::RequestDecided),
            mail::Error::Page(window()),
            mail::Error::Db(broken()),
        ),
        area!(
            "src/mail/smtp.rs",
            mail::SmtpError::From,
            mail::SmtpError::Credentials,
            mail::SmtpError::ReadablePassword,
            mail::SmtpError::CaFile("ca.pem".into()),
            smtp(|server, cause| mail::SmtpError::Away { server, cause }, "mail.example.org:25"),
            mail::SmtpError::Slow { server: text("mail.example.org:25"), seconds: 30 },
            mail::SmtpError::NoStartTls(text("mail.example.org:587")),
            smtp(tls, "mail.example.org:465"),
            smtp(tls, "mail.example.org:587"),
            smtp(|server, cause| mail::SmtpError::SignIn { server, cause }, "mail.example.org:587"),
        ),
        area!(
            "src/page.rs",
            page::Error::BothDirections,
            page::Error::Size { field: "first", requested: 101 },
            page::Error::Cursor { field: "after" },
        ),
        area!(
            "src/statistics/error.rs",
            statistics::Error::Denied(denied()),
            statistics::Error::Range,
            statistics::Error::Year,
            statistics::Error::Page(window()),
            statistics::Error::Db(broken()),
        ),
        area!(
            "src/import/error.rs",
            import::Error::Denied(denied()),
            import::Error::Database(broken()),
            import::Error::Overtaken,
            import::Error::Interrupted { cause: away(), summary: Box::default() },
            import::Error::Stopped { summary: Box::default() },
            import::Error::Unreadable { source_name: text("lines.txt"), cause: io_error() },
            broken_source(io::ErrorKind::UnexpectedEof),
            broken_source(io::ErrorKind::InvalidData),
            import::Error::Header { source_name: text("lines.csv"), missing: text("id, name") },
            import::Error::NoRecords {
                source_name: text("lines.csv"),
                looks: import::Looks::Zip,
                summary: Box::default(),
            },
            import::Error::Reader(text("made up")),
        ),
        area!(
            "src/demo/error.rs",
            demo::Error::Denied(denied()),
            demo::Error::NotEmpty,
            demo::Error::NotADemo("demo-data/bank.db".into()),
            demo::Error::InUse("demo-data".into()),
            demo::Error::Folder("demo-data".into(), io_error()),
            demo::Error::Records(text("made up")),
            demo::Error::Import(import::Error::Overtaken),
            demo::Error::Account(accounts::Error::BadName),
            demo::Error::Catalogue(catalogue::Error::NoSuchLine),
            demo::Error::Inventory(inventory::Error::NoSuchLot),
            demo::Error::Request(requests::Error::NoSuchRequest),
            demo::Error::Shipment(shipments::Error::NoSuchShipment),
            demo::Error::Db(broken()),
        ),
        area!("src/idempotency.rs", idempotency::Reused),
        ("src/actor/denied.rs", refusals_of_actors()),
    ]
}

/// Every way in which somebody may not.
fn refusals_of_actors() -> Vec<Box<dyn DomainError>> {
    let staff = || {
        let grants = vec![Grant { role: Role::Staff, institution: None }];
        Actor::person(PersonId(1), None, grants, Lang::En)
    };
    let of = |actor: Actor| actor.may(Permission::KeepStock).unwrap_err();
    let refusals = [
        denied(),
        of(Actor::person(PersonId(1), None, vec![], Lang::En)),
        of(staff().by_token(vec![])),
        of(staff().in_session(SessionId(1)).without_second_factor()),
        staff().person_in_session().unwrap_err(),
    ];
    refusals.into_iter().map(|refusal| Box::new(refusal) as Box<dyn DomainError>).collect()
}

fn all() -> Vec<Area> {
    [of_people(), of_stock(), vec![of_requests(), of_approvals()], of_the_house()].concat_areas()
}

trait Concat {
    fn concat_areas(self) -> Vec<Area>;
}

impl Concat for [Vec<Area>; 4] {
    fn concat_areas(self) -> Vec<Area> {
        self.into_iter().flatten().collect()
    }
}

/// The variant of an error, as it is written.
fn variant(error: &dyn DomainError) -> String {
    let debug = format!("{error:?}");
    let inner = debug.strip_prefix("Denied(").unwrap_or(&debug);
    let inner = if debug.starts_with("Denied(Denied(") { "Denied" } else { inner };
    inner.chars().take_while(|c| c.is_alphanumeric()).collect()
}

#[test]
fn every_error_says_in_both_languages_what_is_listed() {
    let mut said: Said = vec![];
    for (file, errors) in all() {
        let area = file.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/error");
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for error in errors {
            let name = variant(&*error);
            let nth = seen.entry(name.clone()).or_default();
            *nth += 1;
            let nth = if *nth > 1 { format!(" {nth}") } else { String::new() };
            said.push((format!("error {area} {name}{nth}"), both(|lang| error.say(lang))));
        }
    }
    as_listed("error ", said);
}

#[test]
fn no_error_is_left_out() {
    let files = super::source::files();
    let known: BTreeMap<_, BTreeSet<String>> =
        all().iter().map(|(file, errors)| (*file, errors.iter().map(|error| variant(&**error)).collect())).collect();
    let (mut found, mut wrong) = (0, vec![]);
    for (path, text) in &files {
        for error in super::source::domain_errors(text) {
            found += 1;
            let Some(constructed) = known.get(path.as_str()) else {
                panic!("{path}: nobody asserts what {error} says")
            };
            // A refusal's variants are its reasons, and what is no enum says one thing.
            let of = if error == "Denied" { "Reason" } else { &error };
            let written = super::source::variants(text, of).unwrap_or_else(|| BTreeSet::from([error.clone()]));
            wrong.extend(constructed.symmetric_difference(&written).map(|name| format!("{path}: {of}::{name}")));
        }
    }
    assert!(wrong.is_empty(), "one of each variant, and none that is not there:\n{}", wrong.join("\n"));
    assert_eq!(found, known.len(), "an area is listed whose errors are gone");
}
