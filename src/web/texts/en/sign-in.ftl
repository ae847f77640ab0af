# Signing in
sign-in-title = Sign in
sign-in-email = E-mail
sign-in-password = Password
sign-in-code = Verification code
sign-in-code-hint = Only with two-step sign-in: six digits of your authenticator, or a recovery code.
sign-in-do = Sign in
sign-in-forgotten = I forgot my password
sign-in-elsewhere = Sign in with another account
sign-in-new = New here
sign-in-new-lead = Searching lines and checking their terms needs no account. Requesting does.
sign-in-register = Register
sign-in-again-title = You are signed in again
sign-in-again-lead = What you typed is still here. Check it and send it.
sign-in-documented = Accounts of the demonstration
sign-in-documented-lead = Made-up people whom everybody may be. A click signs you in.
