// What comes out: for each type of readout the prediction that an answer's tensors mean, and how it is shown.
// `predict` says what the kinds' `answer`, `alternatives` and `region` say in Python. A prediction is {value, probability,
// alternatives, quantiles, within}, as `f.predict` gives it; `within` holds the truth in the promised share of cases.

const MOST_LOG = 700;
const COLOURS = ["#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#008080", "#9a6324", "#808000", "#000075", "#e6beff"];
const BARS = 8; // alternatives that are shown at once

// A number as a person reads it, with six digits.
function figure(value) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "–";
  const text = Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : String(Number(value.toPrecision(6)));
  return text.replace("-", "−");
}

const percent = (share) => (share > 0.9995 && share < 1 ? "> 99.9 %" : share < 0.0005 && share > 0 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`);
const word = (value) => (value === true ? "yes" : value === false ? "no" : String(value));

// ---- labels ------------------------------------------------------------------------------------------

function predictLabel(tensors, { labels }, limits) {
  const chances = tensors.probabilities ? [...tensors.probabilities.data] : [];
  const text = tensors[""].data[0];
  const place = labels.findIndex(([known]) => known === text);
  if (place < 0) throw new Error(`the program says ${text}, which is none of its labels`);
  const alternatives = chances.map((chance, at) => [labels[at][1], chance]).sort((one, other) => other[1] - one[1]);
  const value = labels[place][1];
  const others = alternatives.filter(([each, chance]) => each !== value && 1 - chance <= limits?.[0]);
  return { value, probability: chances[place] ?? null, alternatives, within: limits ? [value, ...others.map(([each]) => each)] : null };
}

function showLabel({ value, alternatives, within }, { share }) {
  const nodes = [make("p", { class: "answer" }, word(value)), bars(alternatives, word)];
  if (within?.length > 1) nodes.push(make("p", { class: "soft" }, `The truth is one of ${within.map(word).join(", ")} in ${share}.`));
  return nodes;
}

// A bar for the probability of each alternative; where there are many, the rest can be opened.
function bars(alternatives, say) {
  const row = ([value, chance], place) =>
    make("div", { class: place ? "bar" : "bar first" },
      make("span", { class: "name", title: say(value) }, say(value)),
      make("span", { class: "track" }, make("i", { style: `width:${(100 * chance).toFixed(2)}%` })),
      make("span", { class: "share" }, percent(chance)));
  const rows = alternatives.map(row);
  const more = rows.splice(BARS);
  const rest = more.length ? make("details", {}, make("summary", {}, `${more.length} more`), ...more) : null;
  return make("div", { class: "bars" }, ...rows, rest);
}

// ---- numbers -----------------------------------------------------------------------------------------

function predictAmount(tensors, { whole, curve }, limits) {
  const value = tensors[""].data[0];
  if (!limits) return { value };
  const [unit] = curve;
  const bowed = curve.length ? Math.log1p(Math.max(value, 0) / unit) : value;
  const straight = (x) => (!curve.length ? x : x < MOST_LOG ? Math.expm1(Math.max(x, 0)) * unit : Infinity);
  const [low, high] = [straight(bowed - limits[0]), straight(bowed + limits[1])];
  return { value, within: { low: whole ? Math.ceil(low) : low, high: whole ? Math.floor(high) : high } };
}

function showAmount({ value, within }, { share }) {
  const nodes = [make("p", { class: "answer" }, figure(value))];
  if (!within) return nodes;
  const { low, high } = within;
  if (Number.isFinite(low) && Number.isFinite(high) && high > low) {
    const at = Math.min(100, Math.max(0, (100 * (value - low)) / (high - low)));
    const ends = [make("span", {}, figure(low)), make("span", {}, figure(high))];
    nodes.push(make("div", { class: "range" }, make("div", { class: "line" }, make("i", { style: `left:${at}%` })), make("div", { class: "ends" }, ...ends)));
  }
  nodes.push(make("p", { class: "soft" }, `The truth lies between ${figure(low)} and ${figure(high)} in ${share}.`));
  return nodes;
}

// ---- texts -------------------------------------------------------------------------------------------

function predictWording(tensors) {
  const value = tensors[""].data[0];
  const found = new Map();
  tensors.texts?.data.forEach((text, place) => {
    const chance = tensors.chances.data[place];
    if ((chance || !found.size) && !found.has(text)) found.set(text, chance);
  });
  const alternatives = [...found].sort((one, other) => other[1] - one[1]);
  return { value, probability: found.get(value) ?? null, alternatives };
}

function showWording({ value, alternatives }) {
  const text = make("p", { class: "answer text" }, value || "(nothing)");
  return alternatives.length ? [text, bars(alternatives, (each) => each || "(nothing)")] : [text];
}

// ---- forecasts ---------------------------------------------------------------------------------------

function predictForecast(tensors, { steps, least }, limits) {
  const value = [...tensors[""].data];
  const told = tensors.quantiles?.data;
  const side = (place) => value.map((_, step) => told[3 * step + place]);
  const quantiles = told ? [[0.1, side(0)], [0.5, side(1)], [0.9, side(2)]] : [];
  if (!limits || !told) return { value, quantiles };
  const low = value.map((_, n) => told[3 * n + 1] - limits[n] * Math.max(told[3 * n + 1] - told[3 * n], least));
  const high = value.map((_, n) => told[3 * n + 1] + limits[steps + n] * Math.max(told[3 * n + 2] - told[3 * n + 1], least));
  return { value, quantiles, within: { low, high } };
}

function showForecast({ value, quantiles, within }, { share, past }) {
  const band = within ?? (quantiles.length ? { low: quantiles[0][1], high: quantiles[2][1] } : null);
  const said = within ? `The band holds the truth of a step in ${share}.` : band ? "The band holds the truth of a step in 80 % of cases." : "";
  const head = make("tr", {}, ...["step", "low", "forecast", "high"].map((each) => make("th", {}, each)));
  const cell = (each) => make("td", {}, each === undefined ? "" : figure(each));
  const rows = value.map((each, n) => make("tr", {}, make("td", {}, `+${n + 1}`), cell(band?.low[n]), cell(each), cell(band?.high[n])));
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
  const few = value.length === 1 ? make("p", { class: "answer" }, figure(value[0])) : null;
  return [few, plot(past ?? [], value, band), make("p", { class: "soft" }, said), make("details", {}, make("summary", {}, "The numbers"), table)].filter(Boolean);
}

// The past, and the forecast in its band.
function plot(past, value, band) {
  const [wide, high, left, right, edge] = [460, 240, 52, 10, 26];
  const every = [...past, ...value, ...(band ? [...band.low, ...band.high] : [])].filter(Number.isFinite);
  let [bottom, top] = [Math.min(...every), Math.max(...every)];
  const room = 0.06 * (top - bottom) || 1e-6 * Math.abs(top) || 1;
  [bottom, top] = [bottom - room, top + room];
  const count = past.length + value.length;
  const x = (step) => left + ((wide - left - right) * step) / Math.max(1, count - 1);
  const y = (each) => high - edge - ((high - 2 * edge + 8) * (Math.min(top, Math.max(bottom, each)) - bottom)) / (top - bottom);
  const points = (values, start) => values.map((each, n) => (Number.isFinite(each) ? `${x(start + n).toFixed(1)},${y(each).toFixed(1)}` : "")).filter(Boolean);
  const lines = marks(bottom, top).flatMap((each) => [
    make("line", { class: "grid", x1: left, x2: wide - right, y1: y(each), y2: y(each) }),
    make("text", { x: left - 8, y: y(each) + 4, "text-anchor": "end" }, figure(each)),
  ]);
  const stride = Math.ceil(value.length / 7);
  const names = value.flatMap((_, n) => ((n + 1) % stride ? [] : [make("text", { x: x(past.length + n), y: high - 6, "text-anchor": "middle" }, `+${n + 1}`)]));
  const joint = past.length && Number.isFinite(past.at(-1)) ? points([past.at(-1)], past.length - 1) : [];
  const area = band && value.length > 1 ? [make("path", { class: "band", d: `M${[...points(band.high, past.length), ...points(band.low, past.length).reverse()].join("L")}Z` })] : [];
  const before = past.length > 1 ? [make("polyline", { class: "past", points: points(past, 0).join(" ") })] : [];
  const ahead = make("polyline", { class: "ahead", points: [...joint, ...points(value, past.length)].join(" ") });
  const dots = value.length <= 14 ? points(value, past.length).map((each) => make("circle", { class: "dot", cx: each.split(",")[0], cy: each.split(",")[1], r: 3 })) : [];
  const told = { viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": `A forecast of ${value.length} steps: ${value.map(figure).join(", ")}` };
  return make("svg", told, ...lines, ...names, ...area, ...before, ahead, ...dots);
}

// Round numbers between two others, some four of them.
function marks(bottom, top) {
  const rough = (top - bottom) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((times) => times * power >= rough);
  const found = [];
  for (let n = Math.ceil(bottom / step); n * step <= top; n++) found.push(Number((n * step).toPrecision(12)));
  return found;
}

// ---- boxes -------------------------------------------------------------------------------------------

function predictBoxes(tensors, { labels }) {
  const boxes = (tensor) => {
    const [, count, width] = tensor.dims;
    const rows = Array.from({ length: count }, (_, n) => [...tensor.data.slice(n * width, (n + 1) * width)]);
    return rows.filter((row) => row[5] > 0).map(([label, left, top, right, bottom, probability]) => ({ label: labels[label], left, top, right, bottom, probability }));
  };
  const alternatives = tensors.candidates ? boxes(tensors.candidates).map((box) => [[box], box.probability]) : [];
  return { value: boxes(tensors[""]), alternatives };
}

function showBoxes({ value }, { picture, readout }) {
  const colour = (label) => COLOURS[readout.labels.indexOf(label) % COLOURS.length];
  const nodes = picture ? [framed(picture, value, colour)] : [];
  const items = value.map((box) => {
    const where = [box.left, box.top, box.right, box.bottom].map((edge) => Math.round(edge)).join(", ");
    return make("li", {}, make("i", { style: `background:${colour(box.label)}` }), make("b", {}, String(box.label)), ` ${percent(box.probability)} `, make("span", { class: "soft" }, `at ${where}`));
  });
  return [...nodes, items.length ? make("ul", { class: "boxes" }, ...items) : make("p", { class: "answer" }, "nothing found")];
}

// The picture with a frame around each box, the surest on top.
function framed({ width, height, data }, boxes, colour) {
  const scale = Math.max(1, Math.ceil(480 / Math.max(width, height)));
  const canvas = make("canvas", { class: "framed", role: "img", "aria-label": boxes.map((box) => box.label).join(", ") || "nothing found" });
  Object.assign(canvas, { width: width * scale, height: height * scale });
  const pen = canvas.getContext("2d");
  const channels = data.length / (width * height);
  const image = new ImageData(width, height);
  for (let n = 0; n < width * height; n++) {
    for (let c = 0; c < 3; c++) image.data[4 * n + c] = data[n * channels + (channels === 1 ? 0 : c)];
    image.data[4 * n + 3] = 255;
  }
  const small = Object.assign(document.createElement("canvas"), { width, height });
  small.getContext("2d").putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = scale === 1;
  pen.drawImage(small, 0, 0, canvas.width, canvas.height);
  const thick = Math.max(2, Math.round(Math.max(canvas.width, canvas.height) / 200));
  pen.font = `${Math.max(13, 6 * thick)}px system-ui, sans-serif`;
  pen.textBaseline = "top";
  for (const box of [...boxes].sort((one, other) => one.probability - other.probability)) {
    const [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom].map((edge) => edge * scale);
    const text = `${box.label} ${Math.round(100 * box.probability)}%`;
    const tall = Math.max(13, 6 * thick) + 4;
    Object.assign(pen, { strokeStyle: colour(box.label), fillStyle: colour(box.label), lineWidth: thick });
    pen.strokeRect(left, top, right - left, bottom - top);
    const wide = pen.measureText(text).width + 8;
    const x = Math.max(0, Math.min(left, canvas.width - wide)), y = top > tall ? top - tall : top;
    pen.fillRect(x, y, wide, tall);
    pen.fillStyle = "white";
    pen.fillText(text, x + 4, y + 2);
  }
  return canvas;
}

const READOUTS = {
  label: { predict: predictLabel, show: showLabel },
  amount: { predict: predictAmount, show: showAmount },
  wording: { predict: predictWording, show: showWording },
  forecast: { predict: predictForecast, show: showForecast },
  boxes: { predict: predictBoxes, show: showBoxes },
};
