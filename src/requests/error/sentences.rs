//! Sentences that need nothing but the error itself.

use super::Error;
use crate::language::Lang;

impl Error {
    /// Sentences without a value in them.
    pub(super) fn sentence(&self, lang: Lang) -> &'static str {
        match self {
            Self::NoSuchRequest => lang.pick("There is no such request.", "해당 신청을 찾을 수 없습니다."),
            Self::NoSuchRequestLine => {
                lang.pick("There is no such line in a request.", "해당 신청 항목을 찾을 수 없습니다.")
            }
            Self::NoSuchLine { .. } => lang.pick("There is no such cell line.", "해당 세포주를 찾을 수 없습니다."),
            Self::NoSuchAgreement => lang.pick("There is no such agreement.", "해당 협약을 찾을 수 없습니다."),
            Self::NoSuchInvestigator => lang.pick(
                "Nobody at your institution has an account with this e-mail; the principal investigator needs one to sign.",
                "소속 기관에 이 이메일의 계정이 없습니다. 연구책임자가 서명하려면 계정이 있어야 합니다.",
            ),
            Self::NoInstitution => lang.pick(
                "Your account belongs to no institution yet; ask the bank to add it before you request.",
                "계정에 소속 기관이 없습니다. 신청하기 전에 은행에 소속 기관 등록을 요청해 주십시오.",
            ),
            Self::ChangedMeanwhile => lang.pick(
                "Somebody changed this request after you opened it. Look at it again, then change it.",
                "열어 보신 뒤에 다른 사람이 신청 내용을 변경했습니다. 내용을 다시 확인한 후 변경해 주십시오.",
            ),
            Self::DuplicateLine { .. } => lang.pick(
                "This cell line stands twice in the request; ask for all its vials in one line.",
                "같은 세포주가 두 번 들어 있습니다. 한 항목에 바이알 수를 합하여 적어 주십시오.",
            ),
            Self::Required { .. } => {
                lang.pick("This is missing; fill it in before you submit.", "필수 항목입니다. 제출하기 전에 입력해 주십시오.")
            }
            Self::BadCountry => lang.pick(
                "Write the country as two capital letters, such as KR.",
                "국가는 KR과 같은 대문자 두 글자 코드로 적어 주십시오.",
            ),
            Self::BadTelephone { .. } => lang.pick(
                "Write the telephone in 5 to 40 characters: digits, spaces, +, - and brackets, such as +82 2-000-0000.",
                "전화번호는 숫자, 공백, +, -, 괄호만 사용하여 5자 이상 40자 이하로 적어 주십시오(예: 02-000-0000).",
            ),
            Self::NotYours(whose) => whose.sentence(lang),
            Self::NoAgreementYet => lang.pick(
                "No agreement has been offered on this request yet.",
                "이 신청에는 아직 제안된 협약이 없습니다.",
            ),
            Self::AgreementExists => lang.pick(
                "An agreement on this request is open or in force already.",
                "이 신청에는 진행 중이거나 효력이 있는 협약이 이미 있습니다.",
            ),
            Self::AgreementClosed => lang.pick(
                "This agreement collects no signatures; it is in force or ended.",
                "이 협약은 서명을 받는 중이 아닙니다. 이미 체결되었거나 종료된 협약입니다.",
            ),
            Self::NoAgreementInForce => lang.pick(
                "Nothing ships without an agreement in force; have it signed by all parties first.",
                "효력이 있는 협약 없이는 발송할 수 없습니다. 먼저 모든 당사자의 서명을 받아 주십시오.",
            ),
            _ => self.sentence_on_signing(lang),
        }
    }

    fn sentence_on_signing(&self, lang: Lang) -> &'static str {
        match self {
            Self::DocumentChanged => lang.pick(
                "The text is not the one you read; read the agreement again and sign its documentHash.",
                "읽으신 협약서와 현재 협약서가 다릅니다. 협약서를 다시 읽고 그 documentHash로 서명해 주십시오.",
            ),
            Self::SignerMismatch => lang.pick(
                "This e-mail and password are not yours; everybody signs for themselves.",
                "본인의 이메일과 비밀번호가 아닙니다. 서명은 본인만 할 수 있습니다.",
            ),
            Self::NothingProved => lang.pick(
                "Prove who you are: give your password, or without one the proof of an authentication at your provider.",
                "본인 확인이 필요합니다. 비밀번호를 입력하시고, 비밀번호가 없으면 로그인 제공자에서 인증해 주십시오.",
            ),
            Self::TwiceProved => lang.pick(
                "Give either the password or the proof, not both.",
                "비밀번호와 제공자 인증 중 하나만 보내 주십시오.",
            ),
            _ => self.sentence_about_handling(lang),
        }
    }

    /// The same for who works on a request and what is written about it.
    fn sentence_about_handling(&self, lang: Lang) -> &'static str {
        match self {
            Self::ClaimedByAnother => lang.pick(
                "Somebody else at the bank works on this request.",
                "은행의 다른 담당자가 이 신청을 처리하고 있습니다.",
            ),
            Self::HandledByYou => {
                lang.pick("You work on this request already.", "이미 본인이 이 신청을 담당하고 있습니다.")
            }
            Self::EmptyText => lang.pick("Write something first.", "내용을 입력해 주십시오."),
            Self::NotHandedIn => lang.pick(
                "This request is still a draft; submit it first, then write about it.",
                "아직 작성 중인 신청입니다. 먼저 제출한 뒤에 메시지를 남겨 주십시오.",
            ),
            Self::NoSuchField { .. } => lang.pick(
                "Name a field of the request, such as usePlan, and each field once.",
                "usePlan과 같은 신청서 항목 이름을 적되, 항목마다 한 번만 적어 주십시오.",
            ),
            _ => self.sentence_about_approvals(lang),
        }
    }

    /// The same for approvals.
    fn sentence_about_approvals(&self, lang: Lang) -> &'static str {
        match self {
            Self::NoSuchApproval { .. } => lang.pick(
                "There is no such approval of the institution of this request.",
                "신청 기관의 승인 서류 중에서 해당 서류를 찾을 수 없습니다.",
            ),
            Self::NotUnderWay => lang.pick(
                "Approvals are renewed while a request is under review or approved.",
                "승인 서류는 신청이 심사 중이거나 승인된 동안에만 갱신할 수 있습니다.",
            ),
            Self::NotVerified { .. } => lang.pick(
                "Nobody at the bank has verified this approval; verify it first, then choose it.",
                "은행에서 아직 확인하지 않은 승인 서류입니다. 먼저 확인한 뒤에 선택해 주십시오.",
            ),
            Self::TooManyApprovals => lang.pick(
                "A request cannot have so many approvals; choose those that count for it.",
                "선택한 승인 서류가 너무 많습니다. 이 신청에 해당하는 서류만 선택해 주십시오.",
            ),
            _ => self.no_sentence_of_its_own(),
        }
    }

    /// Told with its particulars, or by the functions before this one. No arm for all the rest: a new error has to be
    /// put somewhere.
    fn no_sentence_of_its_own(&self) -> &'static str {
        match self {
            Self::Denied(_)
            | Self::NoSuchRequest
            | Self::NotYours(_)
            | Self::NoSuchRequestLine
            | Self::NoSuchLine { .. }
            | Self::NoSuchAgreement
            | Self::NoSuchInvestigator
            | Self::NoInstitution
            | Self::ChangedMeanwhile
            | Self::WrongState { .. }
            | Self::WrongLineState { .. }
            | Self::Vials { .. }
            | Self::DuplicateLine { .. }
            | Self::TooManyLines
            | Self::Required { .. }
            | Self::TooLong { .. }
            | Self::BadCountry
            | Self::BadTelephone { .. }
            | Self::Several(_)
            | Self::Requirement { .. }
            | Self::ConflictOfInterest { .. }
            | Self::NoAgreementYet
            | Self::AgreementExists
            | Self::AgreementClosed
            | Self::DocumentChanged
            | Self::NotYourTurn(_)
            | Self::AlreadySigned(_)
            | Self::SignerMismatch
            | Self::NoAgreementInForce
            | Self::Packed(_)
            | Self::ClaimedByAnother
            | Self::HandledByYou
            | Self::EmptyText
            | Self::NotHandedIn
            | Self::NoSuchField { .. }
            | Self::Catalogue(_)
            | Self::NothingProved
            | Self::TwiceProved
            | Self::Account(_)
            | Self::Provider(_)
            | Self::Reused(_)
            | Self::Page(_)
            | Self::Db(_) => "",
            Self::NoSuchApproval { .. } | Self::NotUnderWay | Self::NotVerified { .. } | Self::TooManyApprovals => "",
        }
    }
}
