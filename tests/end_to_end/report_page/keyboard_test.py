#!/usr/bin/env python3
"""Goes through reports by keyboard alone, in headless Chromium: Tab reaches everything that can be used and every frame that
scrolls, in the order of the page, and nothing else; what has the focus is seen; the controls work.
Usage: keyboard_test.py INFERSCALE RESULTS... Exit code 77: skipped, for Chromium is not installed."""
import pathlib
import subprocess
import sys
import tempfile

import browser
import devtools
import synthetic_results

# Stops are what the page must have, not what it says that it has: elements that can be used, and those that scroll.
LOOK = r"""
const scrolls = e => e.scrollWidth > e.clientWidth && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX);
const named = e => e === document.body ? 'nothing' : e.outerHTML.split('>')[0].slice(0, 90) + '> ' + e.textContent.trim().replace(/\s+/g, ' ').slice(0, 40);
window.stops = [];
function list() {
  window.stops = [...document.body.querySelectorAll('*')].filter(e => e.checkVisibility() &&
    (e.matches('a[href], button, select, input, summary') || scrolls(e)));
  return stops.length;
}
function look() {
  const e = document.activeElement;
  const style = getComputedStyle(e);
  const box = e.getBoundingClientRect();
  const over = document.elementFromPoint(Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 2), box.top + Math.min(box.height / 2, 9));
  return {at: stops.indexOf(e), name: named(e), none: e === document.body,
    framed: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none',
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    covered: over !== null && !e.contains(over) && !over.contains(e)};
}
const all = selector => [...document.querySelectorAll(selector)];
const closed = () => all('details:not([open])').filter(d => d.checkVisibility());
"""


def start(page, path, width, scripts=True):
    page.open(path.as_uri(), width, scripts)
    page.evaluate(LOOK + "undefined")


def walk(page, backwards=False):
    """What is wrong with the stops of Tab, from one end of the page to the other."""
    count = page.evaluate("list()")
    wanted = list(range(count))[::-1 if backwards else 1]
    failures, seen = [], []
    for _ in range(count + 10):
        page.press("Tab", devtools.SHIFT if backwards else 0)
        stop = page.evaluate("look()")
        if stop["none"] and not seen:  # the page itself comes first
            continue
        if stop["none"] or stop["at"] in seen:  # the page's end, or its start again
            break
        name = stop["name"]
        if stop["at"] < 0:
            failures.append(f"a stop at which there is nothing to do: {name}")
            continue
        seen.append(stop["at"])
        failures += [f"the focus is not shown: {name}"] if not stop["framed"] else []
        failures += [f"the focus is out of sight: {name}"] if not stop["inside"] or stop["covered"] else []
    for number in sorted(set(wanted) - set(seen)):
        failures.append(f"never reached: {page.evaluate(f'named(stops[{number}])')}")
    if sorted(seen) == sorted(wanted) and seen != wanted:
        failures.append(f"not in the order of the page: {seen}")
    return failures


def unfold(page):
    """By keyboard; what is in a fold is the next stop."""
    failures, count = [], page.evaluate("closed().length")
    for number in range(count):
        key = ("Enter", " ")[number % 2]
        page.evaluate("window.fold = closed()[0], fold.querySelector('summary').focus()")
        page.press(key)
        if not page.evaluate("fold.open"):
            return failures + [f"{key!r} did not open a fold"]
        page.drawn()
        page.press("Tab")
        if page.evaluate("list(), stops.some(s => s !== fold.firstElementChild && fold.contains(s)) && !fold.contains(document.activeElement)"):
            failures.append(f"Tab does not go into the fold: {page.evaluate('named(fold)')}")
    return failures


def toggles(page, element, state, key):
    """Whether a key changes what an element says of itself."""
    page.evaluate(f"window.used = {element}, used.focus()")
    before = page.evaluate(f"used.{state}")
    page.press(key)
    return page.evaluate(f"used.{state}") != before


def use(page):
    """What does not do what its reader expects of the keyboard."""
    failures = []
    for key in ("Enter", " "):
        for what, element, state in (
                ("hides or shows a backend", "all('.tools button')[1]", "getAttribute('aria-pressed')"),
                ("sorts a table", "all('th.number button.sort').find(b => b.checkVisibility())", "parentNode.getAttribute('aria-sort')"),
                ("opens or closes a fold", "all('summary').find(s => s.checkVisibility())", "parentNode.open")):
            failures += [] if toggles(page, element, state, key) else [f"{key!r} no longer {what}"]
    if not toggles(page, "document.querySelector('.tools select')", "value", "ArrowDown"):
        failures.append("no key picks a workload")
    page.evaluate("window.field = all('.filter input').find(f => f.checkVisibility()), field.focus()")
    page.call("Input.insertText", text="no row has this")
    if page.evaluate("[...field.closest('figure').querySelectorAll('tbody tr')].some(r => r.checkVisibility())"):
        failures.append("typed words do not filter rows")
    return failures


def skip(page):
    """The two links that save stops."""
    failures = []
    page.press("Tab")
    page.press("Enter")
    page.press("Tab")
    if not page.evaluate("document.activeElement.closest('#report') !== null"):
        failures.append(f"the skip link leads to {page.evaluate('look().name')}")
    page.evaluate("all('a').at(-1).focus()")
    page.press("Enter")
    page.press("Tab")
    if page.evaluate("list(), look().at") != 0:
        failures.append(f"the link back to the top leads to {page.evaluate('look().name')}")
    return failures


def scroll(page):
    """Of frames that scroll, on a narrow screen."""
    name = page.evaluate("window.frame = all('.scroll').find(f => f.checkVisibility() && scrolls(f)), frame && frame.focus(), frame ? named(frame) : ''")
    if not name:
        return ["no frame scrolls"]
    page.evaluate("window.moved = new Promise(done => frame.addEventListener('scroll', () => done(true), {once: true})), true")
    page.press("ArrowRight")
    return [] if page.evaluate("moved") else [f"no arrow moves {name}"]


def without_scripts(page, path):
    """All that scrolls is reached; frames that do not are stops too, for nobody takes the focus from them."""
    start(page, path, 390, scripts=False)
    if page.evaluate("all('button').some(b => b.checkVisibility())"):
        return ["the page's script ran"]
    return [one for one in walk(page) if "nothing to do" not in one]


def headings(page):
    """Who goes from heading to heading finds every fold, in a level that follows from the one before."""
    levels = page.evaluate("all('h1, h2, h3, h4, h5, h6').map(h => +h.tagName[1])")
    failures = [f"a heading of level {after} follows one of {before}" for before, after in zip(levels, levels[1:]) if after > before + 1]
    if not page.evaluate("all('summary').length > 0 && all('summary').every(s => s.querySelector('h3, h4, h5'))"):
        failures.append("a fold has no heading")
    return failures


def check_report(page, path):
    failures = []
    for width in (1280, 390):
        start(page, path, width)
        found = headings(page) + walk(page) + walk(page, backwards=True)
        start(page, path, width)
        found += skip(page) + unfold(page)
        start(page, path, width)
        page.evaluate("all('details').forEach(d => d.open = true), true")
        page.drawn()
        found += walk(page) + use(page)
        if width == 390:
            start(page, path, width)
            found += scroll(page) + without_scripts(page, path)
        failures += [f"{path.parent.name}, {width}: {one}" for one in found]
    return failures


def finds_what_is_wrong(page, folder):
    """The checks themselves must find what they look for."""
    wrong = folder / "wrong.html"
    wrong.write_text('<!DOCTYPE html><title>t</title><style>#bare:focus { outline: none } #far { position: absolute; left: -9999px }</style>'
                     '<body><a href="#" id="bare">a</a><button tabindex="-1">b</button><div tabindex="0" id="short">c</div>'
                     '<a href="#" id="far">d</a></body>', encoding="utf-8")
    start(page, wrong, 1280)
    found = "\n".join(walk(page))
    for problem in ('not shown: <a href="#" id="bare"', "never reached: <button", 'nothing to do: <div tabindex="0" id="short"',
                    'out of sight: <a href="#" id="far"'):
        assert problem in found, f"{problem} was not found in: {found}"
    wrong.write_text('<!DOCTYPE html><title>t</title><body><button>a</button><button tabindex="1">b</button></body>', encoding="utf-8")
    start(page, wrong, 1280)
    assert "not in the order" in "\n".join(walk(page)), "a wrong order was not found"


def main():
    inferscale, *studies = sys.argv[1:]
    chromium = browser.find()
    if chromium is None:
        print("skipped: chromium is not installed (scripts/setup --test installs it)")
        return 77
    # Helpers of Chromium's may still be writing to its profile when it has ended.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        synthetic_results.write(folder / "made_up")
        failures = []
        with devtools.Page(chromium, folder / "profile") as page:
            finds_what_is_wrong(page, folder)
            for study in [folder / "made_up", *map(pathlib.Path, studies)]:
                out = folder / "out" / study.name
                subprocess.run([inferscale, "report", str(study), "--out", str(out)], check=True, stdout=subprocess.DEVNULL)
                failures += check_report(page, out / "report.html")
    print("\n".join(failures) or "ok: every stop, in order and seen; every control works")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
