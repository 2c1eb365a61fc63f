"""Runs a command and prints its peak resident memory in bytes and its seconds of processor time.

A child that node itself starts is charged with node's own memory (it shares it until exec); one that
this small process starts is not. The command's own output is thrown away.
"""

import json
import os
import subprocess
import sys

child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps({"bytes": usage.ru_maxrss * unit, "cpuSeconds": usage.ru_utime + usage.ru_stime}))
sys.exit(os.waitstatus_to_exitcode(status) and 1)
