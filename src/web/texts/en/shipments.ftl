# Receipts
shipments-title = Receipt of { $number }
shipments-receipt = Confirm the receipt
shipments-lead = If everything arrived in good condition, just confirm. Change only the vials with a problem.
shipments-none = Nothing is on its way
shipments-none-lead = It was confirmed before, or is not sent yet.
shipments-sent = sent { $day }
shipments-vials = { $count ->
    [one] 1 vial
   *[other] { $count } vials
 }
shipments-caption = Condition of each vial
shipments-vial = Vial
shipments-line = Cell line
shipments-condition = Condition
shipments-condition-of = Condition of { $vial }
shipments-confirm = Confirm the receipt
shipments-later = Later
