"""A worker that stands before another one and changes what it loads: inferscale-worker-broken of accuracy_test.py.

Its backend is broken-cpu: onnxruntime-cpu, but with the graph that $BROKEN_GRAPH names instead of the artifact that was
asked for (empty: that artifact itself). It cannot run here when $BROKEN_UNAVAILABLE says why. Each load adds a line to $BROKEN_LOG.
"""
import json
import os
import subprocess
import sys

worker = subprocess.Popen([os.environ["BROKEN_BEHIND"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
for line in sys.stdin:
    request = json.loads(line)
    if request["type"] == "load":
        request["backend"] = "onnxruntime-cpu"
        request["artifact"] = os.environ["BROKEN_GRAPH"] or request["artifact"]
        with open(os.environ["BROKEN_LOG"], "a") as log:
            log.write("load\n")
    worker.stdin.write(json.dumps(request) + "\n")
    worker.stdin.flush()
    if request["type"] == "shutdown":
        break
    reply = json.loads(worker.stdout.readline())
    if reply["type"] == "hello":
        reply["worker"] = "broken"
        changes = {"name": "broken-cpu"}
        if os.environ.get("BROKEN_UNAVAILABLE"):
            changes["unavailable_because"] = os.environ["BROKEN_UNAVAILABLE"]
        reply["backends"] = [{**one, **changes} for one in reply["backends"] if one["name"] == "onnxruntime-cpu"]
    print(json.dumps(reply), flush=True)
worker.stdin.close()
sys.exit(worker.wait())
