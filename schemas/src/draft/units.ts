/** A unit as its quantity counts it: base = number × factor + offset, bases being equal within a dimension. */
export interface Unit {
  readonly symbol: string;
  readonly dimension: string;
  readonly factor: number;
  readonly offset: number;
}

/**
 * dimension | symbol | factor to the base | offset | spellings. Symbols are those of UCUM where the
 * quantities use them. Spellings are compared in lower case first, and as written where the case tells
 * two units apart (mW and MW).
 */
const table = `
temperature|Cel|1|0|°c,c,degc,deg c,celsius,oc,ºc,℃,do c,degree c,degrees c,degree celsius,degrees celsius,grad c
temperature|K|1|-273.15|k,kelvin
temperature|[degF]|0.5555555555555556|-17.77777777777778|°f,f,degf,deg f,fahrenheit,℉,degrees f
ratio|%|1|0|%,pct,percent,%rh,rh%,%r.h.,% rh,% r.h.,phan tram,prozent,percentage,%vol,% vwc,%vwc
ratio|1|100|0|1,cosphi,pu,m3/m3,v/v,cm3/cm3
fraction|[ppm]|1|0|ppm,ppmv,umol/mol
fraction|[ppb]|0.001|0|ppb,ppbv,nmol/mol
mass-in-air|ug/m3|1|0|ug/m3,ug,ug/m^3,μg/m3,µg/m³,ugm3,ug m3,microg/m3
mass-in-air|g/m3|1000000|0|g/m3
mass-in-air|mg/m3|1000|0|mg/m3,mg/m^3,mgm3
mass-in-water|mg/L|1|0|mg/l,mgl
mass-in-water|ug/L|0.001|0|ug/l,μg/l
salt|[ppth]|1|0|ppt,psu,‰,[ppth],g/l,g/kg,phan nghin
turbidity|{NTU}|1|0|ntu,fnu,ftu,jtu
acidity|[pH]|1|0|ph
length|m|1|0|m,meter,metre,meters,metres,met
length|mm|0.001|0|mm,millimeter,millimetre,millimeters
length|cm|0.01|0|cm,centimeter,centimetre,centimeters
length|km|1000|0|km,kilometer
length|[ft]|0.3048|0|ft,feet,foot
length|[in]|0.0254|0|in,inch,inches
speed|m/s|1|0|m/s,mps,ms-1,m/sec,meter/second
speed|mm/s|0.001|0|mm/s,mm/sec
speed|cm/s|0.01|0|cm/s,cm/sec
speed|[ft]/s|0.3048|0|ft/s,fps,feet/s
speed|km/h|0.2777777777777778|0|km/h,kmh,kmph,kph,km/hr
speed|[kn]|0.5144444444444445|0|kn,knot,knots,kt
speed|mph|0.44704|0|mph,mi/h
rain-rate|mm/h|1|0|mm/h,mm/hr,mmh
rain-rate|[in]/h|25.4|0|in/h,in/hr
angle|deg|1|0|deg,°,degree,degrees,do,grad
angle|rad|57.29577951308232|0|rad
pressure|Pa|1|0|pa,pascal
pressure|hPa|100|0|hpa,mbar,mb,millibar
pressure|kPa|1000|0|kpa
pressure|MPa|1000000|0|MPa,mpa
pressure|bar|100000|0|bar
pressure|[psi]|6894.757293168361|0|psi
pressure|mm[Hg]|133.322387415|0|mmhg,mm hg
pressure|[in_i'Hg]|3386.389|0|inhg
pressure|kgf/cm2|98066.5|0|kgf/cm2,kg/cm2
pressure|mm[H2O]|9.80665|0|mmh2o,mmwc
pressure|cm[H2O]|98.0665|0|cmh2o,cmwc
pressure|m[H2O]|9806.65|0|mh2o,mwc,mca
voltage|V|1|0|v,volt,volts,volt dc,volts dc,rms volts,vdc,vac,v dc,v ac,vrms,v rms
voltage|mV|0.001|0|mv,millivolt,millivolts
voltage|kV|1000|0|kv
current|A|1|0|a,amp,amps,ampere,amperes,adc,aac,a dc,a ac,arms
current|mA|0.001|0|ma,milliamp,milliampere
current|uA|0.000001|0|ua,μa
current|kA|1000|0|ka
power|W|1|0|w,watt,watts
power|mW|0.001|0|mW
power|kW|1000|0|kw,kilowatt
power|MW|1000000|0|MW
apparent-power|VA|1|0|va,voltampere,volt-amperes
apparent-power|kVA|1000|0|kva
apparent-power|MVA|1000000|0|mva
reactive-power|var|1|0|var,vars
reactive-power|kvar|1000|0|kvar
reactive-power|Mvar|1000000|0|mvar
energy|W.h|0.001|0|wh,w.h
energy|kW.h|1|0|kwh,kw.h,kw h,kw*h
energy|MW.h|1000|0|mwh,mw.h
energy|J|2.777777777777778e-7|0|j,ws
energy|MJ|0.2777777777777778|0|mj
energy|GJ|277.77777777777777|0|gj
reactive-energy|var.h|0.001|0|varh
reactive-energy|kvar.h|1|0|kvarh,kvar.h
reactive-energy|Mvar.h|1000|0|mvarh
apparent-energy|kVA.h|1|0|kvah
apparent-energy|VA.h|0.001|0|vah
charge|A.h|1|0|ah
charge|mA.h|0.001|0|mah
frequency|Hz|1|0|hz,hertz,herz
frequency|kHz|1000|0|khz
turning|/min|1|0|rpm,/min,r/min,1/min,min-1,v/ph,vong/phut
time|s|1|0|s,sec,secs,second,seconds,giay
time|ms|0.001|0|ms,msec,millisecond,milliseconds
time|min|60|0|min,mins,minute,minutes,phut
time|h|3600|0|h,hr,hrs,hour,hours,gio
time|d|86400|0|d,day,days,ngay
volume|m3|1|0|m3,m^3,m³,cubic meter,cubic meters,khoi
volume|L|0.001|0|l,liter,litre,liters,litres,lit
volume|[gal_us]|0.003785411784|0|gal,gallon,gallons
flow|m3/s|1|0|m3/s,m^3/s,cms,cumec
flow|m3/h|0.0002777777777777778|0|m3/h,m3h,m^3/h,m3/hr,cmh
flow|L/s|0.001|0|l/s,lps
flow|L/min|0.000016666666666666667|0|l/min,lpm
flow|mL/min|1.6666666666666667e-8|0|ml/min
flow|m3/min|0.016666666666666666|0|m3/min,m^3/min
flow|m3/d|0.000011574074074074073|0|m3/d,m3/day
flow|[gal_us]/min|0.0000630901964|0|gpm,gal/min
flow|[cft]/s|0.028316846592|0|cfs,ft3/s
flow|L/h|2.7777777777777776e-7|0|l/h,lph
conductivity|uS/cm|1|0|us/cm,μs/cm,uscm,us cm,μs
conductivity|mS/cm|1000|0|ms/cm,mscm
conductivity|dS/m|1000|0|ds/m
conductivity|S/m|10000|0|s/m
radiation|W/m2|1|0|w/m2,w/m^2,wm2,w m2,w/sqm
illuminance|lx|1|0|lx,lux
illuminance|klx|1000|0|klx,klux
photons|umol/(m2.s)|1|0|umol/m2/s,umol/m2s,μmol⋅m⁻²⋅s⁻¹,umol m-2 s-1,μmol m-2 s-1,umol/(m2.s),μmol/m2/s,µmol/m²s
sound|dB|1|0|db,dba,db(a),db a,dbspl
signal|dB[mW]|1|0|dbm
count|{count}|1|0|count,counts,pulses,pulse,people,persons,nguoi,luot,pcs,times,lan
uv|{UVI}|1|0|uvi,uv index
aqi|{AQI}|1|0|aqi
acceleration|[g]|1|0|g
acceleration|m[g]|0.001|0|mg
data-rate|kbit/s|1|0|kbps,kbit/s
`;

const byExact = new Map<string, Unit>();
const byLower = new Map<string, Unit>();
const bySymbol = new Map<string, Unit>();
for (const line of table.trim().split("\n")) {
  const [dimension = "", symbol = "", factor, offset, spellings = ""] = line.split("|");
  const unit = { symbol, dimension, factor: Number(factor), offset: Number(offset) };
  bySymbol.set(`${dimension} ${symbol}`, unit);
  byExact.set(symbol, unit);
  for (const spelling of spellings.split(",").filter(Boolean)) {
    byExact.set(spelling, unit);
    if (spelling === spelling.toLowerCase()) byLower.set(plain(spelling), unit);
  }
}

/** A text as units are compared: without marks, superscripts flat, in lower case. */
function plain(text: string): string {
  return (
    text
      .normalize("NFKD")
      .replaceAll(/[\u0300-\u036f]/g, "")
      .replaceAll("đ", "d")
      .replaceAll("Đ", "D")
      .replaceAll("μ", "u")
      .replaceAll(/[·⋅]/g, ".")
      .replaceAll("−", "-")
      .replaceAll(/\s+/g, " ")
      .trim()
      .toLowerCase()
      // m.s-1 is m/s, and W m-2 is W/m2.
      .replaceAll(
        /(?<=[a-z\d])[.\s]([a-z]+)-([123])/g,
        (_, unit, power) => `/${unit}${power === "1" ? "" : power}`,
      )
  );
}

/** A unit as a file writes it, with the number that may stand before or behind it. */
export interface WrittenUnit {
  readonly unit: Unit;
  /** value in `unit` = raw × scale, where the text says so. */
  readonly scale: number;
}

/** Reads a unit such as `°C`, `0.1V`, `kWh/100`, `x0.01 Hz` or `1/10 A`; undefined when it is none. */
export function readUnit(text: string): WrittenUnit | undefined {
  const bare = text
    .trim()
    .replaceAll(/^[[(]+|[\])]+$/g, "")
    .trim();
  const whole = unitOf(bare);
  if (whole) return { unit: whole, scale: 1 };
  const before =
    /^[x*×]?\s*(?:(\d+)\s*\/\s*(\d+)|(\d+(?:[.,]\d+)?(?:e-?\d+)?))\s*[x*×]?\s*(.+)$/i.exec(bare);
  if (before) {
    const [, over, under, number, rest = ""] = before;
    const unit = unitOf(rest);
    const scale = number ? Number(number.replace(",", ".")) : Number(over) / Number(under);
    // "0W" says that there are no decimals; 10 before a unit means tens of it.
    if (unit) return { unit, scale: scale === 0 ? 1 : scale };
  }
  const behind = /^(.+?)\s*([x*×/÷])\s*(\d+(?:[.,]\d+)?)$/.exec(bare);
  if (behind) {
    const [, rest = "", sign = "", number = ""] = behind;
    const unit = unitOf(rest);
    const by = Number(number.replace(",", "."));
    // "V*10" and "V/10" are both written for tenths; "V*0.1" is said outright.
    if (unit && by > 0)
      return { unit, scale: by < 1 && sign !== "/" && sign !== "÷" ? by : 1 / by };
  }
  return undefined;
}

function unitOf(text: string): Unit | undefined {
  const lower = plain(text);
  return byExact.get(text) ?? byLower.get(lower) ?? byLower.get(lower.replaceAll(/[\s_]/g, ""));
}

/** The unit of a quantity, by the symbol that the quantity names and what it measures. */
export function unitBySymbol(symbol: string, dimension?: string): Unit | undefined {
  return dimension === undefined ? byExact.get(symbol) : bySymbol.get(`${dimension} ${symbol}`);
}

/** How a number in one unit becomes one in another of the same dimension: number × scale + offset. */
export function conversionBetween(from: Unit, to: Unit): { scale: number; offset: number } {
  const round = (value: number): number => Number(value.toPrecision(12));
  return {
    scale: round(from.factor / to.factor),
    offset: round((from.offset - to.offset) / to.factor),
  };
}
