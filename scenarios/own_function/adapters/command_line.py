# Run by the interpreter under test (Python 2.7 upward).
"""A command line as a function: a call starts the program once, gives it the input, and returns what it prints.

The input takes the place of ``{input}``, or is written to stdin where the command has no such place. An output that is
JSON is returned as its value, any other as text.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import io
import json
import os
import re
import subprocess
import sys

from scenarios.own_function import answers

PLACE = "{input}"
_PYTHON = re.compile(r"(python|pypy)[0-9.]*$")
#: In the first lines of a script: a long path of its Python stands in the second one.
_SHEBANG = re.compile(b"#!.*(python|pypy|jython|/bin/sh\n.*(python|pypy))")
#: CPython's warning where an import turns the GIL on.
_GIL = re.compile("The global interpreter lock .*? has been enabled.*")


class CommandFailed(Exception):
    """Raised where the program ends with another exit code than 0; ``output`` is what it wrote last."""

    def __init__(self, code, output):
        lines = output.strip().splitlines() or ["no output"]
        Exception.__init__(self, "exit code {}; its last output: {}".format(code, lines[-1]))
        self.output = output


class CommandLine(object):
    """Runs the program, once a call; ``gil_by`` is the warning of the last program whose import turned the GIL on."""

    def __init__(self, words, folder):
        self._words = words
        self._folder = folder
        self._by_argument = any(PLACE in word for word in words)
        self.gil_by = None

    def __call__(self, *inputs):
        text = _written(inputs[0]) if inputs else ""
        words = [word.replace(PLACE, text).encode("utf-8") for word in self._words]
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._folder,
            close_fds=True,  # 2.7 would hand the pipes of other threads' programs on
        )
        output, errors = process.communicate(b"" if self._by_argument else text.encode("utf-8"))
        errors = errors.decode("utf-8", "replace")
        if process.returncode:  # Jython writes the message of a sys.exit to stdout
            raise CommandFailed(process.returncode, errors or output.decode("utf-8", "replace"))
        turned_on = _GIL.search(errors)
        if turned_on:
            self.gil_by = turned_on.group(0)
        return _read(output)


def load(target, no_function):
    """Return the command line of ``target`` with its program found; raise ``no_function`` where it is not Python's."""
    words = target["arguments"]
    return CommandLine(_begin(words[0], target["folder"], no_function) + words[1:], target["folder"])


def _begin(program, folder, no_function):
    """Return the words that start ``program`` under this interpreter.

    They are this interpreter itself, it with a script, or a program that the requirements installed beside it.
    """
    from compat import this_interpreter

    if _PYTHON.match(program):
        return this_interpreter.command()
    beside = os.path.join(os.path.dirname(sys.executable), program)
    installed = os.sep not in program and os.path.isfile(beside)
    path = beside if installed else os.path.join(folder, program)
    if os.path.isfile(path) and (path.endswith(".py") or _is_script(path)):
        return this_interpreter.command() + [path if installed else program]
    if installed:
        return [beside]
    words = "{} would not run under this interpreter: write python, a script, or a program of --requirements"
    raise no_function(words.format(program))


def _is_script(path):
    with io.open(path, "rb") as stream:
        return bool(_SHEBANG.match(stream.read(512)))


def _written(value):
    """Return an input as text: a string as it is, any other value as JSON."""
    return value if isinstance(value, type("")) else json.dumps(value, sort_keys=True)


def _read(output):
    """Return the value of an output that is JSON, else its text without the last line's end; bytes where no text."""
    try:
        text = output.decode("utf-8")
    except UnicodeDecodeError:
        return output
    try:
        return json.loads(text, parse_int=_integer)
    except ValueError:
        return text[:-1] if text.endswith("\n") else text


def _integer(digits):
    """Return an integer that every interpreter reads; with a longer one an output is text on all of them."""
    if len(digits) > answers.MOST_DIGITS:
        raise ValueError("an integer of {} digits".format(len(digits)))
    return int(digits)
