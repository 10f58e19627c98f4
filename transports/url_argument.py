# Run by the interpreter under test (Python 2.7 upward).
"""A URL on a command line, which everyone on the machine can read: ``@VARIABLE`` names what holds it instead."""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import os

from compat import text


def url(given):
    """Parse an argument of argparse: the URL itself, or the environment variable behind the @ that holds it."""
    given = text.text_type(given)
    if given.startswith("@"):
        try:
            given = text.text_type(os.environ[given[1:]])
        except KeyError:
            raise argparse.ArgumentTypeError("{} is not set; set it to the URL to use".format(given[1:]))
    text.to_utf8(given)  # raise ValueError, which argparse reports, for bytes that are no text in this locale
    return given
