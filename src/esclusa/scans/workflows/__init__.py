"""What is wrong with the files that build and deliver: workflows, actions, pipelines, container files.

Programs that know them look, each started once over copies of the files: nothing in the repository tells them
what to overlook, and what they are known to find lies among the copies.
"""
