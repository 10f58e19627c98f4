# Run by the interpreter under test (Python 2.7 upward, POSIX).
"""Where a worker's ipc socket lives: a folder that is nobody else's, and a lock, since a second bind would steal it."""

from __future__ import absolute_import, division, print_function, unicode_literals

import errno
import os
import stat

try:
    import fcntl
except ImportError:  # Jython, whose ZeroMQ lacks ipc as well
    fcntl = None

from transports.errors import Unusable

MOST_PATH_BYTES = 107  # struct sockaddr_un holds no more


def check(path):
    """Raise Unusable where ``path`` cannot be an ipc address."""
    if fcntl is None:
        raise Unusable("this interpreter has no UNIX domain sockets for ZeroMQ: use zmq+tcp")
    if path.startswith("@"):
        raise Unusable("an abstract ipc name can be bound by anybody: give a path in a folder of your own")
    if not os.path.isabs(path):
        raise Unusable("zmq+ipc:{}: an ipc address is an absolute path".format(path))
    if len(path.encode("utf-8")) > MOST_PATH_BYTES:
        raise Unusable("an ipc path has at most {} bytes: {}".format(MOST_PATH_BYTES, path))


class Place(object):
    """The path as long as this worker holds it."""

    def __init__(self, path):
        self.path = path
        folder = os.path.dirname(path)
        if not os.path.exists(folder):
            os.makedirs(folder, 0o700)
        seen = os.lstat(folder)
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid() or seen.st_mode & 0o077:
            raise Unusable(
                "{} must be a folder of your own that nobody else can enter: chmod 700, or name a new one".format(
                    folder
                )
            )
        self._lock_path = path + ".lock"
        self._lock = None
        while self._lock is None:
            self._lock = self._locked()

    def _locked(self):
        """Return the descriptor of the lock; None where its last holder removed the file meanwhile."""
        lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        fcntl.fcntl(lock, fcntl.F_SETFD, fcntl.FD_CLOEXEC)  # Python 2 would hand it to each program that a task starts
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(lock).st_ino == os.stat(self._lock_path).st_ino:
                return lock
        except (IOError, OSError) as error:
            os.close(lock)
            if error.errno == errno.ENOENT:
                return None
            raise Unusable("another worker listens at {}: stop it or choose another path".format(self.path))
        os.close(lock)
        return None

    def close(self):
        """Remove what is ours; the lock last, so that nobody can have taken the path meanwhile."""
        for path in (self.path, self._lock_path):
            try:
                os.unlink(path)
            except OSError:
                pass  # libzmq removes its socket itself, later or never, depending on its version
        os.close(self._lock)
