//! The stretches of a request's way, so that a test can begin where it wants.

use crate::cast::{Cast, PASSWORD, Person};
use crate::support::Bank;
use serde_json::{Value, json};
use stembank::id::CellLineId;

/// A request as clients know it.
#[derive(Clone, Debug)]
pub struct Journey {
    /// Global id.
    pub id: Value,
    /// Number.
    pub number: String,
    /// Global ids of its lines.
    pub lines: Vec<Value>,
}

/// Fields of a complete request for some vials of some lines.
pub fn complete(lines: &[(CellLineId, i32)]) -> Value {
    let lines: Vec<_> =
        lines.iter().map(|(line, vials)| json!({ "cellLine": line.global(), "vials": vials })).collect();
    json!({
        "lines": lines,
        "projectTitle": "A made-up project",
        "summary": "Made up for a test.",
        "usePlan": "Culture, differentiate, compare.",
        "intendedUse": "BASIC_RESEARCH",
        "region": "서울특별시",
        "address": "1 Made-up Street",
        "irbApprovalNumber": "IRB-1 (made up)",
        "irbValidUntil": "2030-12-31",
    })
}

impl Bank {
    /// A draft.
    pub async fn draft(&self, researcher: &Person, lines: &[(CellLineId, i32)]) -> Journey {
        let fields = "id number lines { id }";
        let input = complete(lines);
        let request = self.done(researcher, "createDistributionRequest", "distributionRequest", fields, input).await;
        let lines = request["lines"].as_array().unwrap().iter().map(|line| line["id"].clone()).collect();
        Journey { id: request["id"].clone(), number: request["number"].as_str().unwrap().into(), lines }
    }

    /// A submitted request.
    pub async fn submitted(&self, cast: &Cast, lines: &[(CellLineId, i32)]) -> Journey {
        let journey = self.draft(&cast.researcher, lines).await;
        let input = json!({ "request": journey.id });
        self.done(&cast.researcher, "submitDistributionRequest", "distributionRequest", "state", input).await;
        journey
    }

    /// A request that the member of staff took.
    pub async fn claimed(&self, cast: &Cast, lines: &[(CellLineId, i32)]) -> Journey {
        let journey = self.submitted(cast, lines).await;
        let input = json!({ "request": journey.id });
        self.done(&cast.staff, "claimDistributionRequest", "distributionRequest", "state", input).await;
        journey
    }

    /// A request of which every line is approved.
    pub async fn approved(&self, cast: &Cast, lines: &[(CellLineId, i32)]) -> Journey {
        let journey = self.claimed(cast, lines).await;
        let lines: Vec<_> = journey.lines.iter().map(|id| json!({ "id": id, "decision": "APPROVE" })).collect();
        let input = json!({ "request": journey.id, "lines": lines });
        self.done(&cast.staff, "decideDistributionRequest", "distributionRequest", "state", input).await;
        journey
    }

    /// Offers the agreement: its id and the hash of its text.
    pub async fn offered(&self, cast: &Cast, journey: &Journey) -> Value {
        let input = json!({ "request": journey.id });
        self.done(&cast.staff, "offerAgreement", "agreement", "id documentHash number text state", input).await
    }

    /// Signs for one party.
    pub async fn sign(&self, person: &Person, agreement: &Value, party: &str) -> Value {
        let input = signing(person, agreement, party);
        self.done(person, "signAgreement", "agreement", "state nextParty", input).await
    }

    /// A request whose agreement is in force.
    pub async fn in_force(&self, cast: &Cast, lines: &[(CellLineId, i32)]) -> Journey {
        let journey = self.approved(cast, lines).await;
        let agreement = self.offered(cast, &journey).await;
        self.sign(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR").await;
        self.sign(&cast.signatory, &agreement, "RECIPIENT").await;
        let signed = self.sign(&cast.administrator, &agreement, "BANK").await;
        assert_eq!(signed["state"], "IN_FORCE");
        journey
    }

    /// Reserves a line: its state afterwards.
    pub async fn reserve(&self, cast: &Cast, line: &Value) -> String {
        let input = json!({ "requestLine": line });
        let line = self.done(&cast.staff, "reserveVials", "requestLine", "state", input).await;
        line["state"].as_str().unwrap().into()
    }

    /// Packs everything reserved: the shipment's id.
    pub async fn packed(&self, cast: &Cast, journey: &Journey) -> Value {
        let input = json!({ "request": journey.id });
        self.done(&cast.staff, "createShipment", "shipment", "id", input).await["id"].clone()
    }

    /// A request whose lines are all shipped: the shipment's id.
    pub async fn shipped(&self, cast: &Cast, lines: &[(CellLineId, i32)]) -> (Journey, Value) {
        let journey = self.in_force(cast, lines).await;
        for line in &journey.lines {
            assert_eq!(self.reserve(cast, line).await, "RESERVED");
        }
        let shipment = self.packed(cast, &journey).await;
        let input = json!({ "shipment": shipment, "courier": "Made-up courier", "trackingNumber": "0001" });
        self.done(&cast.staff, "dispatchShipment", "shipment", "state", input).await;
        (journey, shipment)
    }
}

/// The input of a signature by somebody with the right password.
pub fn signing(person: &Person, agreement: &Value, party: &str) -> Value {
    json!({
        "agreement": agreement["id"],
        "party": party,
        "meaning": "I agree",
        "documentHash": agreement["documentHash"],
        "email": person.email,
        "password": PASSWORD,
    })
}
