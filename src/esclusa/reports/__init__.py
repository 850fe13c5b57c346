"""Reports: a run as JUnit XML, Markdown and JSON, and other programs' JUnit XML as evidence."""
