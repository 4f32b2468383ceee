const mark = "BULKHEAD_UNDER_SWITCH";

/** Tells the `up` of a switch that whoever started it looks after the switch. */
export const underSwitch: Readonly<Record<string, string>> = { [mark]: "1" };

export const isUnderSwitch = (): boolean => process.env[mark] !== undefined;
