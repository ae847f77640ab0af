audit-filter = '{ $field }' is no id of such a thing; use an id that the bank gave.
audit-days = The last day is before the first.
audit-head = That is no hash of a seal: it has 64 hexadecimal digits.
audit-unknown-key = The event at place { $sequence } was sealed by a key ({ $key }) that is not known here; put that key into audit_key. If the bank never had it, the seal is forged.
audit-write = The export could not be written.
