"""Lock files and bills of materials: which packages each names, and what in it names none.

Each reader takes a text and the name of its file; what cannot be read at all is a `Problem` at its line. They
look at what is pinned: a range says nothing about what will be installed.
"""
