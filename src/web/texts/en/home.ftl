home-title = Find a stem cell line, and know first whether you may use it
home-lead = Search without signing in, read test results and terms of use, and learn which approvals your project needs before you request anything.
