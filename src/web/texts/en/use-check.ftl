use-check-title = May I use { $name }?
use-check-short = May I use it?
use-check-lead = Choose a use, and see which approvals and papers it needs, with the law behind them. No account; the address can be sent on as it is.
use-check-heading = May I use it?
use-check-heading-note = No account; the result carries on into a request
use-check-use = Intended use
use-check-place = Destination
use-check-place-korea = Korea
use-check-place-abroad = abroad
use-check-do = Check
use-check-about = About the use
use-check-about-commercial = Commercial use
use-check-about-people = Use in people
use-check-about-redistribution = To be passed on
use-check-have = What you have already, if it is valid
use-check-have-irb = Ethics board (IRB) approval
use-check-have-exemption = Confirmed exemption
use-check-have-head = Approval of the institution’s head
use-check-have-plan = Plan of use
use-check-have-lmo = LMO facility report or permit
use-check-have-export = Export approval
use-check-have-clinical = Approved clinical plan
use-check-met = You may use it. Everything needed is there.
use-check-review = You can probably use it. The bank checks { $count ->
    [one] one point
   *[other] { $count } points
 }.
use-check-missing = You may use it once { $count ->
    [one] one thing is
   *[other] { $count } things are
 } provided.
use-check-not-allowed = This use is not allowed: { $count ->
    [one] one rule forbids it
   *[other] { $count } rules forbid it
 }.
use-check-basis = For { $use }, received in: { $place }.
use-check-document = Paper: { $document }
use-check-on = On to a request
use-check-on-lead = Put the line into the basket; numbers and papers are asked for in the request.
use-check-stops = It cannot be requested for this use. Change the use and check again.
use-check-back = Back to { $name }
use-check-vials = Vials
use-check-put = Put into the basket
use-check-put-waiting = Put into the basket, to wait
