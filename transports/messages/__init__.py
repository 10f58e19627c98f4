# Run by the interpreter under test (Python 2.7 upward).
"""The codecs of the message, and their strict decoders."""

from __future__ import absolute_import, division, print_function, unicode_literals
