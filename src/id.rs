//! Typed keys. Outside the bank a key is an opaque global id; inside it is a number that knows its kind.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// Splits a global id into the kind of thing and its number; `None` if the bank never gave out such an id.
pub fn parse_global(id: &str) -> Option<(String, i64)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id).ok()?).ok()?;
    let (kind, number) = text.split_once(':')?;
    let parsed = number.parse().ok().filter(|n: &i64| *n > 0 && n.to_string() == number)?;
    Some((kind.to_owned(), parsed))
}

/// The opaque id of a thing whose kind is known only by name.
pub fn global(kind: &str, number: i64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}:{number}"))
}

/// A typed key.
pub trait Key: Copy {
    /// The name of its kind in global ids and in the history.
    const KIND: &'static str;

    /// Its number.
    fn number(self) -> i64;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// The name of this kind in global ids and in the history.
            pub const KIND: &'static str = $kind;

            /// The opaque id that leaves the bank.
            pub fn global(self) -> String {
                global($kind, self.0)
            }

            /// Reads a global id of this kind; `None` if it is of another kind or no id at all.
            pub fn from_global(id: &str) -> Option<Self> {
                parse_global(id).filter(|(kind, _)| kind == $kind).map(|(_, number)| Self(number))
            }
        }

        impl Key for $name {
            const KIND: &'static str = $kind;

            fn number(self) -> i64 {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($kind, ":{}"), self.0)
            }
        }
    )*};
}

ids! {
    /// A person with an account.
    PersonId = "Person";
    /// An institution.
    InstitutionId = "Institution";
    /// A person's membership at an institution.
    MembershipId = "InstitutionMembership";
    /// An API token.
    TokenId = "ApiToken";
    /// A session of a browser.
    SessionId = "Session";
    /// A disease.
    DiseaseId = "Disease";
    /// A cell line, held or reference.
    CellLineId = "CellLine";
    /// A lot of a line.
    LotId = "Lot";
    /// A vial.
    VialId = "Vial";
    /// A quality test of a lot.
    QualityTestId = "QualityTest";
    /// A request for distribution.
    RequestId = "DistributionRequest";
    /// A line of a request.
    RequestLineId = "RequestLine";
    /// A message or note about a request.
    RequestMessageId = "RequestMessage";
    /// A vial reserved for a request line.
    ReservationId = "Reservation";
    /// An approval of an ethics board or another authority.
    ApprovalId = "Approval";
    /// A material transfer agreement.
    AgreementId = "Agreement";
    /// A version of an agreement's template.
    TemplateId = "AgreementTemplate";
    /// A signature under an agreement.
    SignatureId = "Signature";
    /// A shipment.
    ShipmentId = "Shipment";
    /// An event of the history.
    EventId = "AuditEvent";
    /// A letter in the outbox.
    MailMessageId = "MailMessage";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_global_id_comes_back_and_knows_its_kind() {
        let id = CellLineId(42).global();
        assert_eq!(CellLineId::from_global(&id), Some(CellLineId(42)));
        assert_eq!(LotId::from_global(&id), None);
        assert_eq!(parse_global("nonsense"), None);
        assert_eq!(parse_global(&URL_SAFE_NO_PAD.encode("CellLine:-1")), None);
        assert_eq!(parse_global(&URL_SAFE_NO_PAD.encode("CellLine:+1")), None);
    }
}
