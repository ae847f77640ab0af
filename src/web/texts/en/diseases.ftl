diseases-title = Diseases
diseases-lead = Find lines by disease. Numbers of lines include those of the diseases below.
diseases-search = Search diseases
diseases-search-hint = Name, synonym, MONDO or OMIM code
diseases-all = Also diseases without lines
diseases-count = 
    { $count ->
    [one] { $count } disease
   *[other] { $count } diseases
 }
diseases-empty = No disease fits
diseases-empty-lead = Try another name or part of it.
diseases-widen = Search diseases without lines, too
diseases-col-name = Disease
diseases-col-code = MONDO code
diseases-col-held = Held
diseases-col-all = With reference lines
diseases-lines = 
    { $count ->
    [one] { $count } line
   *[other] { $count } lines
 }
diseases-summary = { $held } held by the bank; { $lines } with reference lines
diseases-its-lines = Lines of this disease
diseases-to-held = { $count } held, in the catalogue
diseases-to-all = all { $count }
diseases-no-lines = There is no line of this disease. Look at the disease above.
diseases-above = Above
diseases-below = Below
diseases-synonyms = Synonyms
diseases-codes = Codes
diseases-what = What it is
