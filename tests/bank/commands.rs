//! What a client is told it may do, against what the mutations really answer: every command, as everybody, at every
//! step of a request's life.

use crate::cast::{Cast, Person};
use crate::journey::{Journey, signing};
use crate::support::{BEGINNING, Bank, on_a_bank};
use serde_json::{Value, json};
use stembank::catalogue::LineView;
use stembank::id::CellLineId;

/// A step of a request's life at which everybody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Incomplete,
    Draft,
    Submitted,
    Withdrawn,
    Returned,
    UnderReview,
    Rejected,
    Approved,
    ApprovalExpired,
    Offered,
    Declined,
    SignedByInvestigator,
    SignedByRecipient,
    InForce,
    Waitlisted,
    Reserved,
    Packed,
    PackedAndApprovalExpired,
    Shipped,
    Received,
}

use Step::*;

const STEPS: [Step; 20] = [
    Incomplete,
    Draft,
    Submitted,
    Withdrawn,
    Returned,
    UnderReview,
    Rejected,
    Approved,
    ApprovalExpired,
    Offered,
    Declined,
    SignedByInvestigator,
    SignedByRecipient,
    InForce,
    Waitlisted,
    Reserved,
    Packed,
    PackedAndApprovalExpired,
    Shipped,
    Received,
];

/// The bank with its people and two lines, one of them without stock.
struct Stage<'a> {
    bank: &'a Bank,
    cast: Cast,
    stocked: LineView,
    bare: LineView,
}

impl<'a> Stage<'a> {
    async fn new(bank: &'a Bank) -> Self {
        let cast = bank.cast().await;
        let (stocked, bare) = (bank.line("TEST-0001").await, bank.line("TEST-0002").await);
        bank.lot(&cast.staff, stocked.id, "TEST-LOT-1", 500).await;
        Self { bank, cast, stocked, bare }
    }

    /// A new request at a step; the clock stands where the step is.
    async fn at(&self, step: Step) -> Journey {
        let Self { bank, cast, .. } = self;
        bank.app.clock.set(BEGINNING.parse().unwrap());
        let lines: &[(CellLineId, i32)] = &[(self.stocked.id, 1)];
        let journey = match step {
            Incomplete => self.incomplete().await,
            Draft => bank.draft(&cast.researcher, lines).await,
            Submitted | Withdrawn => bank.submitted(cast, lines).await,
            Returned | UnderReview | Rejected => bank.claimed(cast, lines).await,
            Approved | ApprovalExpired | Offered | Declined | SignedByInvestigator | SignedByRecipient => {
                bank.approved(cast, lines).await
            }
            InForce | Reserved | Packed | PackedAndApprovalExpired => bank.in_force(cast, lines).await,
            Waitlisted => bank.in_force(cast, &[(self.bare.id, 1)]).await,
            Shipped | Received => bank.shipped(cast, lines).await.0,
        };
        self.go_on(step, &journey).await;
        if matches!(step, ApprovalExpired | PackedAndApprovalExpired) {
            bank.app.clock.set("2031-01-02T03:00:00Z".parse().unwrap());
        }
        bank.letters().await;
        journey
    }

    async fn incomplete(&self) -> Journey {
        let input = json!({ "projectTitle": "Only a title" });
        let (create, object) = ("createDistributionRequest", "distributionRequest");
        let request = self.bank.done(&self.cast.researcher, create, object, "id number", input).await;
        let number = request["number"].as_str().unwrap().to_owned();
        Journey { id: request["id"].clone(), number, lines: vec![] }
    }

    async fn go_on(&self, step: Step, journey: &Journey) {
        let Self { bank, cast, .. } = self;
        let of_request = json!({ "request": journey.id });
        let object = "distributionRequest";
        match step {
            Withdrawn => {
                drop(bank.done(&cast.researcher, "withdrawDistributionRequest", object, "id", of_request).await)
            }
            Returned => {
                let input = json!({ "request": journey.id, "comment": "Please complete." });
                bank.done(&cast.staff, "returnDistributionRequest", object, "id", input).await;
            }
            Rejected => {
                let line = json!({ "id": journey.lines[0], "decision": "REFUSE", "refusal": "OTHER", "reason": "no" });
                let input = json!({ "request": journey.id, "lines": [line] });
                bank.done(&cast.staff, "decideDistributionRequest", object, "id", input).await;
            }
            Offered => drop(bank.offered(cast, journey).await),
            Declined => {
                let agreement = bank.offered(cast, journey).await;
                let input = json!({ "agreement": agreement["id"], "reason": "not so" });
                bank.done(&cast.researcher, "declineAgreement", "agreement", "id", input).await;
            }
            SignedByInvestigator | SignedByRecipient => {
                let agreement = bank.offered(cast, journey).await;
                bank.sign(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR").await;
                if step == SignedByRecipient {
                    bank.sign(&cast.signatory, &agreement, "RECIPIENT").await;
                }
            }
            Waitlisted => assert_eq!(bank.reserve(cast, &journey.lines[0]).await, "WAITLISTED"),
            Reserved | Packed | PackedAndApprovalExpired => {
                assert_eq!(bank.reserve(cast, &journey.lines[0]).await, "RESERVED");
                if step != Reserved {
                    bank.packed(cast, journey).await;
                }
            }
            Received => {
                let inside = self.inside(journey).await;
                let input = json!({ "shipment": inside["shipments"][0]["id"] });
                bank.done(&cast.researcher, "confirmReceipt", "shipment", "id", input).await;
            }
            _ => {}
        }
    }

    /// Everything of a request that a command can be given to, as its applicant sees it.
    async fn inside(&self, journey: &Journey) -> Value {
        let query = "query($number: String!) { distributionRequest(number: $number) {
            lines { id state } agreement { id documentHash } shipments { id } } }";
        let answer = self.bank.data(&self.cast.researcher, query, json!({ "number": journey.number })).await;
        answer["distributionRequest"].clone()
    }

    /// Gives a command in every way in which it can be given to this request: the codes of the refusals, or that one
    /// way worked, after which no other is tried.
    async fn give(&self, person: &Person, command: &str, journey: &Journey) -> Result<(), Vec<String>> {
        let mut codes = vec![];
        for (mutation, kind, input) in ways(command, person, journey, &self.inside(journey).await) {
            let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ errors {{ code }} }} }}");
            let answer = self.bank.ask(Some(&person.token), &query, json!({ "input": input })).await;
            let refused =
                [&answer["data"][mutation]["errors"][0]["code"], &answer["errors"][0]["extensions"]["reason"]];
            let not_found = answer["errors"][0]["extensions"]["code"].as_str();
            match refused.iter().find_map(|code| code.as_str()).or(not_found) {
                Some(code) => codes.push(code.to_owned()),
                None => return Ok(()),
            }
        }
        Err(codes)
    }
}

type Way = (&'static str, &'static str, Value);

fn ways(command: &str, person: &Person, journey: &Journey, inside: &Value) -> Vec<Way> {
    let of_request = json!({ "request": journey.id });
    let one = |mutation, kind, input: Value| vec![(mutation, kind, input)];
    let agreement = &inside["agreement"];
    let shipments = inside["shipments"].as_array().unwrap();
    let each_line = |mutation| {
        let way = |id: &Value| (mutation, "RequestLineInput", json!({ "requestLine": id }));
        journey.lines.iter().map(way).collect()
    };
    let of_shipments = |mutation, kind| {
        let way = |shipment: &Value| (mutation, kind, json!({ "shipment": shipment["id"] }));
        shipments.iter().map(way).collect::<Vec<Way>>()
    };
    match command {
        "UPDATE" => one("updateDistributionRequest", "UpdateDistributionRequestInput", of_request),
        "SUBMIT" => one("submitDistributionRequest", "DistributionRequestInput", of_request),
        "WITHDRAW" => one("withdrawDistributionRequest", "DistributionRequestInput", of_request),
        "CLAIM" => one("claimDistributionRequest", "DistributionRequestInput", of_request),
        "RETURN" => {
            let input = json!({ "request": journey.id, "comment": "Please complete." });
            one("returnDistributionRequest", "ReturnDistributionRequestInput", input)
        }
        "TAKE_OVER" => {
            let input = json!({ "request": journey.id, "reason": "Made up." });
            one("takeOverDistributionRequest", "TakeOverDistributionRequestInput", input)
        }
        "RELEASE" => one("releaseDistributionRequest", "DistributionRequestInput", of_request),
        "CANCEL_LINE" => each_line("cancelRequestLine"),
        "DECIDE" => {
            let line = |id: &Value| json!({ "id": id, "decision": "REFUSE", "refusal": "OTHER", "reason": "no" });
            let input = json!({ "request": journey.id, "lines": journey.lines.iter().map(line).collect::<Vec<_>>() });
            one("decideDistributionRequest", "DecideDistributionRequestInput", input)
        }
        "OFFER_AGREEMENT" => one("offerAgreement", "OfferAgreementInput", of_request),
        "SIGN_AGREEMENT" if !agreement.is_null() => {
            let parties = ["PRINCIPAL_INVESTIGATOR", "RECIPIENT", "BANK"];
            parties.map(|party| ("signAgreement", "SignAgreementInput", signing(person, agreement, party))).into()
        }
        "DECLINE_AGREEMENT" if !agreement.is_null() => {
            let input = json!({ "agreement": agreement["id"], "reason": "not so" });
            one("declineAgreement", "DeclineAgreementInput", input)
        }
        "RESERVE" => each_line("reserveVials"),
        "RELEASE_RESERVATION" => each_line("releaseReservation"),
        "CREATE_SHIPMENT" => one("createShipment", "CreateShipmentInput", of_request),
        "DISPATCH" => of_shipments("dispatchShipment", "DispatchShipmentInput"),
        "CONFIRM_RECEIPT" => of_shipments("confirmReceipt", "ConfirmReceiptInput"),
        _ => vec![],
    }
}

/// What one person is told about a request, in one language; nothing if they do not see it.
async fn offered(bank: &Bank, person: &Person, journey: &Journey, lang: &str) -> Option<Vec<Value>> {
    let query = "query($number: String!) { distributionRequest(number: $number) {
        commandsForViewer { command allowed reason code rule } } }";
    let body = json!({ "query": query, "variables": { "number": journey.number } }).to_string();
    let (_, answer) = bank.post(Some(&person.token), &[("accept-language", lang)], body).await;
    assert!(answer.get("errors").is_none(), "{answer:#}");
    Some(answer["data"]["distributionRequest"].as_object()?["commandsForViewer"].as_array().unwrap().clone())
}

fn has_korean(text: &str) -> bool {
    text.chars().any(|c| ('가'..='힣').contains(&c))
}

/// Both languages agree but for the sentence, and the sentence is there when something is refused, and only then.
fn is_said_in_both(english: &Value, korean: &Value) {
    for key in ["command", "allowed", "code", "rule"] {
        assert_eq!(english[key], korean[key]);
    }
    if english["allowed"] == true {
        assert_eq!([&english["reason"], &korean["reason"], &english["code"]], [&Value::Null; 3], "{english}");
    } else {
        assert!(!has_korean(english["reason"].as_str().unwrap()), "{english}");
        assert!(has_korean(korean["reason"].as_str().unwrap()), "{korean}");
        assert!(english["code"].is_string(), "{english}");
    }
}

async fn everybody_is_told_the_truth(stage: &Stage<'_>, step: Step) -> usize {
    let Cast { researcher, signatory, staff, second_staff, committee, administrator, stranger, .. } = &stage.cast;
    let journey = stage.at(step).await;
    let mut allowed = 0;
    let everybody = [researcher, signatory, staff, second_staff, committee, administrator, stranger];
    let before = stage.bank.contents().await;
    let mut given = vec![];
    for person in everybody {
        let Some(english) = offered(stage.bank, person, &journey, "en").await else {
            let drafts = matches!(step, Incomplete | Draft);
            assert!(person.email == stranger.email || drafts, "{step:?}: {} sees nothing", person.email);
            continue;
        };
        let korean = offered(stage.bank, person, &journey, "ko").await.unwrap();
        assert_eq!(english.len(), 17);
        for (english, korean) in english.iter().zip(&korean) {
            is_said_in_both(english, korean);
            let command = english["command"].as_str().unwrap().to_owned();
            if english["allowed"] == true {
                given.push((person, command));
                continue;
            }
            let answer = stage.give(person, &command, &journey).await;
            let refusals = answer.expect_err(&format!("{step:?}: {} {command} was done: {english}", person.email));
            let code = english["code"].as_str().unwrap();
            let same = refusals.is_empty() || refusals.iter().any(|refusal| refusal == code);
            assert!(same, "{step:?}: {} {command}: {english} but {refusals:?}", person.email);
        }
    }
    assert_eq!(stage.bank.contents().await, before, "{step:?}: a refused command changed something");
    for (person, command) in given {
        let fresh = stage.at(step).await;
        let answer = stage.give(person, &command, &fresh).await;
        assert_eq!(answer, Ok(()), "{step:?}: {} was told to {command}", person.email);
        allowed += 1;
    }
    stage.bank.letters().await;
    allowed
}

#[tokio::test]
async fn everybody_is_told_at_every_step_what_they_may_do_and_that_is_what_the_bank_does() {
    on_a_bank(async |bank| {
        let stage = Stage::new(bank).await;
        let mut allowed = vec![];
        for step in STEPS {
            allowed.push((step, everybody_is_told_the_truth(&stage, step).await));
        }
        let expected = [
            (Incomplete, 2),
            (Draft, 3),
            (Submitted, 3),
            (Withdrawn, 0),
            (Returned, 3),
            (UnderReview, 5),
            (Rejected, 0),
            (Approved, 5),
            (ApprovalExpired, 3),
            (Offered, 6),
            (Declined, 5),
            (SignedByInvestigator, 6),
            (SignedByRecipient, 7),
            (InForce, 3),
            (Waitlisted, 3),
            (Reserved, 4),
            (Packed, 2),
            (PackedAndApprovalExpired, 0),
            (Shipped, 1),
            (Received, 0),
        ];
        assert_eq!(allowed, expected);
    })
    .await;
}

#[tokio::test]
async fn a_page_of_requests_asks_for_commands_with_as_many_queries_as_one_request() {
    on_a_bank(async |bank| {
        let stage = Stage::new(bank).await;
        let mut counted = vec![];
        for _ in 0..2 {
            for step in [Offered, Packed, Submitted] {
                stage.at(step).await;
            }
            let mut app = bank.app.clone();
            let queries = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
            let seen = queries.clone();
            app.db.watch_reads(move |_| {
                seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            });
            let instance = crate::instance::Instance::running(app);
            let query = "{ distributionRequests(first: 20) { nodes { commandsForViewer { command allowed } } } }";
            let token = crate::instance::bearer(&stage.cast.staff.token);
            let answer = instance.post(&[("authorization", token.as_str())], json!({ "query": query })).await.json();
            assert!(answer.get("errors").is_none(), "{answer:#}");
            counted.push(queries.load(std::sync::atomic::Ordering::Relaxed));
        }
        assert_eq!(counted[0], counted[1], "twice as many requests, as many queries");
        bank.letters().await;
    })
    .await;
}
