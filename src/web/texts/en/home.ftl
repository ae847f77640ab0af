home-title = Find a stem cell line, and know first whether you may use it
home-lead = Search without signing in, read test results and terms of use, and learn which approvals your project needs before you request anything.
home-search = Search
home-try = Try:
home-figure = Distributions in { $year }
home-figure-dots = 
    { $each ->
    [1] One dot is one distribution
   *[other] One dot is { $each } distributions
 }
home-figure-description = { $count } distributions. The mean of the five years before is { $mean }: grey dots stand for it, blue dots for the distributions above it.
home-figure-description-plain = { $count } distributions.
home-figure-above = { $ratio } times the mean of the five years before, { $mean }. Grey dots are the mean, blue dots the { $more } above it.
home-figure-below = { $ratio } times the mean of the five years before, { $mean }.
home-figure-no-mean = A year among the five before is unknown, so there is no mean to compare with.
home-figure-more = Statistics of { $year }
home-new = Newly published lines
home-all = See all { $count } lines
home-col-what = Disease or modification
home-col-day = Published
home-kinds = What the bank holds
home-kind-patient = Patient-derived
home-kind-modified = Genetically modified (LMO)
home-kind-modified-about = Treated as living modified organisms: your facility needs a report or permit
home-kind-unmodified = Not modified
home-kind-unmodified-about = No facility report or permit needed
home-kind-embryonic = Embryonic
home-kind-embryonic-about = Embryonic stem cell lines
home-kind-clinical = Clinical grade
home-kind-clinical-about = Made under good manufacturing practice
home-kind-clinical-none = No line of clinical grade is published now
home-how = How a request goes
home-step-check = Check
home-step-check-about = Choose a line and a purpose, and see which approvals and papers you need. No account.
home-step-request = Request
home-step-request-about = Put lines into the basket and write the request. A draft is kept even when it is incomplete.
home-step-review = Review and agreement
home-step-review-about = The bank checks the papers and decides; both institutions sign the agreement. You always see whose turn it is.
home-step-receive = Receive and report
home-step-receive-about = Lines are free of charge. Only storage, consumables and transport may be charged.
home-step-median = Median { $days } days from { $step }.
