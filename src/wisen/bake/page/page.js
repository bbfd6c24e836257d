// The page: unpacks the runtime and the program, builds the fields and answers. `window.wisen` is the same for scripts.

const told = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const SLOW = 300; // milliseconds of a call beyond which nobody is answered while he types
const MANY = 6; // fields that stand in two columns where there is room

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let n = 0; n < raw.length; n++) bytes[n] = raw.charCodeAt(n);
  return bytes;
}

function unpacked(blob, format) {
  return new Response(blob.stream().pipeThrough(new DecompressionStream(format))).arrayBuffer();
}

const kept = (id) => unpacked(new Blob([fromBase64(at(id).textContent.trim())]), "gzip");

// ---- answers -----------------------------------------------------------------------------------------

// The session of the program; it is opened once.
const session = (async () => {
  Object.assign(ort.env.wasm, { numThreads: 1, proxy: false, wasmBinary: await kept("runtime") });
  ort.env.logLevel = "error";
  const program = new Uint8Array(await kept("program"));
  for (const id of ["runtime", "program"]) at(id).remove(); // some megabytes of text
  return ort.InferenceSession.create(program);
})();

// What a script passes for a column: under its whole name, or in records as Python has them.
const given = (values, name) => (name in values ? values[name] : name.split(".").reduce((found, part) => found?.[part], values));

// The values of the columns that raw values mean, by name; throws Unread that names the column.
async function readAll(values) {
  const found = [];
  for (const column of told.inputs) {
    try {
      found.push(await read(column, given(values, column.name)));
    } catch (error) {
      if (!(error instanceof Unread)) throw error;
      throw Object.assign(new Unread(`${column.name} ${error.message}`, error.hint), { column: column.name });
    }
  }
  return found;
}

// The program's tensors for values, by name.
function tensorsOf(values) {
  const found = {};
  for (const { places, tensors } of told.feeds) {
    const entries = places.map((place) => told.inputs[place].entry);
    const made = ENTRIES[entries[0].type].pack(places.map((place) => values[place]), entries);
    made.forEach(({ type, data, dims }, n) => (found[tensors[n]] = new ort.Tensor(type, data, dims)));
  }
  return found;
}

// The prediction for values that were read: that of a single answer, or the parts of a record.
async function predicted(values) {
  const running = await session;
  const tensors = tensorsOf(values);
  const begun = performance.now();
  const said = await running.run(tensors, told.asked);
  const milliseconds = performance.now() - begun;
  const parts = {};
  for (const { name, readout, limits } of told.outputs) {
    const own = { "": said[name] };
    for (const [key, tensor] of Object.entries(said)) if (key.startsWith(`${name}.`)) own[key.slice(name.length + 1)] = tensor;
    const blank = { value: null, probability: null, alternatives: [], quantiles: [], within: null };
    const bounds = limits?.map((each) => each ?? Infinity); // JSON has no infinity
    parts[name] = { ...blank, ...READOUTS[readout.type].predict(own, readout, bounds) };
    parts[name].coverage = parts[name].within ? told.coverage : null;
  }
  const beside = { unlike: told.unlike ? said[told.unlike].data[0] : null, milliseconds };
  if (told.single) return { ...parts[told.outputs[0].name], ...beside };
  return { value: Object.fromEntries(Object.entries(parts).map(([name, each]) => [name, each.value])), parts, ...beside };
}

// What `f.predict` says in Python: {value, probability, alternatives, within, coverage, unlike, ...} for raw values by name.
const answer = async (values) => predicted(await readAll(values));

// The raw tensors that would enter the program: {name: {type, dims, data}}.
async function pack(values) {
  const found = tensorsOf(await readAll(values));
  return Object.fromEntries(Object.entries(found).map(([name, { type, dims, data }]) => [name, { type, dims, data }]));
}

window.wisen = { answer, pack, name: told.name, inputs: told.inputs, outputs: told.outputs };

// ---- the page ----------------------------------------------------------------------------------------

const fields = told.inputs.map((column, place) => fieldOf(column, place));
let fast = true, asking = 0;

// The field of a column with its name, a note and a place for what is wrong.
function fieldOf(column, place) {
  const id = `in${place}`;
  const field = ENTRIES[column.entry.type].field({ ...column, id }, () => changed(field));
  const wrong = make("p", { class: "wrong", id: `${id}-note`, role: "alert" });
  const note = make("span", { class: "note" }, [column.optional ? "may be left empty" : "", field.note].filter(Boolean).join(", "));
  const group = column.entry.type === "choice" && field.node.getAttribute?.("role");
  const name = make(group ? "span" : "label", { id: `${id}-name`, class: "name", ...(group ? {} : { for: id }) }, column.name);
  const node = make("div", { class: `field ${column.entry.type}` }, make("div", { class: "head" }, name, note), field.node, wrong);
  return Object.assign(field, { column, wrong, note, row: node, touched: false });
}

function changed(field) {
  field.touched = true;
  if (field.tell) field.note.textContent = field.tell();
  if (fast) respond(false);
}

// Answers what is filled in; what is wrong is said beside its field: everywhere where somebody asked, else where he was.
async function respond(asked) {
  const turn = ++asking;
  const values = [];
  let first = null;
  for (const field of fields) {
    try {
      values.push(await read(field.column, field.raw()));
      complain(field, null);
    } catch (error) {
      first ??= field;
      if (!(error instanceof Unread)) throw error;
      const quiet = !asked && (!field.touched || error.message === "is missing");
      complain(field, quiet ? null : error);
    }
  }
  if (turn !== asking) return; // somebody typed on
  if (first) {
    if (asked) (first.row.querySelector("input, select, textarea") ?? first.row).focus();
    if (!at("answer").hidden) at("answer").classList.add("old");
    return;
  }
  try {
    const found = await predicted(values);
    if (turn === asking) show(found, values);
  } catch (error) {
    failed(`The program does not answer: ${String(error.message ?? error).split("\n")[0].slice(0, 200)}`);
  }
}

function complain(field, error) {
  const told = error ? `${field.column.name} ${error.message}. ${error.hint}`.trim() : "";
  if (field.wrong.textContent !== told) field.wrong.textContent = told;
  for (const node of field.row.querySelectorAll("input, select, textarea")) node.setAttribute("aria-invalid", !!error);
}

function show(found, values) {
  const share = told.coverage ? `${Math.round(100 * told.coverage)} % of cases` : "";
  const picture = values.find((_, place) => told.inputs[place].entry.type === "picture");
  const parts = told.single ? { [told.outputs[0].name]: found } : found.parts;
  const nodes = told.outputs.flatMap(({ name, readout, past }) => {
    const shown = READOUTS[readout.type].show(parts[name], { share, picture, readout, past: past === null ? [] : values[past] });
    return [...(told.single ? [] : [make("h3", {}, name)]), make("div", { class: "part" }, ...shown)];
  });
  if (found.unlike > 1) {
    const words = "This input is unlike the examples that the program learned from: do not rely on the answer.";
    nodes.push(make("p", { class: "warning" }, words));
  }
  nodes.push(make("p", { class: "time" }, `${found.milliseconds < 10 ? found.milliseconds.toFixed(1) : Math.round(found.milliseconds)} ms in this browser`));
  at("answer").replaceChildren(...nodes);
  at("answer").classList.remove("old");
  at("answer").hidden = false;
  at("waiting").hidden = true;
  fast = found.milliseconds < SLOW;
}

function failed(text) {
  at("waiting").hidden = false;
  at("waiting").textContent = text;
  at("waiting").classList.add("warning");
}

// ---- the first screen --------------------------------------------------------------------------------

function introduce() {
  document.title = told.name;
  at("name").textContent = told.name;
  at("doc").textContent = told.doc;
  at("doc").hidden = !told.doc;
  at("verdict").replaceChildren(make("b", {}, told.verdict.word), ` ${told.verdict.said}`);
  at("verdict").classList.add(told.verdict.tone);
  at("measured").replaceChildren(...told.measured.map((line) => make("li", {}, line)));
  at("facts").replaceChildren(...told.facts.map((line) => make("li", {}, line)));
  at("script").textContent = `wisen.answer({${told.inputs.map(({ name }) => `${JSON.stringify(name)}: …`).join(", ")}})`;
  at("fields").replaceChildren(...fields.map((field) => field.row));
  document.querySelector(".sides").classList.toggle("many", fields.length >= MANY);
  document.querySelector(".sides").classList.toggle("dense", fields.length >= 4 * MANY);
  for (const field of fields) if (field.tell) field.note.textContent = field.tell() || field.note.textContent;
  const usual = fields.filter((field) => ENTRIES[field.column.entry.type].usual);
  at("usual").hidden = usual.length < 2;
  at("usual").addEventListener("click", () => {
    for (const field of usual) field.set(String(ENTRIES[field.column.entry.type].usual(field.column.entry) ?? ""));
    respond(false);
  });
  at("form").addEventListener("submit", (event) => (event.preventDefault(), respond(true)));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) respond(true);
  });
}

// Files that are dropped anywhere or pasted go to the first field that takes them, the one under the mouse before others.
function takeFiles() {
  const hand = (files, target) => {
    const taking = [...fields].sort((one, other) => other.row.contains(target) - one.row.contains(target));
    for (const file of files) {
      const field = taking.find((each) => each.takes?.(file));
      if (field) return field.set(file), true;
    }
    return false;
  };
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => (event.preventDefault(), hand(event.dataTransfer.files, event.target)));
  document.addEventListener("paste", (event) => hand(event.clipboardData.files, event.target) && event.preventDefault());
}

introduce();
takeFiles();
try {
  await predicted(told.inputs.map(() => null)); // the first call is slow: it is of a blank example
  at("waiting").textContent = "The answer will stand here.";
  at("ask").disabled = false;
  respond(false);
} catch (error) {
  failed(`The program cannot be opened in this browser: ${String(error.message ?? error).split("\n")[0].slice(0, 200)}`);
}
document.body.dataset.ready = "yes";
