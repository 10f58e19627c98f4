# Run by the interpreter under test (Python 2.7 upward).
"""What went wrong on the lanes of a session, so that an outcome can say why it failed."""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections

MOST_PROBLEMS = 100
#: Of a sentence, in characters: a peer may have written a part of it.
MOST_SENTENCE = 2000


class Problems(collections.OrderedDict):
    """{sentence: how often}, the latest last; the oldest is dropped where there are too many."""

    def note(self, sentence):
        """Count ``sentence``, cut at MOST_SENTENCE, and make it the latest."""
        sentence = sentence[:MOST_SENTENCE]
        count = self.pop(sentence, 0)
        self[sentence] = count + 1
        if len(self) > MOST_PROBLEMS:
            self.popitem(last=False)

    def latest(self):
        """Return the latest problem, or None."""
        return next(reversed(self), None)
