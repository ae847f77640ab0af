//! Which field shows what to whom: the hand-kept list in `fields.md` against what every field really answers to
//! everybody in every situation. A new field fails this until somebody decides who sees it.

use crate::cast::{Cast, Person};
use crate::support::{Bank, on_a_bank};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use stembank::actor::{Grant, Role};

const EXPECTED: &str = include_str!("fields.md");
/// Answers to mutations: who may send one stands in `permissions.md`.
const ANSWERS: [&str; 4] = ["Mutation", "UserError", "ErasedAccount", "SecondFactorEnrolment"];

/// Everybody who may stand to the same request in another way.
struct People {
    cast: Cast,
    colleague: Person,
    other_signatory: Person,
}

impl People {
    async fn new(bank: &Bank) -> Self {
        let cast = bank.cast().await;
        let company = bank.institution("Another Made-up Company", "company").await;
        let researcher = vec![Grant { role: Role::Researcher, institution: None }];
        let signatory = vec![Grant { role: Role::Signatory, institution: Some(company) }];
        let colleague = bank.person("colleague", Some(cast.university), researcher).await;
        let other_signatory = bank.person("other-signatory", Some(company), signatory).await;
        Self { cast, colleague, other_signatory }
    }

    fn columns(&self) -> [(&'static str, Option<&Person>); 9] {
        let cast = &self.cast;
        [
            ("anonymous", None),
            ("applicant", Some(&cast.researcher)),
            ("colleague", Some(&self.colleague)),
            ("other researcher", Some(&cast.stranger)),
            ("signatory", Some(&cast.signatory)),
            ("other signatory", Some(&self.other_signatory)),
            ("staff", Some(&cast.staff)),
            ("committee member", Some(&cast.committee)),
            ("administrator", Some(&cast.administrator)),
        ]
    }
}

/// Two requests in which every field of a request, its lines, agreements and shipments has a value somewhere.
async fn fill(bank: &Bank, people: &People) {
    let cast = &people.cast;
    let mut ids = vec![];
    for (place, accession) in ["TEST-0001", "TEST-0002", "TEST-0003"].iter().enumerate() {
        let line = bank.line(accession).await;
        if place < 2 {
            bank.lot(&cast.staff, line.id, &format!("TEST-LOT-{place}"), 5).await;
        }
        ids.push(line.id);
    }
    bank.quarantined(&cast.staff, ids[0], "QUARANTINED", 1).await;
    let (_, shipment) = bank.shipped(cast, &[(ids[0], 1)]).await;
    let input = json!({ "shipment": shipment });
    bank.done(&cast.researcher, "confirmReceipt", "shipment", "state", input).await;

    let second = bank.claimed(cast, &[(ids[0], 2), (ids[1], 1), (ids[2], 1)]).await;
    let on_field = json!({ "field": "usePlan", "comment": "made up" });
    let input = json!({ "request": second.id, "comment": "made up", "fieldComments": [on_field] });
    bank.done(&cast.staff, "returnDistributionRequest", "distributionRequest", "id", input).await;
    let input = json!({ "request": second.id, "usePlan": "Another plan." });
    bank.done(&cast.researcher, "updateDistributionRequest", "distributionRequest", "id", input).await;
    for (person, mutation) in [(&cast.researcher, "submit"), (&cast.staff, "claim")] {
        let mutation = format!("{mutation}DistributionRequest");
        bank.done(person, &mutation, "distributionRequest", "id", json!({ "request": second.id })).await;
    }
    let input = json!({ "request": second.id, "text": "made up" });
    bank.done(&cast.researcher, "postRequestMessage", "message", "id", input.clone()).await;
    bank.done(&cast.staff, "postRequestNote", "note", "id", input).await;
    let decisions = json!([
        { "id": second.lines[0], "decision": "APPROVE", "vials": 1, "reason": "one is enough" },
        { "id": second.lines[1], "decision": "REFUSE", "refusal": "OTHER", "reason": "no" },
        { "id": second.lines[2], "decision": "APPROVE" },
    ]);
    let input = json!({ "request": second.id, "lines": decisions });
    bank.done(&cast.staff, "decideDistributionRequest", "distributionRequest", "id", input).await;
    bank.offered(cast, &second).await;
    assert_eq!(bank.reserve(cast, &second.lines[0]).await, "RESERVED");
    assert_eq!(bank.reserve(cast, &second.lines[2]).await, "WAITLISTED");
    bank.draft(&cast.researcher, &[(ids[0], 1)]).await;

    let texts = ["return_comment", "recipient_name", "recipient_telephone"];
    let texts: Vec<_> = texts.iter().map(|column| format!("{column} = 'x'")).collect();
    let put = format!(
        "UPDATE request SET {}; UPDATE agreement SET ended_reason = 'x';
         UPDATE person SET institution_id = (SELECT max(id) FROM institution) WHERE institution_id IS NULL",
        texts.join(", ")
    );
    bank.execute(&put).await.unwrap();
    fill_approvals(bank, people).await;
    bank.back_to_draft("TEST-0003").await;
    bank.letters().await;
    fill_accounts(bank, people).await;
}

/// An approval of every kind on the first request, with something in every field.
async fn fill_approvals(bank: &Bank, people: &People) {
    let person = |person: &Person| person.actor.person_id().unwrap().0;
    let (entered, seen) = (person(&people.cast.researcher), person(&people.cast.staff));
    for kind in ["irb_exemption", "head_approval", "lmo_facility", "export_approval", "clinical_plan"] {
        let sql = format!(
            "INSERT INTO approval (kind, number, issuer, valid_from, valid_until, institution_id, study, created_by,
               created_at, verified_by, verified_at, made_up)
             SELECT '{kind}', 'x', 'x', '2019-01-01', '2020-01-01', institution_id, 'x', {entered}, created_at, {seen},
               created_at, TRUE FROM request WHERE number = 'REQ-2026-00001';
             INSERT INTO request_approval (request_id, approval_id, typed)
             SELECT q.id, (SELECT max(id) FROM approval), FALSE FROM request q WHERE q.number = 'REQ-2026-00001'"
        );
        bank.execute(&sql).await.unwrap();
    }
}

/// Something in every field of accounts, letters and institutions, and a sealed history.
async fn fill_accounts(bank: &Bank, people: &People) {
    let person = people.cast.researcher.actor.person_id().unwrap().0;
    let duplicate = bank.institution("Duplicate of the Made-up University", "university").await.0;
    let at = "'2026-03-02T03:00:00+00:00'";
    for sql in [
        format!(
            "INSERT INTO session (token_hash, person_id, how, second_factor, user_agent, created_at, last_seen_at)
                 VALUES ('x', {person}, 'password', TRUE, 'Made-up Browser', {at}, {at})"
        ),
        format!(
            "INSERT INTO external_identity (provider, subject, person_id, linked_at, last_used_at)
                 VALUES ('local', 'x', {person}, {at}, {at})"
        ),
        format!("UPDATE api_token SET expires_at = '2027-03-02 03:00:00+00:00', last_used_at = {at}"),
        format!("UPDATE person SET orcid = '0000-0002-1825-0097', orcid_authenticated_at = {at} WHERE id = {person}"),
        format!("UPDATE person SET locked_until = '2026-03-03 03:00:00+00:00' WHERE id = {person}"),
        format!(
            "UPDATE institution SET status = 'closed', merged_at = {at}, ror_id = 'https://ror.org/x', ror_checked_at = {at},
                 merged_into = (SELECT min(id) FROM institution) WHERE id = {duplicate}"
        ),
        format!(
            "UPDATE mail_message SET state = 'sent', sent_at = {at}
                 WHERE id = (SELECT min(id) FROM mail_message)"
        ),
        "UPDATE mail_message SET state = 'dead', last_error = 'x' WHERE id = (SELECT max(id) FROM mail_message)".into(),
    ] {
        bank.execute(&sql).await.unwrap();
    }
    stembank::audit::sealer::seal(&bank.app).await.unwrap();
    stembank::accounts::history::anchor(&bank.app).await.unwrap();
    bank.letters().await;
}

/// The way to things of a type, with the field at `FIELD`; both requests are asked.
fn way(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Query" => "FIELD",
        "Viewer" => "viewer { FIELD }",
        "Grant" => "viewer { roles { FIELD } }",
        "ViewerCommand" => "viewer { commands { FIELD } }",
        "Erasure" => "viewer { erasure { FIELD } }",
        "KeptRecord" => "viewer { erasure { keeps { FIELD } } }",
        "ApiToken" => "viewer { apiTokens { FIELD } }",
        "Session" => "viewer { sessions { FIELD } }",
        "SecondFactor" => "viewer { secondFactor { FIELD } }",
        "Identity" => "viewer { identities { FIELD } }",
        "MailPreference" => "viewer { mailPreferences { FIELD } }",
        "SignInProvider" => "signInProviders { FIELD }",
        "Account" => "accounts { nodes { FIELD } }",
        "AccountConnection" => "accounts { FIELD }",
        "AccountEdge" => "accounts { edges { FIELD } }",
        "AuditChain" => "auditChain { FIELD }",
        "AuditAnchor" => "auditChain { lastAnchor { FIELD } }",
        "AuditEvent" => "auditEvents(first: 100) { nodes { FIELD } }",
        "AuditEventConnection" => "auditEvents { FIELD }",
        "AuditEventEdge" => "auditEvents { edges { FIELD } }",
        "MailMessage" => "outbox(first: 100) { nodes { FIELD } }",
        "MailMessageConnection" => "outbox { FIELD }",
        "MailMessageEdge" => "outbox { edges { FIELD } }",
        "MailCount" => "outbox { counts { FIELD } }",
        "Institution" => "institutions { nodes { FIELD } }",
        "FormerInstitution" => "institutions { nodes { mergedFrom { FIELD } } }",
        "InstitutionMembership" => "viewer { institution { memberships { nodes { FIELD } } } }",
        "InstitutionMembershipConnection" => "viewer { institution { memberships { FIELD } } }",
        "InstitutionMembershipEdge" => "viewer { institution { memberships { edges { FIELD } } } }",
        "DistributionRequest" => "REQUEST { FIELD }",
        "Person" => "REQUEST { applicant { FIELD } }",
        "RequestLine" => "REQUEST { lines { FIELD } }",
        "RequestMessage" => "REQUEST { messages { FIELD } }",
        "ReturnComment" => "REQUEST { returnComments { FIELD } }",
        "FieldChange" => "REQUEST { changesSinceReturn { FIELD } }",
        "TimelineEntry" => "REQUEST { timeline { FIELD } }",
        "CommandState" => "REQUEST { commandsForViewer { FIELD } }",
        "Approval" => "REQUEST { approvals { FIELD } }",
        "Agreement" => "REQUEST { agreements { FIELD } }",
        "Signature" => "REQUEST { agreements { signatures { FIELD } } }",
        "Shipment" => "REQUEST { shipments { FIELD } }",
        "ShippedVial" => "REQUEST { shipments { vials { FIELD } } }",
        "DistributionRequestConnection" => "distributionRequests { FIELD }",
        "DistributionRequestEdge" => "distributionRequests { edges { FIELD } }",
        "YearlyDistribution" => "yearlyDistribution(year: 2026) { FIELD }",
        "DistributionConnection" => "yearlyDistribution(year: 2026) { records { FIELD } }",
        "DistributionEdge" => "yearlyDistribution(year: 2026) { records { edges { FIELD } } }",
        "Distribution" => "yearlyDistribution(year: 2026) { records { nodes { FIELD } } }",
        "CellLine" => "cellLine(accession: \"TEST-0001\") { FIELD }",
        "Lot" => "cellLine(accession: \"TEST-0001\") { lots { FIELD } }",
        "Vial" => "cellLine(accession: \"TEST-0001\") { lots { vials { FIELD } } }",
        _ => return None,
    })
}

/// Situations that depend on the row more than on the field: what they are called, and the query.
const SITUATIONS: [(&str, &str); 4] = [
    ("CellLine.name of a draft", "cellLine(accession: \"TEST-0003\") { name }"),
    ("DistributionRequest.number of a draft", "distributionRequest(number: \"REQ-2026-00003\") { number }"),
    ("Query.distributionRequests", "distributionRequests { totalCount }"),
    ("Query.distributionRequest", "distributionRequest(number: \"REQ-2026-00001\") { number }"),
];

/// Object fields of the schema, with whether they lead to an object.
async fn schema(bank: &Bank) -> BTreeMap<String, Vec<(String, bool)>> {
    let query = "{ __schema { types { kind name fields { name
        type { kind ofType { kind ofType { kind ofType { kind } } } } } } } }";
    let answer = bank.ask(None, query, json!({})).await;
    let types = answer["data"]["__schema"]["types"].as_array().unwrap();
    let own = |kind: &&Value| {
        let name = kind["name"].as_str().unwrap();
        let answers = ANSWERS.contains(&name) || name.ends_with("Payload");
        kind["kind"] == "OBJECT" && !name.starts_with("__") && !answers
    };
    let fields = |kind: &Value| {
        let field = |field: &Value| {
            let leads = field["type"].to_string();
            let object = ["OBJECT", "INTERFACE", "UNION"].iter().any(|kind| leads.contains(kind));
            (field["name"].as_str().unwrap().to_owned(), object)
        };
        kind["fields"].as_array().unwrap().iter().map(field).collect()
    };
    types.iter().filter(own).map(|kind| (kind["name"].as_str().unwrap().to_owned(), fields(kind))).collect()
}

/// `- Type: field, field` of the part on public fields.
fn public() -> BTreeSet<String> {
    let part = EXPECTED.split("## Restricted").next().unwrap();
    let lines = part.lines().filter_map(|line| line.strip_prefix("- ")?.split_once(": "));
    lines.flat_map(|(kind, fields)| fields.split(", ").map(move |field| format!("{kind}.{field}"))).collect()
}

/// True if a value stands at the end of the way: in one of the things met on it.
fn is_there(value: &Value, field: &str) -> bool {
    match value {
        Value::Array(all) => all.iter().any(|one| is_there(one, field)),
        Value::Object(object) => match object.get(field) {
            Some(end) => !end.is_null() && *end != json!([]),
            None => object.values().any(|below| is_there(below, field)),
        },
        _ => false,
    }
}

async fn sees(bank: &Bank, person: Option<&Person>, query: &str, field: &str) -> bool {
    let requests = ["REQ-2026-00001", "REQ-2026-00002"];
    let query = match query.split_once("REQUEST") {
        None => format!("{{ {query} }}"),
        Some((_, below)) => {
            let each = requests.iter().enumerate();
            let asked = each.map(|(i, number)| format!("r{i}: distributionRequest(number: \"{number}\") {below}"));
            format!("{{ {} }}", asked.collect::<Vec<_>>().join(" "))
        }
    };
    let answer = bank.ask(person.map(|person| person.token.as_str()), &query, json!({})).await;
    for error in answer["errors"].as_array().into_iter().flatten() {
        let code = error["extensions"]["code"].as_str().unwrap_or_default();
        assert!(["UNAUTHENTICATED", "FORBIDDEN"].contains(&code), "{query}: {answer:#}");
    }
    answer.get("errors").is_none() && is_there(&answer["data"], field)
}

#[tokio::test]
async fn every_field_is_public_or_shown_to_those_whom_the_list_names() {
    on_a_bank(async |bank| {
        let people = People::new(bank).await;
        fill(bank, &people).await;
        let public = public();
        let mut rows = String::new();
        let columns = people.columns();
        rows += &format!("| field | {} |\n|---|", columns.map(|column| column.0).join(" | "));
        rows += &("---|".repeat(columns.len()) + "\n");
        let mut asked: Vec<(String, String, String)> = vec![];
        let mut unknown = public.clone();
        for (kind, fields) in schema(bank).await {
            for (field, leads) in fields {
                let name = format!("{kind}.{field}");
                if unknown.remove(&name) || SITUATIONS.iter().any(|situation| situation.0 == name) {
                    continue;
                }
                let way = way(&kind).unwrap_or_else(|| panic!("{name}: public, or how does one get there?"));
                let end = if leads { format!("{field} {{ __typename }}") } else { field.clone() };
                asked.push((name, way.replace("FIELD", &end), field));
            }
        }
        assert!(unknown.is_empty(), "public fields that are not in the schema: {unknown:?}");
        for (name, query) in SITUATIONS {
            let field = query.rsplit("{ ").next().unwrap().trim_end_matches([' ', '}']);
            asked.push((name.into(), query.into(), field.into()));
        }
        asked.sort();
        for (name, query, field) in asked {
            let mut row = vec![];
            for (_, person) in columns {
                row.push(if sees(bank, person, &query, &field).await { "yes" } else { "no" });
            }
            rows += &format!("| {name} | {} |\n", row.join(" | "));
        }
        let expected = EXPECTED.split_once("## Restricted\n\n").unwrap().1;
        let path = std::env::temp_dir().join("stembank-fields-observed.md");
        if rows != expected {
            std::fs::write(&path, &rows).unwrap();
        }
        let differing: Vec<_> = rows.lines().filter(|row| !expected.lines().any(|line| line == *row)).collect();
        assert!(rows == expected, "observed, whole in {}:\n{}", path.display(), differing.join("\n"));
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_public_is_there_without_signing_in() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 2).await;
        let schema = schema(bank).await;
        for name in public() {
            let (kind, field) = name.split_once('.').unwrap();
            let Some(way) = way(kind).filter(|_| kind != "Query") else { continue };
            let leads = schema[kind].iter().any(|known| known.0 == field && known.1);
            let end = if leads { format!("{field} {{ __typename }}") } else { field.to_owned() };
            let answer = bank.ask(None, &format!("{{ {} }}", way.replace("FIELD", &end)), json!({})).await;
            assert!(answer.get("errors").is_none(), "{name}: {answer:#}");
        }
    })
    .await;
}

#[tokio::test]
async fn counts_are_those_of_the_rows_that_one_sees() {
    on_a_bank(async |bank| {
        let people = People::new(bank).await;
        fill(bank, &people).await;
        let foreign = Cast { researcher: people.cast.stranger.clone(), ..people.cast.clone() };
        let line = bank.line("TEST-0009").await;
        bank.submitted(&foreign, &[(line.id, 1)]).await;
        let lists = [
            "distributionRequests(first: 100) { totalCount nodes { id } }",
            "cellLines(first: 100) { totalCount nodes { id } }",
        ];
        let mut seen = BTreeMap::new();
        for (name, person) in people.columns() {
            for list in lists {
                let answer =
                    bank.ask(person.map(|p| p.token.as_str()), &format!("{{ list: {list} }}"), json!({})).await;
                let found = &answer["data"]["list"];
                if let Some(rows) = found["nodes"].as_array() {
                    assert_eq!(found["totalCount"], rows.len(), "{name}: {list}");
                    seen.insert((&list[..4], name), rows.len());
                }
            }
        }
        let of = |name| seen.get(&("dist", name)).copied();
        assert_eq!(of("anonymous"), None);
        assert_eq!([of("applicant"), of("colleague"), of("other researcher")], [Some(3), Some(0), Some(1)]);
        assert_eq!([of("signatory"), of("other signatory"), of("staff")], [Some(2), Some(0), Some(3)]);
        assert_eq!([seen[&("cell", "anonymous")], seen[&("cell", "staff")]], [3, 4], "a line is a draft");
        bank.letters().await;
    })
    .await;
}
