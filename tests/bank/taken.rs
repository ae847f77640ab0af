//! Two people who want the same name, number or role at the same moment: the second one finds it free when the
//! operation looks and taken when it writes, and is told what the look would have told a moment later. SQLite has one
//! writer: there the look itself sees the other's row, so these run on PostgreSQL.

use crate::cast::holdings;
use crate::races::until_waiting;
use crate::support::{Bank, on_a_bank};
use sea_orm::{ConnectionTrait, DbBackend};
use std::fmt::Debug;
use stembank::accounts::commands::{GrantRole, InviteAccount, NewAccount, Registration};
use stembank::accounts::institutions::commands::{Change, ProposeInstitution, UpdateInstitution};
use stembank::accounts::model::institution::Type;
use stembank::accounts::orcid::{Orcid, authenticated};
use stembank::actor::{Actor, Grant, Role};
use stembank::catalogue::commands::RegisterCellLine;
use stembank::catalogue::model::cell_line::CellType;
use stembank::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use stembank::inventory::commands::RegisterLot;
use stembank::inventory::model::lot::Tier;
use stembank::language::Lang;

/// Somebody with an account and an e-mail of their own, as a row.
const PERSON: &str = "INSERT INTO person (email, name, locale, created_at, email_verified_at)
    VALUES ('taken@example.org', 'Made up', 'en', now(), now())";
const ROR: &str = "https://ror.org/04677dp78";

/// Does something while somebody else has written a row and not committed it yet, who commits as soon as it meets the
/// row.
async fn met<T>(bank: &Bank, row: &str, doing: impl Future<Output = T>) -> T {
    let stranger = bank.stranger().await;
    stranger.execute_unprepared(&format!("BEGIN; {row}")).await.unwrap();
    let commit = async {
        until_waiting(bank, 1).await;
        stranger.execute_unprepared("COMMIT").await.unwrap();
    };
    tokio::join!(doing, commit).0
}

/// Refuses an operation that met somebody else's row as it refuses it once it can see the row, and leaves nothing
/// behind.
async fn told_as_by_the_look<T: Debug, E: DomainError>(
    bank: &Bank,
    row: &str,
    operation: impl AsyncFn() -> Result<T, E>,
) -> Description {
    let met = met(bank, row, operation()).await.unwrap_err();
    let before = bank.contents().await;
    let seen = operation().await.unwrap_err();
    assert_eq!(met.describe(), seen.describe(), "{met:?}");
    for lang in [Lang::En, Lang::Ko] {
        assert_eq!(met.say(lang), seen.say(lang));
    }
    assert_eq!(bank.contents().await, before, "a refusal changed something");
    met.describe()
}

fn exists(field: &str) -> Description {
    Description::new(Kind::Conflict, Code::AlreadyExists).at(field)
}

#[tokio::test]
async fn a_lot_number_goes_to_whoever_was_faster() {
    on_a_bank(async |bank| {
        if bank.engine() == DbBackend::Sqlite {
            return;
        }
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let lot = || RegisterLot {
            line: line.id,
            number: "TAKEN".into(),
            tier: Tier::Distribution,
            passage: 12,
            parent: None,
            frozen_on: bank.app.clock.today(),
            vials: 2,
            cells_per_vial: 1_000_000,
            made_up: true,
        };
        let row = format!(
            "INSERT INTO lot (line_id, number, tier, passage, frozen_on, vials_made, cells_per_vial, state)
             VALUES ({}, 'TAKEN', 'distribution', 1, '2026-03-02', 1, 1, 'quarantined')",
            line.id.0
        );
        let register = async || bank.app.run(&cast.staff.actor, lot()).await;
        assert_eq!(told_as_by_the_look(bank, &row, register).await, exists("number"));
    })
    .await;
}

#[tokio::test]
async fn an_email_goes_to_whoever_was_faster() {
    on_a_bank(async |bank| {
        if bank.engine() == DbBackend::Sqlite {
            return;
        }
        let system = Actor::system("test");
        let account = || NewAccount {
            email: "taken@example.org".into(),
            name: "Made-up second".into(),
            lang: Lang::En,
            institution: None,
            password: None,
            grants: vec![],
            made_up: true,
        };
        let open = async || bank.app.run_prepared(&system, account()).await;
        assert_eq!(told_as_by_the_look(bank, PERSON, open).await, exists("email"));

        let invitation = || InviteAccount {
            email: "invited@example.org".into(),
            name: "Made-up second".into(),
            lang: Lang::En,
            institution: None,
            grants: vec![],
        };
        let invite = async || bank.app.run(&system, invitation()).await;
        let row = PERSON.replace("taken@", "invited@");
        assert_eq!(told_as_by_the_look(bank, &row, invite).await, exists("email"));
        assert_eq!(bank.number("SELECT count(*) FROM person").await, 2);
    })
    .await;
}

#[tokio::test]
async fn registering_an_email_tells_nobody_that_somebody_was_faster() {
    on_a_bank(async |bank| {
        if bank.engine() == DbBackend::Sqlite {
            return;
        }
        let registration = Registration {
            email: "taken@example.org".into(),
            name: "Made-up second".into(),
            lang: Lang::En,
            institution: None,
        };
        let anonymous = Actor::anonymous(Lang::En);
        met(bank, PERSON, bank.app.run_prepared(&anonymous, registration)).await.unwrap();
        assert_eq!(bank.number("SELECT count(*) FROM person WHERE name = 'Made up'").await, 1);
        assert_eq!(bank.number("SELECT count(*) FROM person").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_role_that_two_give_at_once_is_given_once() {
    on_a_bank(async |bank| {
        if bank.engine() == DbBackend::Sqlite {
            return;
        }
        let cast = bank.cast().await;
        let person = cast.researcher.actor.person_id().unwrap();
        let row = format!("INSERT INTO role_grant (person_id, role) VALUES ({}, 'staff')", person.0);
        let staff = Grant { role: Role::Staff, institution: None };
        let give = GrantRole { person, grant: staff };
        met(bank, &row, bank.app.run(&cast.administrator.actor, give)).await.unwrap();
        let given = format!("SELECT count(*) FROM role_grant WHERE role = 'staff' AND person_id = {}", person.0);
        assert_eq!(bank.number(&given).await, 1);
        assert_eq!(bank.number("SELECT count(*) FROM audit_event WHERE action = 'role.grant'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_role_that_is_named_twice_is_given_once() {
    on_a_bank(async |bank| {
        let staff = Grant { role: Role::Staff, institution: None };
        bank.person("twice", None, vec![staff, staff]).await;
        assert_eq!(bank.number("SELECT count(*) FROM role_grant").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_ror_id_goes_to_whoever_was_faster() {
    on_a_bank(async |bank| {
        if bank.engine() == DbBackend::Sqlite {
            return;
        }
        let cast = bank.cast().await;
        bank.letters().await;
        let row = format!(
            "INSERT INTO institution (ror_id, name, name_key, acronyms, aliases, institution_type, domains, status)
             VALUES ('{ROR}', 'Made up', 'made up', '', '', 'university', '', 'open')"
        );
        let proposal = || ProposeInstitution {
            name: "Made-up second".into(),
            name_ko: None,
            institution_type: Type::University,
            ror_id: Some(ROR.into()),
            website: None,
            city: None,
        };
        let propose = async || bank.app.run(&cast.researcher.actor, proposal()).await;
        let refused = told_as_by_the_look(bank, &row, propose).await;
        assert_eq!(refused.code, Code::AlreadyExists);

        bank.execute("UPDATE institution SET ror_id = NULL").await.unwrap();
        let row = format!("UPDATE institution SET ror_id = '{ROR}' WHERE name = 'Made up'");
        let change = || UpdateInstitution {
            institution: cast.university,
            change: Change { ror_id: Some(ROR.into()), ..Change::default() },
        };
        let update = async || bank.app.run(&cast.staff.actor, change()).await.map(drop);
        assert_eq!(told_as_by_the_look(bank, &row, update).await, refused);
    })
    .await;
}

#[tokio::test]
async fn an_accession_goes_to_whoever_was_faster() {
    on_a_bank(async |bank| {
        if bank.engine() == DbBackend::Sqlite {
            return;
        }
        let row =
            "INSERT INTO cell_line (holding, accession, name, name_key, synonyms, cell_type, grade, publication_status)
                   VALUES ('held', 'TAKEN', 'Made up', 'made up', '[]', 'other', 'research', 'draft')";
        let line = || RegisterCellLine {
            name: "Made-up second".into(),
            cell_type: CellType::InducedPluripotent,
            diseases: vec![],
            modifications: vec![],
            made_up: true,
            holdings: holdings("TAKEN"),
        };
        let register = async || bank.app.run(&Actor::system("test"), line()).await;
        assert_eq!(told_as_by_the_look(bank, row, register).await.code, Code::AlreadyExists);
    })
    .await;
}

#[tokio::test]
async fn an_orcid_id_goes_to_whoever_was_faster() {
    on_a_bank(async |bank| {
        if bank.engine() == DbBackend::Sqlite {
            return;
        }
        let cast = bank.cast().await;
        let orcid = Orcid::parse("0000-0002-1825-0097").unwrap();
        let row = format!("UPDATE person SET orcid = '{orcid}' WHERE email = '{}'", cast.stranger.email);
        let prove = async || {
            let tx = bank.app.db.begin().await?;
            authenticated(&tx, cast.researcher.actor.person_id().unwrap(), &orcid, bank.app.clock.now()).await
        };
        assert_eq!(told_as_by_the_look(bank, &row, prove).await.code, Code::AlreadyExists);
    })
    .await;
}

#[tokio::test]
async fn what_no_operation_has_a_word_for_is_a_conflict_and_no_fault_of_the_bank() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let twice = bank.execute("INSERT INTO bank (id, kind, filled) VALUES (1, 'bank', TRUE)").await.unwrap_err();
        assert_eq!(describe_database(&twice), Description::new(Kind::Conflict, Code::AlreadyExists));
        let person = cast.researcher.actor.person_id().unwrap().0;
        for sql in [
            format!("DELETE FROM person WHERE id = {person}"),
            format!("INSERT INTO role_grant (person_id, role) VALUES ({person} + 1000, 'staff')"),
        ] {
            let gone = bank.execute(&sql).await.unwrap_err();
            assert_eq!(describe_database(&gone), Description::new(Kind::Conflict, Code::WrongState), "{gone}");
            assert!(say_database(&gone, Lang::En).contains("at the same moment"));
        }
        let wrong = bank.execute("UPDATE bank SET kind = 'neither'").await.unwrap_err();
        assert_eq!(describe_database(&wrong).kind, Kind::Internal, "what the database forbids is a fault: {wrong}");
    })
    .await;
}
