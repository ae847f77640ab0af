//! "Can I use it?": the requirements of law and of the line, computed from line x intended use x destination. The same
//! computation answers before a request exists, stops an incomplete one at submission and again at every later step.
//!
//! Pure: no database. Articles are those of the Bioethics and Safety Act and its rule, the Act on Transboundary
//! Movements of Living Modified Organisms, and the Advanced Regenerative Medicine Act.

mod texts;

use super::application::Application;
use super::model::request::Use;
use crate::approvals::model::approval::Kind;
use crate::catalogue::{CellType, Grade, Holding, LegalBasis, LineView, ProvisionConsent, PublicationStatus};
use chrono::NaiveDate;

/// How a requirement stands. The order is that of severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, async_graphql::Enum)]
#[graphql(name = "RequirementOutcome")]
pub enum Outcome {
    /// Fulfilled.
    Met,
    /// A person at the bank decides.
    NeedsReview,
    /// Something has to be provided.
    Missing,
    /// Nothing helps.
    NotAllowed,
}

impl Outcome {
    /// The label a person reads.
    pub fn label(self, lang: crate::language::Lang) -> &'static str {
        match self {
            Self::Met => lang.pick("met", "충족"),
            Self::NeedsReview => lang.pick("needs review", "검토 필요"),
            Self::Missing => lang.pick("missing", "미비"),
            Self::NotAllowed => lang.pick("not allowed", "불가"),
        }
    }
}

/// Stable codes of the requirements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "RequirementCode")]
pub enum Code {
    /// The bank holds the line and gives it out.
    LineAvailable,
    /// The kind of cells is known.
    CellTypeKnown,
    /// The embryonic line is registered.
    EmbryonicLineRegistered,
    /// The recipient's ethics board approved.
    IrbApproval,
    /// The head of the institution approved.
    HeadApproval,
    /// There is a plan of use.
    UsePlan,
    /// Research in vitro only.
    InVitroOnly,
    /// The bank's own ethics board reviewed kind and quantity.
    BankBoardReview,
    /// The ethics board approved or confirmed an exemption.
    IrbApprovalOrExemption,
    /// The donor consented to provision to others.
    ProvisionConsent,
    /// The facility may hold living modified organisms.
    LmoFacility,
    /// The export is approved.
    ExportApproval,
    /// The line is of clinical grade.
    ClinicalGrade,
    /// The institution is designated for advanced regenerative medicine.
    DesignatedInstitution,
    /// The plan is approved and within its term.
    ClinicalPlan,
    /// The Ministry of Food and Drug Safety approved a high-risk plan.
    HighRiskApproval,
    /// The material stays with the recipient.
    NoRedistribution,
    /// Commercial use goes under the commercial agreement.
    CommercialTerms,
}

/// One requirement and how it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Its code.
    pub code: Code,
    /// How it stands.
    pub outcome: Outcome,
}

/// What is known of the use.
#[derive(Clone, Debug, Default)]
pub struct Intent {
    /// What for.
    pub intended_use: Option<Use>,
    /// For commercial use.
    pub commercial: bool,
    /// In people.
    pub in_people: bool,
    /// To be passed on.
    pub redistribution: bool,
    /// ISO code of the destination.
    pub country: String,
    /// A plan of use is written.
    pub has_use_plan: bool,
    /// Ethics board approval and its last day.
    pub irb: Option<(String, Option<NaiveDate>)>,
    /// Confirmed exemption.
    pub irb_exemption: Option<String>,
    /// Approval of the institution's head.
    pub head_approval: Option<String>,
    /// Facility number.
    pub lmo_facility: Option<String>,
    /// Export approval.
    pub export_approval: Option<String>,
    /// Clinical plan and its last day.
    pub clinical_plan: Option<(String, Option<NaiveDate>)>,
}

impl Intent {
    /// What a request says of the use, with those of its approvals that count on a day in Asia/Seoul.
    pub fn of(application: Application<'_>, today: NaiveDate) -> Self {
        let request = application.request;
        let all = application.approvals.iter().map(|chosen| &chosen.approval);
        let counting = |kind: Kind| all.clone().find(|one| one.kind == kind && one.counts(today));
        let number = |kind: Kind| counting(kind).map(|approval| approval.number.clone());
        let dated = |kind: Kind| counting(kind).map(|approval| (approval.number.clone(), approval.valid_until));
        Self {
            intended_use: request.intended_use,
            commercial: request.commercial,
            in_people: request.in_people,
            redistribution: request.redistribution,
            country: request.country.clone(),
            has_use_plan: !request.use_plan.trim().is_empty(),
            irb: dated(Kind::IrbApproval),
            irb_exemption: number(Kind::IrbExemption),
            head_approval: number(Kind::HeadApproval),
            lmo_facility: number(Kind::LmoFacility),
            export_approval: number(Kind::ExportApproval),
            clinical_plan: dated(Kind::ClinicalPlan),
        }
    }
}

/// The requirements of one line for one use on one day in Asia/Seoul, in the order in which they are explained.
pub fn requirements(line: &LineView, intent: &Intent, today: NaiveDate) -> Vec<Requirement> {
    let in_people = intent.in_people || intent.intended_use.is_some_and(Use::is_in_people);
    let mut list = vec![requirement(Code::LineAvailable, line_available(line))];
    match (line.cell_type, line.legal_basis) {
        (CellType::Embryonic, _) | (_, Some(LegalBasis::EmbryonicLineRegistry)) => {
            embryonic(&mut list, line, intent, in_people, today);
        }
        (CellType::Unknown, None) => list.push(requirement(Code::CellTypeKnown, Outcome::NeedsReview)),
        _ => human_derived(&mut list, line, intent, today),
    }
    if line.cell_type == CellType::Unknown && line.legal_basis.is_some() {
        list.push(requirement(Code::CellTypeKnown, Outcome::NeedsReview));
    }
    if line.is_lmo() {
        list.push(requirement(Code::LmoFacility, given(intent.lmo_facility.as_ref())));
    }
    if !intent.country.is_empty() && intent.country != "KR" {
        list.push(requirement(Code::ExportApproval, given(intent.export_approval.as_ref())));
    }
    if in_people {
        use_in_people(&mut list, line, intent, today);
    }
    if intent.redistribution {
        list.push(requirement(Code::NoRedistribution, Outcome::NotAllowed));
    }
    if intent.commercial {
        list.push(requirement(Code::CommercialTerms, Outcome::NeedsReview));
    }
    list
}

fn requirement(code: Code, outcome: Outcome) -> Requirement {
    Requirement { code, outcome }
}

fn given(number: Option<&String>) -> Outcome {
    if number.is_some_and(|n| !n.trim().is_empty()) { Outcome::Met } else { Outcome::Missing }
}

/// An approval counts through its last day; without a last day it does not count.
fn valid(approval: Option<&(String, Option<NaiveDate>)>, today: NaiveDate) -> Outcome {
    match approval {
        Some((number, Some(until))) if !number.trim().is_empty() && today <= *until => Outcome::Met,
        _ => Outcome::Missing,
    }
}

/// True of lines that the bank provides at all: held and published.
pub(crate) fn is_provided(line: &LineView) -> bool {
    line.holding == Holding::Held && line.publication_status == Some(PublicationStatus::Published)
}

fn line_available(line: &LineView) -> Outcome {
    if is_provided(line) { Outcome::Met } else { Outcome::NotAllowed }
}

/// Bioethics and Safety Act arts 33-35; Rule art. 31.
fn embryonic(list: &mut Vec<Requirement>, line: &LineView, intent: &Intent, in_people: bool, today: NaiveDate) {
    let registered = if line.registry_number.is_some() { Outcome::Met } else { Outcome::NeedsReview };
    list.push(requirement(Code::EmbryonicLineRegistered, registered));
    list.push(requirement(Code::IrbApproval, valid(intent.irb.as_ref(), today)));
    list.push(requirement(Code::HeadApproval, given(intent.head_approval.as_ref())));
    list.push(requirement(Code::UsePlan, if intent.has_use_plan { Outcome::Met } else { Outcome::Missing }));
    if in_people {
        list.push(requirement(Code::InVitroOnly, Outcome::NotAllowed));
    }
    list.push(requirement(Code::BankBoardReview, Outcome::NeedsReview));
}

/// Bioethics and Safety Act arts 36-38.
fn human_derived(list: &mut Vec<Requirement>, line: &LineView, intent: &Intent, today: NaiveDate) {
    let irb = valid(intent.irb.as_ref(), today).min(given(intent.irb_exemption.as_ref()));
    list.push(requirement(Code::IrbApprovalOrExemption, irb));
    let consent = match line.provision_consent {
        Some(ProvisionConsent::Given) => Outcome::Met,
        Some(ProvisionConsent::NotGiven) => Outcome::NotAllowed,
        Some(ProvisionConsent::Unknown) | None => Outcome::NeedsReview,
    };
    list.push(requirement(Code::ProvisionConsent, consent));
}

/// Advanced Regenerative Medicine Act arts 10-14. Every pluripotent line is high risk.
fn use_in_people(list: &mut Vec<Requirement>, line: &LineView, intent: &Intent, today: NaiveDate) {
    let clinical = if line.grade == Some(Grade::Clinical) { Outcome::Met } else { Outcome::NotAllowed };
    list.push(requirement(Code::ClinicalGrade, clinical));
    list.push(requirement(Code::DesignatedInstitution, Outcome::NeedsReview));
    list.push(requirement(Code::ClinicalPlan, valid(intent.clinical_plan.as_ref(), today)));
    if matches!(line.cell_type, CellType::Embryonic | CellType::InducedPluripotent | CellType::Unknown) {
        list.push(requirement(Code::HighRiskApproval, Outcome::NeedsReview));
    }
}

/// The worst of several outcomes; nothing required is met.
pub fn overall(requirements: &[Requirement]) -> Outcome {
    requirements.iter().map(|r| r.outcome).max().unwrap_or(Outcome::Met)
}

/// The first requirement that stops a request: missing or not allowed.
pub fn first_open(requirements: &[Requirement]) -> Option<Requirement> {
    requirements.iter().find(|r| r.outcome >= Outcome::Missing).copied()
}
