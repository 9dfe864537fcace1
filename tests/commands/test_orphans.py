import subprocess
import sys

import psutil
import pytest

SCRIPT = """
import subprocess, sys
from moodtrace.commands.orphans import without_orphans

PARENT = '''
import subprocess
child = subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(child.pid)
'''
with without_orphans():
    parent = subprocess.run([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, check=True)
    print(parent.stdout.decode(), flush=True)
    if "fail" in sys.argv:
        sys.exit(3)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt others")
@pytest.mark.parametrize(("word", "code"), [("end", 0), ("fail", 3)])
def test_a_process_whose_parent_ended_ends_with_the_block(word: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, word], capture_output=True, text=True, timeout=60
    )

    assert done.returncode == code, done.stderr
    assert not psutil.pid_exists(int(done.stdout))
