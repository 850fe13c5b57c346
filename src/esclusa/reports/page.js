// The list of cases: only the rows in sight exist. What agents said is only ever set as text, never as markup.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(byId(id).textContent);
  const list = byId("list"), rows = byId("rows"), pane = byId("window"), detail = byId("case");
  const ready = () => { document.documentElement.dataset.ready = "true"; };
  if (!list) return ready();
  const index = read("index");
  const HEIGHT = 36, BEYOND = 6, total = index.ids.length;
  const pool = [...pane.children], chunks = new Map(), texts = [];
  const all = Array.from({ length: total }, (_, at) => at);
  let shown = all, selected = -1, first = 0;

  const make = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  const chunk = (number) => {
    if (!chunks.has(number)) chunks.set(number, read(`chunk-${number}`));
    return chunks.get(number);
  };
  const whole = (at) => chunk(Math.floor(at / index.per))[at % index.per];
  const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const digits = (value) => {
    const number = Math.abs(value) >= 1000 ? Math.round(value) : +value.toPrecision(3);
    return number !== 0 && Math.abs(number) < 1e-6 ? number.toFixed(12).replace(/0+$/, "") : String(number);
  };
  const seconds = (value) => value === null ? ""
    : value === 0 ? "0 s" : value < 0.9995 ? `${digits(value * 1000)} ms` : `${digits(value)} s`;
  const dollars = (value) => value === null ? "" : `${digits(value)} USD`;

  // Rows

  const blank = () => {
    const row = make("div", undefined, "row");
    row.setAttribute("role", "row");
    row.id = `row-${pool.length}`;
    for (let at = 0; at < 7; at++) {
      const cell = make("div");
      cell.setAttribute("role", "gridcell");
      row.append(cell);
    }
    pane.append(row);
    return row;
  };
  const pill = (cell, [word, icon, look]) => {
    const made = make("span", undefined, word ? `pill ${look}`.trim() : "");
    if (word) {
      const sign = make("span", icon);
      sign.setAttribute("aria-hidden", "true");
      made.append(sign, ` ${word}`);
    }
    cell.replaceChildren(made);
  };
  const fill = (row, place) => {
    const at = shown[place], cells = row.children;
    row.setAttribute("aria-rowindex", place + 2);
    row.setAttribute("aria-selected", at === selected);
    if (at === selected) list.setAttribute("aria-activedescendant", row.id);
    if (row.at === at) return;
    row.at = at;
    cells[0].textContent = index.ids[at];
    pill(cells[1], index.verdicts[index.verdict[at]]);
    pill(cells[2], index.changes[index.change[at]]);
    cells[3].textContent = index.input[at];
    cells[4].textContent = index.answer[at];
    cells[5].textContent = seconds(index.seconds[at]);
    cells[6].textContent = dollars(index.cost[at]);
  };
  let waiting = false;
  const draw = () => {
    waiting = false;
    first = Math.max(0, Math.floor(list.scrollTop / HEIGHT) - BEYOND);
    const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / HEIGHT) + BEYOND);
    while (pool.length < last - first) pool.push(blank());
    list.removeAttribute("aria-activedescendant");
    // A place keeps its row while it is in sight, so that scrolling by one changes one.
    const taken = new Set();
    for (let place = first; place < last; place++) {
      const row = pool[place % pool.length];
      taken.add(row);
      row.style.order = place - first;
      fill(row, place);
    }
    for (const row of pool) row.hidden = !taken.has(row);
    pane.style.transform = `translateY(${first * HEIGHT}px)`;
  };
  const redraw = () => { if (!waiting) { waiting = true; requestAnimationFrame(draw); } };
  list.addEventListener("scroll", redraw, { passive: true });
  addEventListener("resize", redraw);

  // Filters

  const pressed = (name) => new Set([...document.querySelectorAll(`[data-${name}][aria-pressed="true"]`)].map((one) => +one.dataset[name]));
  const lower = (at) => (texts[at] ??= [
    index.ids[at], ...index.tags[at].map((one) => index.names[one]), ...whole(at).slice(0, 4),
  ].join("\n").toLowerCase());
  const number = (id, otherwise) => {
    const value = parseFloat(byId(id)?.value);
    return Number.isNaN(value) ? otherwise : value;
  };
  const empty = make("p", "No case is like that.", "empty");
  empty.hidden = true;
  list.append(empty);
  const apply = () => {
    const words = byId("text").value.trim().toLowerCase();
    const verdicts = pressed("verdict"), changes = pressed("change");
    const tag = number("tag", -1), scorer = byId("scorer")?.value || "", most = number("most", 1);
    if (scorer) byId("at-most").hidden = false;
    else if (byId("at-most")) byId("at-most").hidden = true;
    const scores = scorer ? index.scores[scorer] : null;
    shown = all.filter((at) => (!verdicts.size || verdicts.has(index.verdict[at]))
      && (!changes.size || changes.has(index.change[at]))
      && (tag < 0 || index.tags[at].includes(tag))
      && (!scores || (scores[at] !== null && scores[at] <= most))
      && (!words || lower(at).includes(words)));
    const by = byId("order")?.value || "";
    const values = by.startsWith("score:") ? index.scores[by.slice(6)] : index[by];
    if (values) {
      const sign = by.startsWith("score:") ? 1 : -1;
      const rank = (at) => values[at] === null ? Number.MAX_VALUE : sign * values[at];
      shown.sort((a, b) => rank(a) - rank(b) || a - b);
    }
    byId("count").textContent = shown.length === total ? `${grouped(total)} cases` : `${grouped(shown.length)} of ${grouped(total)} cases`;
    byId("clear").hidden = !(words || verdicts.size || changes.size || tag >= 0 || scorer);
    empty.hidden = shown.length > 0;
    rows.style.height = `${shown.length * HEIGHT}px`;
    list.setAttribute("aria-rowcount", shown.length + 1);
    list.scrollTop = 0;
    draw();
  };
  let timer = 0;
  byId("text").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(apply, 120); });
  for (const id of ["tag", "scorer", "most", "order"]) byId(id)?.addEventListener("input", apply);
  const press = (button, on) => button.setAttribute("aria-pressed", on);
  const buttons = document.querySelectorAll("[data-verdict],[data-change]");
  buttons.forEach((button) => button.addEventListener("click", () => {
    press(button, button.getAttribute("aria-pressed") !== "true");
    apply();
  }));
  const clear = () => {
    buttons.forEach((button) => press(button, false));
    byId("text").value = "";
    for (const id of ["tag", "scorer"]) if (byId(id)) byId(id).selectedIndex = 0;
  };
  byId("clear").addEventListener("click", () => { clear(); apply(); byId("text").focus(); });
  document.querySelectorAll("[data-only]").forEach((jump) => jump.addEventListener("click", () => {
    clear();
    buttons.forEach((button) => press(button, button.dataset.word === jump.dataset.only));
    apply();
    byId("cases").scrollIntoView();
    list.focus({ preventScroll: true });
  }));

  // One case

  const words = (text) => text.match(/\s+|[^\s]+/g) || [];
  const marks = (now, then) => {
    // What stands in one text and not in the other, by the longest common words; long texts are not marked.
    const a = words(now), b = words(then);
    if (a.length * b.length > 250000) return [[now, false]];
    const width = b.length + 1, table = new Uint16Array((a.length + 1) * width);
    for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--) {
      table[i * width + j] = a[i] === b[j] ? table[(i + 1) * width + j + 1] + 1
        : Math.max(table[(i + 1) * width + j], table[i * width + j + 1]);
    }
    const found = [];
    for (let i = 0, j = 0; i < a.length;) {
      if (j < b.length && a[i] === b[j]) { found.push([a[i], false]); i++; j++; }
      else if (j < b.length && table[i * width + j + 1] >= table[(i + 1) * width + j]) j++;
      else found.push([a[i++], true]);
    }
    // The space between two such words is of them.
    found.forEach((one, at) => { if (!one[0].trim() && found[at - 1]?.[1] && found[at + 1]?.[1]) one[1] = true; });
    return found;
  };
  const block = (title, text, instead, other) => {
    const part = make("section"), pre = make("pre", undefined, text ? "" : "none");
    pre.tabIndex = 0;
    pre.setAttribute("aria-label", title);
    part.append(make("h4", title), pre);
    if (!text || !other || other === text) pre.textContent = text || instead;
    else {
      // Neighbours of one kind are one node: a long answer stays a few nodes.
      let kind = false, run = "";
      const put = () => { if (run) pre.append(kind ? make("mark", run) : document.createTextNode(run)); run = ""; };
      for (const [word, changed] of marks(text, other)) {
        if (changed !== kind) { put(); kind = changed; }
        run += word;
      }
      put();
    }
    return part;
  };
  const numbers = (secs, cost, tokens) =>
    [seconds(secs), dollars(cost), tokens === null ? "" : `${grouped(tokens)} tokens`].filter(Boolean).join(" · ");
  const line = (cells, kind) => {
    const row = make("tr");
    for (const cell of cells) row.append(make(kind, cell));
    return row;
  };
  const table = (mine, theirs) => {
    const made = make("table"), body = make("tbody"), head = make("thead");
    const value = (one) => !one || one[0] === null ? "" : digits(one[0]);
    const said = (one) => one ? one[1] : "";
    head.append(line(theirs ? ["Scorer", "This run", "Why", "Baseline", "Why"] : ["Scorer", "Score", "Why"], "th"));
    for (const name of new Set([...Object.keys(mine), ...Object.keys(theirs || {})])) {
      const cells = [name, value(mine[name]), said(mine[name])];
      if (theirs) cells.push(value(theirs[name]), said(theirs[name]));
      body.append(line(cells, "td"));
    }
    made.append(head, body);
    const frame = make("div", undefined, "scroll");
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", "Scores");
    frame.append(made);
    return body.children.length ? frame : "";
  };
  const close = () => {
    selected = -1;
    detail.hidden = true;
    detail.replaceChildren();
    list.classList.remove("short");
    list.focus({ preventScroll: true });
    redraw();
  };
  const open = (place, into) => {
    if (!(place >= 0 && place < shown.length)) return;
    const at = selected = shown[place];
    const [input, expected, answer, error, mine, before] = whole(at);
    const [verdict, change] = [index.verdicts[index.verdict[at]], index.changes[index.change[at]]];
    const head = make("header"), states = make("span"), moved = make("span"), shut = make("button", "close");
    pill(states, verdict);
    pill(moved, change);
    shut.type = "button";
    shut.addEventListener("click", close);
    const tags = index.tags[at].map((one) => index.names[one]).join(", ");
    head.append(make("h3", index.ids[at]), states, moved, make("span", tags, "note"), shut);
    const sides = make("div", undefined, "pair");
    const mineSaid = answer || error, theirsSaid = before ? before[0] || before[1] : "";
    const named = (words, ...facts) => [words, numbers(...facts)].filter(Boolean).join(" · ");
    sides.append(
      block("Asked", input, "the question is not kept"),
      block("Expected", expected, "nothing is expected"),
    );
    if (before) sides.append(block(named(before[0] || !before[1] ? "Baseline" : "Baseline, failed", ...before.slice(3)), theirsSaid, "the answer is not kept", mineSaid));
    const run = index.verdicts[index.verdict[at]][0] === "not run";
    sides.append(block(named(error ? "This run, failed" : "This run", index.seconds[at], index.cost[at], index.tokens[at]),
      mineSaid, run ? "not run" : "the answer is empty, or not kept", theirsSaid));
    if (answer && error) sides.append(block("Why it failed", error));
    detail.replaceChildren(head, sides, table(mine, before ? before[2] : null));
    detail.hidden = false;
    list.classList.add("short");
    const top = place * HEIGHT, room = list.clientHeight - HEIGHT;
    if (top < list.scrollTop) list.scrollTop = top;
    if (top + HEIGHT > list.scrollTop + room) list.scrollTop = top + HEIGHT - room;
    if (into) detail.scrollIntoView({ block: "nearest" });
    draw();
  };
  pane.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (row) open(+row.getAttribute("aria-rowindex") - 2, true);
  });
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  list.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && selected >= 0) close();
    else if (event.key in steps && shown.length) {
      event.preventDefault();
      open(Math.min(shown.length - 1, Math.max(0, shown.indexOf(selected) + steps[event.key])), false);
    } else if (event.key === "Enter") detail.scrollIntoView({ block: "nearest" });
  });
  detail.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });

  apply();
  ready();
  // What can be searched is read a piece at a time while nobody needs the page, so that the first search does not wait.
  let next = 0;
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 30));
  const ahead = () => {
    for (const end = Math.min(total, next + index.per); next < end; next++) lower(next);
    if (next < total) idle(ahead);
  };
  idle(ahead);
})();
