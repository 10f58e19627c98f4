# Run by the interpreter under test (Python 2.7 upward).
"""Forget what a person's function keeps between its calls, so that each call is a first one.

Emptied are functools' caches, and the containers of the person's modules, classes and object that have grown since
they were imported. What is kept elsewhere stays: in a closure, in a library, in a file.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import sys
import types

from scenarios.own_function import is_ours

#: The types of classes; Python 2 has old ones.
CLASSES = (type, getattr(types, "ClassType", type))


def of(function, folder):
    """Return ``function``, a person's from ``folder``, so that it forgets before each call."""
    forgetting = [cache.cache_clear for _, cache in caches(function, folder)]
    restores = [_restore_of(container) for container in _containers(function, folder)]

    def fresh(*arguments, **named):
        for forget in forgetting:
            forget()
        for restore in restores:
            restore()
        return function(*arguments, **named)

    return fresh


def caches(function, folder):
    """Return [(name, functools cache)] of the person's modules and classes."""
    found = {}
    for owner, names in _owners(function, folder):
        for name, value in list(names.items()):
            if _is_cache(value):
                found[id(value)] = ("{}.{}".format(owner, name), value)
    return sorted(found.values(), key=lambda pair: pair[0])


def _is_cache(value):
    """Return whether ``value`` counts its hits as functools' caches do.

    Its type is asked first, and isinstance nowhere: a proxy has any attribute, or raises at each, __class__ included.
    """
    try:
        if hasattr(type(value), "cache_info") or "cache_info" in vars(value):
            return callable(value.cache_clear) and isinstance(value.cache_info().hits, int)
    except Exception:
        pass
    return False


def _containers(function, folder):
    found = {}
    for _, names in _owners(function, folder):
        for name, value in names.items():
            if issubclass(type(value), (dict, list, set)) and value is not sys.modules and not name.startswith("__"):
                found[id(value)] = value
    return list(found.values())


def _restore_of(container):
    """Return a function that gives ``container`` its present content again where its length has changed."""
    size = len(container)
    kept = container.copy() if hasattr(container, "copy") else list(container)  # 2.7's lists have no copy

    def restore():
        if len(container) == size:
            return
        if isinstance(container, list):
            container[:] = kept
        else:
            container.clear()
            container.update(kept)

    return restore


def _owners(function, folder):
    """Generate (name, {name: value}) of the person's modules, of their classes, and of the object that is called."""
    if hasattr(function, "__globals__"):
        yield function.__module__, function.__globals__
    elif hasattr(function, "__dict__"):
        yield type(function).__name__, vars(function)
    for name, module in list(sys.modules.items()):
        if not _is_of(module, name, folder):
            continue
        yield name, vars(module)
        for value in list(vars(module).values()):
            if issubclass(type(value), CLASSES) and value.__module__ == name:
                yield value.__name__, vars(value)


def _is_of(module, name, folder):
    """Return whether ``module`` lies in the person's folder, and is neither ours nor an installed package."""
    if name in ("__main__", "__mp_main__") or is_ours(name, module):
        return False
    path = os.path.abspath(getattr(module, "__file__", None) or os.sep)
    return path.startswith(os.path.join(folder, "")) and "site-packages" not in path
