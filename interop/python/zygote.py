"""A Python that has Celery imported, and forks for whoever connects: to import it takes longer than most questions.

Listens at the socket that its argument names, until its standard input ends. A connection brings one line of JSON:
    {"env": {...}, "cwd": "...", "stdin": "...", "script": path}   or   {..., "celery": [words]}
and gets one: {"code": exit code, "stdout": "...", "stderr": "..."}. Each is answered by a process of its own.
"""
import json
import os
import runpy
import select
import socketserver
import sys
import tempfile
import traceback

import celery.app.control  # noqa: F401
import celery.backends.redis  # noqa: F401
import celery.bin.celery  # noqa: F401
import celery.canvas  # noqa: F401
import kombu.transport.redis  # noqa: F401


def run(asked):
    if 'celery' in asked:
        sys.argv = ['celery', *asked['celery']]
        from celery.__main__ import main
        main()
    else:
        sys.argv = [asked['script']]
        runpy.run_path(asked['script'], run_name='__main__')


def exit_code(asked):
    try:
        run(asked)
        return 0
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1


class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        asked = json.loads(self.rfile.readline())
        os.environ.clear()
        os.environ.update(asked['env'])
        os.chdir(asked['cwd'])
        files = [tempfile.TemporaryFile() for _ in range(3)]
        files[0].write(asked['stdin'].encode())
        files[0].seek(0)
        for number, file in enumerate(files):
            os.dup2(file.fileno(), number)
        code = exit_code(asked)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        said = []
        for file in files[1:]:
            file.seek(0)
            said.append(file.read().decode(errors='replace'))
        self.wfile.write(json.dumps({'code': code, 'stdout': said[0], 'stderr': said[1]}).encode())
        self.wfile.flush()
        # Nothing that a script left running, or registered for its end, may keep this process.
        os._exit(0)


class Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    request_queue_size = 64

    def service_actions(self):
        super().service_actions()
        if select.select([0], [], [], 0)[0]:
            os._exit(0)


with Server(sys.argv[1], Answer) as server:
    print('ready', flush=True)
    server.serve_forever()
