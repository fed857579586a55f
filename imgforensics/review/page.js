"use strict";
// The data: {live, title, id, verdicts, statuses, benign, weights, format, rows, about, pictures}.
// `live` is whether verdicts go to a server; else they stay in this browser until downloaded.
// `rows` are as of entries.py; `about` is a list of {title, lines, table, notice}; `pictures` has a
// data URI for each hash, or is null where the server has them.
// All text from the data is set as text and never as markup.

const DATA = JSON.parse(document.getElementById("data").textContent);
const HEIGHT = 62; // pixels of a row of the list, as in page.css
const $ = (id) => document.getElementById(id);
const MODES = [
  ["side", "Side by side", ""], ["blink", "Blink", "b"], ["slider", "Slider", "s"],
  ["overlay", "Overlay", "o"], ["difference", "Difference", "d"],
  ["figures", "Figures", "f"], ["pages", "Pages", "p"],
];
const LAID = ["blink", "slider", "overlay", "difference"]; // modes that need an alignment
const state = { shown: [], at: -1, mode: "side", share: 0.5, saving: 0 };

function make(tag, properties = {}, ...children) {
  const svg = tag === "svg" || tag === "polygon";
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(node.style, value);
    else if (name in node && !svg) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// ---------------------------------------------------------------- what is kept in this browser

function kept(name, fallback) {
  try { return JSON.parse(localStorage.getItem(`imgforensics ${name}`)) ?? fallback; }
  catch { return fallback; }
}

function keep(name, value) {
  try { localStorage.setItem(`imgforensics ${name}`, JSON.stringify(value)); }
  catch { say("This browser keeps nothing: download the verdicts before you close the page."); }
}

function say(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

// ---------------------------------------------------------------- verdicts

const key = (row) => `${row.first} ${row.second}`;
const ofPair = new Map();
for (const row of DATA.rows) ofPair.set(key(row), [...(ofPair.get(key(row)) ?? []), row]);

// Images that are all pairs of each other, such as frames of one field, are one group.
const ofGroup = new Map();
for (const row of DATA.rows) ofGroup.set(row.group, [...(ofGroup.get(row.group) ?? []), row]);

function note(verdict) {
  for (const row of ofPair.get(`${verdict.first} ${verdict.second}`) ?? []) row.verdict = verdict;
}

const own = DATA.live ? [] : kept(DATA.id, []);
own.forEach(note);

async function judge(given, moveOn) {
  const row = state.shown[state.at];
  if (!row) return;
  const reviewer = $("reviewer").value.trim();
  if (!reviewer) {
    say("Type your name first: each verdict is kept with the name of who gave it.");
    $("reviewer").focus();
    return;
  }
  const text = $("note").value;
  const verdict = {
    first: row.first, second: row.second, verdict: given, reviewer, note: text,
    time: new Date().toISOString(), weights: DATA.weights,
  };
  let warning = "";
  if (DATA.live) {
    state.saving += 1;
    try {
      const answer = await fetch("verdicts", {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify(verdict),
      });
      let told = await answer.json();
      if (!answer.ok) throw new Error(told.error);
      ({ warning = "", ...told } = told);
      note(told);
    } catch (error) {
      say(`This verdict was not saved (${error.message}): give it again once the review runs.`);
      return;
    } finally { state.saving -= 1; }
  } else {
    own.push(verdict);
    keep(DATA.id, own);
    note(verdict);
  }
  say(warning);
  const same = state.shown[state.at] === row;
  progress();
  list();
  if (same && moveOn) move(1); else if (same) pane();
}

function download() {
  const text = JSON.stringify({ format: DATA.format, verdicts: own }, null, 1);
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  make("a", { href: url, download: "verdicts.json" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function progress() {
  const judged = DATA.rows.filter((row) => row.verdict).length;
  const [bar, text] = $("progress").children;
  bar.max = Math.max(DATA.rows.length, 1);
  bar.value = judged;
  text.textContent = `${judged} of ${DATA.rows.length} judged`;
}

// ---------------------------------------------------------------- the list

function filter() {
  const name = $("search").value.toLowerCase(), status = $("status").value;
  const judged = $("judged").value, before = state.shown[state.at];
  const fits = {
    open: (row) => !row.verdict && !row.suppressed,
    all: () => true,
    groups: (row) => row === ofGroup.get(row.group)[0],
    suppressed: (row) => row.suppressed,
  }[judged] ?? ((row) => row.verdict?.verdict === judged);
  state.shown = DATA.rows.filter((row) => (!status || row.status === status) && fits(row)
    && (!name || `${row.a.path}\n${row.b.path}`.toLowerCase().includes(name)));
  state.at = state.shown.indexOf(before);
  $("count").textContent = `${state.shown.length} of ${DATA.rows.length} pairs`;
  list();
  pane();
}

function score(row) {
  return row.verified === null ? `f ${row.f.toFixed(2)}` : `score ${row.verified.toFixed(2)}`;
}

function tag(row) {
  const given = row.verdict?.verdict;
  if (given) return make("span", { className: `tag ${given.split(" ")[0]}` }, given);
  return row.suppressed ? make("span", { className: "tag" }, "suppressed") : null;
}

const place = (side) => `${side.in_library ? "library: " : ""}p. ${side.page}, ${side.name}`;

// Only what can be seen is in the document, so that long lists scroll as short ones do.
function list() {
  const box = $("list"), rows = $("rows");
  rows.style.height = `${HEIGHT * state.shown.length}px`;
  const first = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - 4);
  const last = first + Math.ceil(box.clientHeight / HEIGHT) + 8;
  rows.replaceChildren(...state.shown.slice(first, last).map((row, index) => make("div", {
    className: "row", role: "option", "aria-selected": String(first + index === state.at),
    style: { top: `${HEIGHT * (first + index)}px` }, onclick: () => go(first + index),
  },
  make("img", { src: picture(row.a), alt: "", loading: "lazy" }),
  make("img", { src: picture(row.b), alt: "", loading: "lazy" }),
  make("div", { className: "text" },
    make("div", {}, `${row.rank}. ${row.status}, ${score(row)} `, tag(row)),
    make("div", { className: "soft" }, place(row.a)),
    make("div", { className: "soft" }, place(row.b))))));
}

function go(index) {
  state.at = index;
  const box = $("list"), top = HEIGHT * index;
  if (top < box.scrollTop) box.scrollTop = top;
  if (top + HEIGHT > box.scrollTop + box.clientHeight) {
    box.scrollTop = top + HEIGHT - box.clientHeight;
  }
  list();
  pane();
}

function move(step) {
  if (state.shown.length) go(Math.min(Math.max(state.at + step, 0), state.shown.length - 1));
}

// ---------------------------------------------------------------- the pictures

function picture(side) {
  return DATA.pictures ? DATA.pictures[side.picture] : `pictures/${side.picture}.png`;
}

function figure(side) {
  if (!side.figure_picture) return picture(side);
  return DATA.pictures ? DATA.pictures[side.figure_picture] : `figures/${side.figure_picture}.jpg`;
}

function sheet(side) {
  return DATA.pictures ? DATA.pictures[side.sheet] : `pages/${side.sheet}.jpg`;
}

// A matrix of pixels' centres as CSS wants it, which counts from pixels' corners.
function css(m) {
  const [[a, b, c], [d, e, f], [g, h, i]] = [
    [m[0][0] + m[2][0] / 2, m[0][1] + m[2][1] / 2, m[0][2] + m[2][2] / 2],
    [m[1][0] + m[2][0] / 2, m[1][1] + m[2][1] / 2, m[1][2] + m[2][2] / 2],
    m[2],
  ];
  const back = ([x, y, z]) => z - (x + y) / 2;
  return `matrix3d(${[a, d, 0, g, b, e, 0, h, 0, 0, 1, 0,
    back([a, b, c]), back([d, e, f]), 0, back([g, h, i])].join(",")})`;
}

function view(size, room, children, className = "") {
  const [width, height] = size;
  const scale = Math.min(room[0] / width, room[1] / height, 6);
  return make("div", {
    className: `view ${className}`, style: { width: `${width * scale}px`, height: `${height * scale}px` },
  }, make("div", {
    style: { width: `${width}px`, height: `${height}px`, transform: `scale(${scale})` },
  }, ...children));
}

function image(side, properties = {}) {
  const [width, height] = side.size;
  return make("img", {
    src: picture(side), alt: `${side.name}, page ${side.page}`, width, height, ...properties,
  });
}

function outline(side) {
  if (!side.corners) return null;
  const points = side.corners.map((corner) => corner.join(",")).join(" ");
  return make("svg", { width: side.size[0], height: side.size[1] }, make("polygon", { points }));
}

function stage(row) {
  const wide = $("pane").clientWidth - 28, high = Math.max(240, innerHeight - 330);
  if (["figures", "pages"].includes(state.mode)) {
    const draw = state.mode === "pages" ? onPage : onFigure;
    const room = [Math.max((wide - 14) / 2, 150), Math.max(high, 420)];
    return make("div", { className: "stage" }, ...[[row.a, "a"], [row.b, "b"]].map(
      ([side, letter]) => make("div", { className: letter }, draw(side, room))));
  }
  if (state.mode === "side" || !row.matrix) {
    const room = [Math.max((wide - 14) / 2, 150), high];
    return make("div", { className: "stage" }, ...[row.a, row.b].map((side) =>
      view(side.size, room, [image(side), outline(side)])));
  }
  const second = make("div", {
    className: "second",
    style: { position: "absolute", inset: "0", width: `${row.a.size[0]}px`, height: `${row.a.size[1]}px` },
  }, image(row.b, {
    className: row.inverted ? "inverted" : "", style: { transform: css(row.matrix) },
  }));
  if (state.mode === "overlay") second.style.opacity = state.share;
  if (state.mode === "slider") second.style.clipPath = `inset(0 0 0 ${100 * state.share}%)`;
  const className = { blink: "blinking", difference: "difference" }[state.mode] ?? "";
  const laid = view(row.a.size, [wide, high], [image(row.a), second, outline(row.a)], className);
  return make("div", { className: "stage" }, laid);
}

function modes(row) {
  const bar = make("div", { className: "modes" }, ...MODES.map(([name, title, letter]) =>
    make("button", {
      "aria-pressed": String(state.mode === name), disabled: LAID.includes(name) && !row.matrix,
      onclick: () => look(name),
    }, `${title} `, letter ? make("kbd", {}, letter) : null)));
  if (row.matrix && ["slider", "overlay"].includes(state.mode)) {
    bar.append(make("input", {
      type: "range", min: 0, max: 1, step: 0.01, value: state.share, "aria-label": "How much of B",
      oninput: (event) => {
        state.share = Number(event.target.value);
        $("stage").replaceChildren(stage(row));
      },
    }));
  }
  return bar;
}

function look(mode) {
  state.mode = state.mode === mode ? "side" : mode;
  pane();
}

// ---------------------------------------------------------------- where the panels are

function box(className, [x0, y0, x1, y1]) {
  const percent = (value) => `${100 * value}%`;
  return make("div", {
    className: `box ${className}`,
    style: { left: percent(x0), top: percent(y0), width: percent(x1 - x0), height: percent(y1 - y0) },
  });
}

// The region as it lies: corners in pixels of the panel, on a sheet that takes them to its own.
function region(side, size, onSheet) {
  const [width, height] = side.size;
  const corners = side.corners ?? [[0, 0], [width, 0], [width, height], [0, height]];
  const points = corners.map((corner) => onSheet(corner).join(",")).join(" ");
  return make("svg", { viewBox: `0 0 ${size[0]} ${size[1]}`, preserveAspectRatio: "none" },
    make("polygon", { points }));
}

function paper(title, [width, height], room, ...children) {
  const scale = Math.min(room[0] / width, room[1] / height);
  return make("div", {
    className: "sheet", title, style: { width: `${width * scale}px`, height: `${height * scale}px` },
  }, ...children);
}

function onFigure(side, room) {
  const size = side.figure_size, [x0, y0, x1, y1] = side.panel, [width, height] = size;
  return paper("the figure", size, room,
    make("img", { src: figure(side), alt: `figure ${side.number} of page ${side.page}` }),
    box("", [x0 / width, y0 / height, x1 / width, y1 / height]),
    region(side, size, ([x, y]) => [x0 + x, y0 + y]));
}

// An image file is its own page; of a page of another document there may be no picture.
function onPage(side, room) {
  if (!side.page_size) return onFigure(side, room);
  const size = side.page_size, [left, top, right, bottom] = side.figure;
  const [x0, y0, x1, y1] = side.panel, [width, height] = side.figure_size;
  const across = (x) => left + (right - left) * x / width;
  const down = (y) => top + (bottom - top) * y / height;
  return paper("the page", size, room,
    side.sheet ? make("img", { src: sheet(side), alt: `page ${side.page}` }) : null,
    box("figure", side.figure), box("", [across(x0), down(y0), across(x1), down(y1)]),
    region(side, [1, 1], ([x, y]) => [across(x0 + x), down(y0 + y)]));
}

function where(side, letter) {
  return make("div", { className: letter.toLowerCase() },
    make("h3", {}, letter),
    make("p", { title: side.path }, `${side.name}, page ${side.page}, figure ${side.number}`
      + (side.in_library ? " (in the library)" : "")),
    make("div", { className: "where" }, onFigure(side, [260, 220]),
      side.page_size ? onPage(side, [160, 220]) : null));
}

// ---------------------------------------------------------------- the pane

function pane() {
  const row = state.shown[state.at];
  if (!row) { about(); return; }
  const given = row.verdict, text = $("note") && $("note").dataset.row === key(row)
    ? $("note").value : given?.note ?? "";
  $("pane").replaceChildren(
    make("h2", {}, `${row.rank}. ${row.a.name} and ${row.b.name}`),
    make("p", { style: { margin: "0" } }, `${row.status}, ${score(row)}: ${row.reason}`,
      ofGroup.get(row.group).length > 1
        ? ` · one of ${ofGroup.get(row.group).length} pairs of its group` : "",
      row.versions ? " · two versions of one document" : "",
      row.suppressed ? " · judged benign with all of its group" : ""),
    modes(row),
    make("div", { id: "stage" }, stage(row)),
    make("div", { className: "places" }, where(row.a, "A"), where(row.b, "B")),
    make("div", { className: "judge" },
      ...DATA.verdicts.map((name, number) => make("button", {
        "aria-pressed": String(given?.verdict === name), onclick: () => judge(name, true),
      }, make("kbd", {}, String(number + 1)), ` ${name}`)),
      make("textarea", {
        id: "note", placeholder: "note (n)", value: text, maxLength: 10000, "aria-label": "Note",
        onchange: () => { if (state.shown[state.at]?.verdict === given && given
          && $("note").value !== given.note) judge(given.verdict, false); },
      }),
      given ? make("span", { className: "soft" },
        `${given.reviewer}, ${given.time.slice(0, 16).replace("T", " ")}`) : null));
  $("note").dataset.row = key(row);
}

function about() {
  $("pane").replaceChildren(...DATA.about.flatMap(({ title, lines, table, notice }) => [
    make("div", { className: notice ? "notread" : "" }, make("h2", {}, title),
      ...lines.map((line) => make("p", {}, line)),
      make("table", {}, ...table.map((cells) => make("tr", {}, ...cells.map((cell, number) =>
        make(number ? "td" : "th", {
          className: /^[0-9a-f]{64}$/.test(cell) ? "hash" : "",
        }, cell)))))),
  ]), make("p", { className: "soft" }, "Keys: ", ...[
    ["j", "next"], ["k", "before"], ["1–4", "verdict"], ["b", "blink"], ["s", "slider"],
    ["o", "overlay"], ["d", "difference"], ["f", "figures"], ["p", "pages"], ["n", "note"],
    ["Esc", "leave the note"],
  ].flatMap(([letter, does]) => [make("kbd", {}, letter), ` ${does}  `])));
}

// ---------------------------------------------------------------- keys, and the start

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("input:not([type=range]), textarea, select");
  if (event.key === "Escape" && typing) event.target.blur();
  if (typing) return;
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  const verdict = DATA.verdicts[Number(event.key) - 1];
  const mode = MODES.find(([, , letter]) => letter && letter === event.key);
  if (step) move(step);
  else if (verdict) judge(verdict, true);
  else if (mode && state.shown[state.at] && (state.shown[state.at].matrix
    || !LAID.includes(mode[0]))) look(mode[0]);
  else if (event.key === "n" && $("note")) $("note").focus();
  else return;
  event.preventDefault();
});
addEventListener("resize", () => { list(); pane(); });
addEventListener("beforeunload", (event) => { if (state.saving) event.preventDefault(); });
$("list").addEventListener("scroll", list);
for (const id of ["search", "status", "judged"]) $(id).addEventListener("input", filter);
$("about").addEventListener("click", () => { state.at = -1; list(); pane(); });
$("download").addEventListener("click", download);
$("download").hidden = DATA.live;
$("reviewer").value = kept("reviewer", "");
$("reviewer").addEventListener("change", () => { say(""); keep("reviewer", $("reviewer").value); });
$("title").textContent = document.title = DATA.title;
const options = (pairs) => pairs.map(([value, text]) => make("option", { value }, text));
$("status").append(...options([["", "every status"], ...DATA.statuses.map((name) => [name, name])]));
$("judged").append(...options([["all", "all pairs"],
  ["groups", "first of each group"], ["open", "not judged"],
  ...DATA.verdicts.map((name) => [name, name]), ["suppressed", "suppressed"]]));
progress();
filter();
