document-limit = { $limit ->
    [bytes] A document has at most { $most } bytes; send values as variables.
    [tokens] A document has at most { $most } tokens; ask for less at once.
    [nesting] Brackets may stand in each other { $most } deep; ask for less at once.
    [definitions] A document has at most { $most } operations and fragments; send those that you need.
    [spreads] A document spreads fragments at most { $most } times.
    [directives] A document has at most { $most } directives.
    [name-length] A name has at most { $most } characters.
    [aliases] A document has at most { $most } aliases; ask for less at once.
    [selections] A document selects at most { $most } fields, with every fragment where it is spread; ask for less at once.
    [levels] Selections may stand in each other { $most } deep, fragments included; ask for less at once.
    [text-characters] A text has at most { $most } characters.
   *[list-values] A list in an input has at most { $most } values; send the rest with a further request.
}
document-cycle = The fragment '{ $fragment }' spreads itself; take the spread out.
answer-too-large = This answer would be larger than { $most } bytes; ask for shorter lists or fewer fields.
document-variable = The { $what } is not of type { $type }; send such a value.
character-forbidden = A text has a control character or one that turns the direction of writing; take it out.
