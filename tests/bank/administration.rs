//! Managing people: invitations, closing accounts, roles, the list.

use crate::accounts::letter;
use crate::browser::Browser;
use crate::cast::{Cast, PASSWORD, Person};
use crate::support::{Bank, on_a_bank};
use serde_json::{Value, json};
use stembank::accounts;
use stembank::accounts::commands::{DisableAccount, RevokeRole};
use stembank::actor::{Actor, Grant, Role};
use stembank::id::PersonId;

const NEW_PASSWORD: &str = "four pipettes sing";

fn id(person: &Person) -> Value {
    json!(person.actor.person_id().unwrap().global())
}

async fn refused(bank: &Bank, by: &Person, mutation: &str, input: Value) -> Value {
    let before = bank.contents().await;
    let payload = bank.act(by, mutation, "account { id }", input).await;
    assert!(payload["account"].is_null(), "{mutation}: {payload}");
    assert_eq!(bank.contents().await, before, "{mutation} was refused and yet changed something");
    payload["errors"][0].clone()
}

fn invitation(email: &str) -> Value {
    json!({ "email": email, "name": "Made-up Guest", "locale": "EN", "roles": [{ "role": "STAFF" }] })
}

#[tokio::test]
async fn an_invited_person_chooses_a_password_and_has_the_roles() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (mutation, fields) = ("inviteAccount", "email emailVerifiedAt roles { role }");
        let account =
            bank.done(&cast.administrator, mutation, "account", fields, invitation("guest@example.org")).await;
        let wanted = json!({ "email": "guest@example.org", "emailVerifiedAt": null, "roles": [{ "role": "STAFF" }] });
        assert_eq!(account, wanted);
        let (event, secret) = letter(bank).await;
        assert_eq!(event, "invitation");
        let browser = Browser::of(bank);
        let weak = json!({ "token": secret, "password": "guestguestguest" });
        assert_eq!(browser.refused("acceptInvitation", "accepted", weak).await["field"], "password");
        let input = json!({ "token": secret, "password": NEW_PASSWORD });
        browser.done("acceptInvitation", "accepted", input.clone()).await;
        assert_eq!(browser.refused("acceptInvitation", "accepted", input).await["code"], "LINK_INVALID");
        browser.sign_in("guest@example.org", NEW_PASSWORD, None).await;
        assert_eq!(browser.viewer().await, "guest@example.org");
    })
    .await;
}

#[tokio::test]
async fn who_has_an_account_is_not_invited_and_a_signatory_needs_an_institution() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let error = refused(bank, &cast.administrator, "inviteAccount", invitation(&cast.researcher.email)).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("ALREADY_EXISTS"), &json!("email")));
        let mut input = invitation("guest@example.org");
        input["roles"] = json!([{ "role": "SIGNATORY" }]);
        let error = refused(bank, &cast.administrator, "inviteAccount", input).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("BAD_VALUE"), &json!("role")));
    })
    .await;
}

#[tokio::test]
async fn an_account_is_closed_and_opened_with_a_reason() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = bank.browser_of(&cast.researcher).await;
        let input = json!({ "person": id(&cast.researcher), "reason": "left the university" });
        let closed = bank.done(&cast.administrator, "disableAccount", "account", "disabledAt", input.clone()).await;
        assert!(closed["disabledAt"].is_string());
        assert_eq!(browser.viewer().await, Value::Null);
        let answer = bank.ask(Some(&cast.researcher.token), "{ viewer { email } }", json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        let reply = browser.sign_in(&cast.researcher.email, PASSWORD, None).await;
        assert_eq!(reply.json()["data"]["signIn"]["errors"][0]["code"], "WRONG_CREDENTIALS");

        let opened = bank.done(&cast.administrator, "enableAccount", "account", "disabledAt", input).await;

        assert_eq!(opened["disabledAt"], Value::Null);
        browser.sign_in(&cast.researcher.email, PASSWORD, None).await;
        assert_eq!(browser.viewer().await, cast.researcher.email);
        let nameless = json!({ "person": id(&cast.researcher), "reason": " " });
        assert_eq!(refused(bank, &cast.administrator, "disableAccount", nameless).await["field"], "reason");
    })
    .await;
}

#[tokio::test]
async fn roles_are_given_and_taken_but_never_the_last_administrator() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let by = &cast.administrator;
        let role = |person: &Person, role: &str| json!({ "person": id(person), "role": { "role": role } });
        let roles = async |mutation: &str, input: Value| {
            bank.done(by, mutation, "account", "roles { role }", input).await["roles"].clone()
        };
        let both = json!([{ "role": "RESEARCHER" }, { "role": "STAFF" }]);
        assert_eq!(roles("grantRole", role(&cast.researcher, "STAFF")).await, both);
        assert_eq!(roles("grantRole", role(&cast.researcher, "STAFF")).await, both, "twice does no harm");
        assert_eq!(roles("revokeRole", role(&cast.researcher, "STAFF")).await, json!([{ "role": "RESEARCHER" }]));
        let error = refused(bank, by, "revokeRole", role(&cast.researcher, "STAFF")).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("WRONG_STATE"), &json!("role")));
        assert_eq!(refused(bank, by, "revokeRole", role(by, "ADMINISTRATOR")).await["code"], "LAST_ADMINISTRATOR");
        let own = json!({ "person": id(by), "reason": "r" });
        assert_eq!(refused(bank, by, "disableAccount", own).await["code"], "LAST_ADMINISTRATOR");

        let none = vec![Grant { role: Role::Administrator, institution: None }];
        let second = bank.person("second-administrator", None, none).await;
        let taken = bank.done(&second, "revokeRole", "account", "roles { role }", role(by, "ADMINISTRATOR")).await;
        assert_eq!(taken["roles"], json!([]));
        let system = stembank::actor::Actor::system("test");
        let last = Grant { role: Role::Administrator, institution: None };
        let person = second.actor.person_id().unwrap();
        let refusal = bank.app.run(&system, RevokeRole { person, grant: last }).await;
        assert_eq!(
            stembank::error::DomainError::describe(&refusal.unwrap_err()).code,
            stembank::error::Code::LastAdministrator
        );
    })
    .await;
}

#[tokio::test]
async fn administrators_list_and_search_accounts() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let list = async |arguments: &str| {
            let query = format!("{{ accounts{arguments} {{ totalCount nodes {{ email secondFactor }} }} }}");
            bank.data(&cast.administrator, &query, json!({})).await["accounts"].clone()
        };
        let all = list("").await;
        assert_eq!((&all["totalCount"], &all["nodes"][0]["email"]), (&json!(7), &json!("stranger@example.org")));
        assert_eq!(list("(search: \"STAFF\")").await["totalCount"], 2);
        assert_eq!(list("(search: \"made-up second\")").await["totalCount"], 1);
        assert_eq!(list("(search: \"%\")").await["totalCount"], 0);
        assert_eq!(list("(where: { role: SIGNATORY })").await["nodes"][0]["email"], cast.signatory.email);
        assert_eq!(list("(where: { disabled: true })").await["totalCount"], 0);
        assert_eq!(list("(where: { disabled: false }, first: 2)").await["nodes"].as_array().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_person_that_is_not_there_is_not_found() {
    on_a_bank(async |bank| {
        let cast: Cast = bank.cast().await;
        for mutation in ["disableAccount", "enableAccount", "resetSecondFactor"] {
            let input = json!({ "person": PersonId(99_999).global(), "reason": "r" });
            let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
            let query = format!("mutation($i: {kind}!) {{ {mutation}(input: $i) {{ errors {{ code }} }} }}");
            let answer = bank.ask(Some(&cast.administrator.token), &query, json!({ "i": input })).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND", "{mutation}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_last_administrator_is_not_closed_by_the_bank_itself_either() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let before = bank.contents().await;
        let system = Actor::system("command-line");
        let last = cast.administrator.actor.person_id().unwrap();
        let disable = DisableAccount { person: last, reason: "made up".into() };
        let refused = bank.app.run(&system, disable).await.unwrap_err();
        assert!(matches!(refused, accounts::Error::LastAdministrator), "{refused}");
        assert_eq!(bank.contents().await, before);
    })
    .await;
}
