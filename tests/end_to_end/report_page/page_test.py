#!/usr/bin/env python3
"""Opens the report in headless Chromium at 390 and 1,280 pixels: no console message, no request to a network, nothing cut
off unseen, no letters of pictures too small to read; the controls do what they say; a study prints on few pages. Usage:
page_test.py INFERSCALE RESULTS. Exit code 77: skipped, for Chromium is not installed."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
from html import unescape

import browser
import synthetic_results

MOST_SHEETS = 12  # of a study of two modes, six backends and all sections

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
  // What scrolls shows it: a shadow that stays at the frame's edge, and what covers it, which moves with the content.
  for (const frame of document.querySelectorAll('.scroll, figure.plot')) {
    const style = getComputedStyle(frame);
    if (frame.scrollWidth > frame.clientWidth && !(/gradient.*gradient/.test(style.backgroundImage) && /local.*scroll/.test(style.backgroundAttachment)))
      problems.push('nothing shows that it scrolls: ' + frame.textContent.slice(0, 40));
  }
  // Letters of pictures, in pixels of the screen: the picture's scale is the length of its unit there.
  for (const text of document.querySelectorAll('svg text')) {
    const unit = text.getScreenCTM();
    const size = parseFloat(getComputedStyle(text).fontSize) * Math.hypot(unit.a, unit.b);
    if (size < 9) problems.push('letters of ' + size.toFixed(1) + ' pixels: ' + text.textContent);
  }
  return problems;
}
</script>"""
# What a reader does with the page's controls, each as the browser has it done by mouse or keyboard alike.
USE = """<script>
window.addEventListener('load', () => {
  const failed = [];
  const expect = (is, what) => { if (!is) failed.push(what); };
  const all = selector => [...document.querySelectorAll(selector)];
  document.querySelectorAll('details').forEach(d => d.open = true);
  const visible = e => e.getClientRects().length > 0;
  const controls = all('button, select, input, summary, nav a');
  expect(all('.tools button').length > 1 && all('.tools select').length === 1, 'the controls are not there');
  for (const one of controls) {
    one.focus();
    expect(document.activeElement === one, 'no keyboard reaches ' + one.outerHTML.slice(0, 80));
    expect(visible(one), 'not to be seen: ' + one.outerHTML.slice(0, 80));
  }
  const focused = [...document.styleSheets].flatMap(s => [...s.cssRules]).some(r => (r.selectorText || '').includes('button:focus-visible')
    && r.cssText.includes('solid'));
  expect(focused, 'the focus is not shown');
  const button = document.querySelector('.tools button');
  const marks = () => all('svg .' + button.dataset.series + ':not(.answer)');
  expect(marks().length > 5 && marks().some(visible), 'a backend has no marks');
  button.click();
  expect(button.getAttribute('aria-pressed') === 'false' && !marks().some(visible), 'a backend was not hidden');
  button.click();
  expect(button.getAttribute('aria-pressed') === 'true' && marks().some(visible), 'a backend did not come back');
  const list = document.querySelector('.tools select');
  const heads = () => all('thead th[data-workload]').filter(visible);
  const before = heads().length;
  list.selectedIndex = 1;
  list.dispatchEvent(new Event('change'));
  expect(heads().length > 0 && heads().every(h => h.dataset.workload === list.value), 'a workload was not picked');
  expect(all('svg .away').length > 0 && all('svg .away').every(g => g.dataset.workload !== list.value), 'pictures of other workloads stand out');
  list.selectedIndex = 0;
  list.dispatchEvent(new Event('change'));
  expect(heads().length === before && all('svg .away').length === 0, 'workloads did not come back');
  const tableOf = field => field.closest('figure').querySelector('table');
  const field = all('.filter input').find(field => tableOf(field).querySelector('th.number'));
  const table = tableOf(field);
  const rows = () => [...table.tBodies[0].rows];
  const texts = column => rows().map(r => r.cells[column].textContent);
  const word = rows()[3].cells[0].textContent;
  field.value = word;
  field.dispatchEvent(new Event('input'));
  const left = rows().filter(visible);
  expect(left.length > 0 && left.length < rows().length && left.every(r => r.textContent.includes(word)), 'rows were not filtered');
  field.value = '';
  field.dispatchEvent(new Event('input'));
  expect(rows().every(visible), 'rows did not come back');
  const number = [...table.tHead.rows[0].cells].findIndex(c => c.classList.contains('number'));
  const head = table.tHead.rows[0].cells[number];
  const given = texts(number).join();
  const values = () => texts(number).map(t => parseFloat(t.replaceAll(',', ''))).filter(v => !Number.isNaN(v));
  const rising = list => list.every((v, i) => i === 0 || list[i - 1] <= v);
  head.firstChild.click();
  expect(head.getAttribute('aria-sort') === 'ascending' && rising(values()), 'not sorted: ' + texts(number));
  head.firstChild.click();
  expect(head.getAttribute('aria-sort') === 'descending' && rising(values().reverse()), 'not sorted downwards: ' + texts(number));
  head.firstChild.click();
  expect(!head.hasAttribute('aria-sort') && texts(number).join() === given, 'the given order did not come back');
  expect(all('figure.plot svg.is circle, figure.plot svg.is rect').every(e => e.querySelector('title')), 'a mark has no value to show');
  const p = document.createElement('pre');
  p.id = 'used';
  p.textContent = JSON.stringify(failed);
  document.body.append(p);
});
</script>"""
FRAME = """<!DOCTYPE html><body style="margin:0"><iframe id="f" src="page.html" style="border:0;width:%dpx;height:800px"></iframe>
<script>f.onload = () => { document.title = 'done'; const p = document.createElement('pre');
p.id = 'found'; p.textContent = JSON.stringify([f.contentWindow.cutOff(), f.contentDocument.querySelectorAll('*').length,
f.contentDocument.documentElement.clientWidth]); document.body.append(p); };</script>"""


def look(chromium, folder, html, width):
    """What a reader at this width would miss."""
    (folder / "page.html").write_text(browser.without_policy(html).replace("</head>", PROBE + "</head>"), encoding="utf-8")
    (folder / "frame.html").write_text(FRAME % width, encoding="utf-8")
    run = browser.run(chromium, folder / "profile", "--allow-file-access-from-files", "--virtual-time-budget=5000",
                       "--window-size=1400,900", "--dump-dom", (folder / "frame.html").as_uri())
    found = re.search(r'<pre id="found">(.*?)</pre>', run.stdout, re.DOTALL)
    assert found, "the probe did not run: " + run.stdout[:300] + run.stderr[-300:]
    problems, elements, client_width = json.loads(unescape(found.group(1)))
    assert client_width == width, f"the page was {client_width} wide, not {width}"
    assert elements > 5, "the page is empty"
    return problems


def use(chromium, folder, html):
    """What does not do what its reader expects."""
    (folder / "use.html").write_text(browser.without_policy(html).replace("</head>", USE + "</head>"), encoding="utf-8")
    run = browser.run(chromium, folder / "profile", "--enable-logging=stderr", "--virtual-time-budget=5000",
                      "--window-size=1280,900", "--dump-dom", (folder / "use.html").as_uri())
    found = re.search(r'<pre id="used">(.*?)</pre>', run.stdout, re.DOTALL)
    assert found, "the page was not used: " + " ".join(line for line in run.stderr.splitlines() if ":CONSOLE" in line)
    return json.loads(unescape(found.group(1)))


def without_scripts(html):
    """A reader's page whose script does not run shows no control that does nothing."""
    return ["without its script the page shows controls"] if '<div class="tools"' in html and not re.search(
        r'<div class="tools"[^>]* hidden>', html) else []


def sheets(chromium, folder, page):
    """Of A4 or the like, that the page prints on."""
    printed = folder / "page.pdf"
    browser.run(chromium, folder / "profile", f"--print-to-pdf={printed}", page.as_uri())
    return len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes()))


def console_and_requests(chromium, folder, page):
    """The page as it is, with its policy: what it logs, and every address that is not a file or data."""
    log = folder / "net.json"
    run = browser.run(chromium, folder / "profile", "--enable-logging=stderr", f"--log-net-log={log}",
                       "--virtual-time-budget=3000", "--dump-dom", page.as_uri())
    messages = [line for line in run.stderr.splitlines() if ":CONSOLE" in line]
    # Chromium asks its maker's servers of its own accord; those hosts are not the page's.
    own = re.compile(r"https?://[^/\"]*\.?(google|googleapis|gstatic|gvt1|chromium|chrome)\.[a-z]+")
    addresses = set(re.findall(r'"url":"(https?://[^"]*)"', log.read_text(encoding="utf-8", errors="replace")))
    return messages + [f"request: {one}" for one in sorted(addresses) if not own.match(one)]


def check(chromium, inferscale, study, folder):
    results = folder / "results"
    synthetic_results.write(results)
    subprocess.run([inferscale, "report", str(results)], check=True, stdout=subprocess.DEVNULL)
    page = results / "report.html"
    html = page.read_text(encoding="utf-8")
    failures = [f"{width}: {one}" for width in (390, 1280) for one in look(chromium, folder, html, width)]
    failures += console_and_requests(chromium, folder, page)
    failures += use(chromium, folder, html) + without_scripts(html)
    subprocess.run([inferscale, "report", study, "--out", str(folder / "study")], check=True, stdout=subprocess.DEVNULL)
    if (printed := sheets(chromium, folder, folder / "study/report.html")) > MOST_SHEETS:
        failures.append(f"{study} prints on {printed} pages, not {MOST_SHEETS}")
    measured = (folder / "study/report.html").read_text(encoding="utf-8")
    failures += [f"{study}, {width}: {one}" for width in (390, 1280) for one in look(chromium, folder, measured, width)]
    failures += use(chromium, folder, measured)
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
    plain = html.replace("</head>", "<style>.scroll { background: none !important }</style></head>")
    assert any("shows that it scrolls" in one for one in look(chromium, folder, plain, 390)), "a frame without a shadow was not found"
    small = html.replace("</main>", '<svg viewBox="0 0 900 90" style="width:100%"><text y="50">x</text></svg></main>')
    assert any("letters of" in one for one in look(chromium, folder, small, 390)), "letters too small were not found"
    loud = folder / "loud.html"
    loud.write_text("<img src='http://example.invalid/x.png'><script>console.error('loud')</script>", encoding="utf-8")
    found = " ".join(console_and_requests(chromium, folder, loud))
    assert "loud" in found and "example.invalid" in found, f"console and requests were not seen: {found}"
    return failures


def main():
    chromium = browser.find()
    if chromium is None:
        print("skipped: chromium is not installed (scripts/setup --test installs it)")
        return 77
    # Helpers of Chromium's may still be writing to its profile when it has ended.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        failures = check(chromium, sys.argv[1], sys.argv[2], pathlib.Path(folder))
    print("\n".join(failures) or "ok: 390 and 1,280 pixels, console, network, controls, paper")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
