# Run by the interpreter under test (Python 2.7 upward).
"""What a task service is made of: what a frame brings, the jobs that it holds, and the results on their way out."""

from __future__ import absolute_import, division, print_function, unicode_literals
