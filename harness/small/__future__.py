# Run by MicroPython, which has no such module; by CPython in place of its own, when it runs a script of this folder.
"""What the first line of our modules imports; MicroPython behaves so by itself."""

absolute_import = division = print_function = unicode_literals = annotations = None
