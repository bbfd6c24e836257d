// Sounds as the program hears them: one channel of float32 at its rate.

const LONGEST = 600; // seconds

// The sound in a Blob, a data URL, an AudioBuffer or {samples, rate}: {samples, seconds}, as much as is heard.
async function soundOf(raw, { rate, samples: most }) {
  let sound = raw;
  if (typeof AudioBuffer !== "undefined" && raw instanceof AudioBuffer) sound = mixed(raw);
  else if (!(raw?.samples && raw.rate)) {
    const bytes = await (await blobOf(raw, "audio/")).arrayBuffer();
    sound = wavOf(bytes) ?? (await heard(bytes, rate));
  }
  const seconds = sound.samples.length / sound.rate;
  if (!sound.samples.length) throw new Unread("has no samples");
  if (seconds > LONGEST) throw new Unread(`is ${Math.round(seconds)} s long, and ${LONGEST} s are the most that is heard`);
  const needed = Math.trunc((most / rate) * sound.rate) + Math.trunc(sound.rate / 10); // and what the change of rate looks at
  const samples = resampled(Float32Array.from(sound.samples).subarray(0, needed), sound.rate, rate);
  if (!samples.every(Number.isFinite)) throw new Unread("has samples that are no finite numbers");
  return { samples: samples.subarray(0, most), seconds };
}

async function heard(bytes, rate) {
  try {
    return mixed(await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes));
  } catch {
    throw new Unread("is no sound that this browser can read", "WAV is read by all of them.");
  }
}

function mixed(buffer) {
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, place) => buffer.getChannelData(place));
  return { samples: mean(channels), rate: buffer.sampleRate };
}

function mean(channels) {
  if (channels.length === 1) return channels[0];
  return channels[0].map((_, at) => channels.reduce((sum, each) => Math.fround(sum + each[at]), 0) / channels.length);
}

// The sound of a WAV file of whole numbers or floats; null where it is none.
function wavOf(bytes) {
  const view = new DataView(bytes);
  const word = (at) => (at + 4 <= view.byteLength ? String.fromCharCode(...new Uint8Array(bytes, at, 4)) : "");
  if (word(0) !== "RIFF" || word(8) !== "WAVE") return null;
  let format = null;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    if (word(at) === "fmt ") {
      const code = view.getUint16(at + 8, true);
      format = {
        float: (code === 0xfffe ? view.getUint16(at + 32, true) : code) === 3,
        plain: [1, 3, 0xfffe].includes(code),
        channels: view.getUint16(at + 10, true),
        rate: view.getUint32(at + 12, true),
        bits: view.getUint16(at + 22, true),
      };
    } else if (word(at) === "data" && format) {
      const readers = format.float ? FLOATS : WHOLES;
      const read = format.plain && readers[format.bits];
      if (!read || !format.channels) return null;
      const step = format.bits / 8;
      const count = Math.floor(Math.min(size, view.byteLength - at - 8) / step / format.channels);
      const channels = Array.from({ length: format.channels }, (_, place) =>
        Float32Array.from({ length: count }, (_, frame) => read(view, at + 8 + (frame * format.channels + place) * step)),
      );
      return { samples: mean(channels), rate: format.rate };
    }
    at += 8 + size + (size % 2);
  }
  return null;
}

const WHOLES = {
  8: (view, at) => (view.getUint8(at) - 128) / 128,
  16: (view, at) => view.getInt16(at, true) / 32768,
  24: (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8388608,
  32: (view, at) => view.getInt32(at, true) / 2147483648,
};
const FLOATS = { 32: (view, at) => view.getFloat32(at, true), 64: (view, at) => view.getFloat64(at, true) };

// ---- another rate: a sinc in a Kaiser window, as steep as soxr's --------------------------------------

const PASSED = 0.957; // the middle of the fall, in half the lower of the two rates
const CROSSINGS = 100; // zeros of the sinc on each side
const BETA = 14; // what leaks is below all that 16 bits hold
const FINE = 512; // values of the window between two zeros

function resampled(samples, from, to) {
  if (from === to) return samples;
  const narrow = Math.min(1, to / from); // the lower rate, in samples of this sound
  const reach = CROSSINGS / narrow;
  const kernel = kernelOf();
  const found = new Float32Array(Math.max(1, Math.round((samples.length * to) / from)));
  for (let place = 0; place < found.length; place++) {
    const middle = (place * from) / to;
    const first = Math.max(0, Math.ceil(middle - reach));
    const last = Math.min(samples.length - 1, Math.floor(middle + reach));
    let sum = 0;
    for (let at = first; at <= last; at++) {
      const where = Math.abs(at - middle) * narrow * FINE;
      const low = Math.floor(where);
      sum += samples[at] * (kernel[low] + (where - low) * (kernel[low + 1] - kernel[low]));
    }
    found[place] = sum * narrow;
  }
  return found;
}

function kernelOf() {
  const bessel = (x) => {
    let sum = 1, term = 1;
    for (let n = 1; n < 60; n++) sum += term *= (x / (2 * n)) ** 2;
    return sum;
  };
  return Float64Array.from({ length: CROSSINGS * FINE + 2 }, (_, at) => {
    const x = at / FINE;
    const angle = Math.PI * PASSED * x;
    const inside = Math.max(0, 1 - (x / CROSSINGS) ** 2);
    return (PASSED * (at ? Math.sin(angle) / angle : 1) * bessel(BETA * Math.sqrt(inside))) / bessel(BETA);
  });
}
