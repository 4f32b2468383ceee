/** Which pod: the uid tells it from a later one of its name. */
export interface PodIdentity {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}
