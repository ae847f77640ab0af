//! The people and things most tests need, made by the bank's own operations; everything here is made up.

use crate::support::Bank;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use stembank::accounts::commands::{IssueApiToken, NewAccount};
use stembank::accounts::passwords::Password;
use stembank::accounts::queries::actor_by_token;
use stembank::actor::{Actor, Grant, Role};
use stembank::catalogue::commands::{Holdings, RegisterCellLine};
use stembank::catalogue::{CellType, Grade, LegalBasis, LineView, ProvisionConsent, PublicationStatus};
use stembank::id::{CellLineId, InstitutionId, LotId};
use stembank::inventory::commands::{RecordQualityTest, RegisterLot, ReleaseLot};
use stembank::inventory::model::lot::Tier;
use stembank::inventory::model::quality_test::Verdict;
use stembank::inventory::rules::release_tests;
use stembank::language::Lang;
use tower::ServiceExt;

/// Everybody's password.
pub const PASSWORD: &str = "made-up password";

/// A person of a test with the token by which they call.
#[derive(Clone, Debug)]
pub struct Person {
    /// E-mail.
    pub email: String,
    /// Token.
    pub token: String,
    /// Who they are to operations.
    pub actor: Actor,
}

/// Who takes part in a request.
#[derive(Clone, Debug)]
pub struct Cast {
    /// A university.
    pub university: InstitutionId,
    /// Its researcher; also the principal investigator.
    pub researcher: Person,
    /// Its signatory.
    pub signatory: Person,
    /// Who decides at the bank.
    pub staff: Person,
    /// Somebody else at the bank.
    pub second_staff: Person,
    /// A member of the committee.
    pub committee: Person,
    /// Who administers.
    pub administrator: Person,
    /// A researcher of a company.
    pub stranger: Person,
}

impl Bank {
    /// Opens the accounts of a whole cast.
    pub async fn cast(&self) -> Cast {
        let university = self.institution("Made-up University", "university").await;
        let company = self.institution("Made-up Company", "company").await;
        let none = |role| vec![Grant { role, institution: None }];
        let signs = vec![Grant { role: Role::Signatory, institution: Some(university) }];
        Cast {
            university,
            researcher: self.person("researcher", Some(university), none(Role::Researcher)).await,
            signatory: self.person("signatory", Some(university), signs).await,
            staff: self.person("staff", None, none(Role::Staff)).await,
            second_staff: self.person("second-staff", None, none(Role::Staff)).await,
            committee: self.person("committee", None, none(Role::CommitteeMember)).await,
            administrator: self.person("administrator", None, none(Role::Administrator)).await,
            stranger: self.person("stranger", Some(company), none(Role::Researcher)).await,
        }
    }

    /// An institution of a type.
    pub async fn institution(&self, name: &str, kind: &str) -> InstitutionId {
        self.execute(&format!(
            "INSERT INTO institution (name, name_ko, name_key, acronyms, aliases, institution_type, domains, status, made_up)
             VALUES ('{name}', '지어낸 기관', '{}', '', '', '{kind}', '', 'open', TRUE)",
            stembank::search_words::compact(name)
        ))
        .await
        .unwrap();
        InstitutionId(self.number("SELECT max(id) FROM institution").await)
    }

    /// A person with an account, a password and a token.
    pub async fn person(&self, name: &str, institution: Option<InstitutionId>, grants: Vec<Grant>) -> Person {
        let system = Actor::system("test");
        let email = format!("{name}@example.org");
        let account = NewAccount {
            email: email.clone(),
            name: format!("Made-up {name}"),
            lang: Lang::En,
            institution,
            password: Some(Password(PASSWORD.into())),
            grants,
            made_up: true,
        };
        self.app.run_prepared(&system, account).await.unwrap();
        let issue = IssueApiToken::with_every_scope(&email, "test");
        let token = self.app.run(&system, issue).await.unwrap().secret;
        let actor = actor_by_token(&self.app, &token, Some(Lang::En)).await.unwrap().unwrap();
        Person { email, token, actor }
    }

    /// A held, published line of induced pluripotent cells, without stock.
    pub async fn line(&self, accession: &str) -> LineView {
        let line = RegisterCellLine {
            name: format!("Made-up {accession}"),
            cell_type: CellType::InducedPluripotent,
            diseases: vec![],
            modifications: vec![],
            made_up: true,
            holdings: holdings(accession),
        };
        self.app.run(&Actor::system("test"), line).await.unwrap()
    }

    /// Makes a published line a draft again, which nothing in the bank does: the change is possible for this one
    /// moment.
    pub async fn back_to_draft(&self, accession: &str) {
        let change = "thing = 'cell_line' AND from_state = 'published' AND to_state = 'draft'";
        let sql = format!(
            "INSERT INTO state_transition (thing, from_state, to_state) VALUES ('cell_line', 'published', 'draft');
             UPDATE cell_line SET publication_status = 'draft' WHERE accession = '{accession}';
             DELETE FROM state_transition WHERE {change}"
        );
        self.execute(&sql).await.unwrap();
    }

    /// A released distribution lot of a line.
    pub async fn lot(&self, staff: &Person, line: CellLineId, number: &str, vials: i32) -> LotId {
        let lot = self.quarantined(staff, line, number, vials).await;
        for test in release_tests(CellType::InducedPluripotent, Grade::Research) {
            let test = RecordQualityTest {
                lot,
                test,
                method: "made-up method 1".into(),
                laboratory: "made-up laboratory".into(),
                specification: "made-up limit".into(),
                result: "within it".into(),
                verdict: Verdict::Pass,
                tested_on: self.app.clock.today(),
                passage: 12,
                analyst: "Made-up A".into(),
                reviewer: "Made-up B".into(),
            };
            self.app.run(&staff.actor, test).await.unwrap();
        }
        self.app.run(&staff.actor, ReleaseLot { lot }).await.unwrap();
        lot
    }

    /// A distribution lot that was just registered.
    pub async fn quarantined(&self, staff: &Person, line: CellLineId, number: &str, vials: i32) -> LotId {
        let lot = RegisterLot {
            line,
            number: number.into(),
            tier: Tier::Distribution,
            passage: 12,
            parent: None,
            frozen_on: self.app.clock.today(),
            vials,
            cells_per_vial: 1_000_000,
            made_up: true,
        };
        self.app.run(&staff.actor, lot).await.unwrap().id
    }

    /// Sends a GraphQL operation over the service's own router, in English, and reads the whole answer.
    pub async fn ask(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let (_, answer) = self.post(token, &[(header::ACCEPT_LANGUAGE.as_str(), "en")], body).await;
        answer
    }

    /// The same, for an answer without errors at the top level: its `data`.
    pub async fn data(&self, person: &Person, query: &str, variables: Value) -> Value {
        let answer = self.ask(Some(&person.token), query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}: {answer:#}");
        answer["data"].clone()
    }

    /// A mutation with one input: its payload.
    pub async fn act(&self, person: &Person, mutation: &str, answer: &str, input: Value) -> Value {
        let kind = input_type(mutation);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {answer} errors {{ code message field rule legalBasis }} }} }}"
        );
        self.data(person, &query, json!({ "input": input })).await[mutation].clone()
    }

    /// A mutation that has to work: its object.
    pub async fn done(&self, person: &Person, mutation: &str, object: &str, fields: &str, input: Value) -> Value {
        let payload = self.act(person, mutation, &format!("{object} {{ {fields} }}"), input).await;
        assert_eq!(payload["errors"], json!([]), "{mutation}");
        payload[object].clone()
    }

    /// A POST to /graphql over a router of its own, as another instance of the service would answer.
    pub async fn post(&self, token: Option<&str>, headers: &[(&str, &str)], body: String) -> (StatusCode, Value) {
        if let Some(address) = self.remote.get() {
            return crate::logs::post(*address, token, headers, &body);
        }
        let mut request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let router = stembank::server::router(self.app.clone());
        let response = router.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}

/// Input type of a mutation.
fn input_type(mutation: &str) -> String {
    match mutation {
        "submitDistributionRequest"
        | "withdrawDistributionRequest"
        | "claimDistributionRequest"
        | "releaseDistributionRequest" => "DistributionRequestInput".into(),
        "reserveVials" | "releaseReservation" | "cancelRequestLine" => "RequestLineInput".into(),
        "postRequestNote" => "PostRequestMessageInput".into(),
        name => format!("{}{}Input", name[..1].to_uppercase(), &name[1..]),
    }
}

/// What a made-up line needs to be held and published.
pub fn holdings(accession: &str) -> Holdings {
    Holdings {
        accession: accession.into(),
        grade: Grade::Research,
        legal_basis: LegalBasis::HumanDerivedMaterial,
        registry_number: None,
        provision_consent: ProvisionConsent::Given,
        lmo: None,
        basis: None,
        status: PublicationStatus::Published,
    }
}
