catalogue-title = Catalogue
catalogue-description = Find the stem cell lines of the bank by name, disease, gene or RRID.
catalogue-crumb = Breadcrumb
catalogue-home = Home
catalogue-search = Search
catalogue-do-search = Search
catalogue-narrow = Narrow down
catalogue-narrow-n = Filters ({ $count })
catalogue-apply = Apply
catalogue-count = 
    { $count ->
    [one] { $count } line
   *[other] { $count } lines
 }
catalogue-caption = Results, { $count } lines
catalogue-sort = Sort
catalogue-chosen = Chosen:
catalogue-take-out = remove
catalogue-clear = Clear all
catalogue-holding-all = All
catalogue-facet-holding = Holding
catalogue-facet-stock = Stock
catalogue-facet-type = Kind of cells
catalogue-facet-disease = Disease
catalogue-facet-modification = Modification
catalogue-facet-lmo = Living modified organism (LMO)
catalogue-facet-grade = Grade
catalogue-facet-sex = Sex of the donor
catalogue-facet-status = Status
catalogue-disease-hint = A parent disease finds its children.
catalogue-all-diseases = All diseases
catalogue-col-line = Line
catalogue-col-disease = Disease
catalogue-col-kind = Type, source
catalogue-col-grade = Grade
catalogue-col-marks = Marks
catalogue-col-stock = Stock
catalogue-none = none
catalogue-made-up = made up
catalogue-reference = not held
catalogue-vials = 
    { $vials ->
    [one] { $vials } vial
   *[other] { $vials } vials
 }
catalogue-stock-note = Stock is counted from the vials themselves, less those that are reserved.
catalogue-unknown-disease = There is no such disease, so it was left out: { $names }
catalogue-empty = No line fits
catalogue-empty-without = Leaving out one condition helps:
catalogue-empty-drop = Without “{ $what }”: { $count ->
    [one] { $count } line
   *[other] { $count } lines
 }
catalogue-without-search = search { $what }
catalogue-empty-near = Names that are near:
catalogue-empty-nothing = Try part of the name, another name, a disease or an RRID.
catalogue-empty-all = See all held lines
