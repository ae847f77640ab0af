//! Roles of people.

use super::{institution, person};
use crate::actor::Role;
use crate::id::{InstitutionId, PersonId};
use sea_orm::entity::prelude::*;

/// A role that somebody has.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role_grant")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Who.
    pub person_id: PersonId,
    /// The role.
    pub role: Role,
    /// The institution for which a signatory signs; exactly signatories have one.
    pub institution_id: Option<InstitutionId>,
    /// Who.
    #[sea_orm(belongs_to, from = "person_id", to = "id")]
    pub person: BelongsTo<person::Entity>,
    /// The institution for which a signatory signs.
    #[sea_orm(belongs_to, from = "institution_id", to = "id")]
    pub institution: BelongsTo<Option<institution::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
