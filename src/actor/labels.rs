//! What roles, permissions and scopes of tokens are called.

use super::{Permission, Role, Scope};
use crate::language::Lang;

impl Role {
    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Researcher => lang.pick("researcher", "연구자"),
            Self::Signatory => lang.pick("signatory", "서명권자"),
            Self::Staff => lang.pick("bank staff", "은행 담당자"),
            Self::CommitteeMember => lang.pick("committee member", "분양심의위원"),
            Self::Administrator => lang.pick("administrator", "관리자"),
        }
    }
}

impl Permission {
    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::BrowseCatalogue => lang.pick("browse the catalogue", "세포주 목록 열람"),
            Self::ReadStock => lang.pick("see stock as numbers", "재고 수량 열람"),
            Self::ReadUnpublished => lang.pick("see what is not published", "비공개 정보 열람"),
            Self::RequestLines => lang.pick("request cell lines", "세포주 분양 신청"),
            Self::ReadAllRequests => lang.pick("see every request", "모든 신청 열람"),
            Self::DecideRequests => lang.pick("review and decide requests", "신청 심사와 결정"),
            Self::OfferAgreements => lang.pick("offer agreements", "협약 제안"),
            Self::SignForInstitution => lang.pick("sign for an institution", "기관을 대표하여 서명"),
            Self::SignForBank => lang.pick("sign for the bank", "은행을 대표하여 서명"),
            Self::CurateLines => lang.pick("curate cell lines", "세포주 정보 관리"),
            Self::KeepStock => lang.pick("keep lots and their tests", "로트와 시험 관리"),
            Self::DistributeVials => lang.pick("reserve and ship vials", "바이알 예약과 발송"),
            Self::KeepInstitutions => lang.pick("keep institutions", "기관 관리"),
            Self::Administer => lang.pick("administer the bank", "시스템 관리"),
        }
    }
}

impl Scope {
    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Read => lang.pick("read", "열람"),
            Self::Request => lang.pick("request, sign and confirm receipt", "신청, 서명, 수령 확인"),
            Self::Staff => lang.pick("the work of the bank's staff", "은행 담당자 업무"),
            Self::Administer => lang.pick("administer", "시스템 관리"),
        }
    }
}
