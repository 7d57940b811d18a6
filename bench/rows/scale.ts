/** The count to use in place of the full one: --quick divides by ten. */
export type Scale = (count: number) => number;
