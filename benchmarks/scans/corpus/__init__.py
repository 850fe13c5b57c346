"""Secrets planted in files, to measure scanners of secrets; nobody who writes rules writes these.

    python -m benchmarks.scans.corpus --half development|held-out|later|latest --out DIR [--seed N]

`templates/` holds the files as people write them, by hand, with a slot where a value belongs; `kinds/` makes
the values when the corpus is written. So no secret stands in this repository, and the same seed gives the
same bytes everywhere.

The halves share makers of values and no line of wording. Development has 219 secrets of 160 kinds, held-out
228 of 173; 32 kinds stand in held-out alone, and they are 14 % of its secrets. Both were written before rules
existed, and `corpus.sha256` is what each half of the default seed hashed to then.

`later` is a third part: written after the rules by somebody who saw neither the rules nor the other halves;
each release of rules is measured on it once. Rules were made more general while the totals of held-out were
seen, so that half's number is no longer quite honest. It has 351 secrets of 186 kinds, a fifth of them in
Spanish, and 264 decoys; 83 kinds stand in it alone, and they are 30 % of its secrets.

`latest` is a fourth: written after the rules had been made more general a second time, or at the same time,
by somebody who saw neither the rules nor the other parts; it is measured once. Its proportions are those of
published incidents: more than half of its secrets are generic, then come clouds, models, forges and chat. It
has 367 secrets of 189 kinds, a fifth of them in Spanish, and 350 decoys; for 75 kinds, 31 % of its secrets,
it has makers of its own (some of them for services that `later` has too, under another name).

Under DIR: `files/`, what is scanned; `truth.json`, each planted secret; `decoys.json`, what only looks like
one. An entry has `file` (below `files/`; `a.zip!b` for b inside the archive a.zip), `line` and `end_line`
(from 1), `start` and `end` (bytes of the file, or of the archive's unpacked member), `kind`, `written`
(plain, or the encoding in the file: base64, json, indented) and `sha256` of the value before that encoding.
In URLs the value is the password alone; where base64 holds a user and a password, all of it.
"""
