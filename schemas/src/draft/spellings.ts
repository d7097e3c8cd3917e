/**
 * Words of names, in English and Vietnamese (without marks) and in the jargon of gear: the plain word, then
 * what is written for it. A spelling of several words is found before one of fewer.
 */
export const spellings = `
temperature: temp tmp tem temperatur temperatura tempc nhietdo thermo, nhiet do
humidity: hum humi rh humid hygro hygrometer relhum doam hygro, do am khong khi, do am
relative: rel
dewpoint: dewpt dew, dew point, diem suong
heatindex: feelslike, heat index, apparent temp, apparent temperature, feels like
wetbulb: wbgt, wet bulb
blackglobe: , black globe, globe temperature
pressure: press pres prs pressao apsuat, ap suat, ap luc
barometric: barometer baro barom qnh atmospheric khiap atmosphere, khi ap, khi quyen, sea level, air pressure, ap suat khong khi
air: khi ambient outdoor outside ngoaitroi surrounding env environment environmental amb tair khongkhi, khong khi, ngoai troi, moi truong
rain: rai rainfall raingauge precipitation pluvio mua precip pluviometer luongmua, luong mua, rain gauge, do mua
rate: intensity cuongdo, cuong do
wind: gio anemometer
gust: gst giat, wind gust, gio giat, peak wind
winddirection: windvane winddirn, wind dir, wind dirn, wind direction, huong gio, wind bearing, wind heading
direction: dir dirn huong vane
speed: spd tocdo, toc do
solar: pyranometer irradiance ghi, buc xa mat troi, solar radiation, global radiation, buc xa
radiation: rad
light: illuminance illumination lux lum luminosity anhsang alux, anh sang, do roi, cuong do sang, ambient light, light intensity
uv: uvi uvindex, uv index, chi so uv, tia uv
noise: sound laeq leq laf las dba spl tiengon decibel, do on, tieng on, sound level, noise level, la eq, l aeq
pm25: , bui min, sds p2
pm10: , sds p1
pm1: pm1p0
co2: carbondioxide eco2 scd, carbon dioxide
tvoc: voc vocs gasvoc, total voc, volatile organic
co: carbonmonoxide, carbon monoxide
no2: , nitrogen dioxide
so2: , sulfur dioxide, sulphur dioxide
o3: ozone
h2s: , hydrogen sulfide
nh3: ammonia amonia
formaldehyde: hcho ch2o
oxygen: o2 oxy, o xy, oxygen concentration
aqi: iaqi, air quality index, chat luong khong khi
soil: dat ground terra, dat trong, trong dat
moisture: moist vwc amdat, volumetric water content, water content, soil humidity, soil moisture, do am dat
leaf:
wetness:
conductivity: cond ec dodan conduct electroconductivity, do dan dien, do dan, electrical conductivity
salinity: sal doman, do man, man
turbidity: turb doduc ntu, do duc
dissolved: hoatan, hoa tan
do: dooxy
ph: acidity
orp: redox
tds: , total dissolved solids
chlorine: cl2 clo, clo du
tank: filling fill bin silo container be bon, be chua, bon chua
level: lvl muc niveau stage gauge, muc do
water: nuoc aqua h2o river tide thuytrieu, thuy trieu, nuoc song, thuy van
waterlevel: mucnuoc wl, muc nuoc, water level, river level, river stage, gage height, gauge height, tide level
depth: dosau, do sau
distance: dist dis proximity sonar airgap khoangcach ullage, air gap, khoang cach, chieu cao
flow: luuluong discharge debit streamflow, luu luong
velocity: vantoc, van toc
volume: thetich totalizer totalizer1, the tich, luong nuoc, total volume
battery voltage: vbat ubat vbatt batv batvolt
battery: bat batt batry batterie bateria akku pin acquy accu bty batteries, ac quy, ac qui, binh ac quy
charge: soc dungluong, state of charge, charge level, dung luong, phan tram pin, remaining capacity
runtime: autonomy runtimeremaining, time remaining, minutes remaining, remaining time, run time remaining, time left, thoi gian con lai, estimated minutes remaining
elapsed: , seconds on battery, time on battery, on battery time
voltage: volt volts vol dienap vrms spannung vcc vdd, dien ap
current: curr amp amps ampere amperes amperage dongdien iac courant, dong dien, cuong do dong
power: pwr congsuat watt watts leistung puissance apower, cong suat
active: real act tacdung realpower, tac dung, huu cong
apparent: aprt bieukien apparentpower upspower, bieu kien
reactive: phankhang vokong reactivepower, phan khang, vo cong
energy: production generation yield diennang kwh wh consumption consumed aenergy dientieuthu chiso energie, dien nang, power consumption, power consumed, tieu thu dien, chi so dien, kwh total, san luong
import: imp forward positive nhan, giao nhan
export: exp reverse negative returned ret phat feedin
net: sum
active power: kw mw
apparent power: kva mva, volt amps, volt amperes, voltamps
reactive power: kvar mvar, volt amps reactive, volt amperes reactive, voltamps reactive
reactive energy: kvarh varh mvarh
apparent energy: kvah
factor: pf cosphi cosfi cos powerfactor hscs heso, he so cong suat, power factor, cos phi, he so
frequency: freq hz tanso frequenz, tan so
angle: goc phi
phaseangle: , phase angle, goc pha
thd: distortion, harmonic distortion
load: tai utilization utilisation, load percent, percent load, output load, load level, ups load, muc tai, phan tram tai
input: inp dauvao vao inputs, dau vao, ngo vao
mains: utility grid luoi dienluoi, dien luoi
output: outp outputs daura, dau ra, ngo ra
bypass: byp
generator: gen genset gens mayphat alternator, may phat, may phat dien
engine: eng dongco, dong co
rpm: vongquay, engine speed, toc do dong co, vong quay, so vong quay, toc do quay, gen speed, generator speed
coolant: ect coolanttemp lammat, nuoc lam mat, engine temp, engine temperature, water temp engine, nuoc mat
oil: lube dau nhot, dau boi tron, dau nhot
fuel: nhienlieu diesel, nhien lieu
runhours: hourmeter, gio chay, run hours, engine hours, hours run, running hours, hour meter
starts: numstarts, num starts, number of starts, so lan khoi dong
room: phong cabinet rack tudien, trong phong, trong tu
ups: luudien
people: person persons passenger passengers pax visitors visitor human footfall headcount khach songuoi peoplecount, so nguoi, luot nguoi
occupied: occupancy presence occupant pir, co nguoi
motion: movement chuyendong, chuyen dong
in: entering entered ingress enter vao
out: leaving left egress exit exits leave ra
door: cua magnet, door open, cua so
leak: leakage waterleak flood flooded ro, water leak, ro nuoc, ngap, leak detected
smoke: khoi
tamper: tampered
rssi: signalstrength, signal strength, cuong do tin hieu, received signal
snr: lsnr, signal to noise, loramsnr
linkquality: lqi, link quality
latitude: lat vido latitudedeg, vi do
longitude: lon lng kinhdo longitudedeg, gps long, gps lng, kinh do
altitude: alt docao elevation, do cao
internal: switch relay case casing mcu cpu board chip esp32 esp8266 device pcb core onboard soc enclosure housing processor logger internals controller noibo
uptime: , up time
pulse: pulses xung impulse impulses
count: cnt counter counts dem sodem number num
lightning: strike strikes, lightning strikes, lightning count
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
efficiency: hieusuat, hieu suat
phase: pha
neutral: trungtinh
total: tong totalpower cumulative accumulated tot overall, luy ke
average: avg mean trungbinh ave, trung binh
minimum: min minimal lowest nhonhat, nho nhat
maximum: max maximal highest peak lonnhat, lon nhat
threshold: thresh low high limit limits setpoint setting settings set hysteresis target nguong alarm alert warning alarms canhbao, canh bao, nguong, trip, dat truoc
status: state flag mode valid error fault failure health harvesting charging charged completed trangthai loi failed err errorcode, trang thai, bao loi, out of range, load avg, loadavg
config: configuration cfg option options enable enabled interval timer sleep energysave debug delay delay timeout version ver firmware sw hw hardware software fw rev revision protocol baudrate baud parity address password reserved
nominal: rated rating dinhmuc, dinh muc, danh dinh, configured, config
raw: adc unscaled
position: opening stroke
quality: accuracy confidence reliability iaqaccuracy
ratio: primary secondary multiplier divisor
identity: id serial sn uuid mac eui imei imsi name model manufacturer index idx msgid messageid fport fcnt sequence seq packs pack phases
time: timestamp ts dt date dateutc datetime thoigian epoch unixtime utc, thoi gian, ngay gio
period: yesterday today daily monthly month day hourly week homnay yearly hour minute demand, last hour, 24h, last 24h, 1h
calibration: offset correction gain coefficient scale bias
change: delta changed difference diff variation trend
deviation: stddev std sigma variance rms_dev
`;

/** Words that say nothing about what is measured. */
export const neutral = new Set(
  "value val amount amt estimated est adv basic abs reading measurement measured measure sensor sensors data the of a an and at for on per with current now present actual instant instantaneous live last latest mean average channel chn ch object decoded payload state report analog node meter meters device info external probe main unit th to by from do gia tri cam bien so line neutral phase ln total result is get remaining sns statussns statussts params telemetry tele fields message messages metrics values points quantity quantities station tram site concentration content nong nongdo ham luong pha point percent percentage rms indoor inside du lieu system sys supply nguon cap".split(
    " ",
  ),
);
