//! Made-up people at real institutions.

use super::Error;
use super::queries::open_institution;
use crate::accounts::commands::{IssueApiToken, NewAccount};
use crate::accounts::demo_accounts::ACCESS;
use crate::accounts::passwords::Password;
use crate::actor::{Actor, Grant, Role};
use crate::app::App;
use crate::id::InstitutionId;
use crate::language::Lang;

/// Seoul National University.
const UNIVERSITY: &str = "https://ror.org/04h9pn542";
/// A company, so that a commercial agreement and a second type of recipient can be seen.
const COMPANY: &str = "https://ror.org/042393h03";
/// Password of those who are in no list of ways in; they exist to sign and decide beside the documented five.
const OTHERS_PASSWORD: &str = "demo-second-person-password";

/// Somebody who acts and signs.
pub(super) struct Person {
    pub actor: Actor,
    pub email: &'static str,
    pub password: &'static str,
}

/// A recipient: who asks, and who signs for the institution.
pub(super) struct Recipient {
    pub researcher: Person,
    pub signatory: Person,
    pub region: &'static str,
}

/// Those who act in the made-up past.
pub(super) struct People {
    pub university: Recipient,
    pub company: Recipient,
    /// Takes and decides requests.
    pub staff: Person,
    /// Signs for the bank what the other decided.
    pub second_staff: Person,
}

/// Opens the accounts: the documented five with their tokens, and three more.
pub(super) async fn open(app: &App) -> Result<People, Error> {
    let (university, company) = (institution(app, UNIVERSITY).await?, institution(app, COMPANY).await?);
    let named = |place: usize, name, institution| {
        let access = ACCESS[place];
        New { name, role: access.role, email: access.email, password: access.password, institution }
    };
    let researcher = named(0, "시연 연구자 · Demo Researcher (made up)", Some(university)).open(app).await?;
    let signatory = named(1, "시연 서명권자 · Demo Signatory (made up)", Some(university)).open(app).await?;
    let staff = named(2, "시연 담당자 · Demo Staff (made up)", None).open(app).await?;
    named(3, "시연 위원 · Demo Committee Member (made up)", None).open(app).await?;
    named(4, "시연 관리자 · Demo Administrator (made up)", None).open(app).await?;
    let more = |email, name, role, institution| New { email, name, role, password: OTHERS_PASSWORD, institution };
    let asking = more(
        "company-researcher@demo.example.org",
        "시연 기업 연구자 · Demo Company Researcher (made up)",
        Role::Researcher,
        Some(company),
    );
    let signing = more(
        "company-signatory@demo.example.org",
        "시연 기업 서명권자 · Demo Company Signatory (made up)",
        Role::Signatory,
        Some(company),
    );
    let second = "시연 담당자 2 · Second Demo Staff (made up)";
    let second_staff = more("second-staff@demo.example.org", second, Role::Staff, None).open(app).await?;
    let (asking, signing) = (asking.open(app).await?, signing.open(app).await?);
    for access in ACCESS {
        let name = "documented token of the demonstration";
        let issue =
            IssueApiToken { secret: Some(access.token.into()), ..IssueApiToken::with_every_scope(access.email, name) };
        app.run(&Actor::system("demo"), issue).await?;
    }
    let university = Recipient { researcher, signatory, region: "서울특별시" };
    let company = Recipient { researcher: asking, signatory: signing, region: "대전광역시" };
    Ok(People { university, company, staff, second_staff })
}

struct New {
    name: &'static str,
    role: Role,
    email: &'static str,
    password: &'static str,
    institution: Option<InstitutionId>,
}

impl New {
    async fn open(self, app: &App) -> Result<Person, Error> {
        let signs_for = self.institution.filter(|_| self.role == Role::Signatory);
        let grants = vec![Grant { role: self.role, institution: signs_for }];
        let account = NewAccount {
            email: self.email.into(),
            name: self.name.into(),
            lang: Lang::En,
            institution: self.institution,
            password: Some(Password(self.password.into())),
            grants: grants.clone(),
            made_up: true,
        };
        let id = app.run_prepared(&Actor::system("demo"), account).await?;
        let actor = Actor::person(id, self.institution, grants, Lang::En);
        Ok(Person { actor, email: self.email, password: self.password })
    }
}

async fn institution(app: &App, ror_id: &str) -> Result<InstitutionId, Error> {
    let found = open_institution(app.db.read(), ror_id).await?;
    found.ok_or_else(|| Error::Records(format!("{ror_id} is missing")))
}
