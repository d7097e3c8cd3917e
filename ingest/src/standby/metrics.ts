import { Gauge, type Registry } from "prom-client";

/** How an engine of alarms stands. */
export interface EngineStanding {
  readonly leads: boolean;
  readonly term: number;
  /** Standbys that could take over without a loss, as the one that leads knows it. */
  readonly inSync: number;
  /** Frames sent, or taken. */
  readonly frames: number;
  /** From the end of the one before to the first message accepted; 0 where there was none before. */
  readonly tookOverSeconds: number;
}

/** The figures of an engine, on `/metrics`. */
export function exposeEngine(registry: Registry, look: () => EngineStanding): void {
  const gauges: Record<keyof EngineStanding, [name: string, help: string]> = {
    leads: ["kenh_engine_leads", "1 where this process judges alarms, 0 where it stands by"],
    term: ["kenh_engine_term", "How often an engine has begun to lead"],
    inSync: ["kenh_engine_standbys_in_sync", "Standbys that could take over without a loss"],
    frames: ["kenh_engine_frames", "Changes of state sent to standbys, or taken from the leader"],
    tookOverSeconds: ["kenh_engine_take_over_seconds", "How long it took to take over"],
  };
  for (const [key, [name, help]] of Object.entries(gauges)) {
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        this.set(Number(look()[key as keyof EngineStanding]));
      },
    });
  }
}
