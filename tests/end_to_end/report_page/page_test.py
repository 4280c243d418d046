#!/usr/bin/env python3
"""Opens the report in headless Chromium at 390 and 1,280 pixels: no console message, no request to a network, nothing cut
off. Usage: page_test.py INFERSCALE. Exit code 77: skipped, for Chromium is not installed."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import synthetic_results

# Runs in a copy of the page, in a frame of the width wanted: headless windows have a least width of their own. An element is
# cut off when it lies beyond the page's edge and no ancestor scrolls.
PROBE = """<script>
window.problems = [];
window.addEventListener('error', e => problems.push('error: ' + e.message));
function cutOff() {
  const width = document.documentElement.clientWidth;
  document.querySelectorAll('details').forEach(d => d.open = true);
  const scrolls = e => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
    if (['auto', 'scroll'].includes(getComputedStyle(p).overflowX)) return true; return false; };
  if (document.documentElement.scrollWidth > width)
    problems.push('the page is ' + document.documentElement.scrollWidth + ' wide, the screen ' + width);
  for (const e of document.body.querySelectorAll('*')) {
    const box = e.getBoundingClientRect();
    if (box.width && (box.right > width + 1 || box.left < -1) && !scrolls(e) && !e.closest('svg svg, defs, svg g'))
      problems.push('cut off at ' + Math.round(box.right) + ': ' + e.tagName + ' ' + e.textContent.slice(0, 40));
  }
  return problems;
}
</script>"""
FRAME = """<!DOCTYPE html><body style="margin:0"><iframe id="f" src="page.html" style="border:0;width:%dpx;height:800px"></iframe>
<script>f.onload = () => { document.title = 'done'; const p = document.createElement('pre');
p.id = 'found'; p.textContent = JSON.stringify([f.contentWindow.cutOff(), f.contentDocument.querySelectorAll('*').length,
f.contentDocument.documentElement.clientWidth]); document.body.append(p); };</script>"""


def chromium_run(chromium, profile, *arguments):
    """Runs as root in a bare chroot too: no sandbox, shared memory in files, a home of its own, no session bus."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(profile), "TMPDIR": str(profile.parent), "LC_ALL": "C.UTF-8"}
    profile.mkdir(exist_ok=True)
    run = subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                          "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
                          f"--user-data-dir={profile}", *arguments],
                         capture_output=True, text=True, timeout=240, env=environment)
    assert run.returncode == 0, f"{chromium} ended with {run.returncode}: {run.stderr[-1500:]}"
    return run


def look(chromium, folder, html, width):
    """What a reader at this width would miss."""
    without_policy = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    (folder / "page.html").write_text(without_policy.replace("</head>", PROBE + "</head>"), encoding="utf-8")
    (folder / "frame.html").write_text(FRAME % width, encoding="utf-8")
    run = chromium_run(chromium, folder / "profile", "--allow-file-access-from-files", "--virtual-time-budget=5000",
                       "--window-size=1400,900", "--dump-dom", (folder / "frame.html").as_uri())
    found = re.search(r'<pre id="found">(.*?)</pre>', run.stdout, re.DOTALL)
    assert found, "the probe did not run: " + run.stdout[:300] + run.stderr[-300:]
    problems, elements, client_width = json.loads(found.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert client_width == width, f"the page was {client_width} wide, not {width}"
    assert elements > 5, "the page is empty"
    return problems


def console_and_requests(chromium, folder, page):
    """The page as it is, with its policy: what it logs, and every address that is not a file or data."""
    log = folder / "net.json"
    run = chromium_run(chromium, folder / "profile", "--enable-logging=stderr", f"--log-net-log={log}",
                       "--virtual-time-budget=3000", "--dump-dom", page.as_uri())
    messages = [line for line in run.stderr.splitlines() if ":CONSOLE" in line]
    # Chromium asks its maker's servers of its own accord; those hosts are not the page's.
    own = re.compile(r"https?://[^/\"]*\.?(google|googleapis|gstatic|gvt1|chromium|chrome)\.[a-z]+")
    addresses = set(re.findall(r'"url":"(https?://[^"]*)"', log.read_text(encoding="utf-8", errors="replace")))
    return messages + [f"request: {one}" for one in sorted(addresses) if not own.match(one)]


def check(chromium, inferscale, folder):
    results = folder / "results"
    synthetic_results.write(results)
    subprocess.run([inferscale, "report", str(results)], check=True, stdout=subprocess.DEVNULL)
    page = results / "report.html"
    html = page.read_text(encoding="utf-8")
    failures = [f"{width}: {one}" for width in (390, 1280) for one in look(chromium, folder, html, width)]
    failures += console_and_requests(chromium, folder, page)
    other = folder / "other"
    synthetic_results.write(other, with_failures=False)
    subprocess.run([inferscale, "report", str(results), str(other), "--out", str(folder / "both")], check=True,
                   stdout=subprocess.DEVNULL)
    both = (folder / "both/report.html").read_text(encoding="utf-8")
    failures += [f"two machines, {width}: {one}" for width in (390, 1280) for one in look(chromium, folder, both, width)]
    failures += console_and_requests(chromium, folder, folder / "both/report.html")
    ids = re.findall(r'\sid="([^"]+)"', both)
    failures += [f"two machines: the id {one} is there twice" for one in sorted({one for one in ids if ids.count(one) > 1})]
    # The checks themselves must find what they look for.
    wide = html.replace("</main>", '<div style="width:2000px">too wide</div></main>')
    assert any("cut off" in one for one in look(chromium, folder, wide, 390)), "an element too wide was not found"
    loud = folder / "loud.html"
    loud.write_text("<img src='http://example.invalid/x.png'><script>console.error('loud')</script>", encoding="utf-8")
    found = " ".join(console_and_requests(chromium, folder, loud))
    assert "loud" in found and "example.invalid" in found, f"console and requests were not seen: {found}"
    return failures


def main():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("skipped: chromium is not installed (scripts/setup --test installs it)")
        return 77
    # Helpers of Chromium's may still be writing to its profile when it has ended.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        failures = check(chromium, sys.argv[1], pathlib.Path(folder))
    print("\n".join(failures) or "ok: 390 and 1,280 pixels, console, network")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
