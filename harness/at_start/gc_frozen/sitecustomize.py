# Run by every process of the variant +gc-frozen (Python 3.7 upward), first, through PYTHONPATH.
"""Turn the cyclic garbage collector off and exempt what is there now."""

from __future__ import absolute_import, division, print_function, unicode_literals

import gc

gc.disable()
gc.freeze()
