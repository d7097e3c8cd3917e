/** The only source of time in the product: milliseconds since 1970 UTC. Tests inject their own. */
export type Clock = () => number;
