//! "Can I use it?": the requirements of law and of the line, computed from line x intended use x destination. The same
//! computation answers before a request exists, stops an incomplete one at submission and again at every later step.
//!
//! Pure: no database. Articles are those of the Bioethics and Safety Act and its rule, the Act on Transboundary Movements
//! of Living Modified Organisms, and the Advanced Regenerative Medicine Act.

use super::model::request::{self, Use};
use crate::catalogue::model::cell_line::{
    self, CellType, Grade, Holding, LegalBasis, ProvisionConsent, PublicationStatus,
};
use crate::language::Lang;
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

impl From<&request::Model> for Intent {
    fn from(request: &request::Model) -> Self {
        let dated = |number: &Option<String>, until| number.clone().map(|number| (number, until));
        Self {
            intended_use: request.intended_use,
            commercial: request.commercial,
            in_people: request.in_people,
            redistribution: request.redistribution,
            country: request.country.clone(),
            has_use_plan: !request.use_plan.trim().is_empty(),
            irb: dated(&request.irb_approval_number, request.irb_valid_until),
            irb_exemption: request.irb_exemption_number.clone(),
            head_approval: request.head_approval_number.clone(),
            lmo_facility: request.lmo_facility_number.clone(),
            export_approval: request.export_approval_number.clone(),
            clinical_plan: dated(&request.clinical_plan_number, request.clinical_plan_valid_until),
        }
    }
}

/// The requirements of one line for one use on one day in Asia/Seoul, in the order in which they are explained.
pub fn requirements(line: &cell_line::Model, intent: &Intent, today: NaiveDate) -> Vec<Requirement> {
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

fn line_available(line: &cell_line::Model) -> Outcome {
    let published = line.publication_status == Some(PublicationStatus::Published);
    if line.holding == Holding::Held && published { Outcome::Met } else { Outcome::NotAllowed }
}

/// Bioethics and Safety Act arts 33-35; Rule art. 31.
fn embryonic(list: &mut Vec<Requirement>, line: &cell_line::Model, intent: &Intent, in_people: bool, today: NaiveDate) {
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
fn human_derived(list: &mut Vec<Requirement>, line: &cell_line::Model, intent: &Intent, today: NaiveDate) {
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
fn use_in_people(list: &mut Vec<Requirement>, line: &cell_line::Model, intent: &Intent, today: NaiveDate) {
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

impl Code {
    /// The rule in a sentence.
    pub fn rule(self, lang: Lang) -> &'static str {
        use Code::*;
        match self {
            LineAvailable => lang.pick(
                "The bank holds the line and it is published for distribution; without free vials a request waits.",
                "은행이 보유하고 분양 대상으로 공개한 세포주여야 합니다. 여분이 없으면 대기 명단에 오릅니다.",
            ),
            CellTypeKnown => lang.pick(
                "The kind of cells decides which law applies; the bank determines it first.",
                "세포 종류에 따라 적용 법률이 달라지므로 은행이 먼저 확인합니다.",
            ),
            EmbryonicLineRegistered => lang.pick(
                "An embryonic stem cell line is given out only when it is registered.",
                "배아줄기세포주는 등록된 경우에만 분양합니다.",
            ),
            IrbApproval => lang.pick(
                "The recipient's ethics board has approved the research, and the approval is valid: give its number and last day.",
                "수령 기관의 기관생명윤리위원회 승인이 유효해야 합니다. 승인 번호와 만료일을 기재해 주십시오.",
            ),
            HeadApproval => lang.pick(
                "The head of the institution has approved the research: give the number.",
                "기관장의 승인이 필요합니다. 승인 번호를 기재해 주십시오.",
            ),
            UsePlan => lang.pick("There is a plan of use: write it.", "이용 계획서가 필요합니다. 이용 계획을 작성해 주십시오."),
            InVitroOnly => lang.pick(
                "Embryonic lines are used for research in vitro only.",
                "배아줄기세포주는 체외 연구에만 이용할 수 있습니다.",
            ),
            BankBoardReview => lang.pick(
                "The bank's own ethics board reviews kind and quantity before provision.",
                "분양 전에 은행의 기관생명윤리위원회가 종류와 수량을 심의합니다.",
            ),
            IrbApprovalOrExemption => lang.pick(
                "The ethics board has approved the research or confirmed an exemption: give the approval's number and last day, or the exemption's number.",
                "기관생명윤리위원회의 승인 또는 심의 면제 확인이 필요합니다. 승인 번호와 만료일 또는 면제 확인 번호를 기재해 주십시오.",
            ),
            ProvisionConsent => lang.pick(
                "The donor consented to provision to other researchers.",
                "공여자가 다른 연구자에게 제공하는 데 동의한 경우여야 합니다.",
            ),
            LmoFacility => lang.pick(
                "An engineered line is a living modified organism: give the report or permit number of your facility.",
                "유전자변형 세포주는 유전자변형생물체에 해당합니다. 연구시설 신고 또는 허가 번호를 기재해 주십시오.",
            ),
            ExportApproval => lang.pick(
                "Provision abroad needs an export approval: give its number.",
                "국외로 보내려면 국외 반출 승인이 필요합니다. 승인 번호를 기재해 주십시오.",
            ),
            ClinicalGrade => lang.pick(
                "Only a line of clinical grade is used in people.",
                "사람에게는 임상용 등급의 세포주만 사용할 수 있습니다.",
            ),
            DesignatedInstitution => lang.pick(
                "The institution is designated for advanced regenerative medicine.",
                "첨단재생의료실시기관으로 지정된 기관이어야 합니다.",
            ),
            ClinicalPlan => lang.pick(
                "The review committee has approved the plan and its term runs: give its number and last day.",
                "심의위원회가 승인한 계획이 유효해야 합니다. 계획 번호와 만료일을 기재해 주십시오.",
            ),
            HighRiskApproval => lang.pick(
                "Pluripotent lines are high risk: the Ministry of Food and Drug Safety approves the plan as well.",
                "만능줄기세포는 고위험에 해당하므로 식품의약품안전처의 승인이 추가로 필요합니다.",
            ),
            NoRedistribution => lang.pick(
                "The material is not passed on to third parties; they request it themselves.",
                "물질은 제3자에게 제공할 수 없습니다. 제3자는 직접 신청해야 합니다.",
            ),
            CommercialTerms => lang.pick(
                "Commercial use goes under the commercial agreement, after the bank has checked the line's terms.",
                "상업적 이용은 은행이 세포주의 이용 조건을 확인한 뒤 상업용 계약으로 진행합니다.",
            ),
        }
    }

    /// The law, rule or term behind it.
    pub fn legal_basis(self, lang: Lang) -> &'static str {
        use Code::*;
        match self {
            LineAvailable | ClinicalGrade | NoRedistribution | CommercialTerms => {
                lang.pick("Distribution terms of the bank", "은행 분양 기준")
            }
            CellTypeKnown => {
                lang.pick("Bioethics and Safety Act arts 33-38", "생명윤리 및 안전에 관한 법률 제33조부터 제38조까지")
            }
            EmbryonicLineRegistered => {
                lang.pick("Bioethics and Safety Act art. 33", "생명윤리 및 안전에 관한 법률 제33조")
            }
            IrbApproval | HeadApproval | InVitroOnly => {
                lang.pick("Bioethics and Safety Act art. 35", "생명윤리 및 안전에 관한 법률 제35조")
            }
            UsePlan => lang.pick("Bioethics and Safety Act art. 35(4)", "생명윤리 및 안전에 관한 법률 제35조제4항"),
            BankBoardReview => lang.pick(
                "Enforcement Rule of the Bioethics and Safety Act art. 31",
                "생명윤리 및 안전에 관한 법률 시행규칙 제31조",
            ),
            IrbApprovalOrExemption => {
                lang.pick("Bioethics and Safety Act art. 36", "생명윤리 및 안전에 관한 법률 제36조")
            }
            ProvisionConsent => {
                lang.pick("Bioethics and Safety Act arts 37 and 38", "생명윤리 및 안전에 관한 법률 제37조 및 제38조")
            }
            LmoFacility => lang.pick(
                "Act on Transboundary Movements of Living Modified Organisms art. 22",
                "유전자변형생물체의 국가간 이동 등에 관한 법률 제22조",
            ),
            ExportApproval => lang.pick("Export approval for human-derived material", "인체유래물 국외 반출 승인"),
            DesignatedInstitution => lang.pick(
                "Advanced Regenerative Medicine Act art. 10",
                "첨단재생의료 및 첨단바이오의약품 안전 및 지원에 관한 법률 제10조",
            ),
            ClinicalPlan => lang.pick(
                "Advanced Regenerative Medicine Act arts 12 and 12-2",
                "첨단재생의료 및 첨단바이오의약품 안전 및 지원에 관한 법률 제12조 및 제12조의2",
            ),
            HighRiskApproval => lang.pick(
                "Advanced Regenerative Medicine Act art. 12(3)",
                "첨단재생의료 및 첨단바이오의약품 안전 및 지원에 관한 법률 제12조제3항",
            ),
        }
    }

    /// The document or number that fulfils it, if the applicant can provide one.
    pub fn document(self, lang: Lang) -> Option<&'static str> {
        use Code::*;
        Some(match self {
            IrbApproval => lang.pick("Ethics board approval", "기관생명윤리위원회 승인서"),
            IrbApprovalOrExemption => {
                lang.pick("Ethics board approval or exemption", "기관생명윤리위원회 승인서 또는 면제 확인서")
            }
            HeadApproval => lang.pick("Approval of the institution's head", "기관장 승인서"),
            UsePlan => lang.pick("Plan of use", "이용 계획서"),
            LmoFacility => lang.pick("Facility report or permit", "연구시설 신고 확인서 또는 허가서"),
            ExportApproval => lang.pick("Export approval", "국외 반출 승인서"),
            ClinicalPlan => lang.pick("Approved clinical plan", "승인된 임상연구 또는 치료 계획"),
            HighRiskApproval => lang.pick("Ministry approval", "식품의약품안전처 승인서"),
            _ => return None,
        })
    }

    /// The request's input field that provides it.
    pub fn field(self) -> Option<&'static str> {
        use Code::*;
        Some(match self {
            IrbApproval | IrbApprovalOrExemption => "irbApprovalNumber",
            HeadApproval => "headApprovalNumber",
            UsePlan => "usePlan",
            LmoFacility => "lmoFacilityNumber",
            ExportApproval => "exportApprovalNumber",
            ClinicalPlan => "clinicalPlanNumber",
            InVitroOnly => "inPeople",
            NoRedistribution => "redistribution",
            _ => return None,
        })
    }
}

impl Code {
    /// The name as clients see it: `IRB_APPROVAL`.
    pub fn name(self) -> String {
        async_graphql::resolver_utils::enum_value(self).to_string()
    }
}
