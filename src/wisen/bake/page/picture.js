// Pictures as the program sees them: the pixels that Pillow makes of a file, in grey or RGB.

const GREY = [19595, 38470, 7471]; // Pillow's weights of red, green and blue, in 65536ths

// The picture in a Blob, a data URL, an ImageData or an element: {width, height, data} with so many channels.
async function pictureOf(raw, channels) {
  if (raw instanceof ImageData) return inChannels(raw, channels);
  if (raw instanceof HTMLElement || raw instanceof ImageBitmap) return inChannels(drawnOut(raw), channels);
  const blob = await blobOf(raw, "image/");
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const own = await pngOf(bytes).catch(() => null); // damaged, or of a sort that only the browser knows
  return inChannels(own ?? (await decoded(blob)), channels);
}

async function decoded(blob) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch {
    throw new Unread("is no picture that this browser can read", "PNG and JPEG are read by all of them.");
  }
  return drawnOut(bitmap);
}

// An image of the browser's, on white paper, as RGBA.
function drawnOut(image) {
  const width = image.naturalWidth || image.videoWidth || image.width;
  const height = image.naturalHeight || image.videoHeight || image.height;
  const pen = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
  pen.fillStyle = "white";
  pen.fillRect(0, 0, width, height);
  pen.drawImage(image, 0, 0);
  return pen.getImageData(0, 0, width, height);
}

// RGBA pixels on white, as 1 or 3 channels.
function inChannels({ width, height, data }, channels) {
  const found = new Uint8Array(width * height * channels);
  for (let from = 0, to = 0; from < data.length; from += 4, to += channels) {
    const alpha = data[from + 3];
    let [red, green, blue] = [data[from], data[from + 1], data[from + 2]];
    if (alpha < 255) [red, green, blue] = [onWhite(red, alpha), onWhite(green, alpha), onWhite(blue, alpha)];
    if (channels === 1) found[to] = (red * GREY[0] + green * GREY[1] + blue * GREY[2] + 0x8000) >>> 16;
    else [found[to], found[to + 1], found[to + 2]] = [red, green, blue];
  }
  return { width, height, data: found };
}

// A colour laid on white paper, rounded as Pillow's alpha_composite does.
function onWhite(colour, alpha) {
  if (alpha === 0) return 255;
  const sum = colour * alpha * 128 + 255 * (255 - alpha) * 128 + (0x80 << 7);
  return ((sum >>> 8) + sum) >>> 15;
}

// ---- PNG: canvases multiply by alpha and cut 16 bits in ways of their own ----------------------------

const SAMPLES = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }; // of a pixel, by the type of its colours

// The RGBA pixels of a PNG file; null where it is none, is interlaced or has to be turned.
async function pngOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) return null;
  const parts = [];
  let head = null, palette = null, clear = null;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (name === "IHDR") {
      head = { width: view.getUint32(at + 8), height: view.getUint32(at + 12), depth: body[8], colours: body[9] };
      if (body[12]) return null;
    } else if (name === "PLTE") palette = body;
    else if (name === "tRNS") clear = body;
    else if (name === "IDAT") parts.push(body);
    else if (name === "eXIf") return null;
    else if (name === "IEND") break;
    at += 12 + length;
  }
  const raw = new Uint8Array(await unpacked(new Blob(parts), "deflate"));
  return coloured({ ...head, palette, clear }, unfiltered(head, raw));
}

// The bytes of each row without the differences that PNG stores.
function unfiltered({ width, height, depth, colours }, raw) {
  const step = Math.max(1, (SAMPLES[colours] * depth) >> 3);
  const row = Math.ceil((width * SAMPLES[colours] * depth) / 8);
  if (raw.length < height * (row + 1)) throw new Error("too short");
  const found = new Uint8Array(height * row);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (row + 1)];
    for (let x = 0; x < row; x++) {
      const at = y * row + x;
      const left = x >= step ? found[at - step] : 0;
      const up = y ? found[at - row] : 0;
      const corner = y && x >= step ? found[at - row - step] : 0;
      found[at] = raw[y * (row + 1) + 1 + x] + FILTERS[filter](left, up, corner);
    }
  }
  return found;
}

const FILTERS = [
  () => 0,
  (left) => left,
  (left, up) => up,
  (left, up) => (left + up) >> 1,
  (left, up, corner) => {
    const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
    return a <= b && a <= c ? left : b <= c ? up : corner;
  },
];

// RGBA of samples of 1 to 16 bits, grey or in colours, with a palette or alpha or one colour that is clear.
function coloured(head, bytes) {
  const { width, height, depth, colours, palette, clear } = head;
  const count = SAMPLES[colours];
  const values = samplesOf(head, bytes);
  const data = new Uint8ClampedArray(width * height * 4);
  const most = 2 ** depth - 1;
  // Pillow takes the upper byte of 16 bits in colours, and divides those in grey.
  const level = (value) => (depth < 16 ? (value * 255) / most : colours ? value >> 8 : Math.floor(value / 257));
  const gone = Array.from({ length: clear ? count : 0 }, (_, n) => (clear[2 * n] << 8) | clear[2 * n + 1]);
  for (let from = 0, to = 0; to < data.length; from += count, to += 4) {
    if (colours === 3) {
      const at = values[from];
      for (let n = 0; n < 3; n++) data[to + n] = palette[3 * at + n];
      data[to + 3] = clear?.[at] ?? 255;
      continue;
    }
    for (let n = 0; n < 3; n++) data[to + n] = level(values[from + (count < 3 ? 0 : n)]);
    const lost = gone.length && gone.every((value, n) => value === values[from + n]);
    data[to + 3] = count % 2 === 0 ? level(values[from + count - 1]) : lost ? 0 : 255;
  }
  return { width, height, data };
}

// The samples of a picture, one number each.
function samplesOf({ width, height, depth, colours }, bytes) {
  if (depth === 8) return bytes;
  const row = width * SAMPLES[colours];
  const stride = Math.ceil((row * depth) / 8);
  const most = 2 ** depth - 1;
  return Uint16Array.from({ length: height * row }, (_, place) => {
    const start = Math.floor(place / row) * stride;
    const bit = (place % row) * depth;
    const at = start + (bit >> 3);
    return depth === 16 ? (bytes[at] << 8) | bytes[at + 1] : (bytes[at] >> (8 - depth - (bit & 7))) & most;
  });
}
