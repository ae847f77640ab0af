inventory-no-such-lot = There is no such lot.
inventory-no-such-held-line = There is no such line in the bank's holdings.
inventory-parent-of-another-line = The parent lot is of another line.
inventory-number-taken = There is a lot with the number { $number } already.
inventory-no-second-person = A second person reviews a test; name somebody else.
inventory-not-quarantined = Only a quarantined lot can be released.
inventory-tests-open = These release tests have not passed: { $list }. Record them first.
