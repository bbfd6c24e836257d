// What a person fills in: one field for each type of entry. A field is {node, raw, set}: what stands on the page, the raw
// value in it, and how to fill it. `change` is to be called whenever the value is another.

// An element with attributes, listeners (functions) and children (elements or texts).
function make(name, told = {}, ...children) {
  const svg = SVG.has(name);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(told)) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

const SVG = new Set(["svg", "path", "line", "text", "g", "circle", "polyline"]);

function lineField({ entry, id, name, optional }, change) {
  const about = typeof entry.mean === "number" ? `${figure(entry.mean)} on average` : null;
  const mode = entry.whole ? "numeric" : "decimal";
  const told = { id, type: "text", inputmode: mode, autocomplete: "off", placeholder: about, input: change };
  const input = make("input", { ...told, "aria-describedby": `${id}-note` });
  return { node: input, raw: () => input.value, set: (value) => (input.value = value) };
}

const FEW = 6, NARROW = 56; // labels, and letters of all of them, that stand beside each other

function choiceField(column, change) {
  const { entry, id, optional } = column;
  const shown = (text) => (entry.yes_no ? { True: "yes", False: "no" }[text] : text);
  const texts = entry.labels.map(([text]) => text);
  if (entry.open) {
    const list = make("datalist", { id: `${id}-known` }, ...texts.map((text) => make("option", { value: text })));
    const input = make("input", { id, type: "text", list: list.id, autocomplete: "off", input: change, "aria-describedby": `${id}-note` });
    return { node: make("div", {}, input, list), raw: () => input.value, set: (value) => (input.value = value) };
  }
  if (texts.length > FEW || texts.join("").length > NARROW) {
    const first = make("option", { value: "" }, optional ? "not known" : "choose");
    const options = texts.map((text) => make("option", { value: text }, shown(text)));
    const select = make("select", { id, change, "aria-describedby": `${id}-note` }, first, ...options);
    return { node: select, raw: () => select.value || null, set: (value) => (select.value = value) };
  }
  const every = [...(entry.yes_no ? texts.toReversed() : texts), ...(optional ? [""] : [])];
  const inputs = every.map((text) => make("input", { type: "radio", name: id, value: text, change }));
  const labels = inputs.map((input, n) => make("label", {}, input, make("span", {}, every[n] ? shown(every[n]) : "not known")));
  const node = make("div", { class: "choices", role: "radiogroup", id, "aria-labelledby": `${id}-name` }, ...labels);
  if (optional) inputs[inputs.length - 1].checked = true;
  const set = (value) => inputs.forEach((input) => (input.checked = input.value === String(value)));
  return { node, raw: () => inputs.find((input) => input.checked)?.value || null, set };
}

function dateField({ entry, id }, change) {
  const told = entry.day ? { type: "date" } : { type: "datetime-local", step: 1 };
  const input = make("input", { id, ...told, input: change, "aria-describedby": `${id}-note` });
  return { node: input, raw: () => input.value, set: (value) => (input.value = value), note: entry.day ? "" : "UTC" };
}

function textField({ entry, id }, change) {
  const area = make("textarea", { id, rows: 5, input: change, "aria-describedby": `${id}-note` });
  const tell = () => {
    const count = new TextEncoder().encode(area.value).length;
    return count > entry.limit ? `The first ${entry.limit} of ${count} bytes are read.` : "";
  };
  return { node: area, raw: () => area.value, set: (value) => (area.value = value), tell };
}

function linesField({ entry, id }, change) {
  const area = make("textarea", { id, rows: 4, class: "cells", input: change, "aria-describedby": `${id}-note`, spellcheck: "false" });
  const order = entry.ahead ? "the nearest first" : "the oldest first";
  const tell = () => `${cellsOf(area.value)?.length ?? 0} of ${entry.steps} numbers, ${order}`;
  area.addEventListener("paste", (event) => {
    const cells = cellsOf(event.clipboardData.getData("text")) ?? [];
    const bare = cells.length && !missing(cells[0]) && Number.isNaN(numberOf(cells[0])) ? cells.slice(1) : cells; // a heading
    if (area.value.trim() || bare.length < entry.steps) return;
    event.preventDefault();
    area.value = (entry.ahead ? bare.slice(0, entry.steps) : bare.slice(-entry.steps)).join("\n"); // of a longer column
    change();
  });
  return { node: area, raw: () => area.value, set: (value) => (area.value = value), tell };
}

// A place for a file: chosen, dropped, or pasted.
function fileField({ id }, change, sort, words, preview) {
  let file = null;
  const shown = make("div", { class: "preview" });
  const input = make("input", { id, type: "file", accept: `${sort}*`, "aria-describedby": `${id}-note`, change: () => set(input.files[0]) });
  const clear = make("button", { type: "button", class: "quiet", hidden: true, click: () => set(null) }, "Remove");
  const set = (found) => {
    file = found ?? null;
    if (!file) input.value = "";
    shown.replaceChildren(...(file ? [preview(file)] : []));
    clear.hidden = !file;
    node.classList.toggle("full", !!file);
    change();
  };
  const told = make("span", { class: "words" }, make("b", {}, words[0]), words[1]);
  const drop = make("label", { class: "drop", for: id }, input, shown, told);
  const node = make("div", { class: "file" }, drop, clear);
  return { node, raw: () => file, set, takes: (found) => found.type.startsWith(sort) };
}

function pictureField(column, change) {
  const words = ["Choose a picture", " or drop it here, or paste it"];
  return fileField(column, change, "image/", words, (file) => {
    const src = typeof file === "string" ? file : URL.createObjectURL(file);
    return make("img", { src, alt: file.name ?? "the picture" });
  });
}

function soundField(column, change) {
  const words = ["Choose a sound", " or drop it here"];
  return fileField(column, change, "audio/", words, (file) => {
    const src = typeof file === "string" ? file : URL.createObjectURL(file);
    return make("audio", { src, controls: true });
  });
}
