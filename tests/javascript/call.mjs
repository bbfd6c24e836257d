// Calls a wisen program from JavaScript:  node call.mjs PROGRAM.onnx CALLS.json
//
// CALLS.json is a list of calls. A call is an object with the raw values of each input, as nested
// lists: [[0.5, null]] is one example with two numbers, of which the second is missing. Whole
// numbers of 64 bits may be written as texts. Prints the list of answers, one object a call.
//
// onnxruntime-web is the runtime of browsers; it runs in Node as well, from WebAssembly.

import { readFile } from "node:fs/promises";
import * as ort from "onnxruntime-web";

const convert = {
  float32: (values) => Float32Array.from(values, (value) => value ?? NaN),
  int64: (values) => BigInt64Array.from(values, BigInt),
  uint8: (values) => Uint8Array.from(values),
  string: (values) => values,
};

function tensor(type, nested) {
  const dims = [];
  for (let at = nested; Array.isArray(at); at = at[0]) dims.push(at.length);
  return new ort.Tensor(type, convert[type](nested.flat(Infinity)), dims);
}

const plain = (value) => (typeof value === "bigint" ? Number(value) : value);

ort.env.wasm.numThreads = 1;
const [program, calls] = process.argv.slice(2);
const session = await ort.InferenceSession.create(await readFile(program));
const answers = [];
for (const call of JSON.parse(await readFile(calls, "utf8"))) {
  const given = {};
  for (const { name, type } of session.inputMetadata) given[name] = tensor(type, call[name]);
  const said = await session.run(given);
  answers.push(Object.fromEntries(session.outputNames.map((name) => [name, Array.from(said[name].data, plain)])));
}
console.log(JSON.stringify(answers));
