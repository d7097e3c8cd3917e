/** Words of gear in Chinese, as they stand on registers and in messages, by what is plain for them. */
const table = `
土壤温度 soil temperature
土壤湿度 soil moisture
土壤水分 soil moisture
土壤电导率 soil conductivity
环境温度 air temperature
空气温度 air temperature
空气湿度 air humidity
温度 temperature
水温 water temperature
湿度 humidity
露点 dewpoint
大气压力 barometric pressure
大气压 barometric pressure
气压 barometric pressure
压力 pressure
风速 wind speed
风向 wind direction
阵风 gust
雨量 rain
降雨量 rain
降水量 rain
累计雨量 rain total
光照强度 light
光照度 light
光照 light
照度 light
太阳辐射 solar radiation
总辐射 solar radiation
紫外线 uv
噪声 noise
噪音 noise
二氧化碳 co2
一氧化碳 co
甲醛 formaldehyde
臭氧 o3
氨气 nh3
硫化氢 h2s
水位 water level
液位 level
流量 flow
流速 flow velocity
水深 water depth
距离 distance
空高 distance
电导率 conductivity
盐度 salinity
浊度 turbidity
溶解氧 dissolved oxygen
余氯 chlorine
线电压 linetoline voltage
相电压 voltage
电压 voltage
电流 current
有功功率 active power
无功功率 reactive power
视在功率 apparent power
功率因数 factor
功率 power
频率 frequency
正向 import
反向 export
有功 active
无功 reactive
零线 neutral
正向有功电能 active energy import
反向有功电能 active energy export
有功电能 active energy
无功电能 reactive energy
有功电度 active energy
电能 energy
电量 energy
电池电压 battery voltage
电池电量 battery charge
电池 battery
蓄电池 battery
信号强度 rssi
市电 mains
输入 input
输出 output
旁路 bypass
负载 load
柴油 fuel
燃油 fuel
油位 fuel level
油压 oil pressure
机油 oil
冷却水 coolant
转速 rpm
运行时间 runhours
人数 people
进入 in
离开 out
经度 longitude
纬度 latitude
海拔 altitude
总 total
累计 total
平均 average
最大 maximum
最小 minimum
上限 threshold
下限 threshold
报警 threshold
设定 threshold
状态 status
地址 config
波特率 config
版本 config
时间 time
校准 calibration
变比 ratio
相 phase
`;

/** The longest first: what holds another is not cut by it. */
const words: readonly (readonly [string, string])[] = table
  .trim()
  .split("\n")
  .map((line) => {
    const at = line.indexOf(" ");
    return [line.slice(0, at), line.slice(at + 1)] as const;
  })
  .toSorted(([a], [b]) => b.length - a.length);

/** A text with its Chinese words in plain ones; any other is left as it is. */
export function spellOut(text: string): string {
  if (!/\p{Script=Han}/u.test(text)) return text;
  let rest = text;
  for (const [word, plain] of words) rest = rest.replaceAll(word, ` ${plain} `);
  return rest;
}
