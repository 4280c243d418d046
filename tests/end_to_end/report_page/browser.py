"""Headless Chromium, as the tests of the report start it."""
import os
import re
import shutil
import subprocess


def find():
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def command(chromium, profile, *arguments):
    """Runs as root in a bare chroot too: no sandbox, shared memory in files."""
    profile.mkdir(exist_ok=True)
    return [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--no-first-run", "--disable-background-networking", f"--user-data-dir={profile}", *arguments]


def environment(profile):
    """A home of its own, no session bus."""
    return {"PATH": os.environ["PATH"], "HOME": str(profile), "TMPDIR": str(profile.parent), "LC_ALL": "C.UTF-8"}


def run(chromium, profile, *arguments):
    done = subprocess.run(command(chromium, profile, *arguments), capture_output=True, text=True, timeout=240,
                          env=environment(profile))
    assert done.returncode == 0, f"{chromium} ended with {done.returncode}: {done.stderr[-1500:]}"
    return done


def without_policy(page):
    """A page that a test can add scripts of its own to."""
    return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
