#!/usr/bin/env python3
"""Runs axe-core over reports in headless Chromium, in light and dark, with everything unfolded, and asserts that it finds
nothing. Usage: axe_test.py INFERSCALE AXE_SCRIPT RESULTS... Exit code 77: skipped, for Chromium or axe-core is missing."""
import html
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import browser
import synthetic_results

# Over a gradient axe-core does not judge contrast, and frames that scroll have one at their edge.
RUN = """<style>.scroll, figure.plot { background-image: none !important }</style><script>
document.querySelectorAll('details').forEach(d => d.open = true);
axe.run(document, {resultTypes: ['violations']}).then(found => {
  const p = document.createElement('pre');
  p.id = 'found';
  p.textContent = JSON.stringify([found.passes.length, found.violations.map(v =>
    v.id + ' (' + v.impact + '), ' + v.nodes.length + ' times: ' + v.nodes[0].html.slice(0, 160) + ' ' +
    v.nodes[0].failureSummary)]);
  document.body.append(p);
});
</script>"""


def dark(page):
    """As a dark screen shows it: every rule for one holds."""
    return re.sub(r"\(prefers-color-scheme: ?dark\)", "(min-width:0)", page)


def violations(chromium, folder, page, axe):
    without_policy = browser.without_policy(page)
    (folder / "page.html").write_text(
        without_policy.replace("</body>", f"<script>{axe}</script>{RUN}</body>"), encoding="utf-8")
    run = browser.run(chromium, folder / "profile", "--virtual-time-budget=60000", "--window-size=1280,900", "--dump-dom",
                      (folder / "page.html").as_uri())
    found = re.search(r'<pre id="found">(.*?)</pre>', run.stdout, re.DOTALL)
    assert found, "axe-core did not run: " + run.stderr[-500:]
    passes, problems = json.loads(html.unescape(found.group(1)))
    assert passes > 10, f"axe-core looked at next to nothing: {passes} rules passed"
    return problems


def pages(inferscale, folder, studies):
    """Each report by name: of made-up results, of two machines, and of the studies given."""
    made_up, other = folder / "synthetic", folder / "other"
    synthetic_results.write(made_up)
    synthetic_results.write(other, with_failures=False)
    for name, results in [("synthetic", [made_up]), ("machines", [made_up, other])] + [(one.name, [one]) for one in studies]:
        out = folder / "out" / name
        subprocess.run([inferscale, "report", *map(str, results), "--out", str(out)], check=True, stdout=subprocess.DEVNULL)
        yield name, (out / "report.html").read_text(encoding="utf-8")


def check(chromium, inferscale, axe, studies, folder):
    failures = []
    for name, page in pages(inferscale, folder, studies):
        for screen, shown in (("light", page), ("dark", dark(page))):
            failures += [f"{name}, {screen}: {one}" for one in violations(chromium, folder, shown, axe)]
    # The check itself must find what it looks for, and dark must be dark.
    wrong = '<!DOCTYPE html><html lang="en"><head><title>t</title><style>@media (prefers-color-scheme: dark) { p { color: #777; ' \
            'background: #666 } }</style></head><body><main><h1>t</h1><p>words</p><button></button></main></body></html>'
    found = " ".join(violations(chromium, folder, wrong, axe))
    assert "button-name" in found and "color-contrast" not in found, f"in light: {found}"
    assert "color-contrast" in " ".join(violations(chromium, folder, dark(wrong), axe)), "dark was not seen"
    return failures


def main():
    inferscale, script, *studies = sys.argv[1:]
    chromium = browser.find()
    if chromium is None or not pathlib.Path(script).is_file():
        print(f"skipped: {'chromium' if chromium is None else 'axe-core'} is not here (scripts/setup --test gets it)")
        return 77
    axe = pathlib.Path(script).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        failures = check(chromium, inferscale, axe, [pathlib.Path(one) for one in studies], pathlib.Path(folder))
    print("\n".join(failures) or "ok: no violation in light or dark")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
