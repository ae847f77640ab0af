//! Answers to idempotency keys stand under the verb that gave them, as the table of verbs names it; keys that were
//! given before go on.

crate::step!("m23_verbs");

const SQL: &str = r#"
UPDATE idempotency_key SET operation = CASE operation
  WHEN 'lot.register' THEN 'registerLot'
  WHEN 'lot.test' THEN 'recordQualityTest'
  WHEN 'request.create' THEN 'createDistributionRequest'
  WHEN 'request.copy' THEN 'copyDistributionRequest'
  WHEN 'request.message' THEN 'postRequestMessage'
  WHEN 'request.note' THEN 'postRequestNote'
  WHEN 'agreement.offer' THEN 'offerAgreement'
  WHEN 'shipment.pack' THEN 'createShipment'
  WHEN 'institution.propose' THEN 'proposeInstitution'
  WHEN 'create_api_token' THEN 'createApiToken'
  ELSE operation END;
"#;
