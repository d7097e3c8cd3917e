/**
 * Words of names, in English and Vietnamese (without marks) and in the jargon of gear: the plain word, then
 * what is written for it. A spelling of several words is found before one of fewer.
 */
export const spellings = `
temperature: temp tmp tem temperatur temperatura tempc nhietdo thermo temperatuur tc wendu teplota lampotila, nhiet do
humidity: hum humi rh humid hygro hygrometer relhum doam hygro feuchte feuchtigkeit luftfeuchte luftfeuchtigkeit humidite humedad umidita umidade hygrometrie shidu relhumid relhum rhum rhumid, do am khong khi, do am, relative feuchte, rel feuchte, humidite relative, humedad relativa
relative: rel relativ relativa
dewpoint: dewpt dew taupunkt, dew point, diem suong, point de rosee, punto de rocio
heatindex: feelslike, heat index, apparent temp, apparent temperature, feels like, feels like temperature
wetbulb: wbgt, wet bulb
blackglobe: , black globe, globe temperature
pressure: press pres prs pressao apsuat druck pression presion pressione, ap suat, ap luc
barometric: barometer baro barom qnh atmospheric khiap atmosphere luftdruck baromrel baromabs baromrelin baromabsin bp, khi ap, khi quyen, sea level, air pressure, ap suat khong khi, pression atmospherique, presion atmosferica, absolute pressure, abs pressure, abs air pressure, relative pressure, station pressure
air: khi ambient outdoor outside ngoaitroi surrounding env environment environmental amb khongkhi luft ambiant ambiante ambiental exterieur aussen exterior, khong khi, ngoai troi, moi truong
rain: rai rainfall raingauge precipitation pluvio mua precip pluviometer luongmua niederschlag regen pluie lluvia chuva pioggia pluviometrie precipitacion regenmenge, luong mua, rain gauge, do mua, rain accumulated, rain accumulation
rate: intensity cuongdo intensite intensitat, cuong do
wind: gio anemometer vent viento vento
gust: gst giat rafale boe racha spitze, wind gust, gio giat, peak wind
winddirection: windvane winddirn windrichtung wdir wd dirviento, wind dir, wind dirn, wind direction, huong gio, wind bearing, wind heading, wind angle, windrichtung, direction vent, direction du vent, direccion viento, direccion del viento, wind deg
direction: dir dirn huong vane richtung direccion
speed: spd tocdo geschwindigkeit vitesse velocidad velocidade, toc do
solar: tsr pyranometer irradiance ghi pyrano irradiation globalstrahlung sr slr slrw rayonnement strahlung, buc xa mat troi, solar radiation, global radiation, buc xa, rayonnement solaire, radiacion solar, short wave, global irradiance
radiation: rad
light: illum illu illuminance illumination lux lum luminosity anhsang alux helligkeit luminosite beleuchtung lichtstarke luz luminosidad, anh sang, do roi, cuong do sang, ambient light, light intensity, eclairement
uv: uvi uvindex, uv index, chi so uv, tia uv
noise: sound laeq leq laf las dba spl tiengon decibel bruit larm schall schallpegel ruido laeqt spl, do on, tieng on, sound level, noise level, la eq, l aeq
pm25: , bui min, sds p2
pm10: , sds p1
pm1: pm1p0
co2: carbondioxide eco2 scd kohlendioxid dioxyde, carbon dioxide, dioxyde de carbone
tvoc: rtvoc voc vocs gasvoc, total voc, volatile organic
co: carbonmonoxide, carbon monoxide
no2: , nitrogen dioxide
so2: , sulfur dioxide, sulphur dioxide
o3: ozone
h2s: , hydrogen sulfide
nh3: ammonia amonia
formaldehyde: hcho ch2o formaldehyd
oxygen: o2 oxy, o xy, oxygen concentration
aqi: iaqi, air quality index, chat luong khong khi
soil: dat ground terra boden sol suelo erde, dat trong, trong dat
moisture: moist vwc amdat feuchtegehalt swc watercontent, volumetric water content, water content, soil humidity, soil moisture, do am dat, bodenfeuchte, soil volumetric water content
leaf:
wetness:
conductivity: cond ec dodan conduct electroconductivity leitfahigkeit conductivite conductividad spcond cond25 sc, do dan dien, do dan, electrical conductivity, specific conductance, specific conductivity
salinity: sal doman salinite salzgehalt salinidad, do man, man
turbidity: turb doduc ntu trubung turbidite turbidez fnu, do duc
dissolved: hoatan geloster disuelto dissous, hoa tan
do: dooxy
ph: acidity
orp: redox
tds: , total dissolved solids
chlorine: cl2 clo, clo du
tank: filling liquidtank fill bin silo container be bon citerne tanque cuve reservoir, be chua, bon chua
level: lvl muc niveau stage gauge niveau nivel fullstand fuellstand pegel livello hauteur hoehe stand, muc do, liquid level, fluid level
water: nuoc aqua h2o river tide thuytrieu eau agua wasser acqua, thuy trieu, nuoc song, thuy van
waterlevel: mucnuoc wl wasserstand waterstand wasserpegel pegelstand watercolumn wlevel wlvl headwater tailwater, muc nuoc, water level, river level, river stage, gage height, gauge height, tide level, hauteur eau, hauteur d eau, niveau eau, niveau d eau, nivel agua, nivel de agua, nivel del agua, water column, water height, water stage, sea level height, thuong luu, ha luu, muc nuoc thuong luu, muc nuoc ha luu
depth: dosau tiefe profondeur profundidad, do sau
distance: dist dis proximity sonar airgap khoangcach ullage abstand entfernung distancia dst, air gap, khoang cach, chieu cao
flow: luuluong discharge debit streamflow durchfluss caudal abfluss vazao portata, luu luong
velocity: vantoc, van toc
volume: thetich totalizer totalizer1 volumen, the tich, luong nuoc, total volume
battery voltage: vbat ubat vbatt batv batvolt vbatt batteriespannung vb bv battv vbattery, tension batterie, tension pile, voltaje bateria, dien ap pin, dien ap ac quy, dien ap acquy
battery: bat batt batry batterie bateria akku pin acquy accu bty batteries pile akkumulator accumulateur batteri bateri, ac quy, ac qui, binh ac quy
charge: soc dungluong, state of charge, charge level, dung luong, phan tram pin, remaining capacity
runtime: autonomy runtimeremaining, time remaining, minutes remaining, remaining time, run time remaining, time left, thoi gian con lai, estimated minutes remaining
elapsed: , seconds on battery, time on battery, on battery time
voltage: volt volts vol dienap vrms spannung vcc vdd tension voltaje tensao tensione dianya vlt, dien ap
current: curr amp amps ampere amperes amperage dongdien iac courant strom courant corriente corrente dianliu, dong dien, cuong do dong
power: pwr congsuat watt watts leistung puissance apower puissance potencia potenza potentie wattage, cong suat
active: real act tacdung realpower wirk, tac dung, huu cong
apparent: aprt bieukien apparentpower upspower, bieu kien
reactive: phankhang vokong reactivepower, phan khang, vo cong
energy: production generation yield diennang kwh wh consumption consumed aenergy dientieuthu chiso energie energia zahlerstand epi bezugsenergie, dien nang, power consumption, power consumed, tieu thu dien, chi so dien, kwh total, san luong, total consumption, energy consumption, energy consumed, dien nang tieu thu
import: imp forward positive nhan bezug soutirage delivered consumed, giao nhan, into load
export: exp reverse negative returned ret phat feedin einspeisung injection returned produced, out of load
net: sum
active power: kw mw wirkleistung pac, puissance active, potencia activa, current consumption, power real, present consumption, instantaneous power
apparent power: kva mva scheinleistung, volt amps, volt amperes, voltamps, puissance apparente, potencia aparente, power apparent
reactive power: kvar mvar blindleistung, volt amps reactive, volt amperes reactive, voltamps reactive, puissance reactive, potencia reactiva, power reactive
reactive energy: kvarh varh mvarh
apparent energy: kvah
factor: pf cosphi cosfi cos powerfactor hscs heso leistungsfaktor dpf, he so cong suat, power factor, cos phi, he so, facteur puissance, facteur de puissance, factor de potencia, factor potencia, fator de potencia, power factor
frequency: freq hz tanso frequenz frequence netzfrequenz frecuencia frequencia fac, tan so, grid frequency, line frequency, ac frequency
angle: goc phi
phaseangle: , phase angle, goc pha
thd: distortion, harmonic distortion
load: tai utilization utilisation auslastung, load percent, percent load, output load, load level, ups load, muc tai, phan tram tai
input: inp dauvao vao inputs eingang entree entrada, dau vao, ngo vao
mains: utility grid luoi dienluoi, dien luoi
output: outp outputs daura ausgang sortie salida, dau ra, ngo ra
bypass: byp
generator: gen genset gens mayphat alternator, may phat, may phat dien
engine: eng dongco, dong co
rpm: vongquay, engine speed, toc do dong co, vong quay, so vong quay, toc do quay, gen speed, generator speed
coolant: ect coolanttemp lammat, nuoc lam mat, engine temp, engine temperature, water temp engine, nuoc mat
oil: lube dau nhot, dau boi tron, dau nhot
fuel: nhienlieu diesel, nhien lieu
runhours: hourmeter, gio chay, run hours, engine hours, hours run, running hours, hour meter, operating hours, operation hours, betriebsstunden
starts: numstarts, num starts, number of starts, so lan khoi dong
room: phong cabinet rack tudien, trong phong, trong tu
ups: luudien
people: person persons passenger passengers pax visitors visitor human footfall headcount khach songuoi peoplecount personen personnes personas occupants headcounts, so nguoi, luot nguoi, current occupancy, room occupancy, people inside
occupied: occupancy presence occupant pir, co nguoi
motion: movement chuyendong, chuyen dong
in: entering entered ingress enter vao
out: leaving left egress exit exits leave ra
door: cua magnet, door open, cua so
leak: leakage waterleak flood flooded ro, water leak, ro nuoc, ngap, leak detected
smoke: khoi
tamper: tampered
rssi: signalstrength wifirssi sinr, signal strength, cuong do tin hieu, received signal, wifi signal, signal quality dbm, signal dbm
snr: lsnr, signal to noise, loramsnr
linkquality: lqi, link quality
latitude: lat vido latitudedeg, vi do
longitude: lon lng kinhdo longitudedeg, gps long, gps lng, kinh do
altitude: alt docao elevation, do cao
internal: switch relay case casing mcu cpu board chip esp32 esp8266 device pcb core onboard soc enclosure housing processor logger internals controller noibo electronic electronics ptemp paneltemp elektronik
uptime: , up time
pulse: pulses xung impulse impulses
count: cnt counter counts dem sodem number num
lightning: strike strikes blitz, lightning strikes, lightning count
visibility: tamnhin, tam nhin
evaporation: bochoi, boc hoi
par: ppfd, photosynthetically active radiation, photosynthetic radiation, photosynthetic
vibration: vibrations, rms velocity, vibration velocity
tilt: inclination nghieng
acceleration: acc accel gia
vapour: vapor vpd
surface:
precise: , high prec, high precision
present: , hien tai
shield: , radiation shield, solar shield
probe: ext external ds18b20 ds18x20 remote
wind speed: ws wspd windgeschwindigkeit windspd, vitesse vent, vitesse du vent, velocidad viento, velocidad del viento
soil moisture: bodenfeuchte
dissolved oxygen: odo, optical dissolved oxygen, do conc, oxygene dissous, oxigeno disuelto
battery charge: fuelgauge batterylevel battlevel, pin phan tram, battery percent, battery percentage
active energy: wirkenergie, energie active, energia activa, energy real
fan: blower ventilator
snow: schnee neige tuyet
reset: resets restart restarts reboot reboots
brightness: helligkeitswert
signal: wifi wlan
efficiency: hieusuat, hieu suat
phase: pha
neutral: trungtinh
total: tong totalpower cumulative accumulated tot overall gesamt cumul totale, luy ke, since reset
average: avg mean trungbinh ave mittel mittelwert moyenne moy promedio, trung binh
minimum: min minimal lowest nhonhat minimale minima mini minimo, nho nhat
maximum: max maximal highest peak lonnhat maximale maxima maxi maximo, lon nhat
threshold: baseline thresh low high limit limits setpoint setting settings set hysteresis target nguong alarm alert warning alarms canhbao, canh bao, nguong, trip, dat truoc
status: battout state flag mode valid error fault failure health harvesting charging charged completed trangthai loi failed err errorcode, trang thai, bao loi, battery ok, battery low, low battery, battery status, batt ok, out of range, load avg, loadavg, over voltage, under voltage, over current, under current, over temperature, over load, overvoltage, undervoltage, overcurrent, light on, power on hours, power on time, sound event, noise event, aqi level, aqi class, aqi category
air temperature: atmp airt tair
config: empty txpower configuration cfg option options enable enabled interval timer sleep energysave debug delay delay timeout version ver firmware sw hw hardware software fw rev revision protocol baudrate baud parity address password reserved, tx power, transmit power
nominal: rated rating dinhmuc, dinh muc, danh dinh, configured, config
raw: adc unscaled
position: opening stroke
quality: accuracy confidence reliability iaqaccuracy
ratio: primary secondary multiplier divisor
identity: id serial sn uuid mac eui imei imsi name model manufacturer index idx msgid messageid fport fcnt sequence seq packs pack phases, battery type, sensor type, device type, probe type
time: timestamp ts dt date dateutc datetime thoigian epoch unixtime utc, thoi gian, ngay gio
period: yesterday today daily monthly month day hourly week homnay yearly hour minute demand, last hour, 24h, last 24h, 1h
calibration: offset correction gain coefficient scale bias
change: delta changed difference diff variation trend
deviation: stddev std sigma variance rms_dev
`;

/** Words that say nothing about what is measured. */
export const neutral = new Set(
  "value cur smart base val amount amt estimated est adv basic abs reading measurement measured measure sensor sensors data the of a an and at for on per with current now present actual instant instantaneous live last latest mean average channel chn ch object decoded payload state report analog node meter meters device info external probe main unit th to by from do gia tri cam bien so line neutral phase ln total result is get remaining sns statussns statussts params telemetry tele fields message messages metrics values points quantity quantities station tram site concentration content nong nongdo ham luong pha point percent percentage rms indoor inside du lieu system sys supply nguon cap".split(
    " ",
  ),
);
