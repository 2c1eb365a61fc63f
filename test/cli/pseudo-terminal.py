"""pseudo-terminal.py COLUMNS INTERRUPT_AT COMMAND…: runs a command on a pseudo-terminal of that many columns, copies
what it writes to stdout, and exits with its code. SIGINT is sent once INTERRUPT_AT has been seen."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

columns, interrupt_at, command = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3:]
ours, theirs = pty.openpty()
fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
os.close(theirs)
seen = b""
deadline = time.monotonic() + 20
while True:
    if not select.select([ours], [], [], max(0, deadline - time.monotonic()))[0]:
        child.kill()
        sys.exit("the command did not end within 20 s")
    try:
        chunk = os.read(ours, 65536)
    except OSError:  # Linux's way of saying that the other side was closed.
        break
    if not chunk:
        break
    seen += chunk
    sys.stdout.buffer.write(chunk)
    if interrupt_at and interrupt_at in seen:
        child.send_signal(signal.SIGINT)
        interrupt_at = b""
sys.stdout.flush()
sys.exit(child.wait())
