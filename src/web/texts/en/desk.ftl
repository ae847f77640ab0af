# Reviewing requests: worklist, one request, packing slip
desk-title = Review of requests
desk-tabs = Parts of the worklist
desk-tab-mine = Mine
desk-tab-unassigned = Unassigned
desk-tab-overdue = Overdue
desk-tab-waiting = Waiting for the applicant
desk-tab-open = All open
desk-tab-all = All
desk-search = Request number or project title
desk-search-do = Search
desk-caption = Those that wait longest come first. After { $days } days on the bank's turn a request is marked overdue.
desk-empty = No requests here
desk-empty-lead = Look at another tab, or search for something else.
desk-choose = Choose
desk-choose-one = Choose { $number }
desk-claim-chosen = Claim the chosen ones
desk-claimed-title = What was claimed
desk-claimed = Claimed
desk-not-claimed = Not claimed
desk-none-chosen = No request was chosen. Choose some, then try again.
desk-request = Request
desk-institution = Institution
desk-lines = Cell lines
desk-and-more = and { $count } more
desk-turn = Turn
desk-since = since { $day }
desk-next = State and next step
desk-next-is = Next: { $what }
desk-handler = Handler
desk-nobody = nobody
desk-overdue = Overdue
desk-revision = revision { $count }
desk-submitted = submitted { $day }
desk-changes-count = { $count ->
    [one] 1 change since the return
   *[other] { $count } changes since the return
}
desk-conflict = Conflict of interest: this is not yours to handle
desk-reader = You can read this, not act on it
desk-reader-lead = The bank's staff review and handle requests.
desk-who = The request in short
desk-applicant = Applicant
desk-investigator = principal investigator { $name }
desk-is-investigator = also the principal investigator
desk-verified = registered with ROR
desk-not-verified = not registered with ROR
desk-earlier = Earlier requests of this institution
desk-earlier-count = { $count }
desk-purpose = Purpose
desk-commercial = commercial
desk-not-commercial = not commercial
desk-in-people = in people
desk-redistribution = to be passed on
desk-do-claim = Claim it
desk-do-release = Put it back on the desk
desk-do-take-over = Take it over
desk-take-over-reason = Why you take it over
desk-take-over-hint = A letter tells the present handler.
desk-changes = Changed since the return
desk-field = Field
desk-before = Before
desk-after = Now
desk-blank = empty
desk-decide-lines = Decision by cell line
desk-line = Cell line
desk-asked-vials = { $count ->
    [one] 1 vial asked for
   *[other] { $count } vials asked for
}
desk-requirements = Requirements
desk-requirement-count = { $count ->
    [one] 1 requirement
   *[other] { $count } requirements
}
desk-stock = Free → after approval
desk-stock-said = { $now } vials free now, { $after } after approval
desk-too-few = too few
desk-decision = Decision
desk-decision-of = Decision on { $line }
desk-approve = Approve
desk-leave-open = Leave open
desk-refuse = Refuse
desk-vials = Vials
desk-vial-count = { $count ->
    [one] 1 vial
   *[other] { $count } vials
}
desk-refusal = Kind of refusal
desk-reason = Reason
desk-reason-hint = For a refusal, or fewer vials than asked for. The applicant reads it.
desk-do-decide = Save the decision
desk-decide-hint = Lines left open are decided later. Once all are decided, the applicant is told.
desk-return = Return it for completion
desk-return-comment = What has to be completed
desk-return-hint = The applicant reads it. Say what to change, and how.
desk-return-fields = Comments on single fields
desk-do-return = Return it
desk-reserved-until = reserved until { $day }
desk-do-reserve = Reserve vials
desk-do-release-reservation = Release the reservation
desk-agreement = Agreement
desk-agreement-kind = Kind of agreement: { $kind }. Once offered, the principal investigator signs first.
desk-no-agreement = No agreement yet.
desk-do-offer = Offer the agreement
desk-do-sign = Read and sign the agreement
desk-signed = Signed
desk-not-signed = Not signed
desk-shipments = Shipments
desk-no-shipments = No shipment yet.
desk-do-pack = Pack the reserved vials
desk-do-dispatch = Dispatch
desk-pick-up = To be collected at the bank. Leave the courier empty when you hand it over.
desk-courier = Courier
desk-courier-hint = Empty for a pick-up.
desk-tracking = Tracking number
desk-dispatched = dispatched { $at }
desk-texts = The research
desk-summary = Summary
desk-use-plan = Plan of use
desk-address = Delivery address
desk-delivery = Delivery
desk-approvals = Approvals
desk-no-approvals = No approval number is given.
desk-until = until { $day }
desk-is-over = expired
desk-ends-soon = ends within 30 days
desk-messages = Messages
desk-messages-lead = The applicant and the principal investigator read these.
desk-message = Write to the applicant
desk-do-message = Send
desk-notes = Internal notes
desk-note-inner = Internal note
desk-note-unseen = the applicant does not see it
desk-note = Write a note
desk-note-hint = For the bank alone. Applicant, principal investigator and their institution never see it.
desk-do-note = Keep the note
desk-history = History
desk-slip = Packing slip
desk-slip-print = Print it with the browser and put it into the box.
desk-slip-to = Recipient
desk-slip-caption = { $vials ->
    [one] 1 vial in all. Tick it when you pack it.
   *[other] { $vials } vials in all. Tick each one when you pack it.
}
desk-slip-lmo = Contains living modified organisms (LMO)
desk-slip-lmo-lead = Label container and parcel as LMO; open them only in a reported or permitted facility.
desk-slip-lmo-facility = Facility: { $number }.
desk-lot = Lot
desk-barcodes = Barcodes
desk-done-claim = The request is yours now
desk-done-take-over = You took it over
desk-done-release = It is back on the desk; somebody else can claim it
desk-done-return = It was returned for completion
desk-done-decide = The decision was saved
desk-done-offer = The agreement was offered
desk-done-reserve = Done; where too few vials are free, the line is on the waiting list
desk-done-release-reservation = The reservation was released
desk-done-pack = It is packed; the packing slip can be printed
desk-done-dispatch = It was dispatched
desk-done-message = The message was sent
desk-done-note = The note was kept
