//! Who may do what: the hand-kept table in `permissions.md` against what every operation really answers to every role.
//! Nothing here reads the policy in the code.

use crate::browser::Browser;
use crate::cast::{Cast, Person, holdings};
use crate::support::{Bank, on_a_bank};
use chrono::NaiveDate;
use serde_json::{Value, json};
use stembank::accounts::commands::{DisableAccount, IssueApiToken};
use stembank::actor::Actor;
use stembank::audit::queries::{Filter, export};
use stembank::audit::verify::verify;
use stembank::catalogue::commands::TakeCellLineIntoHoldings;
use stembank::error::{DomainError, Kind};
use stembank::id::{
    AgreementId, ApprovalId, CellLineId, InstitutionId, LotId, MailMessageId, MembershipId, PersonId, RequestId,
    RequestLineId, ShipmentId,
};
use stembank::language::Lang;

const EXPECTED: &str = include_str!("permissions.md");

/// The columns: nobody, then one person of each role.
fn columns(cast: &Cast) -> [Option<&Person>; 6] {
    let people = [&cast.researcher, &cast.signatory, &cast.staff, &cast.committee, &cast.administrator];
    [None, Some(people[0]), Some(people[1]), Some(people[2]), Some(people[3]), Some(people[4])]
}

/// A mutation with ids of nothing: whoever may call it learns that there is no such thing, or what is wrong.
fn mutations() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let (request, line) = (RequestId(999_999).global(), RequestLineId(999_999).global());
    let (agreement, shipment) = (AgreementId(999_999).global(), ShipmentId(999_999).global());
    let (cell_line, lot) = (CellLineId(999_999).global(), LotId(999_999).global());
    let of_request = json!({ "request": request });
    let lines = json!([{ "cellLine": cell_line, "vials": 0 }]);
    let decision = json!([{ "id": line, "decision": "APPROVE" }]);
    let new_lot = json!({ "cellLine": cell_line, "number": "X", "tier": "SEED", "passage": 1, "frozenOn": "2026-01-01",
        "vials": 1, "cellsPerVial": 1 });
    let test = json!({ "lot": lot, "test": "STERILITY", "method": "m", "laboratory": "l", "specification": "s",
        "result": "r", "verdict": "PASS", "testedOn": "2026-01-01", "passage": 1, "analyst": "a", "reviewer": "b" });
    let reason = json!({ "cellLine": cell_line, "reasonEn": "r", "reasonKo": "r" });
    let sign = |party: &str| {
        json!({ "agreement": agreement, "party": party, "meaning": "m", "documentHash": "0", "email": "nobody@example.org",
            "password": "no password of anybody" })
    };
    vec![
        ("createDistributionRequest", "", "CreateDistributionRequestInput", json!({ "lines": lines })),
        ("updateDistributionRequest", "", "UpdateDistributionRequestInput", of_request.clone()),
        ("submitDistributionRequest", "", "DistributionRequestInput", of_request.clone()),
        ("withdrawDistributionRequest", "", "DistributionRequestInput", of_request.clone()),
        ("claimDistributionRequest", "", "DistributionRequestInput", of_request.clone()),
        (
            "returnDistributionRequest",
            "",
            "ReturnDistributionRequestInput",
            json!({ "request": request, "comment": "c" }),
        ),
        (
            "decideDistributionRequest",
            "",
            "DecideDistributionRequestInput",
            json!({ "request": request, "lines": decision }),
        ),
    ]
    .into_iter()
    .chain(mutations_beside_the_way())
    .chain([
        ("createApproval", "", "CreateApprovalInput", json!({ "kind": "LMO_FACILITY", "number": "" })),
        ("verifyApproval", "", "VerifyApprovalInput", json!({ "approval": ApprovalId(999_999).global() })),
        ("chooseApprovals", "", "ChooseApprovalsInput", json!({ "request": request, "approvals": [] })),
        ("offerAgreement", "", "OfferAgreementInput", of_request.clone()),
        ("signAgreement", " as PRINCIPAL_INVESTIGATOR", "SignAgreementInput", sign("PRINCIPAL_INVESTIGATOR")),
        ("signAgreement", " as RECIPIENT", "SignAgreementInput", sign("RECIPIENT")),
        ("signAgreement", " as BANK", "SignAgreementInput", sign("BANK")),
        ("declineAgreement", "", "DeclineAgreementInput", json!({ "agreement": agreement, "reason": "r" })),
        ("reserveVials", "", "RequestLineInput", json!({ "requestLine": line })),
        ("releaseReservation", "", "RequestLineInput", json!({ "requestLine": line })),
        ("createShipment", "", "CreateShipmentInput", of_request),
        ("dispatchShipment", "", "DispatchShipmentInput", json!({ "shipment": shipment })),
        ("confirmReceipt", "", "ConfirmReceiptInput", json!({ "shipment": shipment })),
        ("registerLot", "", "RegisterLotInput", new_lot),
        ("recordQualityTest", "", "RecordQualityTestInput", test),
        ("releaseLot", "", "ReleaseLotInput", json!({ "lot": lot })),
        ("publishCellLine", "", "PublishCellLineInput", json!({ "cellLine": cell_line })),
        ("suspendCellLine", "", "SuspendCellLineInput", reason.clone()),
        ("withdrawCellLine", "", "WithdrawCellLineInput", reason),
    ])
    .chain(mutations_of_institutions())
    .chain([
        ("retryMail", "", "RetryMailInput", json!({ "mail": MailMessageId(999_999).global() })),
        ("setMailPreference", "", "SetMailPreferenceInput", json!({ "event": "REMINDER", "wanted": false })),
        ("eraseAccount", " (one's own)", "EraseAccountInput", json!({ "email": "", "password": "", "confirm": false })),
    ])
    .collect()
}

/// Writing about requests, copying them, changing hands, cancelling a line.
fn mutations_beside_the_way() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let (request, line) = (RequestId(999_999).global(), RequestLineId(999_999).global());
    let of_request = json!({ "request": request });
    let message = json!({ "request": request, "text": "t" });
    let reason = json!({ "request": request, "reason": "r" });
    vec![
        ("postRequestMessage", "", "PostRequestMessageInput", message.clone()),
        ("postRequestNote", "", "PostRequestMessageInput", message),
        ("copyDistributionRequest", "", "CopyDistributionRequestInput", of_request.clone()),
        ("takeOverDistributionRequest", "", "TakeOverDistributionRequestInput", reason),
        ("releaseDistributionRequest", "", "DistributionRequestInput", of_request),
        ("cancelRequestLine", "", "RequestLineInput", json!({ "requestLine": line })),
    ]
}

fn mutations_of_institutions() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let (institution, other) = (InstitutionId(999_999).global(), InstitutionId(999_998).global());
    let membership = MembershipId(999_999).global();
    let role = json!({ "membership": membership, "role": "SIGNATORY", "granted": true });
    let merge = json!({ "from": institution, "into": other, "reason": "r" });
    let nameless = json!({ "name": "", "institutionType": "COMPANY" });
    let named = json!({ "institution": institution });
    let (own, in_charge) =
        (" (one's own membership, or where one is in charge)", " (where one is in charge; else it is not found)");
    let decision = json!({ "membership": membership, "approve": true });
    vec![
        ("joinInstitution", "", "JoinInstitutionInput", named.clone()),
        ("proposeInstitution", "", "ProposeInstitutionInput", nameless),
        ("leaveInstitution", own, "LeaveInstitutionInput", json!({ "membership": membership })),
        ("decideMembership", in_charge, "DecideMembershipInput", decision),
        ("setInstitutionRole", in_charge, "SetInstitutionRoleInput", role),
        ("verifyInstitution", "", "VerifyInstitutionInput", named.clone()),
        ("updateInstitution", "", "UpdateInstitutionInput", named),
        ("closeInstitution", "", "CloseInstitutionInput", json!({ "institution": institution, "reason": "r" })),
        ("reopenInstitution", "", "ReopenInstitutionInput", json!({ "institution": institution, "reason": "r" })),
        ("mergeInstitutions", "", "MergeInstitutionsInput", merge),
    ]
}

/// Getting in, which is everybody's, and managing people.
fn of_access() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let (email, password) = ("nobody@example.org", "no password of anybody");
    let person = PersonId(999_999).global();
    let by_link = json!({ "token": "t", "password": password });
    let of_person = json!({ "person": person, "reason": "r" });
    let role = json!({ "person": person, "role": { "role": "STAFF" } });
    let guest = json!({ "email": "", "name": "", "locale": "EN" });
    vec![
        ("signIn", "", "SignInInput", json!({ "email": email, "password": password })),
        ("signOut", " by a token", "SignOutInput", json!({})),
        ("registerAccount", "", "RegisterAccountInput", guest.clone()),
        ("verifyEmail", "", "VerifyEmailInput", json!({ "token": "t", "password": "p" })),
        ("resendVerification", "", "ResendVerificationInput", json!({ "email": email })),
        ("requestPasswordReset", "", "RequestPasswordResetInput", json!({ "email": email })),
        ("resetPassword", "", "ResetPasswordInput", by_link.clone()),
        ("acceptInvitation", "", "AcceptInvitationInput", by_link),
        ("inviteAccount", "", "InviteAccountInput", guest),
        ("disableAccount", "", "DisableAccountInput", of_person.clone()),
        ("enableAccount", "", "EnableAccountInput", of_person.clone()),
        ("resetSecondFactor", "", "ResetSecondFactorInput", of_person),
        ("grantRole", "", "GrantRoleInput", role.clone()),
        ("revokeRole", "", "RevokeRoleInput", role),
    ]
}

/// What everybody does for themself, in a session; a token may none of it.
fn of_oneself() -> Vec<(&'static str, &'static str, Value)> {
    let password = "no password of anybody";
    let proof = json!({ "password": password, "code": "c" });
    vec![
        ("changePassword", "ChangePasswordInput", json!({ "current": password, "new": password })),
        ("updateProfile", "UpdateProfileInput", json!({ "name": "" })),
        ("enrolSecondFactor", "EnrolSecondFactorInput", json!({ "password": password })),
        ("confirmSecondFactor", "ConfirmSecondFactorInput", json!({ "code": "c" })),
        ("proveSecondFactor", "ProveSecondFactorInput", json!({ "code": "c" })),
        ("removeSecondFactor", "RemoveSecondFactorInput", proof.clone()),
        ("regenerateRecoveryCodes", "RegenerateRecoveryCodesInput", proof),
        ("createApiToken", "CreateApiTokenInput", json!({ "name": "", "scopes": [], "expiresInDays": 0 })),
        ("revokeApiToken", "RevokeApiTokenInput", json!({ "token": stembank::id::TokenId(999_999).global() })),
        ("endSession", "EndSessionInput", json!({ "session": stembank::id::SessionId(999_999).global() })),
        ("unlinkIdentity", "UnlinkIdentityInput", json!({ "provider": "nowhere" })),
    ]
}

/// What everybody does for themself, tried in a session; before, that no token may.
async fn observed_in_sessions(bank: &Bank, cast: &Cast) -> Vec<(String, [&'static str; 6])> {
    let mut table = vec![];
    for (mutation, kind, input) in of_oneself() {
        let by_token = observed_mutation(bank, cast, mutation, kind, &input).await;
        assert_eq!(by_token, ["sign in", "no", "no", "no", "no", "no"], "{mutation} by a token");
        let mut row = ["", "", "", "", "", ""];
        for (place, person) in columns(cast).into_iter().enumerate() {
            let browser = match person {
                Some(person) => bank.browser_of(person).await,
                None => Browser::of(bank),
            };
            let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ errors {{ code }} }} }}");
            row[place] = verdict(&browser.send(&query, json!({ "input": input }), &[]).await.json());
        }
        table.push((format!("{mutation} in a session"), row));
    }
    table
}

/// What an answer says about the right to ask.
fn verdict(answer: &Value) -> &'static str {
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some("UNAUTHENTICATED") => "sign in",
        Some("FORBIDDEN") => "no",
        Some("NOT_FOUND") | None => "yes",
        Some(other) => panic!("{other} says nothing about the right to ask: {answer}"),
    }
}

async fn ask(bank: &Bank, person: Option<&Person>, query: &str) -> Value {
    bank.ask(person.map(|person| person.token.as_str()), query, json!({})).await
}

async fn observed_mutation(bank: &Bank, cast: &Cast, mutation: &str, kind: &str, input: &Value) -> [&'static str; 6] {
    let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ errors {{ code }} }} }}");
    let mut row = ["", "", "", "", "", ""];
    for (place, person) in columns(cast).into_iter().enumerate() {
        let token = person.map(|person| person.token.as_str());
        row[place] = verdict(&bank.ask(token, &query, json!({ "input": input })).await);
    }
    row
}

/// Reads that the roles see differently: each with what shows that it was seen.
async fn observed_reads(bank: &Bank, cast: &Cast) -> Vec<(String, [&'static str; 6])> {
    let draft = "{ cellLine(accession: \"TEST-0002\") { name } }";
    let lot = "{ cellLine(accession: \"TEST-0001\") { availableVials lots { number vials { barcode } } } }";
    let foreign = "{ distributionRequest(number: \"REQ-2026-00001\") { number } }";
    let public = "{ cellLines { totalCount } diseases { totalCount } institutions { totalCount } yearlyDistribution(year: 2024) { year }
        checkUse(input: { accession: \"TEST-0001\", intendedUse: EDUCATION }) { outcome } }";
    let rows = "{ yearlyDistribution(year: 2026) { records { nodes { requestNumber } } } }";
    let seen = |is: bool| if is { "yes" } else { "no" };
    let mut table: Vec<(String, [&'static str; 6])> = [
        "read the catalogue, diseases, institutions, statistics; check a use",
        "see stock as numbers",
        "see lines that are drafts, and lots in quarantine",
        "see single vials",
        "list requests (each sees what concerns them)",
        "see the request of somebody else's institution",
        "open the rows behind a year's figures",
        "search the history, see how far it is sealed",
        "read the outbox of letters",
        "list and search accounts",
    ]
    .map(|name| (name.to_owned(), ["", "", "", "", "", ""]))
    .into();
    for (place, person) in columns(cast).into_iter().enumerate() {
        table[0].1[place] = seen(ask(bank, person, public).await.get("errors").is_none());
        let line = ask(bank, person, lot).await["data"]["cellLine"].clone();
        table[1].1[place] = seen(line["availableVials"] == 3);
        let in_quarantine = line["lots"].as_array().unwrap().iter().any(|lot| lot["number"] == "QUARANTINED");
        let sees_draft = !ask(bank, person, draft).await["data"]["cellLine"].is_null();
        assert_eq!(in_quarantine, sees_draft, "both are for the same people");
        table[2].1[place] = seen(sees_draft);
        table[3].1[place] = seen(line["lots"][0]["vials"].is_array());
        table[4].1[place] = verdict(&ask(bank, person, "{ distributionRequests { totalCount } }").await);
        table[5].1[place] = seen(!ask(bank, person, foreign).await["data"]["distributionRequest"].is_null());
        table[6].1[place] = verdict(&ask(bank, person, rows).await);
        table[7].1[place] = verdict(&ask(bank, person, "{ auditEvents { nodes { id } } }").await);
        assert_eq!(verdict(&ask(bank, person, "{ auditChain { sealed } }").await), table[7].1[place]);
        table[8].1[place] = verdict(&ask(bank, person, "{ outbox { totalCount counts { count } } }").await);
        table[9].1[place] = verdict(&ask(bank, person, "{ accounts { totalCount } }").await);
    }
    table
}

/// What is restricted of institutions: a proposal and a request to join, both of somebody else.
async fn observed_institutions(bank: &Bank, cast: &Cast) -> Vec<(String, [&'static str; 6])> {
    let requests = "{ membershipRequests { totalCount } }";
    let proposed = "{ institutions(search: \"unheard\") { totalCount } }";
    let members = format!(
        "{{ node(id: \"{}\") {{ ... on Institution {{ memberships {{ totalCount }} }} }} }}",
        cast.university.global()
    );
    let seen = |is: bool| if is { "yes" } else { "no" };
    let mut table: Vec<(String, [&'static str; 6])> = [
        "see who asks to join an institution one is not in charge of",
        "see an institution that somebody else proposed",
        "see the members of an institution one is not in charge of",
    ]
    .map(|name| (name.to_owned(), ["", "", "", "", "", ""]))
    .into();
    for (place, person) in columns(cast).into_iter().enumerate() {
        let answer = ask(bank, person, requests).await;
        table[0].1[place] = match verdict(&answer) {
            "yes" => seen(answer["data"]["membershipRequests"]["totalCount"] == 1),
            barred => barred,
        };
        table[1].1[place] = seen(ask(bank, person, proposed).await["data"]["institutions"]["totalCount"] == 1);
        table[2].1[place] = seen(ask(bank, person, &members).await["data"]["node"]["memberships"].is_object());
    }
    table
}

/// What only the command line offers.
async fn observed_commands(bank: &Bank, cast: &Cast) -> Vec<(String, [&'static str; 6])> {
    let [mut hold, mut administer, mut history] = [["", "", "", "", "", ""]; 3];
    for (place, person) in columns(cast).into_iter().enumerate() {
        let actor = person.map_or(Actor::anonymous(Lang::En), |person| person.actor.clone());
        let take = TakeCellLineIntoHoldings { line: CellLineId(999_999), holdings: holdings("TEST-9999") };
        let held = bank.app.run(&actor, take).await;
        hold[place] = of_error(&held.unwrap_err());
        let disable = DisableAccount { person: PersonId(999_999), reason: "made up".into() };
        let disabled = bank.app.run(&actor, disable).await;
        administer[place] = of_error(&disabled.unwrap_err());
        let issued = bank.app.run(&actor, IssueApiToken::with_every_scope("nobody@example.org", "t")).await;
        assert_eq!(of_error(&issued.unwrap_err()), administer[place]);
        let filter = Filter { from: NaiveDate::MAX.into(), to: NaiveDate::MIN.into(), ..Filter::default() };
        history[place] = of_error(&export(&bank.app, &actor, &filter, &mut vec![]).await.unwrap_err());
        let verified = verify(&bank.app, &actor, Some("no hash")).await;
        assert_eq!(of_error(&verified.unwrap_err()), history[place]);
    }
    vec![
        ("take a line into the holdings (command line, demo)".into(), hold),
        ("open an account, give a token, import records (command line)".into(), administer),
        ("verify and export the history (command line)".into(), history),
    ]
}

fn of_error(error: &dyn DomainError) -> &'static str {
    match error.describe().kind {
        Kind::Unauthenticated => "sign in",
        Kind::Forbidden => "no",
        _ => "yes",
    }
}

#[tokio::test]
async fn every_operation_answers_every_role_as_the_table_says() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        bank.quarantined(&cast.staff, line.id, "QUARANTINED", 3).await;
        bank.line("TEST-0002").await;
        bank.back_to_draft("TEST-0002").await;
        let foreign = Cast { researcher: cast.stranger.clone(), ..cast.clone() };
        bank.submitted(&foreign, &[(line.id, 1)]).await;
        let input = json!({ "institution": cast.university.global() });
        bank.done(&cast.stranger, "joinInstitution", "membership", "id", input).await;
        let input = json!({ "name": "Unheard of", "institutionType": "COMPANY" });
        bank.done(&cast.stranger, "proposeInstitution", "institution", "id", input).await;
        let before = bank.contents().await;

        let mut rows = observed_reads(bank, &cast).await;
        rows.extend(observed_institutions(bank, &cast).await);
        for (mutation, suffix, kind, input) in mutations().into_iter().chain(of_access()) {
            let row = observed_mutation(bank, &cast, mutation, kind, &input).await;
            rows.push((format!("{mutation}{suffix}"), row));
        }
        rows.extend(observed_commands(bank, &cast).await);
        let mut after = bank.contents().await;
        // That somebody read what is sensitive is all that may be new.
        let read = ["audit.search", "statistics.read_rows"];
        after.get_mut("audit_event").unwrap().retain(|event| !read.iter().any(|action| event.contains(action)));
        assert_eq!(after, before, "asking changed something");
        rows.extend(observed_in_sessions(bank, &cast).await);

        let header = "| operation | anonymous | researcher | signatory | staff | committee member | administrator |\n|---|---|---|---|---|---|---|\n";
        let body: String = rows.iter().map(|(name, row)| format!("| {name} | {} |\n", row.join(" | "))).collect();
        assert_eq!(format!("{header}{body}"), EXPECTED);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn every_mutation_of_the_schema_stands_in_the_table() {
    on_a_bank(async |bank| {
        let answer = ask(bank, None, "{ __schema { mutationType { fields { name } } } }").await;
        for field in answer["data"]["__schema"]["mutationType"]["fields"].as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            let by_token = mutations().into_iter().chain(of_access()).any(|row| row.0 == name);
            assert!(by_token || of_oneself().iter().any(|row| row.0 == name), "{name} is not tried with every role");
        }
    })
    .await;
}

#[test]
fn the_documentation_shows_the_same_table() {
    let guide = include_str!("../../docs/api.md");
    assert!(guide.contains(EXPECTED), "the permission matrix in docs/api.md differs from tests/bank/permissions.md");
}

#[tokio::test]
async fn a_request_is_seen_by_those_it_concerns_and_by_nobody_else() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.draft(&cast.researcher, &[(line.id, 1)]).await;
        let query = format!(
            "{{ distributionRequest(number: \"{}\") {{ number }} distributionRequests {{ totalCount }} }}",
            journey.number
        );
        let sees = async |person: &Person| {
            let data = ask(bank, Some(person), &query).await["data"].clone();
            let seen = !data["distributionRequest"].is_null();
            assert_eq!(
                data["distributionRequests"]["totalCount"],
                i64::from(seen),
                "lists and counts are scoped alike"
            );
            seen
        };
        assert!(sees(&cast.researcher).await);
        for person in [&cast.stranger, &cast.signatory, &cast.staff, &cast.committee, &cast.administrator] {
            assert!(!sees(person).await, "a draft is its applicant's own: {}", person.email);
        }
        let input = json!({ "request": journey.id });
        bank.done(&cast.researcher, "submitDistributionRequest", "distributionRequest", "state", input).await;
        for person in [&cast.researcher, &cast.signatory, &cast.staff, &cast.committee, &cast.administrator] {
            assert!(sees(person).await, "{}", person.email);
        }
        assert!(!sees(&cast.stranger).await);
        bank.letters().await;
    })
    .await;
}

/// The names in the first column that are mutations, each with what a column says of it: yes if any of its rows does.
fn expected_of(place: usize) -> std::collections::BTreeMap<String, bool> {
    let mut expected = std::collections::BTreeMap::new();
    for row in EXPECTED.lines().skip(2) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let name = cells[1].split(' ').next().unwrap();
        let by_token = mutations().into_iter().chain(of_access()).any(|mutation| mutation.0 == name);
        if by_token {
            *expected.entry(name.to_owned()).or_default() |= cells[place + 2] == "yes";
        } else if of_oneself().iter().any(|mutation| mutation.0 == name) {
            // The table shows what a session may; these people ask by a token.
            expected.insert(name.to_owned(), false);
        }
    }
    expected
}

#[tokio::test]
async fn the_viewer_is_told_which_mutations_the_table_allows() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let query = "{ viewer { commands { name allowed reason } } }";
        for (place, person) in columns(&cast).into_iter().enumerate().skip(1) {
            let commands = ask(bank, person, query).await["data"]["viewer"]["commands"].clone();
            let mut offered = std::collections::BTreeMap::new();
            for command in commands.as_array().unwrap() {
                let allowed = command["allowed"] == true;
                assert_eq!(allowed, command["reason"].is_null(), "{command}");
                offered.insert(command["name"].as_str().unwrap().to_owned(), allowed);
            }
            assert_eq!(offered, expected_of(place), "{}", person.unwrap().email);
        }
        let schema = ask(bank, None, "{ __schema { mutationType { fields { name } } } }").await;
        let fields = schema["data"]["__schema"]["mutationType"]["fields"].as_array().unwrap().clone();
        let mut named: Vec<_> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
        let mut verbs: Vec<_> = stembank::actor::Verb::mutations().map(|verb| verb.name()).collect();
        named.sort_unstable();
        verbs.sort_unstable();
        assert_eq!(named, verbs, "every mutation says in actor/verbs.rs what it takes");
        assert!(ask(bank, None, query).await["data"]["viewer"].is_null());
    })
    .await;
}
