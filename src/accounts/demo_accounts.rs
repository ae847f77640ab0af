//! The documented ways in: one person a role. They exist in demonstrations only, and everybody knows them; that is why
//! `serve` refuses such a database and a demonstration listens on loopback only.

use crate::actor::Role;
use sea_orm::ActiveEnum;
use serde::Serialize;

/// How somebody gets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The one role of this person.
    pub role: Role,
    /// E-mail.
    pub email: &'static str,
    /// Password, for signatures.
    pub password: &'static str,
    /// API token.
    pub token: &'static str,
}

/// One person a role, in the order of [`Role::ALL`].
pub const ACCESS: [Access; 5] = [
    Access {
        role: Role::Researcher,
        email: "researcher@demo.example.org",
        password: "demo-researcher-password",
        token: "stembank_demo_researcher_token",
    },
    Access {
        role: Role::Signatory,
        email: "signatory@demo.example.org",
        password: "demo-signatory-password",
        token: "stembank_demo_signatory_token",
    },
    Access {
        role: Role::Staff,
        email: "staff@demo.example.org",
        password: "demo-staff-password",
        token: "stembank_demo_staff_token",
    },
    Access {
        role: Role::CommitteeMember,
        email: "committee@demo.example.org",
        password: "demo-committee-password",
        token: "stembank_demo_committee_token",
    },
    Access {
        role: Role::Administrator,
        email: "administrator@demo.example.org",
        password: "demo-administrator-password",
        token: "stembank_demo_administrator_token",
    },
];

/// A way in as a file lists it.
#[derive(Serialize)]
struct Listed {
    role: String,
    email: &'static str,
    password: &'static str,
    token: &'static str,
}

impl Access {
    /// The role as the API writes it: `COMMITTEE_MEMBER`.
    pub fn role_name(&self) -> String {
        self.role.to_value().to_uppercase()
    }

    /// `role<TAB>email<TAB>password<TAB>token`.
    pub fn line(&self) -> String {
        [self.role_name().as_str(), self.email, self.password, self.token].join("\t")
    }
}

/// [`ACCESS`] as a JSON list of objects with `role`, `email`, `password` and `token`.
pub fn as_json() -> String {
    let listed = ACCESS.map(|a| Listed { role: a.role_name(), email: a.email, password: a.password, token: a.token });
    serde_json::to_string_pretty(&listed).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_person_a_role() {
        assert_eq!(ACCESS.map(|access| access.role), Role::ALL);
        let names = ["RESEARCHER", "SIGNATORY", "STAFF", "COMMITTEE_MEMBER", "ADMINISTRATOR"];
        assert_eq!(ACCESS.map(|access| access.role_name()), names);
    }

    #[test]
    fn a_line_has_four_parts_without_tabs() {
        assert!(ACCESS.iter().all(|access| access.line().split('\t').count() == 4));
    }
}
