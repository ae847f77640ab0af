//! The steps of a request as the demonstration's people take them, each by the command that a real bank uses.

use super::Error;
use super::holdings::Held;
use super::people::{People, Person, Recipient};
use super::stage::Stage;
use crate::accounts::passwords::Password;
use crate::agreements::model::agreement;
use crate::agreements::model::signature::Party;
use crate::app::seoul_date;
use crate::approvals::model::approval::Kind;
use crate::id::{CellLineId, RequestId};
use crate::requests::commands::{
    ClaimRequest, CreateRequest, DecideRequest, Decision, Draft, DraftLine, LineDecision, OfferAgreement, ReserveVials,
    ReturnRequest, Signing, SubmitRequest, TypedApproval,
};
use crate::requests::model::request::Use;
use crate::requests::model::request_line::{self, Refusal};
use crate::requests::queries;
use crate::shipments::commands::{ConfirmReceipt, CreateShipment, DispatchShipment, Handover};
use chrono::{DateTime, Duration, Months, Utc};

/// Months for which a made-up approval of an ethics board counts.
const APPROVAL_MONTHS: Months = Months::new(18);

/// What is asked for, by the places of the lines.
pub(super) struct Wish<'a> {
    pub from: &'a Recipient,
    pub title: &'static str,
    pub summary: &'static str,
    pub intended_use: Use,
    pub commercial: bool,
    pub lines: &'static [(usize, i32)],
}

/// Everybody and everything a request needs.
pub(super) struct Desk<'a> {
    pub stage: &'a Stage,
    pub people: &'a People,
    pub lines: &'a [Held],
}

impl Desk<'_> {
    /// Writes a draft.
    pub async fn draft(&self, at: DateTime<Utc>, wish: &Wish<'_>) -> Result<RequestId, Error> {
        self.stage.go(at);
        let lines = wish.lines.iter().map(|(place, vials)| DraftLine { line: self.line(*place), vials: *vials });
        let app = &self.stage.app;
        let number = |kind: &str| Some(format!("DEMO-{kind}-{} (made up)", app.clock.today().format("%Y-%m")));
        let until = app.clock.today().checked_add_months(APPROVAL_MONTHS);
        let draft = Draft {
            lines: Some(lines.collect()),
            project_title: Some(format!("{} (가상 · made up)", wish.title)),
            summary: Some(wish.summary.into()),
            use_plan: Some("체외 연구에만 사용합니다. Used in vitro only. (가상 · made up)".into()),
            intended_use: Some(wish.intended_use),
            commercial: Some(wish.commercial),
            region: Some(wish.from.region.into()),
            address: Some(format!("{} 시연로 1 · 1 Demo Road (made up)", wish.from.region)),
            recipient_name: Some("시연 수령인 · Demo Recipient (made up)".into()),
            // No such number can be dialled.
            recipient_telephone: Some("000-0000-0000".into()),
            typed_approvals: [
                (Kind::IrbApproval, TypedApproval { number: number("IRB"), valid_until: Some(until) }),
                (Kind::LmoFacility, TypedApproval { number: number("LMO"), valid_until: None }),
            ]
            .into(),
            made_up: true,
            ..Draft::default()
        };
        Ok(app.run(&wish.from.researcher.actor, CreateRequest { draft }).await?.id)
    }

    fn line(&self, place: usize) -> CellLineId {
        self.lines[place - 1].id
    }

    /// Writes a draft and hands it in.
    pub async fn submit(&self, at: DateTime<Utc>, wish: &Wish<'_>) -> Result<RequestId, Error> {
        let request = self.draft(at, wish).await?;
        self.stage.go(at + Duration::hours(2));
        self.stage.app.run(&wish.from.researcher.actor, SubmitRequest { request }).await?;
        Ok(request)
    }

    /// The bank takes it.
    pub async fn claim(&self, at: DateTime<Utc>, request: RequestId) -> Result<(), Error> {
        self.stage.go(at);
        self.stage.app.run(&self.people.staff.actor, ClaimRequest { request }).await?;
        Ok(())
    }

    /// The bank sends it back.
    pub async fn send_back(&self, at: DateTime<Utc>, request: RequestId, comment: &str) -> Result<(), Error> {
        self.stage.go(at);
        let returned = ReturnRequest { request, comment: comment.into(), on_fields: vec![] };
        self.stage.app.run(&self.people.staff.actor, returned).await?;
        Ok(())
    }

    /// The bank approves all lines but those at the named places.
    pub async fn decide(&self, at: DateTime<Utc>, request: RequestId, refused: &[usize]) -> Result<(), Error> {
        self.stage.go(at);
        let refused: Vec<CellLineId> = refused.iter().map(|place| self.line(*place)).collect();
        let refuse = Decision::Refuse { refusal: Refusal::NotScientificallyJustified };
        let decide = |line: &request_line::Model| {
            let no = refused.contains(&line.line_id);
            let reason =
                "이용 계획에 이 세포주가 필요한 이유가 없습니다. The plan of use does not say why this line is needed.";
            LineDecision {
                line: line.id,
                decision: if no { refuse } else { Decision::Approve { vials: None } },
                reason: no.then(|| reason.into()),
            }
        };
        let lines = self.lines_of(request).await?.iter().map(decide).collect();
        self.stage.app.run(&self.people.staff.actor, DecideRequest { request, lines }).await?;
        Ok(())
    }

    async fn lines_of(&self, request: RequestId) -> Result<Vec<request_line::Model>, Error> {
        Ok(queries::lines_of(self.stage.app.db.read(), &[request]).await?)
    }

    /// The bank offers the agreement.
    pub async fn offer(&self, at: DateTime<Utc>, request: RequestId) -> Result<agreement::Model, Error> {
        self.stage.go(at);
        Ok(self.stage.app.run(&self.people.staff.actor, OfferAgreement { request }).await?)
    }

    /// Investigator, institution and bank sign; for the bank somebody else than who decided.
    pub async fn sign(&self, at: DateTime<Utc>, from: &Recipient, agreement: &agreement::Model) -> Result<(), Error> {
        let parties = [
            (Party::PrincipalInvestigator, &from.researcher, "조건을 확인하였습니다. I acknowledge the terms."),
            (Party::Recipient, &from.signatory, "기관을 대표하여 서명합니다. I sign for the institution."),
            (Party::Bank, &self.people.second_staff, "은행을 대표하여 서명합니다. I sign for the bank."),
        ];
        for (day, (party, signer, meaning)) in (0..).zip(parties) {
            self.stage.go(at + Duration::days(day));
            let signing = Signing {
                agreement: agreement.id,
                party,
                meaning: meaning.into(),
                document_hash: agreement.document_hash.clone(),
                email: signer.email.into(),
                password: Some(Password(signer.password.into())),
                proof: None,
            };
            self.stage.app.run_prepared(&signer.actor, signing).await?;
        }
        Ok(())
    }

    /// The bank sets the vials of every approved line aside.
    pub async fn reserve(&self, at: DateTime<Utc>, request: RequestId) -> Result<(), Error> {
        self.stage.go(at);
        for line in self.lines_of(request).await? {
            if line.state == request_line::State::Approved {
                self.stage.app.run(&self.people.staff.actor, ReserveVials { line: line.id }).await?;
            }
        }
        Ok(())
    }

    /// The bank packs and hands over; the researcher confirms the next day.
    pub async fn ship(&self, at: DateTime<Utc>, request: RequestId, to: &Person) -> Result<(), Error> {
        let (app, staff) = (&self.stage.app, &self.people.staff.actor);
        self.stage.go(at);
        let shipment = app.run(staff, CreateShipment { request, lines: None }).await?.id;
        self.stage.go(at + Duration::hours(2));
        let tracking = format!("DEMO-{} (made up)", seoul_date(app.clock.now()).format("%Y%m%d"));
        let courier = Some(String::from("시연 택배 · Demo Courier (made up)"));
        let handover = Handover { courier, tracking_number: Some(tracking) };
        app.run(staff, DispatchShipment { shipment, to: handover }).await?;
        self.stage.go(at + Duration::days(1));
        app.run(&to.actor, ConfirmReceipt { shipment, arrived: vec![] }).await?;
        Ok(())
    }
}
