personal-data-not-you = This e-mail and password are not yours; everybody erases only their own account.
personal-data-not-confirmed = Read in 'viewer.erasure' what goes and what is kept, then send 'confirm: true'.
personal-data-no-such-account = There is no such account.
personal-data-handles = You work on request { $number }; decide it or send it back first.
personal-data-last-administrator = This is the last administrator; give the role to somebody else first.
personal-data-under-way = Request { $number } is { $state }; confirm the receipt of its vials first, or ask the bank.
personal-data-open-request = Request { $number } is { $state }; withdraw it first.
