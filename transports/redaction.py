# Read by both halves: imports nothing of ours. Must parse on 2.7.
"""What must not be seen: passwords in URLs, and files that hold secret keys."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import re

#: What is said of an AMQP URL that cannot be taken apart. Never what was made of it, which may be a part of a password.
ADVICE = "write amqp://USER:PASSWORD@HOST:5672/VHOST and percent-encode user, password and vhost (a / is %2F, an @ %40)"

# An @ that stands where a host has ended already: a password with / # or ? in it was cut there.
_CUT = re.compile("(?s)amqps?://([^@/?#]*[/?#].*|[^/?#]*[/#][^?]*)@")


def hidden(url):
    """Return ``url`` with its password as **: all up to the last @, whatever the password holds unescaped."""
    return re.sub(r"(?s)(//[^:]*):.*@", r"\1:**@", url)


def is_cut(url):
    """Return whether the password in an amqp ``url`` lacks percent-encoding and would be misread."""
    return _CUT.match(url) is not None


def key_refusal(path):
    """Return None where no other user can read the secret key in ``path``, else what to do.

    Raise OSError where there is no such file.
    """
    if os.stat(path).st_mode & 0o077:
        return "{} can be read by others: chmod 600 it, and make new keys".format(path)
    return None
