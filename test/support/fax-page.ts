/** A TIFF as a fax machine scans it (TIFF class F: 1728 pixels a line, 204 by 98 dots an inch), written by hand: black bars on white. */
const WIDTH = 1_728;
const BYTES_PER_LINE = WIDTH / 8;
const SHORT = 3;
const LONG = 4;
const RATIONAL = 5;

/** Each page has so many lines; one in sixteen is black in a place that tells the page. */
export function faxTiff(pages: number, lines = 1_078): Buffer {
  const parts: Buffer[] = [Buffer.from([0x49, 0x49, 0x2a, 0x00, 8, 0, 0, 0])];
  let at = 8;
  for (let page = 0; page < pages; page += 1) {
    const image = Buffer.alloc(BYTES_PER_LINE * lines);
    for (let line = 0; line < lines; line += 16)
      image.fill(0xff, line * BYTES_PER_LINE + 20 + page * 20, line * BYTES_PER_LINE + 36 + page * 20);
    const entries: (readonly [tag: number, type: number, value: number])[] = [];
    const count = 12;
    const resolutions = at + 2 + count * 12 + 4;
    const strip = resolutions + 16;
    entries.push([256, LONG, WIDTH], [257, LONG, lines], [258, SHORT, 1], [259, SHORT, 1], [262, SHORT, 0]);
    entries.push([273, LONG, strip], [277, SHORT, 1], [278, LONG, lines], [279, LONG, image.length]);
    entries.push([282, RATIONAL, resolutions], [283, RATIONAL, resolutions + 8], [296, SHORT, 2]);
    const directory = Buffer.alloc(2 + count * 12 + 4 + 16);
    directory.writeUInt16LE(count, 0);
    for (const [index, [tag, type, value]] of entries.entries()) {
      directory.writeUInt16LE(tag, 2 + index * 12);
      directory.writeUInt16LE(type, 4 + index * 12);
      directory.writeUInt32LE(1, 6 + index * 12);
      directory.writeUInt32LE(value, 10 + index * 12);
    }
    const next = strip + image.length;
    directory.writeUInt32LE(page + 1 < pages ? next : 0, 2 + count * 12);
    for (const [index, word] of [204, 1, 98, 1].entries()) directory.writeUInt32LE(word, 6 + count * 12 + index * 4);
    parts.push(directory, image);
    at = next;
  }
  return Buffer.concat(parts);
}
