"""Sentences with and without personal data, English and Spanish, to measure detectors of personal data.

    python -m benchmarks.scans.texts --half development|held-out|later|latest|fresh --out DIR [--seed N]

`templates/LANGUAGE/HALF/` holds texts written by hand, a rule of dashes between them, with a slot where a
number, a name or a date belongs; files called `clean-*` have no personal data, and what looks like it. The
halves share makers of values, and no text and no name of a person. `--half later`, `--half latest`
and `--half fresh` are three further parts, below.

DIR/en.jsonl and DIR/es.jsonl have one text a line: `id`, `template` (file and number of the text in it),
`text`, and `entities`: `kind`, `start`, `end` (characters, end excluded). Kinds: card, iban, dni, nie, cif,
nuss, ssn, phone, email, ip, plate, passport, birth_date, and person, which only advisory detectors look for.
Each half has 1,600 texts of each language, of about 130 written by hand; half of them are clean, without
an entity or a name. Both were written before detectors existed, and `texts.sha256` is what each half of
the default seed hashed to then.

`later` is a fresh held-out part: written after the detectors, by somebody who saw neither the detectors nor
the texts of the halves, because the totals of the held-out half had become known to those who work on the
detectors. Each change of the detectors is measured on it once. It has 1,600 texts of each language, half of
them clean; of 219 English and 186 Spanish templates with personal data, and of 174 and 164 without. Dates of
birth and plates, at which the detectors were weakest, have 97 and 76 slots in English, 84 and 73 in Spanish;
every other kind has at least 12. Its dates of birth and plates are spelled by `births.py` and `plates.py`,
which the halves do not use.

`latest` is fresh in the same way, written by somebody who saw neither the detectors nor any of the other
texts, and its kinds stand in about the proportions of what agents read and write: customers' messages,
tickets, forms, records, logs, arguments of tools, transcripts, notes, forums. It has 1,600 texts of each
language, half of them clean; of 250 English and 236 Spanish templates with personal data, and of 172 and 166
without. E-mail addresses have 114 slots in English and 93 in Spanish, telephone numbers 107 and 94, dates of
birth 104 and 87, plates 66 and 71; every other kind has at least 12. Its dates of birth, plates and telephone
numbers are spelled by `latest_births.py`, `latest_plates.py` and `latest_phones.py`, and `latest_fillers.py`
has more of what only looks like personal data; the other parts use none of them.

`fresh` was written after all of these by somebody who saw neither the detectors nor, but for the first
lines of two files, any of the other texts. Half of its templates with personal data have a date of birth, a
plate or a passport number, the kinds that are spelled in the most ways, as in countries of four continents.
It has 1,600 texts of each language, half of them clean; of 149 English and 148 Spanish templates with
personal data, and of 84 of either without. Dates of birth have 33 slots in English and 34 in Spanish,
plates 33 and 33, passports 31 and 31; every other kind has at least 3. A day on which somebody came to a
round age counts as a date of birth, for it tells one; a birthday without its year stands nowhere. Its
values are spelled by `fresh_births.py`, `fresh_plates.py`, `fresh_passports.py`, `fresh_phones.py` and
`fresh_fillers.py`, which the other parts do not use; its other numbers and some fillers come from the
shared makers.

What counts as clean on purpose: numbers whose checksum or range is wrong, four-part versions, loopback
addresses, git remotes, dates that are nobody's birth, and a company that is only named. Street addresses
stand in none of them.
"""
