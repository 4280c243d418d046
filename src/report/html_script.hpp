#pragma once

namespace inferscale::report {

/// The page's script: hides a backend, picks a workload, sorts and filters tables, and gives the focus to
/// frames that scroll. It loads nothing, and adds no text of its own but controls; without it the page is
/// whole, and every frame has the focus. Every control is a button, a list or a field of HTML's own, so that
/// a keyboard reaches it.
inline constexpr const char* kHtmlScript = R"js(
(() => {
'use strict';
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

for (const tools of all('.tools')) {
  tools.hidden = false;
  for (const button of all('button[data-series]', tools)) {
    button.addEventListener('click', () => {
      const shown = button.getAttribute('aria-pressed') !== 'true';
      button.setAttribute('aria-pressed', shown);
      for (const mark of document.getElementsByClassName(button.dataset.series)) {
        if (mark.ownerSVGElement) mark.classList.toggle('off', !shown);
      }
    });
  }
  for (const list of all('select', tools)) {
    list.addEventListener('change', () => pick(list.value));
  }
}

function pick(workload) {
  const other = one => workload !== '' && one.dataset.workload !== workload;
  for (const group of all('svg [data-workload]')) group.classList.toggle('away', other(group));
  for (const table of all('table')) {
    const heads = all('thead th', table);
    if (workload !== '' && !heads.some(head => head.dataset.workload === workload)) continue;
    heads.forEach((head, column) => {
      if (head.dataset.workload === undefined) return;
      for (const row of table.rows) row.cells[column].hidden = other(head);
    });
  }
}

// "1,234 ±2.8%" is 1234, "12.3 MB" a million times that, and a dash is no number.
const units = {k: 1e3, kB: 1e3, M: 1e6, MB: 1e6, B: 1e9, GB: 1e9, TB: 1e12};
function numberOf(text) {
  const found = /^\s*[<>]?\s*([+-]?[\d,]*\.?\d+(?:e[+-]?\d+)?)\s*([A-Za-z]*)/.exec(text);
  return found ? parseFloat(found[1].replaceAll(',', '')) * (units[found[2]] || 1) : NaN;
}
function compare(a, b, numeric) {
  if (!numeric) return a.localeCompare(b, undefined, {numeric: true});
  return numberOf(a) - numberOf(b);
}

function sortable(table) {
  const body = table.tBodies[0];
  const given = [...body.rows];
  if (given.length < 2) return;
  const heads = all('thead th', table);
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'sort';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const before = head.getAttribute('aria-sort');
      const order = before === null ? 'ascending' : before === 'ascending' ? 'descending' : null;
      for (const one of heads) one.removeAttribute('aria-sort');
      let rows = given;
      if (order) {
        head.setAttribute('aria-sort', order);
        const numeric = head.classList.contains('number');
        const text = row => row.cells[column].textContent.trim();
        const none = row => text(row) === '' || text(row) === '–' || (numeric && Number.isNaN(numberOf(text(row))));
        const sign = order === 'ascending' ? 1 : -1;
        rows = given.filter(row => !none(row)).sort((a, b) => sign * compare(text(a), text(b), numeric));
        rows.push(...given.filter(none));
      }
      body.append(...rows);
    });
  });
}

function filterable(table) {
  const rows = [...table.tBodies[0].rows];
  if (rows.length < 6) return;
  const frame = table.closest('.scroll');
  const caption = table.closest('figure').querySelector('figcaption').textContent;
  const bar = document.createElement('p');
  const label = document.createElement('label');
  const field = document.createElement('input');
  const count = document.createElement('span');
  bar.className = 'filter';
  field.type = 'search';
  field.setAttribute('aria-label', 'Filter rows: ' + caption);
  count.setAttribute('role', 'status');
  label.append('Filter rows ', field);
  bar.append(label, ' ', count);
  frame.before(bar);
  field.addEventListener('input', () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(word => word);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every(word => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = words.length ? shown + ' of ' + rows.length : '';
  });
}

for (const table of all('figure.table table')) {
  sortable(table);
  filterable(table);
}

// What scrolls is a stop of the Tab key, and nothing else is: screens, folds and workloads change which does.
// The controls stay at the screen's top: what gets the focus must not lie under them.
const resized = new ResizeObserver(() => {
  for (const frame of all('.scroll, figure.plot')) {
    if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0;
    else frame.removeAttribute('tabindex');
  }
  for (const tools of all('.tools')) {
    const stays = getComputedStyle(tools).position === 'sticky';
    document.documentElement.style.scrollPaddingTop = stays ? tools.offsetHeight + 'px' : '';
  }
});
for (const one of all('.scroll, .scroll table, figure.plot, .tools')) resized.observe(one);
})();
)js";

}  // namespace inferscale::report
