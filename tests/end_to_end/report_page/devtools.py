"""Chromium with a page whose keys a test presses. With --remote-debugging-pipe it reads JSON on file descriptor 3 and
answers on 4, a NUL after each message: https://chromedevtools.github.io/devtools-protocol."""
import fcntl
import json
import os
import select
import subprocess

import browser

KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), " ": (32, " "), "ArrowDown": (40, ""), "ArrowRight": (39, "")}
HANGS_S = 120  # a browser that is silent for so long will say nothing more
SHIFT = 8


def place(commands, answers):
    """In the child: what Chromium reads becomes 3, what it writes 4."""
    os.dup2(commands, 3)
    os.dup2(answers, 4)


def pipe():
    """Both ends above the numbers that place() gives away."""
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return high


class Page:
    def __init__(self, chromium, profile):
        commands, self.commands = pipe()
        self.answers, answers = pipe()
        with open(profile.parent / "chromium.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(browser.command(chromium, profile, "--remote-debugging-pipe"),
                                            env=browser.environment(profile), close_fds=False, stdout=log, stderr=log,
                                            preexec_fn=lambda: place(commands, answers))
        os.close(commands)
        os.close(answers)
        self.buffer, self.number, self.session, self.events = b"", 0, None, []
        # A page of our own: whether Chromium has opened its first one yet is not known.
        page = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.commands)  # at the end of its commands it ends
        self.process.wait(HANGS_S)
        os.close(self.answers)

    def receive(self):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.answers], [], [], HANGS_S)
            part = os.read(self.answers, 1 << 20) if ready else b""
            assert part, "Chromium says nothing"
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        todo = json.dumps(message).encode() + b"\0"
        while todo:
            todo = todo[os.write(self.commands, todo):]
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer.get("method"))

    def open(self, address, width, scripts=True):
        """Without the page's scripts what a test evaluates still runs."""
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.events.clear()
        self.call("Page.navigate", url=address)
        while "Page.loadEventFired" not in self.events:
            self.events.append(self.receive().get("method"))
        if scripts:
            self.drawn()

    def drawn(self):
        """What follows from a size has followed when a frame has been drawn, and one more."""
        self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")

    def evaluate(self, expression):
        """A promise's value, when it is kept."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, f"{expression}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def press(self, key, modifiers=0):
        code, text = KEYS[key]
        what = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **what, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **what)
