/**
 * The area of a number in the United States and Canada, by its area code and exchange. The tables of facts are read once, when the
 * process starts; what is asked with each call looks up two names and makes no area of its own.
 */
import type { CallerArea } from '../../domain/calls/call-tags.js';
import { EXCHANGE_STATES, NORTH_AMERICAN_AREAS } from './north-american-areas.js';
import { AREA_TIME_ZONES, EXCHANGE_TIME_ZONES } from './north-american-time-zones.js';

interface AreaCode {
  /** Of exchanges that are not in `exchanges`. */
  readonly area: CallerArea;
  readonly exchanges: ReadonlyMap<string, CallerArea>;
}

/** '204 228-230' as its four exchanges. */
function* exchangesIn(ranges: string): Generator<string> {
  for (const range of ranges.split(' ')) {
    const [first = 0, last = first] = range.split('-').map(Number);
    for (let exchange = first; exchange <= last; exchange++) yield String(exchange);
  }
}

type Exchange = Partial<Pick<CallerArea, 'state' | 'timeZone'>>;

/** What is known of exchanges apart from their area code, by area code and exchange. */
function readExchanges(): Map<string, Map<string, Exchange>> {
  const read = new Map<string, Map<string, Exchange>>();
  const add = (areaCode: string, ranges: string, known: Exchange): void => {
    const exchanges = read.get(areaCode) ?? new Map<string, Exchange>();
    read.set(areaCode, exchanges);
    for (const exchange of exchangesIn(ranges)) exchanges.set(exchange, { ...exchanges.get(exchange), ...known });
  };
  for (const [areaCode, state, ranges] of EXCHANGE_STATES) add(areaCode, ranges, { state });
  for (const [areaCode, timeZone, ranges] of EXCHANGE_TIME_ZONES) add(areaCode, ranges, { timeZone });
  return read;
}

/** Exchanges that are known alike share one area: there are thousands of them. */
function sharedAreas(area: CallerArea, exchanges: ReadonlyMap<string, Exchange>): ReadonlyMap<string, CallerArea> {
  const shared = new Map<string, CallerArea>();
  const areas = new Map<string, CallerArea>();
  for (const [exchange, known] of exchanges) {
    const own = { ...area, ...known };
    const name = `${own.state} ${own.timeZone}`;
    const same = shared.get(name) ?? own;
    shared.set(name, same);
    areas.set(exchange, same);
  }
  return areas;
}

function readAreaCodes(): ReadonlyMap<string, AreaCode> {
  const timeZones = new Map<string, string>();
  for (const [timeZone, areaCodes] of AREA_TIME_ZONES) {
    for (const areaCode of areaCodes.split(' ')) timeZones.set(areaCode, timeZone);
  }
  const exchanges = readExchanges();
  const read = new Map<string, AreaCode>();
  for (const [state, country, areaCodes] of NORTH_AMERICAN_AREAS) {
    for (const areaCode of areaCodes.split(' ')) {
      const area = { country, state, areaCode, timeZone: timeZones.get(areaCode) ?? null };
      read.set(areaCode, { area, exchanges: sharedAreas(area, exchanges.get(areaCode) ?? new Map()) });
    }
  }
  return read;
}

const AREA_CODES = readAreaCodes();
const NORTH_AMERICAN_NUMBER = /^\+1\d{10}$/;

/** `number` is E.164, else nothing is known of it. */
export function areaOf(number: string): CallerArea | null {
  if (!NORTH_AMERICAN_NUMBER.test(number)) return null;
  const known = AREA_CODES.get(number.slice(2, 5));
  return known === undefined ? null : (known.exchanges.get(number.slice(5, 8)) ?? known.area);
}
