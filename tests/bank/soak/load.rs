//! The load: applicants and staff who bring requests from the draft to the receipt over HTTP, each by somebody who
//! keeps what the service acknowledged, what it refused as "nothing was changed", and what nobody answered.

use super::Step;
use super::ledger::Ledger;
use crate::cast::{Cast, Person};
use crate::journey::{complete, signing};
use crate::logs::try_post;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;
use stembank::id::CellLineId;

/// After so many attempts a step is given up; faults end long before.
const ATTEMPTS: u32 = 200;
const AFTER_REFUSAL: Duration = Duration::from_millis(100);
const AFTER_SILENCE: Duration = Duration::from_millis(1500);
/// After so long without an answer a COMMIT that waited for a lock, of an instance that was killed, is over: whoever has
/// no key and does not find their draft by then may ask again.
const OVER_AFTER: Duration = Duration::from_secs(7);
/// Codes and reasons of what trying again mends.
const PASSING: [&str; 4] = ["BUSY", "STORAGE_FAILED", "RATE_LIMITED", "INTERNAL"];

/// What one worker is given.
pub struct Assignment {
    /// Instances of the service; it asks any of them.
    pub instances: Vec<SocketAddr>,
    /// Who takes part.
    pub cast: Cast,
    /// A line of which there are vials for all.
    pub plenty: CellLineId,
    /// A line of which there are few vials: who gets some puts them back.
    pub scarce: CellLineId,
    /// What was answered.
    pub ledger: Arc<Ledger>,
    /// True when it is time to end.
    pub ending: Arc<AtomicBool>,
}

/// What came of one call.
#[derive(Debug)]
enum Outcome {
    Done(Value),
    /// The code, or the more exact reason.
    Refused(String),
    Silence,
}

/// One worker: request after request until it is told to end.
pub struct Worker {
    with: Assignment,
    random: StdRng,
    name: String,
    count: u32,
}

/// Nothing more can be done with this request.
struct GivenUp;

/// One request under way.
struct Way {
    title: String,
    number: String,
    id: Value,
    line: Value,
}

impl Worker {
    /// A worker whose choices follow from a seed.
    pub fn new(with: Assignment, seed: u64, name: String) -> Self {
        Self { with, random: StdRng::seed_from_u64(seed), name, count: 0 }
    }

    /// Works until it is told to end.
    pub fn run(mut self) {
        while !self.with.ending.load(Ordering::Relaxed) {
            self.count += 1;
            let scarce = self.random.random_ratio(1, 4);
            if self.request(scarce).is_err() && !self.with.ending.load(Ordering::Relaxed) {
                self.with.ledger.fault(format!("{}-{} was given up", self.name, self.count));
            }
        }
    }

    /// Brings one request as far as chance has it.
    fn request(&mut self, scarce: bool) -> Result<(), GivenUp> {
        let line = if scarce { self.with.scarce } else { self.with.plenty };
        let Some(way) = self.draft(line)? else { return Ok(()) };
        let steps = self.random.random_range(1..=6);
        let cast = self.with.cast.clone();
        let this = json!({ "request": way.id });
        self.step(&way, Step::Submit, &cast.researcher, this.clone())?;
        if steps == 1 {
            return self.step(&way, Step::Withdraw, &cast.researcher, this).map(drop);
        }
        self.step(&way, Step::Claim, &cast.staff, this.clone())?;
        let decision = json!({ "request": way.id, "lines": [{ "id": way.line, "decision": "APPROVE" }] });
        self.step(&way, Step::Decide, &cast.staff, decision)?;
        if steps == 2 {
            return Ok(());
        }
        let agreement = self.step(&way, Step::Offer, &cast.staff, this.clone())?;
        for (party, person) in [
            ("PRINCIPAL_INVESTIGATOR", &cast.researcher),
            ("RECIPIENT", &cast.signatory),
            ("BANK", &cast.administrator),
        ] {
            self.step(&way, Step::Sign(party), person, signing(person, &agreement, party))?;
        }
        self.give(&way, scarce)
    }

    /// From the agreement in force to the receipt; of a scarce line only the promise, which is taken back.
    fn give(&mut self, way: &Way, scarce: bool) -> Result<(), GivenUp> {
        let cast = self.with.cast.clone();
        let line = json!({ "requestLine": way.line });
        let reserved = self.step(way, Step::Reserve, &cast.staff, line.clone())?;
        if scarce {
            if reserved["state"] == "RESERVED" {
                self.step(way, Step::Release, &cast.staff, line)?;
            }
            return Ok(());
        }
        let shipment = self.step(way, Step::Pack, &cast.staff, json!({ "request": way.id }))?["id"].clone();
        let leaving = json!({ "shipment": shipment, "courier": "Made-up courier", "trackingNumber": "0001" });
        self.step(way, Step::Dispatch, &cast.staff, leaving)?;
        if self.random.random_ratio(3, 4) {
            self.step(way, Step::Receive, &cast.researcher, json!({ "shipment": shipment }))?;
        }
        Ok(())
    }

    /// A draft: with a key it is asked for until it is there, without one it is looked for before it is asked again.
    /// Some callers give up at the first refusal: then there must not be one.
    fn draft(&mut self, line: CellLineId) -> Result<Option<Way>, GivenUp> {
        let title = format!("{}-{:05}", self.name, self.count);
        let mut input = complete(&[(line, 1)]);
        input["projectTitle"] = json!(title);
        let keyed = self.random.random_bool(0.5);
        if keyed {
            input["idempotencyKey"] = json!(title);
        }
        let gives_up = self.random.random_ratio(1, 3);
        let researcher = self.with.cast.researcher.clone();
        for _ in 0..ATTEMPTS {
            let outcome = self.call(&researcher, Step::Draft, &input);
            self.with.ledger.attempt(&title, format!("{outcome:?}"));
            match outcome {
                Outcome::Done(request) => return Ok(Some(self.begun(title, &request))),
                Outcome::Refused(code) if !PASSING.contains(&code.as_str()) => {
                    self.with.ledger.fault(format!("{title}: a draft was refused with {code}"));
                    return Err(GivenUp);
                }
                Outcome::Refused(_) if gives_up && !keyed => {
                    self.with.ledger.refused(title);
                    return Ok(None);
                }
                Outcome::Refused(_) => sleep(AFTER_REFUSAL),
                Outcome::Silence => {
                    sleep(if keyed { AFTER_SILENCE } else { OVER_AFTER });
                    let found = if keyed { None } else { self.find(&title)? };
                    self.with.ledger.attempt(&title, format!("found: {}", found.is_some()));
                    if let Some(found) = found {
                        return Ok(Some(self.begun(title, &found)));
                    }
                }
            }
        }
        Err(GivenUp)
    }

    fn begun(&self, title: String, request: &Value) -> Way {
        let number = request["number"].as_str().unwrap_or_default().to_owned();
        self.with.ledger.acknowledged(&number, Step::Draft);
        Way { title, number, id: request["id"].clone(), line: request["lines"][0]["id"].clone() }
    }

    /// Whether an unanswered draft is there after all.
    fn find(&mut self, title: &str) -> Result<Option<Value>, GivenUp> {
        let query = "{ distributionRequests(first: 100) { nodes { id number projectTitle lines { id } } } }";
        let researcher = self.with.cast.researcher.clone();
        for _ in 0..ATTEMPTS {
            if let Some(answer) = self.post(&researcher, query, json!({}))
                && let Some(nodes) = answer["data"]["distributionRequests"]["nodes"].as_array()
            {
                return Ok(nodes.iter().find(|node| node["projectTitle"] == *title).cloned());
            }
            sleep(AFTER_REFUSAL);
        }
        Err(GivenUp)
    }

    /// A step that nobody else takes: until it is acknowledged. After an attempt that nobody answered it may turn out
    /// to be done already; after a refusal as "nothing was changed" it may not.
    fn step(&mut self, way: &Way, step: Step, person: &Person, input: Value) -> Result<Value, GivenUp> {
        let mut unanswered = false;
        for _ in 0..ATTEMPTS {
            match self.call(person, step, &input) {
                Outcome::Done(object) => {
                    self.with.ledger.acknowledged(&way.number, step);
                    return Ok(object);
                }
                Outcome::Refused(code) if PASSING.contains(&code.as_str()) => sleep(AFTER_REFUSAL),
                Outcome::Refused(code) => match self.done_before(way, step) {
                    Some(object) if unanswered => return Ok(object),
                    done => {
                        let what = if done.is_some() { "it is done" } else { "it is not done" };
                        self.with.ledger.fault(format!("{}: {step:?} was refused with {code}; {what}", way.title));
                        return Err(GivenUp);
                    }
                },
                Outcome::Silence => {
                    unanswered = true;
                    sleep(AFTER_SILENCE);
                }
            }
            if self.with.ending.load(Ordering::Relaxed) {
                return Err(GivenUp);
            }
        }
        Err(GivenUp)
    }

    /// What a step made, if the request shows that it is done.
    fn done_before(&mut self, way: &Way, step: Step) -> Option<Value> {
        let query = "query($number: String!) { distributionRequest(number: $number) { state
            lines { id state } agreements { id documentHash state signatures { party } }
            shipments { id state } } }";
        let staff = self.with.cast.staff.clone();
        let request = (0..ATTEMPTS).find_map(|_| {
            let answer = self.post(&staff, query, json!({ "number": way.number }));
            let request = answer.map(|answer| answer["data"]["distributionRequest"].clone());
            request.filter(Value::is_object).or_else(|| {
                sleep(AFTER_REFUSAL);
                None
            })
        })?;
        step.done_in(&request)
    }

    fn call(&mut self, person: &Person, step: Step, input: &Value) -> Outcome {
        let (mutation, kind, object, fields) = step.mutation();
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {object} {{ {fields} }} errors {{ code }} }} }}"
        );
        let Some(answer) = self.post(person, &query, json!({ "input": input })) else { return Outcome::Silence };
        if let Some(error) = answer["errors"].get(0) {
            let extensions = &error["extensions"];
            let code = extensions["reason"].as_str().or(extensions["code"].as_str()).unwrap_or_default();
            return if code == "OUTCOME_UNKNOWN" { Outcome::Silence } else { Outcome::Refused(code.to_owned()) };
        }
        let payload = &answer["data"][mutation];
        match payload["errors"][0]["code"].as_str() {
            Some(code) => Outcome::Refused(code.to_owned()),
            None if payload[object].is_object() => Outcome::Done(payload[object].clone()),
            None => Outcome::Silence,
        }
    }

    fn post(&mut self, person: &Person, query: &str, variables: Value) -> Option<Value> {
        let address = self.with.instances[self.random.random_range(0..self.with.instances.len())];
        let body = json!({ "query": query, "variables": variables }).to_string();
        let (_, answer) = try_post(address, Some(&person.token), &[("accept-language", "en")], &body)?;
        answer.is_object().then_some(answer)
    }
}
