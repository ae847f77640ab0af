mail-no-such-letter = There is no such letter.
mail-not-dead = Only a letter that could not be delivered is sent again; this one is { $state }.
mail-secret-gone = The secret of this letter's link is not kept; the recipient has to ask for a new letter.
mail-duty = '{ $label }' cannot be switched off: it asks something of you or concerns your account.
