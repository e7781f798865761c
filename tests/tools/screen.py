"""A terminal for tests: a program under a pseudo terminal, and what its screen shows.

Knows what thirdring watch uses of a terminal and no more: a cursor set to the
beginning of a row, the rest of a row erased, styles, the alternate screen.
"""
import codecs
import fcntl
import os
import pty
import re
import select
import struct
import termios
import time

ROW = re.compile(r"\033\[(\d+);1H\033\[K")
STYLE = re.compile(r"\033\[[0-9;]*m")
ENTER, LEAVE = "\033[?1049h", "\033[?1049l"
HIDE, SHOW = "\033[?25l", "\033[?25h"


class Screen:
    """COMMAND on a terminal of its own, in a session of its own."""

    def __init__(self, command, rows=24, columns=80, **environment):
        hold, go = os.pipe()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.environ.update(environment)
            os.environ.setdefault("TERM", "xterm-256color")
            os.close(go)
            os.read(hold, 1)  # until the terminal has its size
            os.execvp(command[0], command)
        self.size(rows, columns)
        self.before = self.modes()
        os.close(hold)
        os.close(go)
        self.text = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a read may end within a letter
        self.code = None

    def size(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def modes(self):
        """Echo and line editing, as the terminal stands now."""
        return termios.tcgetattr(self.master)[3] & (termios.ECHO | termios.ICANON)

    def take(self, seconds):
        """What there is, waited for so long. @return None: nothing; False: nor ever again."""
        if not select.select([self.master], [], [], seconds)[0]:
            return None
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the other side is closed
            return False
        self.text += self.decoder.decode(data)
        return True

    def read(self, seconds):
        """What comes within so many seconds is added to the text."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.take(0.05) is not False:
            pass

    def rows(self, colour=False):
        """The screen as {row: text}."""
        rows = {}
        parts = ROW.split(self.text.rsplit(ENTER, 1)[-1].split(LEAVE)[0])
        for row, text in zip(parts[1::2], parts[2::2]):
            rows[int(row)] = text if colour else STYLE.sub("", text)
        return rows

    def until(self, condition, seconds):
        """Read until condition(rows) holds. @return whether it did."""
        until = time.monotonic() + seconds
        while not condition(self.rows()):
            if time.monotonic() > until:
                return False
            self.read(0.2)
        return True

    def press(self, keys):
        os.write(self.master, keys.encode())

    def wait(self, seconds):
        """The exit code; -1: it does not end."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.read(0.1)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
                while self.take(0.5):  # its last words, however many
                    pass
                return self.code
        return -1
