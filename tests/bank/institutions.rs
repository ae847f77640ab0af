//! Institutions: who belongs to them and by whose word, what people are there, who vouches for them, which are the
//! same.

mod joining;
mod keeping;
mod merging;
mod roles;

use crate::cast::Person;
use crate::support::Bank;
use serde_json::{Value, json};
use stembank::actor::{Grant, Role};
use stembank::id::{InstitutionId, PersonId};

impl Bank {
    /// A researcher with an e-mail of a test's choice.
    async fn researcher_with(&self, name: &str, email: &str, institution: Option<InstitutionId>) -> Person {
        let person = self.person(name, institution, vec![Grant { role: Role::Researcher, institution: None }]).await;
        let sql = format!("UPDATE person SET email = '{email}' WHERE email = '{}'", person.email);
        self.execute(&sql).await.unwrap();
        Person { email: email.into(), ..person }
    }

    /// An institution with e-mail domains.
    async fn institution_at(&self, name: &str, domains: &str) -> InstitutionId {
        let id = self.institution(name, "university").await;
        self.execute(&format!("UPDATE institution SET domains = '{domains}' WHERE id = {}", id.0)).await.unwrap();
        id
    }

    /// What a person sees of themself.
    async fn viewer(&self, person: &Person) -> Value {
        let fields = "memberships { id state basis roles reason institution { name } } institution { name }
                      institutionChoices { name } roles { role institution { name } }";
        self.data(person, &format!("{{ viewer {{ {fields} }} }}"), json!({})).await["viewer"].clone()
    }

    /// Joins and gives the membership.
    pub async fn join(&self, person: &Person, institution: InstitutionId) -> Value {
        let input = json!({ "institution": institution.global() });
        self.done(person, "joinInstitution", "membership", "id state basis", input).await
    }

    /// Gives or takes a role.
    async fn set_role(&self, by: &Person, membership: &Value, role: &str, granted: bool) -> Value {
        let input = json!({ "membership": membership, "role": role, "granted": granted });
        self.done(by, "setInstitutionRole", "membership", "roles", input).await["roles"].clone()
    }

    /// The open membership of a person at an institution.
    async fn membership(&self, person: &Person, institution: &str) -> Value {
        let viewer = self.viewer(person).await;
        let memberships = viewer["memberships"].as_array().unwrap();
        let open = |m: &&Value| ["ACTIVE", "REQUESTED"].contains(&m["state"].as_str().unwrap());
        let found = memberships.iter().filter(open).find(|m| m["institution"]["name"] == institution);
        found.unwrap_or_else(|| panic!("{} is not at {institution}: {viewer:#}", person.email))["id"].clone()
    }

    /// A mutation has to be refused with one code and one sentence in each language, and to change nothing.
    async fn refuses(&self, person: &Person, mutation: &str, input: Value, code: &str, sentences: [&str; 2]) {
        let before = self.contents().await;
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query =
            format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ errors {{ code message }} }} }}");
        for (lang, sentence) in ["en", "ko"].into_iter().zip(sentences) {
            let body = json!({ "query": query, "variables": { "input": input } }).to_string();
            let (_, answer) = self.post(Some(&person.token), &[("accept-language", lang)], body).await;
            let (notified, reason) = match answer["errors"].get(0) {
                Some(error) => (error["message"].clone(), error["extensions"]["reason"].clone()),
                None => {
                    let error = &answer["data"][mutation]["errors"][0];
                    (error["message"].clone(), error["code"].clone())
                }
            };
            assert_eq!((reason.as_str(), notified.as_str()), (Some(code), Some(sentence)), "{mutation}: {answer:#}");
        }
        assert_eq!(self.contents().await, before, "{mutation} was refused and yet changed something");
    }

    /// Letters that wait: which, and to whom.
    async fn notified(&self) -> Vec<(String, PersonId)> {
        self.letters().await.into_iter().map(|letter| (letter.event, letter.recipient_id)).collect()
    }
}

impl Person {
    /// Their key.
    fn key(&self) -> PersonId {
        self.actor.person_id().unwrap()
    }
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

const NO_INSTITUTION: [&str; 2] = ["There is no such institution.", "해당 기관을 찾을 수 없습니다."];
const NO_MEMBERSHIP: [&str; 2] = ["There is no such membership.", "해당 소속 정보를 찾을 수 없습니다."];
const CLOSED: [&str; 2] = ["The institution is closed.", "폐쇄된 기관입니다."];
const OWN_MATTER: [&str; 2] =
    ["This is about yourself; somebody else has to decide it.", "본인에 관한 사항이므로 다른 사람이 결정해야 합니다."];
const NOT_IN_CHARGE: [&str; 2] = [
    "Only an administrator of the institution or the bank's staff does this.",
    "기관 관리자 또는 은행 담당자만 할 수 있습니다.",
];
const LAST_ADMINISTRATOR: [&str; 2] = [
    "This is the institution's last administrator; only the bank's staff can remove them.",
    "기관의 마지막 관리자이므로 은행 담당자만 해제할 수 있습니다.",
];
