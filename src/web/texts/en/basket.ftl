# Lines put aside
basket-title = Lines put aside
basket-lead = Lines that you want to request. They stay in this browser, also without signing in.
basket-done-added = { $line } is put aside.
basket-done-full = It could not be put aside: the number of vials is out of range, or there is no room for more lines.
basket-done-saved = The numbers of vials are saved.
basket-done-removed = { $line } is taken out.
basket-empty = Nothing is put aside
basket-empty-lead = Find the lines that you need in the catalogue and put them aside.
basket-to-catalogue = Find lines
basket-caption = Lines to request, with their vials
basket-line = Cell line
basket-stock = Stock
basket-needs = Documents to prepare
basket-vials = Vials
basket-remove-column = Take out
basket-free = { $count ->
    [one] 1 vial free
   *[other] { $count } vials free
 }
basket-not-provided = Not distributed at present
basket-nothing-needed = No documents
basket-vials-of = Vials of { $line }
basket-remove = Take out
basket-limits = 1 to { $most } vials of each line. With too few free vials a request waits.
basket-more = Find more lines
basket-save = Save the numbers
basket-begin = Write a request
basket-begin-sign-in = Sign in and request
basket-bad-vials = { $line }: give the number of vials as a number from 1 to { $most }.
