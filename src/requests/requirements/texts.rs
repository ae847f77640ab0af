//! What the requirements say to a reader, with their legal basis; and where in a request they are fulfilled.

use super::Code;
use crate::language::Lang;

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
            NoRedistribution => lang.pick(
                "The material is not passed on to third parties; they request it themselves.",
                "물질은 제3자에게 제공할 수 없습니다. 제3자는 직접 신청해야 합니다.",
            ),
            CommercialTerms => lang.pick(
                "Commercial use goes under the commercial agreement, after the bank has checked the line's terms.",
                "상업적 이용은 은행이 세포주의 이용 조건을 확인한 뒤 상업용 협약으로 진행합니다.",
            ),
            clinical => clinical.rule_in_people(lang),
        }
    }

    /// The rules on use in people.
    fn rule_in_people(self, lang: Lang) -> &'static str {
        use Code::*;
        match self {
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
            _ => "",
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
