statistics-range = Ask for one to fifty years, the earlier one first.
statistics-year = A year is 1900 to 2200.
