"""Results of other eval tools, read as evidence: promptfoo, Inspect, DeepEval, and JUnit XML.

A file says by its content who wrote it. What cannot be understood is named by file and place and ends the
import: nothing is skipped, since a result that silently lost a case could open a gate. Whether the results
are those of the release that ships, nobody here can know.
"""
