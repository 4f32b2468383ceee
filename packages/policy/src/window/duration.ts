const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `72h` in milliseconds; what is none is taken for `otherwise`. */
export function milliseconds(text: string | undefined, otherwise: number): number {
  const [, count = "", unit = ""] = /^([1-9][0-9]{0,4})([smhd])$/.exec(text ?? "") ?? [];
  return count === "" ? otherwise : Number(count) * units[unit as keyof typeof units];
}
