"""Runs a command on a pseudo-terminal of its own.

Reads JSON lines: {"keys": "..."} types, {"resize": [rows, columns]} resizes, {"signal": n} signals the command.
Writes what the command writes to stdout and, when it has ended, one JSON line to stderr: its exit status, and whether
the terminal echoes and gathers lines as it did before.
"""
import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import termios

master, slave = os.openpty()


def resize(rows, columns):
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))


def modes():
    return termios.tcgetattr(slave)[:4]


def take_terminal():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


resize(int(sys.argv[1]), int(sys.argv[2]))
before = modes()
child = subprocess.Popen(sys.argv[3:], stdin=slave, stdout=slave, stderr=slave, preexec_fn=take_terminal)
commands = b''
while child.poll() is None:
    ready, _, _ = select.select([master, 0], [], [], 0.05)
    if master in ready:
        os.write(1, os.read(master, 65536))
    if 0 in ready:
        read = os.read(0, 65536)
        if not read:
            child.kill()
        commands += read
        while b'\n' in commands:
            line, commands = commands.split(b'\n', 1)
            command = json.loads(line)
            if 'keys' in command:
                os.write(master, command['keys'].encode())
            if 'resize' in command:
                resize(*command['resize'])
            if 'signal' in command:
                child.send_signal(command['signal'])
while select.select([master], [], [], 0)[0]:
    os.write(1, os.read(master, 65536))
print(json.dumps({'status': child.returncode, 'restored': modes() == before}), file=sys.stderr, flush=True)
