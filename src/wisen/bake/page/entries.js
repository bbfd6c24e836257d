// What goes in: for each type of entry how it is asked for, what a raw value means, and the tensors that it becomes.
// `read` says what the kinds' `read` says in Python, and `pack` what their `arrays` says.

class Unread extends Error {
  constructor(why, hint = "") {
    super(why);
    this.hint = hint;
  }
}

const MISSING = new Set(["", "na", "n/a", "nan", "none", "null", "nat", "?"]);
const YES = new Set(["true", "yes", "y", "t", "1", "1.0", "on"]);
const NO = new Set(["false", "no", "n", "f", "0", "0.0", "off"]);
const LARGEST = 3.4028234663852886e38; // of a float32
const NEVER = -(2n ** 63n); // the second of a missing moment
const DAY = 86400n;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;
const MOMENT =
  /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/;

const stripped = (text) => text.replace(/^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g, "");
const quoted = (raw) => (typeof raw === "string" ? `“${raw.length > 60 ? raw.slice(0, 59) + "…" : raw}”` : String(raw));
const listed = (words) => (words.length > 8 ? [...words.slice(0, 8), "…"] : words).join(", ");
const missing = (raw) => raw == null || Number.isNaN(raw) || (typeof raw === "string" && MISSING.has(stripped(raw).toLowerCase()));

// The value of a raw one, null where it is missing; throws Unread.
async function read(column, raw) {
  const row = ENTRIES[column.entry.type];
  if (raw == null || Number.isNaN(raw) || (typeof raw === "string" && row.blank(raw, column.entry))) {
    if (column.optional) return null;
    if (row.empty !== undefined && raw != null) return row.empty;
    throw new Unread("is missing");
  }
  return row.read(raw, column.entry);
}

// The number that a word or a number means, NaN where it means none.
function numberOf(raw) {
  if (typeof raw !== "string") return typeof raw === "object" ? NaN : Number(raw);
  const text = stripped(raw).replace("\u2212", "-");
  const endless = INFINITE.exec(text);
  if (endless) return endless[1] === "-" ? -Infinity : Infinity;
  return NUMBER.test(text) ? Number(text) : NaN;
}

const together = (type, make) => (values) => [{ type, data: make(values), dims: [1, values.length] }];

// The bytes in a Blob or a data URL of one sort.
async function blobOf(raw, sort) {
  if (raw instanceof Blob) return raw;
  const told = typeof raw === "string" && /^data:([^;,]*)[^,]*;base64,(.*)$/s.exec(raw);
  if (!told || !told[1].startsWith(sort)) throw new Unread("is no file", `Pass a Blob or a data URL (data:${sort}…).`);
  return new Blob([fromBase64(told[2])], { type: told[1] });
}

// ---- what words and numbers mean ---------------------------------------------------------------------

function readNumber(raw, { whole }) {
  const found = numberOf(raw);
  if (Number.isNaN(found)) throw new Unread(`is ${quoted(raw)}, which is not a number`, "Write it as 1250.5, for example.");
  if (whole && !Number.isInteger(found)) throw new Unread(`is ${quoted(raw)}, which is not a whole number`);
  return found;
}

// The text under which the program knows the label that a raw value means.
function readLabel(raw, { labels, open, yes_no }) {
  let text = typeof raw === "boolean" ? (raw ? "True" : "False") : String(raw);
  if (!open && labels.some(([known]) => known === text)) return text;
  text = stripped(text);
  if (open) {
    if (!text || /\p{Surrogate}/u.test(text)) throw new Unread(`is ${quoted(raw)}, which is no label`);
    return text;
  }
  const small = text.toLowerCase();
  if (yes_no && (YES.has(small) || NO.has(small))) return YES.has(small) ? "True" : "False";
  const whole = NUMBER.test(text) && Number.isInteger(Number(text)) ? String(Number(text)) : text;
  for (const same of [(known) => known === text, (known) => stripped(known).toLowerCase() === small, (known) => known === whole]) {
    const found = labels.find(([known]) => same(known));
    if (found) return found[0];
  }
  throw new Unread(`is ${quoted(raw)}, which is none of ${listed(labels.map(([known]) => known))}`);
}

// Seconds since 1970 UTC of a date, or of a moment without a time zone as if it were UTC.
function readMoment(raw, { day }) {
  if (raw instanceof Date && !Number.isNaN(raw.getTime())) raw = raw.toISOString().replace(/^[+]0*/, "");
  const told = MOMENT.exec(stripped(String(raw)));
  const [year, month, date, hour, minute, second] = told ? told.slice(1, 7).map((each) => Number(each ?? 0)) : [0];
  const found = new Date(0);
  found.setUTCFullYear(year, month - 1, date);
  const right = found.getUTCMonth() === month - 1 && found.getUTCDate() === date && hour < 24 && minute < 60 && second < 60;
  if (!told || !year || !right) throw new Unread(`is ${quoted(raw)}, which is no date`, "Write dates as 2026-11-22 or 2026-11-22T08:30.");
  const days = BigInt(Math.round(found.getTime() / 86400000)) * DAY;
  if (day) return days;
  const zone = /^([+-])(\d\d):?(\d\d)?$/.exec(told[7] ?? "");
  const ahead = zone ? (zone[1] === "-" ? -1 : 1) * (Number(zone[2]) * 3600 + Number(zone[3] ?? 0) * 60) : 0;
  return days + BigInt(hour * 3600 + minute * 60 + second - ahead);
}

// The numbers that a text lists, as JSON or with spaces, commas, semicolons or lines between them.
function cellsOf(raw) {
  if (typeof raw !== "string") return raw?.[Symbol.iterator] ? [...raw] : null;
  try {
    const found = JSON.parse(raw);
    if (Array.isArray(found)) return found;
  } catch {
    // not JSON: words with something between them
  }
  return raw.replace(/[,;]/g, " ").split(/\s+/).filter(Boolean);
}

function readSteps(raw, { steps, ahead }) {
  const hint = `Pass ${steps} numbers, ${ahead ? "the nearest first" : "the oldest first"}; “nan” where one is missing.`;
  const cells = cellsOf(raw);
  if (!cells) throw new Unread(`is ${quoted(raw)}, which is no list of numbers`, hint);
  if (cells.length !== steps) throw new Unread(`has ${cells.length} steps, not ${steps}`, hint);
  return cells.map((cell) => {
    const found = missing(cell) ? NaN : numberOf(cell);
    if (!missing(cell) && !(Math.abs(found) <= LARGEST)) throw new Unread(`has the step ${quoted(cell)}, which is no number`);
    return found;
  });
}

// ---- the table ---------------------------------------------------------------------------------------

const ENTRIES = {
  number: {
    field: lineField,
    blank: missing,
    read: readNumber,
    pack: together("float32", (values) => Float32Array.from(values, (value) => value ?? NaN)),
    usual: ({ mean, whole }) => (whole ? Math.round(mean) : Number(mean.toPrecision(3))),
  },
  choice: {
    field: choiceField,
    blank: (raw, { labels, open }) => missing(raw) && (open || !labels.some(([known]) => known === stripped(raw))),
    read: readLabel,
    pack: together("string", (values) => values.map((value) => value ?? "")),
    usual: ({ labels }) => labels[0]?.[0],
  },
  date: {
    field: dateField,
    blank: missing,
    read: readMoment,
    pack: together("int64", (values) => BigInt64Array.from(values, (value) => value ?? NEVER)),
    usual: ({ day }) => new Date().toISOString().slice(0, day ? 10 : 16),
  },
  numbers: {
    field: linesField,
    blank: missing,
    read: readSteps,
    pack(values, entries) {
      const every = values.flatMap((value, place) => value ?? Array(entries[place].steps).fill(NaN));
      return [{ type: "float32", data: Float32Array.from(every), dims: [1, every.length] }];
    },
  },
  text: {
    field: textField,
    blank: (raw) => !stripped(raw),
    empty: "",
    read(raw) {
      if (typeof raw !== "string") throw new Unread(`is ${quoted(raw)}, which is not text`);
      return raw;
    },
    pack([value], [{ limit }]) {
      const bytes = new TextEncoder().encode((value ?? "").replace(/\p{Surrogate}/gu, "?")).slice(0, limit);
      const data = bytes.length ? bytes : new Uint8Array(1);
      const lengths = BigInt64Array.of(BigInt(bytes.length));
      return [{ type: "uint8", data, dims: [1, data.length] }, { type: "int64", data: lengths, dims: [1] }];
    },
  },
  picture: {
    field: pictureField,
    blank: missing,
    read: (raw, { channels }) => pictureOf(raw, channels),
    pack([value], [{ channels, height, width }]) {
      const picture = value ?? { height, width, data: new Uint8Array(height * width * channels) };
      return [{ type: "uint8", data: picture.data, dims: [1, picture.height, picture.width, channels] }];
    },
  },
  sound: {
    field: soundField,
    blank: missing,
    read: soundOf,
    pack([value], [{ silence }]) {
      const data = value?.samples ?? new Float32Array(silence);
      const lengths = BigInt64Array.of(BigInt(data.length));
      return [{ type: "float32", data, dims: [1, data.length] }, { type: "int64", data: lengths, dims: [1] }];
    },
  },
};
